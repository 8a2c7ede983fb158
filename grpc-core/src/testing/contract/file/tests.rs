use std::fs;

use tempfile::TempDir;

use super::*;

/// A crate with one .proto, or none, and the code's descriptor.
struct Crate {
    directory: TempDir,
    code: FileDescriptorProto,
}

const PATH: &str = "proto/tally.proto";

const CODE: &str = r#"syntax = "proto3";

package tally.v1;

service Tally {
  // Goes one step.
  rpc Add(Step) returns (Total);
}

// How far to count.
message Step {
  string by = 1;
}

message Total {
  sint64 value = 1;
}
"#;

impl Crate {
    fn with(proto: Option<&str>) -> Self {
        let scratch = TempDir::new().unwrap();
        let path = scratch.path().join("code.proto");
        fs::write(&path, CODE).unwrap();
        let code = read(&path, scratch.path()).unwrap();
        let directory = TempDir::new().unwrap();
        if let Some(proto) = proto {
            let path = directory.path().join(PATH);
            write(&path, proto).unwrap();
        }
        Self { directory, code }
    }

    fn check(&self, update: bool, ci: bool) -> Result<Outcome, String> {
        let environment = Environment {
            root: self.directory.path().to_owned(),
            update,
            ci,
        };
        check(&self.code, Path::new(PATH), &environment)
    }

    fn proto(&self) -> String {
        fs::read_to_string(self.directory.path().join(PATH)).unwrap()
    }
}

#[test]
fn a_file_that_says_the_same_passes_and_stays_as_it_is() {
    let same = "/* Ours. */ syntax = 'proto3'; package tally.v1;\n\
        message Total { sint64 value=1; } // after\n\
        // How far to count.\n\
        message Step { string by = 1; } service Tally {\n\
        // Goes one step.\n\
        rpc Add(tally.v1.Step) returns (Total) {} }";
    let it = Crate::with(Some(same));
    assert_eq!(it.check(false, false), Ok(Outcome::Same));
    assert_eq!(it.check(true, false), Ok(Outcome::Same));
    assert_eq!(it.proto(), same);
}

#[test]
fn a_file_that_says_otherwise_fails_with_what_breaks_and_a_diff() {
    let it = Crate::with(Some(
        &CODE
            .replace("string by", "int64 by")
            .replace("message Total", "message Never {}\n\nmessage Total"),
    ));
    let expected = "\
proto/tally.proto is not what the code declares:

BREAKS THE WIRE  tally.v1.Step.by: field 1 changed from int64 to string
BREAKS CODE      tally.v1.Never: message removed

--- proto/tally.proto
+++ the code
@@ -9,11 +9,9 @@
 
 // How far to count.
 message Step {
-  int64 by = 1;
+  string by = 1;
 }
 
-message Never {}
-
 message Total {
   sint64 value = 1;
 }

To write the file from the code, run this test with GRPC_UPDATE_PROTOS=1 in its environment.";
    assert_eq!(it.check(false, false).unwrap_err(), expected);
}

#[test]
fn a_file_that_is_not_there_is_written_when_asked_for() {
    let it = Crate::with(None);
    assert_eq!(
        it.check(false, false).unwrap_err(),
        "there is no proto/tally.proto\n\n\
         To write the file from the code, run this test with GRPC_UPDATE_PROTOS=1 in its environment."
    );
    assert_eq!(it.check(true, false), Ok(Outcome::Written));
    assert_eq!(it.proto(), CODE);
    assert_eq!(it.check(false, false), Ok(Outcome::Same));
}

#[test]
fn a_file_that_is_written_anew_keeps_the_comments_at_its_top() {
    let licence = "// Copyright: us.\n\n// What this is.\n";
    let old = format!("{licence}{}", CODE.replace("string by", "int64 by"));
    let it = Crate::with(Some(&old));
    assert_eq!(it.check(true, false), Ok(Outcome::Written));
    assert_eq!(it.proto(), format!("{licence}{CODE}"));
}

#[test]
fn comments_are_part_of_the_contract() {
    let it = Crate::with(Some(&CODE.replace("How far", "How much")));
    let report = it.check(false, false).unwrap_err();
    assert!(
        report.contains("does not break   tally.v1.Step: the comment changed\n"),
        "{report}"
    );
}

#[test]
fn a_build_on_ci_writes_nothing() {
    let old = CODE.replace("string by", "int64 by");
    let it = Crate::with(Some(&old));
    let report = it.check(true, true).unwrap_err();
    assert!(
        report.ends_with(
            "GRPC_UPDATE_PROTOS is not heeded where CI is set: a build there must not change what it builds."
        ),
        "{report}"
    );
    assert_eq!(it.proto(), old);
}

#[test]
fn a_file_that_does_not_compile_fails_with_the_place() {
    let it = Crate::with(Some("syntax = \"proto3\";\nmessage Step { int64 by; }\n"));
    let report = it.check(false, false).unwrap_err();
    assert!(
        report.starts_with("compile proto/tally.proto: proto/tally.proto:2:24: "),
        "{report}"
    );
    assert_eq!(it.check(true, false), Ok(Outcome::Written));
}

#[test]
fn imports_are_found_beside_the_file_and_above_it() {
    let mut it = Crate::with(Some(
        "syntax = \"proto3\"; import \"beside.proto\"; import \"above.proto\"; message M { B b = 1; A a = 2; }",
    ));
    let root = it.directory.path();
    let declare = |name: &str| format!("syntax = \"proto3\"; message {name} {{}}");
    write(&root.join("proto/beside.proto"), &declare("B")).unwrap();
    write(&root.join("above.proto"), &declare("A")).unwrap();
    it.code = read(&root.join(PATH), root).unwrap();
    assert_eq!(it.check(false, false), Ok(Outcome::Same));
}

#[test]
fn a_file_that_is_not_proto3_is_compared_but_not_shown() {
    let it = Crate::with(Some(
        "syntax = \"proto2\"; package tally.v1; message Step { required string by = 1; }",
    ));
    let report = it.check(false, false).unwrap_err();
    assert!(
        report.contains("They cannot be shown side by side: print tally.proto: it is proto2"),
        "{report}"
    );
    for difference in [
        "BREAKS CODE      tally.v1: the syntax changed from proto2 to proto3\n",
        "BREAKS THE WIRE  tally.v1.Step.by: field 1 changed from required string to string\n",
        "does not break   tally.v1.Total: message added\n",
    ] {
        assert!(report.contains(difference), "{report}");
    }
}

#[test]
fn the_options_of_the_file_are_not_the_codes_and_stay() {
    let options = "option go_package = \"example.com/tally/v1;tally\";\noption java_multiple_files = true;\n";
    let optioned = CODE.replace("service Tally", &format!("{options}\nservice Tally"));
    let it = Crate::with(Some(&optioned));
    assert_eq!(it.check(false, false), Ok(Outcome::Same));

    let it = Crate::with(Some(&optioned.replace("string by", "int64 by")));
    let report = it.check(false, false).unwrap_err();
    assert!(!report.contains("options of the file"), "{report}");
    assert_eq!(it.check(true, false), Ok(Outcome::Written));
    for option in options.lines() {
        assert!(it.proto().contains(option), "{}", it.proto());
    }
    assert_eq!(it.check(false, false), Ok(Outcome::Same));
}

#[test]
fn what_is_no_file_is_said_to_be_none() {
    let it = Crate::with(None);
    fs::create_dir_all(it.directory.path().join(PATH)).unwrap();
    for update in [false, true] {
        let report = it.check(update, false).unwrap_err();
        assert_eq!(report, "proto/tally.proto is not a file");
    }
}
