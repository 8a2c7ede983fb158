//! What a build script for tonic does, but that protox reads the `.proto` files: nobody needs protoc.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=../../proto");
    let descriptors = protox::compile(["bench.proto", "helloworld.proto"], ["../../proto"])?;
    // `bytes` fields share the received buffer, as they do in examples/bench_server.rs.
    tonic_prost_build::configure()
        .bytes(".")
        .compile_fds(descriptors)?;
    Ok(())
}
