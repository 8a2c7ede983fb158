//! The descriptors of `google.protobuf` that the runtime carries for code-first contracts.

use std::{env, fs, path::Path};

use protox::prost::Message as _;

const FILES: [&str; 7] = [
    "google/protobuf/any.proto",
    "google/protobuf/duration.proto",
    "google/protobuf/empty.proto",
    "google/protobuf/field_mask.proto",
    "google/protobuf/struct.proto",
    "google/protobuf/timestamp.proto",
    "google/protobuf/wrappers.proto",
];

/// `GRPC_REWRITE=1 cargo test -p grpc-servicer-build --test well_known` writes them anew.
#[test]
fn the_runtimes_descriptors_of_google_protobuf_are_those_of_the_compiler() {
    let mut set = protox::compile(FILES, ["."]).unwrap();
    for file in &mut set.file {
        file.source_code_info = None;
    }
    let compiled = set.encode_to_vec();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../grpc-core/src/code_first/well_known.bin");
    if env::var_os("GRPC_REWRITE").is_some() {
        fs::write(&path, &compiled).unwrap();
    }
    assert_eq!(fs::read(&path).unwrap(), compiled);
}
