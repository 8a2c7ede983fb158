//! The descriptors of `google.protobuf`, as the package prost-reflect has them.

use std::{env, fs, path::Path};

use protox::prost::Message as _;

/// Those that the runtime carries for code-first contracts.
const MESSAGES: [&str; 7] = [
    "google/protobuf/any.proto",
    "google/protobuf/duration.proto",
    "google/protobuf/empty.proto",
    "google/protobuf/field_mask.proto",
    "google/protobuf/struct.proto",
    "google/protobuf/timestamp.proto",
    "google/protobuf/wrappers.proto",
];

/// Those that the front-end knows without a file.
const ALL: [&str; 12] = [
    "google/protobuf/any.proto",
    "google/protobuf/api.proto",
    "google/protobuf/compiler/plugin.proto",
    "google/protobuf/descriptor.proto",
    "google/protobuf/duration.proto",
    "google/protobuf/empty.proto",
    "google/protobuf/field_mask.proto",
    "google/protobuf/source_context.proto",
    "google/protobuf/struct.proto",
    "google/protobuf/timestamp.proto",
    "google/protobuf/type.proto",
    "google/protobuf/wrappers.proto",
];

#[test]
fn those_of_the_runtime_are_those_of_protox() {
    assert_is_compiled("../grpc-core/src/code_first/well_known.bin", &MESSAGES);
}

#[test]
fn those_of_the_front_end_are_those_of_protox() {
    assert_is_compiled("src/proto/well_known.bin", &ALL);
}

/// `GRPC_REWRITE=1 cargo test -p grpc-servicer-build --test well_known` writes them anew.
fn assert_is_compiled(path: &str, files: &[&str]) {
    let mut set = protox::compile(files, ["."]).unwrap();
    for file in &mut set.file {
        file.source_code_info = None;
    }
    let compiled = set.encode_to_vec();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if env::var_os("GRPC_REWRITE").is_some() {
        fs::write(&path, &compiled).unwrap();
    }
    assert_eq!(fs::read(&path).unwrap(), compiled);
}
