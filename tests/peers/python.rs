//! The grpcio peers in `tests/peers/python`, in an environment that the first test to need it makes.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use crate::support::Process;

const PROTOS: [&str; 3] = [
    "tests/peers/interop.proto",
    "examples/proto/helloworld.proto",
    "grpc-core/tests/protos/json.proto",
];

/// A python that has grpcio, and the modules generated from [`PROTOS`].
pub(crate) struct Python {
    executable: PathBuf,
    generated: PathBuf,
}

impl Python {
    /// `None`, after saying so, where there is no `python3`: these tests then prove nothing. On CI that is a
    /// failure.
    pub(crate) fn get() -> Option<&'static Self> {
        static PYTHON: OnceLock<Option<Python>> = OnceLock::new();
        PYTHON.get_or_init(Self::prepare).as_ref()
    }

    fn prepare() -> Option<Self> {
        if let Err(error) = Command::new("python3").arg("--version").output() {
            eprintln!(
                "\n*** SKIPPED: no interoperability with grpcio was tested: run python3: {error} ***\n"
            );
            assert!(env::var_os("CI").is_none(), "CI is set, and python3 is missing");
            return None;
        }
        // Beside the builds, so that it outlives the run: `target/tmp` is its neighbour.
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .with_file_name("peers")
            .join("python");
        fs::create_dir_all(&directory).unwrap();
        let output = Command::new("python3")
            .arg(script("prepare.py"))
            .arg(&directory)
            .args(PROTOS.map(|proto| root().join(proto)))
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "set up grpcio in {}:\n{}",
            directory.display(),
            String::from_utf8_lossy(&output.stderr)
        );
        let stdout = String::from_utf8(output.stdout).unwrap();
        let executable = stdout
            .lines()
            .last()
            .expect("prepare.py prints the python")
            .into();
        Some(Self {
            executable,
            generated: directory.join("generated"),
        })
    }

    /// Runs their client's `case` against the server at `address`.
    pub(crate) async fn client_passes(&self, address: &str, case: &str) {
        let stdout = self.client(&[address, case]).await;
        assert_eq!(stdout, format!("case {case}: ok\n"));
    }

    /// The same of several cases over TLS, with the files in `directory`, at a server whose certificate is for
    /// `name`.
    pub(crate) async fn client_passes_over_tls(
        &self,
        address: &str,
        directory: &Path,
        name: &str,
        cases: &[&str],
    ) {
        let mut arguments = vec![address, "--tls", directory.to_str().unwrap(), name];
        arguments.extend(cases);
        let stdout = self.client(&arguments).await;
        let all_well: String = cases.iter().map(|case| format!("case {case}: ok\n")).collect();
        assert_eq!(stdout, all_well);
    }

    /// Every case that their client has.
    pub(crate) async fn client_cases(&self) -> Vec<String> {
        self.client(&["--list"])
            .await
            .lines()
            .map(str::to_owned)
            .collect()
    }

    async fn client(&self, arguments: &[&str]) -> String {
        let output = tokio::process::Command::from(self.command("client.py"))
            .args(arguments)
            .kill_on_drop(true)
            .output()
            .await
            .unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        assert!(
            output.status.success(),
            "grpcio's client, {}:\n{stdout}{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
        stdout
    }

    /// Starts their server.
    pub(crate) fn server(&self) -> Process {
        Process::start(self.command("server.py"))
    }

    /// Starts their server with the files in `directory`; it wants its clients' certificates.
    pub(crate) fn server_over_tls(&self, directory: &Path) -> Process {
        let mut command = self.command("server.py");
        command.arg("--tls").arg(directory);
        Process::start(command)
    }

    /// Generates modules from `files`, whose paths start in `root`, as its protoc sees them.
    #[allow(dead_code, reason = "not all tests that share this have protos of their own")]
    pub(crate) fn generate(&self, root: &Path, files: &[&str], output: &Path) {
        let output = Command::new(&self.executable)
            .args(["-m", "grpc_tools.protoc"])
            .arg(format!("--proto_path={}", root.display()))
            .arg(format!("--python_out={}", output.display()))
            .arg(format!("--grpc_python_out={}", output.display()))
            .args(files)
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && stderr.is_empty(), "protoc: {stderr}");
    }

    /// A script of ours, with modules generated elsewhere.
    #[allow(dead_code, reason = "not all tests that share this have protos of their own")]
    pub(crate) fn script(&self, name: &str, generated: &Path) -> Command {
        let mut command = Command::new(&self.executable);
        command.arg(script(name)).arg(generated);
        command
    }

    /// A command that runs a script of theirs.
    pub(crate) fn command(&self, name: &str) -> Command {
        self.script(name, &self.generated)
    }
}

fn script(name: &str) -> PathBuf {
    root().join("tests/peers/python").join(name)
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
