//! What is made of messages is what prost-build makes of them.

use std::{collections::BTreeMap, fs, path::Path};

use prost_build::{Config, Module};
use prost_types::{DescriptorProto, FileDescriptorProto};

use super::{File, Types};
use crate::{builder::Builder, compile::Compiled, configure, externs::Externs};

/// All that a message can have.
const EVERYTHING: &str = r#"
syntax = "proto2";
package some.Every.type;

// Leading [sic], see https://example.org/a_(b).
//
//   indented
message Everything {
  required double required = 1; // Trailing.
  // Detached.

  // Both.
  optional float optional = 2 [deprecated = true]; // And more.
  repeated int32 many = 3;
  repeated sint64 packed = 4 [packed = true];
  optional uint32 uint32 = 5 [default = 7];
  optional uint64 uint64 = 6;
  optional int64 int64 = 7 [default = -7];
  optional sint32 sint32 = 8;
  optional fixed32 fixed32 = 9;
  optional fixed64 fixed64 = 10;
  optional sfixed32 sfixed32 = 11;
  optional sfixed64 sfixed64 = 12;
  optional bool bool = 13 [default = true];
  optional string string = 14 [default = "say \"it\"\n'ü'"];
  optional bytes bytes = 15 [default = "\x00\001\"\\'\a\xfe?"];
  repeated bytes lists = 16;
  optional Color color = 17 [default = COLOR_DEEP_RED];
  repeated Color colors = 18;
  optional Inner inner = 19;
  repeated Inner inners = 20;
  optional Everything myself = 21;
  map<string, Inner> by_name = 22;
  map<sfixed32, Color> by_number = 23;
  map<bool, bytes> by_bool = 24;
  optional float infinite = 25 [default = -inf];
  optional group Gathered = 26 {
    optional string type = 1;
    repeated group Deeper = 2 { required string self = 1; }
  }
  optional Deep.Deeper.Deepest deepest = 27;
  optional .some.Other other = 28;
  optional string crate = 29;
  optional string async = 30;
  optional string HTTPServerURL = 31;
  // The choice.
  oneof choice {
    // One of them.
    string text = 32;
    bytes raw = 33;
    Color tint = 34 [deprecated = true];
    Everything again = 35;
    Inner plain = 36;
    group Grouped = 37 { optional int32 number = 1; }
  }
  oneof inner_type { int32 number = 38; double real = 39; }
  optional InnerType other_type = 40;
  extensions 100 to 200;
  message InnerType {}
  // Nested.
  message Inner { optional int32 number = 1; optional Side side = 2; enum Side { LEFT = 1; RIGHT = 2; } }
  message Deep { message Deeper { message Deepest { optional Everything top = 1; optional Inner inner = 2; } } }
}

// Colours.
enum Color {
  option allow_alias = true;
  COLOR_UNSPECIFIED = 0;
  // Red.
  COLOR_RED = 1; // As blood.
  COLOR_CRIMSON = 1;
  COLOR_DEEP_RED = -2 [deprecated = true];
  COLOR_2D = 3;
  COLORLESS = 4;
  COLOR_SELF = 5;
}
message Copied { optional int32 number = 1; optional double real = 2; optional Color color = 3; }
message Compared { optional string text = 1; repeated int32 numbers = 2; map<string, string> names = 3; }
message Holds { optional Copied copied = 1; optional Compared compared = 2; }
message Ping { optional Pong pong = 1; }
message Pong { optional Ping ping = 1; repeated Pong pongs = 2; optional Copied copied = 3; }
message Self { optional string self = 1; }
message self_2 {}
extend Everything { optional string more = 100; }
"#;

const OTHER: &str = r#"
syntax = "proto3";
package some;

