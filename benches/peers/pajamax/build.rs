//! What pajamax-build does, but that protox reads the `.proto` files: nobody needs protoc.

use std::{env, error::Error, fs, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=../../proto");
    let files = ["bench.proto", "helloworld.proto"];
    // By a file: it is of another version of prost.
    let descriptors = PathBuf::from(env::var("OUT_DIR")?).join("descriptors.bin");
    let compiled = protox::Compiler::new(["../../proto"])?
        .include_imports(true)
        .open_files(files)?
        .encode_file_descriptor_set();
    fs::write(&descriptors, compiled)?;
    prost_build::Config::new()
        .file_descriptor_set_path(descriptors)
        .skip_protoc_run()
        .service_generator(Box::new(pajamax_build::PajamaxGen::Local))
        .compile_protos(&files, &["../../proto"])?;
    Ok(())
}
