//! What a wrong `.proto` or option says.

use std::{fs, path::Path};

use grpc_build::{Builder, configure};
use tempfile::TempDir;

/// A crate's root with these files.
fn root(files: &[(&str, &str)]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

fn error_with(root: &Path, builder: Builder, file: &str) -> String {
    builder
        .root(root)
        .generate(&[file], "test")
        .unwrap_err()
        .to_string()
}

fn error(text: &str) -> String {
    let root = root(&[("proto/x.proto", text)]);
    error_with(root.path(), configure(), "proto/x.proto")
}

#[test]
fn a_syntax_error_has_file_line_and_column() {
    assert_eq!(
        error("syntax = \"proto3\";\n\nmessage X {\n  strin name = ;\n}\n"),
        "proto/x.proto:4:16: expected an integer, found ';'"
    );
}

#[test]
fn an_unknown_type_has_file_line_and_column() {
    let text = error("syntax = \"proto3\";\nmessage X {\n  Missing field = 1;\n}\n");
    assert!(
        text.starts_with("proto/x.proto:3:3: ") && text.contains("'Missing'"),
        "{text}"
    );
    assert_eq!(text.lines().count(), 1, "{text}");
}

#[test]
fn a_file_that_ends_too_early_is_an_error_at_its_end() {
    let text = error("syntax = \"proto3\";\nmessage X {\n");
    assert!(text.starts_with("proto/x.proto:2:12: "), "{text}");
    assert!(text.ends_with("found the end of the file"), "{text}");
}

#[test]
fn two_mistakes_are_two_lines() {
    let text = error("syntax = \"proto3\";\nmessage X {\n  A a = 1;\n  B b = 2;\n}\n");
    let places: Vec<&str> = text
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(place, _)| place)
        .collect();
    assert_eq!(places, ["proto/x.proto:3:3", "proto/x.proto:4:3"], "{text}");
}

#[test]
fn an_error_in_an_imported_file_names_that_file() {
    let root = root(&[
        (
            "proto/x.proto",
            "syntax = \"proto3\";\nimport \"common/y.proto\";\n",
        ),
        ("proto/common/y.proto", "syntax = \"proto3\";\n\n  mesage Y {}\n"),
    ]);
    let text = error_with(root.path(), configure(), "proto/x.proto");
    assert!(text.starts_with("proto/common/y.proto:3:3: "), "{text}");
}

#[test]
fn a_missing_import_says_where_it_was_looked_for() {
    let root = root(&[(
        "proto/x.proto",
        "syntax = \"proto3\";\nimport \"common/y.proto\";\n",
    )]);
    let text = error_with(root.path(), configure().includes(["vendor"]), "proto/x.proto");
    assert_eq!(
        text,
        "proto/x.proto:2:1: import 'common/y.proto' not found; looked in vendor, proto"
    );
    let text = error_with(root.path(), configure(), "proto/x.proto");
    assert_eq!(
        text,
        "proto/x.proto:2:1: import 'common/y.proto' not found; looked in proto, ."
    );
}

#[test]
fn a_missing_file_says_where_it_was_looked_for() {
    let root = root(&[]);
    let text = error_with(root.path(), configure().includes(["proto"]), "x.proto");
    let looked = |path: &str| root.path().join(path).display().to_string();
    assert_eq!(
        text,
        format!(
            "x.proto: no such file; looked for {}, {}",
            looked("x.proto"),
            looked("proto/x.proto")
        )
    );
}

#[test]
fn an_import_cycle_is_an_error() {
    let root = root(&[
        ("x.proto", "syntax = \"proto3\";\nimport \"y.proto\";\n"),
        ("y.proto", "syntax = \"proto3\";\nimport \"x.proto\";\n"),
    ]);
    let text = error_with(root.path(), configure(), "x.proto");
    assert_eq!(
        text,
        "x.proto: files import each other: x.proto -> y.proto -> x.proto"
    );
}

#[test]
fn a_byte_order_mark_is_named() {
    let text = error("\u{feff}syntax = \"proto3\";\nmessage X {}\n");
    assert_eq!(
        text,
        "proto/x.proto:1:1: invalid token: the file begins with a byte order mark; save it as UTF-8 without one"
    );
}

#[test]
fn an_edition_is_refused_by_that_name() {
    let text = error("// Copyright\n\nedition = \"2023\";\nmessage X {}\n");
    assert!(
        text.starts_with("proto/x.proto:3:1: editions are not supported"),
        "{text}"
    );
    assert_eq!(text.lines().count(), 1, "{text}");
}

#[test]
fn a_service_and_a_message_of_one_name_are_refused() {
    let text = error("syntax = \"proto3\";\nmessage X {}\nservice X {}\n");
    assert!(text.starts_with("proto/x.proto:3:9: "), "{text}");
}

#[test]
fn a_reserved_number_is_an_error_where_it_is_used() {
    let text = error("syntax = \"proto3\";\nmessage X {\n  reserved 2 to 5;\n  string a = 3;\n}\n");
    assert!(text.starts_with("proto/x.proto:4:14: "), "{text}");
}

#[test]
fn bad_extern_paths_are_errors() {
    let root = root(&[("x.proto", "syntax = \"proto3\";")]);
    let text = error_with(
        root.path(),
        configure().extern_path("google.type", "::types"),
        "x.proto",
    );
    assert_eq!(
        text,
        "extern path `google.type`: write `.google.type`, with the dot in front"
    );
    let relative = configure().extern_path(".google.type", "my::types");
    assert_eq!(
        error_with(root.path(), relative, "x.proto"),
        "extern path `my::types`: the generated code is in modules of its own, write `::my::types` or \
         `crate::my::types`"
    );
    let twice = configure().extern_path(".a", "::a").extern_path(".a", "::b");
    assert_eq!(
        error_with(root.path(), twice, "x.proto"),
        "extern path `.a` is given twice"
    );
}

#[test]
fn no_file_is_an_error() {
    let none: [&str; 0] = [];
    let text = configure().generate(&none, "test").unwrap_err().to_string();
    assert_eq!(text, "no .proto file is named");
}
