//! What is generated, and what is written where.

use std::fs;

use grpc_build::configure;
use tempfile::TempDir;

const ECHO: &str = r#"
syntax = "proto3";
package echo.v1;

// Says again what it hears.
service Echo {
  // Once.
  rpc Say (Word) returns (Word);
  rpc Listen (stream Word) returns (stream Word); // As long as it takes.
}

// Something said, see https://example.org/words [sic].
message Word {
  string text = 1; // In any language.
}
"#;

fn root() -> TempDir {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("echo.proto"), ECHO).unwrap();
    root
}

fn generate() -> String {
    configure()
        .root(root().path())
        .generate(&["echo.proto"], "test")
        .unwrap()
        .code
}

/// The lines of `code` from the first that starts with `start`, without indentation.
fn lines<'a>(code: &'a str, start: &str, count: usize) -> Vec<&'a str> {
    code.lines()
        .map(str::trim)
        .skip_while(|line| !line.starts_with(start))
        .take(count)
        .collect()
}

#[test]
fn comments_become_docs() {
    let code = generate();
    assert_eq!(
        lines(&code, "/// Says again", 2),
        ["/// Says again what it hears.", "pub enum Echo {}"]
    );
    assert_eq!(
        lines(&code, "/// Once.", 2)[1],
        "pub fn say(&self, request: Word) -> ::grpc::Call<Word> {"
    );
    assert_eq!(
        lines(&code, "/// In any language.", 3)[2],
        "pub text: ::grpc::__private::prost::alloc::string::String,"
    );
    assert!(
        code.contains("/// As long as it takes.\n    pub fn listen<__Kind>("),
        "{code}"
    );
}

#[test]
fn a_contract_has_a_type_per_rpc() {
    assert_eq!(
        lines(&generate(), "impl ::grpc::__private::Rpc<1>", 5),
        [
            "impl ::grpc::__private::Rpc<1> for Echo {",
            "type Request = Word;",
            "type Response = Word;",
            "type Codec = ::grpc::__private::Prost;",
            "const METHOD: &'static ::grpc::__private::Method = &METHOD;",
        ]
    );
}

#[test]
fn a_method_is_written_once() {
    let code = generate();
    assert_eq!(code.matches("\"/echo.v1.Echo/Say\"").count(), 1, "{code}");
}

#[test]
fn the_runtime_can_be_elsewhere() {
    let root = root();
    let code = configure()
        .root(root.path())
        .runtime("crate::rpc")
        .generate(&["echo.proto"], "test")
        .unwrap()
        .code;
    assert!(
        code.contains("crate::rpc::Channel") && !code.contains("::grpc::"),
        "{code}"
    );
}

#[test]
fn code_is_the_same_each_time() {
    assert_eq!(generate(), generate());
}

#[test]
fn one_file_is_written_and_named_after_the_package() {
    let root = root();
    let out = tempfile::tempdir().unwrap();
    let path = configure()
        .root(root.path())
        .out_dir(out.path())
        .compile(&["echo.proto"])
        .unwrap();
    assert_eq!(path, out.path().join("echo.v1.rs"));
    assert!(fs::read_to_string(path).unwrap().contains("pub struct EchoStub"));
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 1);

    let path = configure()
        .root(root.path())
        .out_dir(out.path())
        .file_name("all")
        .compile(&["echo.proto"])
        .unwrap();
    assert_eq!(path, out.path().join("all.rs"));
}

#[test]
fn code_that_is_still_right_is_not_written_again() {
    let root = root();
    let builder = configure().root(root.path()).out_dir("out");
    fs::create_dir(root.path().join("out")).unwrap();
    let path = builder.compile(&["echo.proto"]).unwrap();
    let before = fs::metadata(&path).unwrap().modified().unwrap();
    builder.compile(&["echo.proto"]).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), before);
}

#[test]
fn every_file_that_was_read_is_named() {
    let root = root();
    let importing = "syntax = \"proto3\";\nimport \"echo.proto\";\nimport \"google/protobuf/empty.proto\";\n";
    fs::write(root.path().join("importing.proto"), importing).unwrap();
    let generated = configure()
        .root(root.path())
        .generate(&["importing.proto"], "test")
        .unwrap();
    let mut files = generated.files;
    files.sort();
    assert_eq!(
        files,
        [
            root.path().join("echo.proto"),
            root.path().join("importing.proto")
        ]
    );
}
