use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use grpc_core::testing::{Breaks, compare};

use crate::{cases::CASES, compile::compile, compile::file};

/// Where npm has it from.
const BUF: &str = "@bufbuild/buf@1.75.0";

#[test]
fn buf_judges_the_wire_as_we_do_where_no_reason_is_given() {
    let Some(buf) = prepare() else { return };
    let versions = Path::new(env!("CARGO_TARGET_TMPDIR")).join("contract");
    let _ = fs::remove_dir_all(&versions);
    for (index, case) in CASES.iter().enumerate() {
        for (version, text) in [("old", case.old), ("new", case.new)] {
            let directory = versions.join(version).join(package(index));
            fs::create_dir_all(&directory).unwrap();
            // All cases are one module, so each has packages of its own.
            let package = format!("package {}.", package(index));
            let text = file(text)
                .replace("\npackage ", &format!("\n{package}"))
                .replace(" package ", &format!(" {package}"));
            fs::write(directory.join("case.proto"), text).unwrap();
        }
    }
    let breaking = breaking(&buf, &versions);
    let mut wrong = Vec::new();
    for (index, case) in CASES.iter().enumerate() {
        let (old, new) = (compile(&file(case.old)), compile(&file(case.new)));
        let ours = compare(&old, &new)
            .iter()
            .any(|difference| difference.breaks == Breaks::Wire);
        let theirs = breaking.contains(&package(index));
        if (ours != theirs) != case.unlike_buf.is_some() {
            wrong.push(format!(
                "{}: we say {ours}, buf says {theirs}, and the reason given is {:?}",
                case.name, case.unlike_buf
            ));
        }
    }
    assert!(wrong.is_empty(), "what breaks:\n{}", wrong.join("\n"));
}

/// The packages that buf says break on the wire.
fn breaking(buf: &Path, versions: &Path) -> BTreeSet<String> {
    let output = Command::new(buf)
        .args(["breaking", "new", "--against", "old", "--error-format", "json"])
        .args(["--config", r#"{"version": "v1", "breaking": {"use": ["WIRE"]}}"#])
        .current_dir(versions)
        .output()
        .unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let packages: BTreeSet<String> = stdout
        .lines()
        .filter_map(|line| {
            let (_, path) = line.split_once(r#""path":""#)?;
            let package = path.split('/').find(|part| part.starts_with("case"))?;
            Some(package.to_owned())
        })
        .collect();
    // It exits with 100 when something breaks, which some of the cases do.
    assert!(
        output.status.code() == Some(100) && !packages.is_empty() && !stdout.contains("\"COMPILE\""),
        "buf {}:\n{stdout}{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    packages
}

fn package(index: usize) -> String {
    format!("case{index}")
}

/// `None`, after saying so, where there is no `npm`: this test then proves nothing. On CI that is a failure.
fn prepare() -> Option<PathBuf> {
    if let Err(error) = Command::new("npm").arg("--version").output() {
        eprintln!("\n*** SKIPPED: nothing was compared with buf: run npm: {error} ***\n");
        assert!(env::var_os("CI").is_none(), "CI is set, and npm is missing");
        return None;
    }
    // Beside the builds, so that it outlives the run.
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .with_file_name("peers")
        .join("buf");
    let buf = directory.join("node_modules/.bin/buf");
    let stamp = directory.join("stamp");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == BUF) && buf.exists() {
        return Some(buf);
    }
    fs::create_dir_all(&directory).unwrap();
    let output = Command::new("npm")
        .args(["install", "--no-audit", "--no-fund", "--prefix"])
        .arg(&directory)
        .arg(BUF)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "install {BUF} in {}:\n{}",
        directory.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    fs::write(stamp, BUF).unwrap();
    Some(buf)
}
