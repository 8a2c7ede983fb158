//! A crate without this package's default features: all that the derives and `#[grpc::service]` make is there, but for what
//! takes descriptors.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

const EVERYTHING: &str = r##"
#![deny(warnings)]
use std::{collections::BTreeMap, time::{Duration, SystemTime}};
use grpc::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, grpc::Enum)]
#[grpc(package = "paint.v1")]
#[repr(i32)]
pub enum Color { Unspecified = 0, #[grpc(alias = "CRIMSON")] Red = 1, #[grpc(unknown)] Unknown(i32) = -1 }

#[derive(Clone, PartialEq, grpc::Oneof)]
pub enum Shape { #[grpc(tag = 2)] Circle(f64), #[grpc(tag = 3)] Inner(Inner) }

/// Nested.
#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(nested_in = Drawing)]
pub struct Inner { #[grpc(tag = 1, sint64)] pub number: i64 }

#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "paint.v1", reserved = [9, "old"])]
pub struct Drawing {
    #[grpc(tag = 1)] pub color: Color,
    #[grpc(oneof)] pub shape: Option<Shape>,
    #[grpc(tag = 4)] pub at: Option<SystemTime>,
    #[grpc(tag = 5)] pub within: Duration,
    #[grpc(tag = 6, wrapper)] pub wrapped: Option<i32>,
    #[grpc(tag = 7)] pub nothing: Option<()>,
    #[grpc(tag = 8)] pub by_name: BTreeMap<String, Color>,
}

pub struct Painter;

#[grpc::service(package = "paint.v1", name = "Paint")]
impl Painter {
    /// Gives it back.
    pub async fn paint(&self, drawing: Drawing) -> Result<Drawing> { Ok(drawing) }
    pub fn colors(&self, number: i32) -> impl ResponseStream<Drawing> {
        stream!({ yield Drawing { color: Color::from(number), ..Drawing::default() }; })
    }
}

pub async fn serve() -> Result<(), grpc::Error> {
    let _ = PaintStub::new(&grpc::insecure_channel("localhost:1"));
    grpc::serve("localhost:0", Painter).await
}
"##;

/// What takes the feature, each with the error's beginning.
const MISSING: [(&str, &str); 3] = [
    (
        "pub type Any = grpc::types::Any;",
        "cannot find `types` in `grpc`",
    ),
    ("pub use grpc::proto_of;", "no `proto_of` in the root"),
    (
        "grpc::include_proto!(\"shop\");",
        "generated code takes the feature `descriptors` of grpc-servicer",
    ),
];

fn check(root: &Path, source: &str) -> (bool, String) {
    fs::write(root.join("src/lib.rs"), source).unwrap();
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let Output { status, stderr, .. } = Command::new(env!("CARGO"))
        .args(["check", "--offline", "--quiet"])
        .current_dir(root)
        .env("CARGO_TARGET_DIR", target)
        .output()
        .unwrap();
    (status.success(), String::from_utf8_lossy(&stderr).into_owned())
}

#[test]
fn a_contract_in_code_needs_no_default_features() {
    let framework = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("without_descriptors");
    fs::create_dir_all(root.join("src")).unwrap();
    let manifest = format!(
        "[package]\nname = \"without-descriptors\"\nedition = \"2024\"\n[workspace]\n[dependencies.grpc]\n\
         package = \"grpc-servicer\"\npath = {framework:?}\ndefault-features = false\n"
    );
    fs::write(root.join("Cargo.toml"), manifest).unwrap();
    // The versions that are built and downloaded already.
    fs::copy(framework.join("Cargo.lock"), root.join("Cargo.lock")).unwrap();

    let (succeeded, stderr) = check(&root, EVERYTHING);
    assert!(succeeded, "{stderr}");

    for (source, error) in MISSING {
        let (succeeded, stderr) = check(&root, source);
        assert!(!succeeded, "{source}");
        assert!(stderr.contains(error), "{stderr}");
        assert!(stderr.contains("`descriptors`"), "{stderr}");
    }
}