message Other {
  optional int32 present = 1;
  optional Other other = 2;
  repeated float numbers = 3;
  repeated float unpacked = 4 [packed = false];
  repeated string names = 5;
  State state = 6;
  bytes data = 7;
  oneof kind { State its_state = 8; Other its_other = 9; }
  message Empty {}
  Empty empty = 10;
  map<int64, Other.Empty> empties = 11;
}
enum State { STATE_UNKNOWN = 0; UP = 1; }
"#;

const NO_PACKAGE: &str = r#"
syntax = "proto3";
import "other.proto";
message Alone { some.Other other = 1; Within within = 2; message Within { Alone alone = 1; repeated Within all = 2; } }
"#;

const FILES: [&str; 2] = ["everything.proto", "no_package.proto"];

/// Theirs and ours, by module, without layout and without comments that are no documentation.
fn both(options: &Builder, files: &[FileDescriptorProto]) -> [BTreeMap<String, String>; 2] {
    let externs = Externs::new(options).unwrap();
    let types = Types::new(options, &externs, files);
    let mut ours: BTreeMap<String, String> = BTreeMap::new();
    for file in files {
        let module = Module::from_protobuf_package_name(file.package()).to_string();
        let code = File::new(&types, file).code().unwrap();
        *ours.entry(module).or_default() += &code;
    }

    let mut config = Config::new();
    config.enable_type_names();
    config.prost_path(format!("{}::__private::prost", options.runtime));
    config.compile_well_known_types();
    for (proto, rust) in externs.types(files) {
        config.extern_path(proto, rust);
    }
    for (path, attribute) in &options.type_attributes {
        config.type_attribute(path, attribute);
    }
    if !options.bytes.is_empty() {
        config.bytes(&options.bytes);
    }
    let requests = files
        .iter()
        .map(|file| (Module::from_protobuf_package_name(file.package()), file.clone()));
    let theirs = config.generate(requests.collect()).unwrap();
    let theirs = theirs
        .into_iter()
        .map(|(module, code)| (module.to_string(), code));
    [theirs.collect(), ours].map(|code: BTreeMap<String, String>| {
        let code = code.into_iter().map(|(module, code)| (module, essence(&code)));
        code.filter(|(_, code)| !code.is_empty()).collect()
    })
}

/// The tokens' text, and a line for each that is documentation.
fn essence(code: &str) -> String {
    let mut out = String::new();
    for line in code.lines().map(str::trim) {
        if line.starts_with("///") {
            out.push('\n');
            out.push_str(line);
            out.push('\n');
        } else if !line.starts_with("//") {
            let tokens = line.replace(' ', "").replace(['{', '}', ',', ';'], "\n");
            out.push_str(&tokens);
            out.push('\n');
        }
    }
    out.lines()
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

fn read(options: &Builder, files: &[impl AsRef<Path>]) -> Vec<FileDescriptorProto> {
    Compiled::new(options, files).unwrap().files
}

#[track_caller]
fn assert_same(options: &Builder, files: &[FileDescriptorProto]) {
    let [theirs, ours] = both(options, files);
    assert_eq!(theirs.keys().collect::<Vec<_>>(), ours.keys().collect::<Vec<_>>());
    for (module, theirs) in &theirs {
        let ours = &ours[module];
        let differing = theirs
            .lines()
            .zip(ours.lines())
            .position(|(theirs, ours)| theirs != ours);
        let Some(at) = differing else {
            assert_eq!(theirs.len(), ours.len(), "module `{module}`: one ends early");
            continue;
        };
        let around = |code: &str| {
            let lines = code.lines().skip(at.saturating_sub(3)).take(6);
            lines.collect::<Vec<_>>().join("\n")
        };
        panic!(
            "module `{module}`\n--- theirs\n{}\n--- ours\n{}",
            around(theirs),
            around(ours)
        );
    }
}

fn written() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let everything = EVERYTHING.replace("package", "import \"other.proto\";\npackage");
    for (name, text) in [
        ("everything.proto", everything.as_str()),
        ("other.proto", OTHER),
        ("no_package.proto", NO_PACKAGE),
    ] {
        fs::write(root.path().join(name), text).unwrap();
    }
    root
}

