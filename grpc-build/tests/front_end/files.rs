//! The `.proto` files that there are.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// Where the repository is.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .unwrap()
}

/// Those of this test.
pub(crate) fn own() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/front_end")
}

/// All of the repository, each with the directories that its imports are in.
pub(crate) fn of_repository() -> Vec<(Vec<PathBuf>, PathBuf)> {
    let root = repository();
    let roots = ["tests/protos", "tests/protos/code_first", "examples/proto"];
    let mut files = Vec::new();
    for part in [
        "benches/proto",
        "compat",
        "examples",
        "grpc-build/tests",
        "grpc-core/tests",
        "tests",
    ] {
        below(&root.join(part), &mut files);
    }
    assert!(files.len() >= 30, "{}", files.len());
    files
        .into_iter()
        .map(|file| {
            let of_file = file.parent().unwrap().to_owned();
            let includes = roots.iter().map(|include| root.join(include)).chain([of_file]);
            (includes.rev().collect(), file)
        })
        .collect()
}

/// The `.proto` files below a directory, in a fixed order.
pub(crate) fn below(directory: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(directory)
        .unwrap_or_else(|error| panic!("{}: {error}", directory.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() && !path.ends_with("target") {
            below(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            files.push(path);
        }
    }
}
