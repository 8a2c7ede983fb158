//! The example programs, built as `cargo test` builds them.

use std::{env, path::PathBuf, process::Command};

/// A command that runs the example `name`.
pub(crate) fn example(name: &str) -> Command {
    // `cargo test --test x` does not build the examples, `cargo test` does: this costs nothing then.
    let profile = directory();
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--workspace", "--example", name]);
    if profile.ends_with("release") {
        cargo.arg("--release");
    }
    let status = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).status().unwrap();
    assert!(status.success(), "build the example {name}: {status}");
    Command::new(profile.join("examples").join(name))
}

/// `target/debug` or its like: this test is in its `deps`.
fn directory() -> PathBuf {
    let test = env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().to_owned()
}
