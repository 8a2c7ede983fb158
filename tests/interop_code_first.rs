//! Messages that the code declares, against grpcio's view of the `.proto` that is written out from them: every kind of field,
//! in both directions.
#![allow(
    dead_code,
    missing_docs,
    unnameable_types,
    unreachable_pub,
    reason = "the messages stand for a library's code, and not all of the peer is needed"
)]

#[path = "code_first/edges.rs"]
mod edges;
#[path = "code_first/every.rs"]
mod every;
#[path = "support/process.rs"]
mod process;
#[path = "peers/python.rs"]
mod python;
mod support {
    pub(crate) use super::process::Process;
}

mod place {
    grpc::proto!("tests/protos/shared/place.proto");
}

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use every::Everything;
use grpc::prelude::*;

use self::{edges::edges, python::Python, support::Process};

/// Which edge.
#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "every.v1")]
pub struct Index {
    #[grpc(tag = 1)]
    pub index: u32,
}

/// An edge, as its sender has it.
#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "every.v1")]
pub struct Check {
    #[grpc(tag = 1)]
    pub index: u32,
    #[grpc(tag = 2)]
    pub value: Everything,
}

/// How many fields were compared.
#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "every.v1")]
pub struct Checked {
    #[grpc(tag = 1)]
    pub count: u32,
}

pub struct Server;

/// Makes and compares values.
#[grpc::service(package = "every.v1", name = "Every")]
impl Server {
    /// One of the edges.
    pub async fn edge(&self, index: Index) -> Result<Everything> {
        edges()
            .into_iter()
            .nth(index.index as usize)
            .ok_or_else(|| Status::out_of_range("no such edge"))
    }

    /// Is it what it should be?
    pub async fn check(&self, check: Check) -> Result<Checked> {
        compare(check.index, &check.value)?;
        Ok(Checked { count: check.index })
    }
}

/// NaN is equal to itself in what is printed.
fn compare(index: u32, found: &Everything) -> Result<()> {
    let (found, expected) = (format!("{found:#?}"), format!("{:#?}", edges()[index as usize]));
    // A `HashMap` has any order.
    let sorted = |text: &str| {
        let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    if sorted(&found) == sorted(&expected) {
        return Ok(());
    }
    Err(Status::invalid_argument(format!(
        "edge {index} is\n{found}\nand not\n{expected}"
    )))
}

/// Writes the contract out: the directory, and the paths in it.
fn written(test: &str) -> (PathBuf, Vec<String>) {
    let protos = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("every_{test}"));
    // Left from another run; there may be none.
    let _ = fs::remove_dir_all(&protos);
    let mut paths = vec!["place.proto".to_owned()];
    for file in grpc::proto_files_of::<Every>() {
        let path = protos.join(&file.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, file.text).unwrap();
        paths.push(file.path);
    }
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/protos/shared/place.proto");
    fs::copy(place, protos.join("place.proto")).unwrap();
    (protos, paths)
}

/// Has protoc generate grpcio's side of the contract.
fn generated(python: &Python, test: &str) -> PathBuf {
    let (protos, paths) = written(test);
    let output = protos.join("python");
    fs::create_dir_all(&output).unwrap();
    let paths: Vec<_> = paths.iter().map(String::as_str).collect();
    python.generate(&protos, &paths, &output);
    output
}

#[tokio::test]
async fn grpcios_client_and_our_server_agree_on_every_kind_of_field() {
    let Some(python) = Python::get() else { return };
    let mut server = grpc::server();
    let address = server.add_insecure_port("127.0.0.1:0").unwrap();
    server.add_service(Server);
    server.start().await.unwrap();

    let command = python.script("code_first.py", &generated(python, "client"));
    let output = tokio::process::Command::from(command)
        .args(["client", &address.to_string()])
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{stdout}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(stdout.lines().count(), edges().len());
}

#[tokio::test]
async fn our_client_and_grpcios_server_agree_on_every_kind_of_field() -> Result<()> {
    let Some(python) = Python::get() else {
        return Ok(());
    };
    let mut command = python.script("code_first.py", &generated(python, "server"));
    command.arg("server");
    let server = Process::start(command);
    let stub = EveryStub::new(&grpc::insecure_channel(server.address()));
    for (index, edge) in (0..).zip(edges()) {
        compare(index, &stub.edge(Index { index }).await?)?;
        let checked = stub.check(Check { index, value: edge }).await?;
        let fields = [0, 2, 4, 4, 1];
        assert_eq!(checked.count, fields[index as usize]);
    }
    Ok(())
}

#[test]
fn buf_builds_what_is_written_and_finds_it_well_formed() {
    let buf = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .with_file_name("peers")
        .join("buf");
    let npm = Command::new("npm")
        .args([
            "install",
            "--no-fund",
            "--no-audit",
            "--ignore-scripts",
            "--prefix",
        ])
        .args([buf.as_os_str(), "@bufbuild/buf@1.75.0".as_ref()])
        .output();
    let output = match npm {
        Ok(output) => output,
        Err(error) => {
            eprintln!("\n*** SKIPPED: buf has not seen what is written: run npm: {error} ***\n");
            assert!(env::var_os("CI").is_none(), "CI is set, and npm is missing");
            return;
        }
    };
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );

    let (protos, _) = written("buf");
    fs::write(
        protos.join("buf.yaml"),
        "version: v2\nlint:\n  use: [MINIMAL]\n  ignore: [place.proto]\n",
    )
    .unwrap();
    for command in ["build", "lint"] {
        let output = Command::new(buf.join("node_modules/.bin/buf"))
            .arg(command)
            .current_dir(&protos)
            .output()
            .unwrap();
        let (stdout, stderr) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        assert!(output.status.success(), "buf {command}: {stdout}{stderr}");
    }
}
