//! `proto!` and a build script in crates of their own: used from another crate, and built again when an
//! imported file changes.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

const SHOP: &str = r#"
syntax = "proto3";
package shop;
import "money.proto";
service Shop {
  rpc Pay (money.Money) returns (Receipt);
}
message Receipt {}
"#;

fn money(field: &str) -> String {
    format!("syntax = \"proto3\";\npackage money;\nmessage Money {{\n  int64 {field} = 1;\n}}\n")
}

/// Generated code may not cause any of these.
const PROTOS: &str = r##"
//! Messages.
#![deny(warnings, missing_docs, missing_debug_implementations, rust_2018_idioms, unnameable_types, unreachable_pub)]
#![deny(unused_qualifications, unused_results, single_use_lifetimes, trivial_casts)]
#![forbid(unsafe_code)]

/// By macro.
pub mod by_macro {
    grpc::proto!("proto/shop.proto");
}
/// By build script.
pub mod by_script {
    grpc::include_proto!("shop");
}
mod inner {
    grpc::proto!("proto/shop.proto");
}
"##;

const USER: &str = r##"
#![deny(warnings)]
macro_rules! services {
    ({ service $name:literal; $($rpcs:tt)* }) => { $name };
}
pub const NAMES: [&str; 2] =
    [protos::by_macro::Shop! { [services] }, protos::by_script::Shop! { [crate::services] }];
pub fn pay(channel: &grpc::Channel) -> [grpc::Call<protos::by_macro::Receipt>; 2] {
    let money = protos::by_macro::money::Money { units: 1 };
    let stub = protos::by_macro::ShopStub::new(channel);
    [stub.pay(money), protos::by_macro::shop::pay("localhost:1", money)]
}
pub fn pay_again(channel: &grpc::Channel) -> grpc::Call<protos::by_script::Receipt> {
    protos::by_script::ShopStub::new(channel).pay(protos::by_script::money::Money { units: 1 })
}
pub(crate) use services;
"##;

/// A service and a client of a `.proto` that cannot be read.
const SERVICE: &str = r##"mod by_macro {
    grpc::proto!("proto/shop.proto");
}
use by_macro::{Receipt, ShopStub};
struct Till;
#[grpc::service(contract = by_macro::Shop)]
impl Till {
    async fn pay(&self, _money: by_macro::money::Money) -> grpc::Result<Receipt> {
        Ok(Receipt {})
    }
}
pub async fn serve() -> Result<(), grpc::Error> {
    let _ = ShopStub::new(&grpc::insecure_channel("localhost:1"));
    grpc::serve("localhost:0", Till).await
}
"##;

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn workspace(root: &Path) {
    let framework = Path::new(env!("CARGO_MANIFEST_DIR"));
    let package = |name: &str, rest: &str| {
        format!("[package]\nname = {name:?}\nedition = \"2024\"\n[dependencies]\n{rest}\n")
    };
    let grpc = format!("grpc = {{ package = \"grpc-servicer\", path = {framework:?} }}");
    let build = format!(
        "[build-dependencies]\ngrpc-servicer-build = {{ path = {:?} }}",
        framework.join("grpc-build")
    );
    write(
        &root.join("Cargo.toml"),
        "[workspace]\nmembers = [\"protos\", \"user\"]\nresolver = \"3\"\n",
    );
    write(
        &root.join("protos/Cargo.toml"),
        &package("protos", &format!("{grpc}\n{build}")),
    );
    write(
        &root.join("protos/build.rs"),
        "fn main() -> Result<(), grpc_build::Error> {\n    grpc_build::compile(&[\"proto/shop.proto\"])?;\n    Ok(())\n}\n",
    );
    write(&root.join("protos/src/lib.rs"), PROTOS);
    write(&root.join("protos/proto/shop.proto"), SHOP);
    write(&root.join("protos/proto/money.proto"), &money("units"));
    write(
        &root.join("user/Cargo.toml"),
        &package("user", &format!("{grpc}\nprotos = {{ path = \"../protos\" }}")),
    );
    write(&root.join("user/src/lib.rs"), USER);
    // The versions that are built and downloaded already.
    fs::copy(framework.join("Cargo.lock"), root.join("Cargo.lock")).unwrap();
}

fn check(root: &Path) -> (bool, String) {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let Output { status, stderr, .. } = Command::new(env!("CARGO"))
        .args([
            "check",
            "--offline",
            "--quiet",
            "--package",
            "user",
            "--message-format",
            "short",
        ])
        .current_dir(root)
        .env("CARGO_TARGET_DIR", target)
        .output()
        .unwrap();
    (status.success(), String::from_utf8_lossy(&stderr).into_owned())
}

#[test]
fn a_change_of_an_imported_file_builds_the_crate_again() {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("proto_rebuild");
    workspace(&root);
    let (succeeded, stderr) = check(&root);
    assert!(succeeded, "{stderr}");

    write(&root.join("protos/proto/money.proto"), &money("cents"));
    let (succeeded, stderr) = check(&root);
    assert!(!succeeded, "nothing was built again");
    // Once by the macro, once by the build script.
    assert_eq!(
        stderr.matches("has no field named `units`").count(),
        2,
        "{stderr}"
    );

    write(
        &root.join("protos/proto/money.proto"),
        "syntax = \"proto3\";\n\nmessage Money { int64 = 1; }\n",
    );
    let (_, stderr) = check(&root);
    assert!(stderr.contains("proto/money.proto:3:"), "{stderr}");

    // By the macro alone, it is one error and no other.
    fs::remove_file(root.join("protos/build.rs")).unwrap();
    write(&root.join("protos/src/lib.rs"), SERVICE);
    let (_, stderr) = check(&root);
    let errors: Vec<&str> = stderr.lines().filter(|line| line.contains(": error")).collect();
    let [error] = errors[..] else {
        panic!("not one error: {stderr}")
    };
    assert!(
        error.contains("src/lib.rs:2:18: error: proto/money.proto:3:23: "),
        "{stderr}"
    );
}
