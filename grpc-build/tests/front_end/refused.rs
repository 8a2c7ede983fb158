//! What is no `.proto`, and where it says so.

use std::fs;

use crate::{compare, files, protox};

/// A syntax, what is wrong in it, at `^`, and what is said of that. The lines of [`RIGHT`] follow.
const REFUSED: &[(&str, &str, &str)] = &[
    (
        "proto3",
        "message A { string a = ^; }",
        "expected an integer, found ';'",
    ),
    (
        "proto3",
        "message A { string ^= 1; }",
        "expected an identifier, found '='",
    ),
    ("proto3", "message A { string a ^1; }", "expected '=', found '1'"),
    (
        "proto3",
        "message A { string a = ^0; }",
        "numbers of fields are between 1 and 536870911",
    ),
    (
        "proto3",
        "message A { string a = ^536870912; }",
        "numbers of fields are between 1 and 536870911",
    ),
    (
        "proto3",
        "message A { string a = ^99999999999999999999; }",
        "integer is too large",
    ),
    (
        "proto3",
        "message A { string a = ^19000; }",
        "the numbers from 19000 to 19999 are reserved",
    ),
    (
        "proto3",
        "message A { string a = 1; string b = ^1; }",
        "number 1 of 'b' is that of 'a' already",
    ),
    (
        "proto3",
        "message A { string a = 1; int32 ^a = 2; }",
        "name 'A.a' is defined twice",
    ),
    (
        "proto3",
        "message A {} message ^A {}",
        "name 'A' is defined twice",
    ),
    (
        "proto3",
        "enum F { A = 0; } enum G { ^A = 0; }",
        "name 'A' is defined twice (values of an enum are in the scope that the enum is in)",
    ),
    (
        "proto3",
        "message A { ^Missing a = 1; }",
        "'Missing' is not defined",
    ),
    (
        "proto3",
        "message A { ^.Y.Missing a = 1; }",
        "'.Y.Missing' is not defined",
    ),
    (
        "proto3",
        "message A { message Y {} ^Y.Deep a = 1; } ",
        "'Y.Deep' is not defined: it stands for 'A.Y.Deep' here",
    ),
    ("proto3", "message A { ^ZERO a = 1; }", "'ZERO' is not defined"),
    (
        "proto3",
        "message A { ^google.protobuf.Any a = 1; }",
        "'google.protobuf.Any' is not defined",
    ),
    (
        "proto3",
        "message A { ^required string a = 1; }",
        "required fields are not allowed in proto3",
    ),
    (
        "proto3",
        "message A { ^group B = 1 {} }",
        "groups are not allowed in proto3",
    ),
    (
        "proto3",
        r#"message A { string a = 1 [^default = "x"]; }"#,
        "default values are not allowed in proto3",
    ),
    (
        "proto3",
        "message A { string a_b = 1; string ^aB = 2; }",
        "'aB' is 'aB' in JSON, which is what 'a_b' is already",
    ),
    (
        "proto3",
        "message A { map<^float, int32> a = 1; }",
        "a map field key type must be an integer, boolean or string",
    ),
    (
        "proto3",
        "message A { map<^Y, int32> a = 1; }",
        "a map field key type must be an integer, boolean or string",
    ),
    (
        "proto3",
        "message A { repeated ^map<int32, int32> a = 1; }",
        "a map has no label",
    ),
    (
        "proto3",
        "message A { oneof b { ^map<int32, int32> a = 1; } }",
        "a map cannot be in a oneof",
    ),
    (
        "proto3",
        "message A { oneof b { ^repeated int32 a = 1; } }",
        "a field of a oneof has no label",
    ),
    (
        "proto3",
        "message A { oneof ^b {} }",
        "a oneof has at least one field",
    ),
    (
        "proto3",
        "message A { reserved 5; string a = ^5; }",
        "number 5 of 'a' is reserved",
    ),
    (
        "proto3",
        "message A { reserved 5 to max; string a = ^6; }",
        "number 6 of 'a' is reserved",
    ),
    (
        "proto3",
        r#"message A { reserved "a"; string ^a = 6; }"#,
        "the name 'a' is reserved",
    ),
    (
        "proto3",
        "message A { reserved 5 to 7, ^6; }",
        "number 6 is in another range already",
    ),
    (
        "proto3",
        "message A { reserved ^7 to 5; }",
        "the end of a range is less than its start",
    ),
    ("proto3", "enum ^F {}", "an enum has at least one value"),
    (
        "proto3",
        "enum F { A = ^1; }",
        "the first value of an enum must be zero in proto3",
    ),
    (
        "proto3",
        "enum F { A = 0; B = ^0; }",
        "number 0 of 'B' is that of 'A' already",
    ),
    (
        "proto3",
        "enum F { A = ^2147483648; }",
        "numbers of enum values have 32 bits",
    ),
    (
        "proto3",
        "enum F { A = 0; reserved 1 to 3; B = ^2; }",
        "number 2 of 'B' is reserved",
    ),
    (
        "proto3",
        r#"enum F { A = 0; reserved "B"; ^B = 2; }"#,
        "the name 'B' is reserved",
    ),
    (
        "proto3",
        "service S { rpc A(^E) returns (Y); }",
        "'E' is not a message",
    ),
    (
        "proto3",
        "service S { rpc A(Y) returns (^Missing); }",
        "'Missing' is not defined",
    ),
    (
        "proto3",
        "service S { rpc A(Y) ^(Y); }",
        "expected 'returns', found '('",
    ),
    (
        "proto3",
        "service S { rpc A(Y) returns (Y); rpc ^A(Y) returns (Y); }",
        "name 'S.A' is defined twice",
    ),
    (
        "proto3",
        "service S { ^string a = 1; }",
        "expected 'rpc', 'option' or '}'",
    ),
    ("proto3", "package a; ^package b;", "a file has one package"),
    (
        "proto3",
        r#"^import "missing.proto";"#,
        "import 'missing.proto' not found; looked in",
    ),
    (
        "proto3",
        "option ^missing = 1;",
        "option 'missing': there is no field 'missing' in 'google.protobuf.FileOptions'",
    ),
    (
        "proto3",
        "option ^(missing) = 1;",
        "option '(missing)': 'missing' is not defined",
    ),
    (
        "proto3",
        "option java_package = ^1;",
        "'java_package' is to be of type string, and '1' is no value of that",
    ),
    (
        "proto3",
        "option optimize_for = ^SPEEDY;",
        "'optimize_for' is to be of type 'google.protobuf.FileOptions.OptimizeMode', and 'SPEEDY' is no",
    ),
    (
        "proto3",
        r#"option java_package = "a"; option ^java_package = "b";"#,
        "option 'java_package': it is set twice",
    ),
    (
        "proto3",
        "option ^(note) = 1;",
        "'note' extends 'google.protobuf.FieldOptions' and not 'google.protobuf.FileOptions'",
    ),
    (
        "proto3",
        "message A { int32 a = 1 [(note) = ^2147483648]; }",
        "'note' is to be of type int32, and '2147483648' is no value of that",
    ),
    (
        "proto3",
        "message A { int32 a = 1 [^(note).deep = 1]; }",
        "'note' is not a message that is there once",
    ),
    (
        "proto3",
        "message A { string a = 1 ^[packed = true]; }",
        "'a' cannot be packed",
    ),
    (
        "proto3",
        "message A { option ^map_entry = true; string a = 1; }",
        "option 'map_entry': it is not for use by hand",
    ),
    (
        "proto3",
        "^mesage A {}",
        "expected 'import', 'package', 'option', 'message', 'enum', 'extend', 'service' or ';', found 'mesage'",
    ),
    (
        "proto3",
        "message A { string a = 1 [deprecated ^true]; }",
        "expected '=', found 'true'",
    ),
    (
        "proto3",
        "extend ^Y { int32 a = 1; }",
        "proto3 can extend the options of descriptor.proto only",
    ),
    (
        "proto2",
        "message A { ^string a = 1; }",
        "a field of proto2 has a label",
    ),
    (
        "proto2",
        "message A { optional group ^small = 1 {} }",
        "a group's name begins with a capital letter",
    ),
    (
        "proto2",
        r#"message A { optional int32 a = 1 [default = ^"x"]; }"#,
        r#"expected an integer, found '"x"'"#,
    ),
    (
        "proto2",
        "message A { optional int32 a = 1 [default = ^2147483648]; }",
        "the value is out of the range of int32",
    ),
    (
        "proto2",
        "message A { optional E a = 1 [default = ^TWO]; }",
        "enum 'E' has no value 'TWO'",
    ),
    (
        "proto2",
        "message A { optional Y a = 1 [default = ^TWO]; }",
        "a message has no default",
    ),
    (
        "proto2",
        "message A { repeated int32 a = 1 [^default = 1]; }",
        "repeated fields, groups and maps may not have default values",
    ),
    (
        "proto2",
        "extend ^E { optional int32 a = 1; }",
        "'E' is not a message",
    ),
    (
        "proto2",
        "extend Y { optional int32 a = ^100; }",
        "'Y' has no extension range with the number 100",
    ),
    (
        "proto2",
        "message A { extensions 5; optional int32 a = ^5; }",
        "number 5 of 'a' is one for extensions",
    ),
    (
        "proto2",
        "message A { extensions 5; } extend A { ^required int32 a = 5; }",
        "an extension cannot be required",
    ),
    (
        "proto2",
        "message A { extensions 5; } extend A { ^map<int32, int32> a = 5; }",
        "an extension cannot be a map",
    ),
];

