//! What protoc makes of files, which decides where protox differs.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use protox::prost::Message as _;
use protox::prost_reflect::prost_types::FileDescriptorSet;

use crate::{compare, files};

/// `everything.bin` and `third.bin` are written in their directory by
/// `protoc --include_source_info -I. -o everything.bin everything.proto`, and so on: protoc 3.21.12 and that of
/// grpcio-tools 1.85.1 write the same.
#[test]
fn positions_comments_options_and_the_rest_are_those_of_protoc_to_the_byte() {
    for name in ["everything", "third"] {
        let directory = files::own();
        let set = compare::ours(
            std::slice::from_ref(&directory),
            &directory.join(name).with_extension("proto"),
        )
        .unwrap();
        let golden = fs::read(directory.join(name).with_extension("bin")).unwrap();
        let golden_file = FileDescriptorSet::decode(&golden[..]).unwrap().file.remove(0);
        assert_eq!(
            compare::locations(&set, golden_file.name()),
            golden_file.source_code_info.unwrap().location
        );
        // With what is no field of prost-types. The file is the last, after those that it imports.
        assert!(set.ends_with(&golden), "{name}");
    }
}

/// The files that grpcio-tools and googleapis-common-protos bring along, and those of the repository, as the
/// protoc of grpcio-tools reads them.
#[test]
fn the_files_of_packages_are_read_as_protoc_reads_them() {
    let Some(python) = python() else {
        return;
    };
    let packages = packages(&python);
    let tools = packages.join("grpc_tools/_proto");
    for (includes, file) in files::of_repository() {
        assert_read_as_protoc_does(&python, &includes, &[file]);
    }
    for (directory, includes) in [
        (packages.join("google"), vec![packages.clone(), tools.clone()]),
        (tools.clone(), vec![tools]),
    ] {
        let mut of_directory = Vec::new();
        files::below(&directory, &mut of_directory);
        assert!(of_directory.len() >= 10, "{}", directory.display());
        assert_read_as_protoc_does(&python, &includes, &of_directory);
    }
}

fn assert_read_as_protoc_does(python: &Path, includes: &[PathBuf], files: &[PathBuf]) {
    let ours = compare::ours_of(includes, files).unwrap();
    let theirs = protoc(python, includes, files);
    let schema = compare::schema(&ours);
    let [our_files, their_files] = [&ours, &theirs].map(|set| compare::files(&schema, set));
    for file in files {
        let mut names = includes
            .iter()
            .filter_map(|include| file.strip_prefix(include).ok());
        let name = names.next().unwrap().to_str().unwrap();
        compare::assert_same(&our_files[name], &their_files[name], name);
        assert_eq!(
            compare::locations(&ours, name),
            compare::locations(&theirs, name),
            "{name}"
        );
    }
}

fn protoc(python: &Path, includes: &[PathBuf], files: &[PathBuf]) -> Vec<u8> {
    let out = tempfile::NamedTempFile::new().unwrap();
    let includes = includes.iter().map(|include| format!("-I{}", include.display()));
    let output = Command::new(python)
        .args([
            "-m",
            "grpc_tools.protoc",
            "--include_source_info",
            "--include_imports",
            "--retain_options",
        ])
        .args(includes)
        .arg("-o")
        .arg(out.path())
        .args(files)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    fs::read(out.path()).unwrap()
}

/// A python that has grpcio-tools, which the first run installs; `None`, after saying so, where there is no
/// `python3`. On CI that is a failure.
fn python() -> Option<PathBuf> {
    if let Err(error) = Command::new("python3").arg("--version").output() {
        eprintln!("\n*** SKIPPED: nothing was compared with protoc: run python3: {error} ***\n");
        assert!(env::var_os("CI").is_none(), "CI is set, and python3 is missing");
        return None;
    }
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .with_file_name("peers")
        .join("protoc");
    fs::create_dir_all(&directory).unwrap();
    let output = Command::new("python3")
        .arg(files::repository().join("tests/peers/python/prepare.py"))
        .arg(&directory)
        .arg(files::repository().join("examples/proto/helloworld.proto"))
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "set up grpcio-tools: {errors}");
    let stdout = String::from_utf8(output.stdout).unwrap();
    Some(stdout.lines().last().unwrap().into())
}

/// Where the packages of the python are.
fn packages(python: &Path) -> PathBuf {
    let code = "import grpc_tools, os; print(os.path.dirname(os.path.dirname(grpc_tools.__file__)))";
    let output = Command::new(python).args(["-c", code]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().into()
}
