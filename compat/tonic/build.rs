//! What a build script for tonic does, but that protox reads the `.proto` files: nobody needs protoc.

use std::{env, error::Error, fs, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto");
    let descriptors = protox::compile(["echo.proto", "shop.proto"], ["proto"])?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    // For tonic-reflection.
    fs::write(
        out.join("descriptors.bin"),
        prost::Message::encode_to_vec(&descriptors),
    )?;
    tonic_prost_build::compile_fds(descriptors)?;
    Ok(())
}
