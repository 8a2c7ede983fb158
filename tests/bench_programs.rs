//! The programs that `benches/compare` measures with: what they say must be of calls that were made and answered.

#[path = "tls/certificates.rs"]
mod certificates;
mod support;

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::Value;

use self::{
    certificates::Authority,
    support::{Process, example},
};

const MODES: [&str; 9] = [
    "unary",
    "echo",
    "compute",
    "yield",
    "connect",
    "bidi",
    "server-stream",
    "queued-stream",
    "client-stream",
];

#[test]
fn every_mode_reports_the_calls_that_were_answered() {
    let of_both = [("ct", "ct"), ("mt:2", "mt:2")];
    // Linux has a socket for each thread.
    let of_server = cfg!(target_os = "linux").then_some(("tpc:2", "ct"));
    for (servers, clients) in of_both.into_iter().chain(of_server) {
        let server = server(servers);
        for mode in MODES {
            let flags = [
                "--mode",
                mode,
                "--runtime",
                clients,
                "--calls",
                "20",
                "--callers",
                "4",
            ];
            let report = report(
                client(&server)
                    .args(flags)
                    .args(["--messages", "300", "--size", "700"]),
            );
            assert_eq!(report["calls"], 20, "{mode}: {report}");
            assert!(
                report["calls_per_second"].as_f64() > Some(0.0),
                "{mode}: {report}"
            );
            assert!(report["p50_us"].is_null(), "{mode}: {report}");
        }
    }
}

#[test]
fn an_open_loop_reports_latencies_and_keeps_to_its_rate() {
    let server = server("ct");
    let flags = [
        "--rate",
        "2000",
        "--calls",
        "200",
        "--warm-up",
        "20",
        "--callers",
        "8",
        "--connections",
        "2",
    ];
    let report = report(client(&server).args(flags));
    assert_eq!(report["calls"], 200);
    let [p50, p99, max] = ["p50_us", "p99_us", "max_us"].map(|name| report[name].as_f64().unwrap());
    assert!(0.0 < p50 && p50 <= p99 && p99 <= max, "{report}");
    // 199 intervals, however late the first call was.
    assert!(report["seconds"].as_f64() >= Some(0.0995), "{report}");
}

#[test]
fn calls_are_made_over_tls() {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench_programs");
    fs::create_dir_all(&directory).unwrap();
    let file = |name: &str, text: String| {
        let path = directory.join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let authority = Authority::new();
    let certified = authority.certify(&["127.0.0.1"]);
    let mut command = example("bench_server");
    command
        .arg("--certificate")
        .arg(file("server.pem", certified.certificate));
    command.arg("--key").arg(file("server.key", certified.key));
    let server = Process::start(command);
    let roots = file("roots.pem", authority.pem());
    for mode in ["unary", "connect"] {
        let report = report(
            client(&server)
                .args(["--mode", mode, "--calls", "20", "--callers", "4", "--roots"])
                .arg(&roots),
        );
        assert_eq!(report["calls"], 20, "{mode}: {report}");
    }
    let in_plain_text = client(&server).output().unwrap();
    assert!(!in_plain_text.status.success(), "{in_plain_text:?}");
}

#[test]
fn streams_are_held_open_until_the_client_is_told_to_end() {
    let server = server("ct");
    let mut client = client(&server)
        .args(["--mode", "hold", "--callers", "40", "--connections", "4"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = client.stdin.take().unwrap();
    let mut output = BufReader::new(client.stdout.take().unwrap()).lines();
    for open in [4, 40] {
        let line = output.next().unwrap().unwrap();
        assert_eq!(line, format!("{{\"streams\": {open}}}"));
        assert_eq!(client.try_wait().unwrap(), None);
        input.write_all(b"\n").unwrap();
    }
    assert!(client.wait().unwrap().success());
}

#[test]
fn a_call_that_fails_ends_the_measurement() {
    // It has no service `bench.Bench`.
    let server = Process::start({
        let mut command = example("greeter_server");
        command.args(["--addr", "127.0.0.1:0"]);
        command
    });
    for mode in MODES {
        let output = client(&server).args(["--mode", mode]).output().unwrap();
        let has_service = ["unary", "connect"].contains(&mode);
        assert_eq!(output.status.success(), has_service, "{mode}: {output:?}");
        assert_eq!(
            String::from_utf8_lossy(&output.stderr).contains("Unimplemented"),
            !has_service,
            "{mode}"
        );
    }
}

fn server(runtime: &str) -> Process {
    let mut command = example("bench_server");
    command.args(["--runtime", runtime]);
    Process::start(command)
}

fn client(server: &Process) -> Command {
    let port = server.address().rsplit(':').next().unwrap();
    let mut command = example("bench_client");
    command.args(["--port", port]);
    command
}

fn report(command: &mut Command) -> Value {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    assert!(
        status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&stderr)
    );
    serde_json::from_slice(&stdout).unwrap()
}