#[test]
fn each_mistake_is_refused_where_it_is() {
    let mut taken = Vec::new();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("x.proto");
    let includes = [directory.path().to_owned(), files::own()];
    for &(syntax, text, message) in REFUSED {
        let offset = text.find('^').unwrap();
        let text = text.replacen('^', "", 1);
        let source =
            format!("syntax = \"{syntax}\"; import \"google/protobuf/descriptor.proto\";\n{text}\n{RIGHT}");
        fs::write(&path, &source).unwrap();
        let error = compare::ours(&includes, &path)
            .err()
            .unwrap_or_else(|| panic!("{text}"));
        let line = text[..offset].matches('\n').count() + 2;
        let column = text[..offset]
            .chars()
            .rev()
            .take_while(|char| *char != '\n')
            .count()
            + 1;
        let place = format!("x.proto:{line}:{column}: ");
        let mut lines = error.lines();
        assert!(
            lines.any(|line| line.contains(&place) && line.contains(message)),
            "{text}\n{error}\n{place}{message}"
        );
        if protox::theirs(&includes, &path).is_ok() {
            taken.push(message);
        }
    }
    assert_eq!(taken, TAKEN);
}

/// What of it only protoc refuses, and protox does not.
const TAKEN: [&str; 6] = [
    "the name 'a' is reserved",
    "number 6 is in another range already",
    "the end of a range is less than its start",
    "the name 'B' is reserved",
    "'a' cannot be packed",
    "option 'map_entry': it is not for use by hand",
];

const RIGHT: &str = "message Y {} enum E { ZERO = 0; ONE = 1; } extend google.protobuf.FieldOptions { optional int32 note = 50000; }";
