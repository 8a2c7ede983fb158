//! gRPC's interoperability cases, with the programs in `examples` as client and server. `scripts/interop` runs them against
//! other implementations.

#[path = "tls/certificates.rs"]
mod certificates;
mod support;

use std::{fs, path::Path, process::Command};

use self::{
    certificates::Authority,
    support::{Process, example},
};

const CASES: [&str; 24] = [
    "empty_unary",
    "cacheable_unary",
    "large_unary",
    "concurrent_large_unary",
    "pick_first_unary",
    "client_streaming",
    "server_streaming",
    "ping_pong",
    "half_duplex",
    "empty_stream",
    "client_compressed_unary",
    "server_compressed_unary",
    "client_compressed_streaming",
    "server_compressed_streaming",
    "cancel_after_begin",
    "cancel_after_first_response",
    "timeout_on_sleeping_server",
    "custom_metadata",
    "status_code_and_message",
    "special_status_message",
    "unimplemented_method",
    "unimplemented_service",
    "rpc_soak",
    "channel_soak",
];

/// For a busy machine, and a build that is not optimized.
const PATIENCE: [&str; 2] = [
    "--soak_overall_timeout_seconds=120",
    "--soak_per_iteration_max_acceptable_latency_ms=20000",
];

#[test]
fn all_cases_pass() {
    let server = Process::start(example("interop_server"));
    passes(client(&server), &CASES);
}

#[test]
fn all_cases_pass_over_tls() {
    const NAME: &str = "interop.example.com";
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("interop_programs");
    fs::create_dir_all(&directory).unwrap();
    let file = |name: &str, text: String| {
        let path = directory.join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let authority = Authority::new();
    let certified = authority.certify(&[NAME]);
    let ca = file("ca.pem", authority.pem());

    let mut command = example("interop_server");
    command.arg("--use_tls");
    command
        .arg("--cert_file")
        .arg(file("server1.pem", certified.certificate));
    command.arg("--key_file").arg(file("server1.key", certified.key));
    let server = Process::start(command);

    let over_tls = |name: &str| {
        let mut command = client(&server);
        command.args(["--use_tls=true", "--server_host_override", name]);
        command
    };
    let mut trusting = over_tls(NAME);
    trusting.arg("--ca_file").arg(&ca);
    passes(trusting, &CASES);

    let mut by_default_file = over_tls(NAME);
    by_default_file.arg("--use_test_ca").current_dir(&directory);
    passes(with_cases(by_default_file, "empty_unary"), &["empty_unary"]);

    let mut misled = over_tls("other.example.com");
    misled.arg("--ca_file").arg(&ca);
    let output = fails(with_cases(misled, "empty_unary"));
    assert!(
        output.contains("empty_unary: FAILED: the call: UNAVAILABLE"),
        "{output}"
    );
    // It does not fall back to plain text.
    let output = fails(with_cases(client(&server), "empty_unary"));
    assert!(output.contains("UNAVAILABLE"), "{output}");
}

#[test]
fn the_client_says_what_is_wrong_with_its_flags() {
    for (arguments, error) in [
        (
            &["--test_case=empty_unary,no_such"][..],
            "there is no case \"no_such\"; there are empty_unary, cacheable_unary",
        ),
        (&["--no_such"], "there is no flag --no_such"),
        (
            &["--server_port=x"],
            "--server_port=x: invalid digit found in string",
        ),
        (
            &["empty_unary"],
            "\"empty_unary\" is no flag; flags begin with --",
        ),
        (
            &["--ca_file=ca.pem"],
            "--use_test_ca and --ca_file need --use_tls",
        ),
    ] {
        let mut command = example("interop_client");
        command.args(arguments);
        let output = fails(command);
        assert!(output.contains(error), "{error:?} is not in {output}");
    }
}

fn client(server: &Process) -> Command {
    let (_, port) = server.address().rsplit_once(':').unwrap();
    let mut command = example("interop_client");
    command
        .args(["--server_host=127.0.0.1", "--server_port", port])
        .args(PATIENCE);
    command
}

fn with_cases(mut command: Command, cases: &str) -> Command {
    command.args(["--test_case", cases]);
    command
}

#[track_caller]
fn passes(mut command: Command, cases: &[&str]) {
    let output = command.output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let mut expected: String = cases.iter().map(|case| format!("{case}: ok\n")).collect();
    expected.push_str(&format!("{0} of {0} passed\n", cases.len()));
    assert_eq!(stdout, expected);
    assert!(output.status.success(), "{}", output.status);
}

/// What it printed.
#[track_caller]
fn fails(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert!(!output.status.success(), "{command:?} succeeded");
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}
