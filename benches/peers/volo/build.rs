//! By volo's own compiler, which needs no protoc.
fn main() {
    println!("cargo::rerun-if-changed=../../proto");
    volo_build::Builder::protobuf()
        .add_service("../../proto/bench.proto")
        .add_service("../../proto/helloworld.proto")
        .include_dirs(vec!["../../proto".into()])
        .filename("volo_gen.rs".into())
        .write()
        .unwrap();
}