#[test]
fn everything_that_a_message_can_have_is_as_prost_build_has_it() {
    let root = written();
    let options = configure().root(root.path());
    let files = read(&options, &FILES);
    assert_same(&options, &files);
    let [theirs, _] = both(&options, &files);
    assert!(
        theirs.values().map(String::len).sum::<usize>() > 10_000,
        "{theirs:?}"
    );
}

#[test]
fn options_are_for_what_prost_build_takes_them_to_be_for() {
    let root = written();
    for pattern in [
        ".",
        ".some",
        ".some.Every.type.Everything",
        ".some.Every.type.Everything.bytes",
        ".some.Every.type.Everything.choice",
        ".some.Every.type.Color",
        "Everything.raw",
        "Everything.choice",
        "value",
        "Color",
        "type.Color",
        "Alone.Within",
        ".Alone",
    ] {
        let options = configure()
            .root(root.path())
            .type_attribute(pattern, "#[a]")
            .type_attribute("Inner", "#[b]")
            .bytes([pattern]);
        assert_same(&options, &read(&options, &FILES));
    }
}

#[test]
fn types_from_elsewhere_are_named_as_prost_build_names_them() {
    let root = written();
    let options = configure()
        .root(root.path())
        .extern_path(".some.Every.type.Everything.Inner", "::x::Inner")
        .extern_path(".some.Other", "::x::Other")
        .extern_path(".some.Every.type.Color", "::x::Color");
    assert_same(&options, &read(&options, &FILES));
}

#[test]
fn the_files_of_tests_and_examples_are_as_prost_build_has_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut count = 0;
    for directory in ["tests/protos", "examples/proto", "benches/proto"] {
        let mut open = vec![root.join(directory)];
        while let Some(directory) = open.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else if path.extension().is_some_and(|extension| extension == "proto") {
                    let options = configure().root(root);
                    // Some have mistakes, on purpose.
                    if let Ok(compiled) = Compiled::new(&options, &[&path]) {
                        assert_same(&options, &compiled.files);
                        count += 1;
                    }
                }
            }
        }
    }
    assert!(count >= 10, "{count}");
}

#[test]
fn the_types_of_google_are_as_prost_build_has_them() {
    let root = tempfile::tempdir().unwrap();
    let names = [
        "any",
        "api",
        "descriptor",
        "duration",
        "empty",
        "field_mask",
        "source_context",
        "struct",
        "timestamp",
        "type",
        "wrappers",
    ];
    let imports = names.map(|name| format!("import \"google/protobuf/{name}.proto\";\n"));
    let text = format!("syntax = \"proto3\";\n{}", imports.concat());
    fs::write(root.path().join("all.proto"), text).unwrap();
    let options = configure().root(root.path());
    let mut files = read(&options, &["all.proto"]);
    // In another package, or they would be taken from prost-types.
    for file in &mut files {
        file.package = Some("found".to_owned());
        file.message_type.iter_mut().for_each(find_in_other_package);
    }
    assert_same(&options, &files);
}

fn find_in_other_package(message: &mut DescriptorProto) {
    for field in &mut message.field {
        field.type_name = field
            .type_name
            .take()
            .map(|name| name.replace(".google.protobuf.", ".found."));
    }
    message.nested_type.iter_mut().for_each(find_in_other_package);
}

#[test]
fn values_that_are_one_name_in_rust_are_an_error() {
    let root = tempfile::tempdir().unwrap();
    let text = "syntax = \"proto3\";\npackage a;\nenum Color { RED_1 = 0; red_1 = 1; }\n";
    fs::write(root.path().join("a.proto"), text).unwrap();
    let error = configure()
        .root(root.path())
        .generate(&["a.proto"], "test")
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "enum `Color`: its values `RED_1` and `red_1` would both be `Red1` in Rust"
    );
}
