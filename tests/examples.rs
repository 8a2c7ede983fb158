//! The example programs, run as a user runs them.

mod support;

use std::{
    io::{BufRead, BufReader, Lines, Write},
    process::{Child, ChildStdout, Command, Output, Stdio},
};

use self::support::{Process, example};

#[test]
fn greeter_prints_the_results_of_all_four_kinds() {
    let stdout = succeeds(example("greeter"));
    let expected = [
        "SayHello:",
        "-> Ada",
        "<- Hello, Ada!",
        "SayHelloStreamReply:",
        "<- Welcome, Ada!",
        "<- Goodbye, Ada!",
        "SayHelloClientStream:",
        "<- Hello, Ada, Grace, Barbara!",
        "SayHelloBidiStream:",
        "-> Barbara",
        "<- Hello, Barbara!",
        "all four kinds were answered",
    ];
    let mut rest = stdout.as_str();
    for part in expected {
        let found = rest.split_once(part);
        rest = found
            .unwrap_or_else(|| panic!("{part:?} is missing from {rest:?} in\n{stdout}"))
            .1;
    }
}

#[test]
fn original_document_runs_every_row_of_the_document() {
    let rows = [
        "client unary, option 1 / 2",
        "client unary, ideal",
        "client unary, current (blocking)",
        "client stream, current (queue + iterator)",
        "client stream, option 1 (`async for`)",
        "client stream, option 2 (`send`/`receive`/`EOF`)",
        "client stream, ideal",
        "server creation, all columns",
        "unary handler, async",
        "unary handler, current (sync)",
        "stream handler, generator (`async for` … `yield`)",
        "stream handler, queue + worker",
        "stream handler, option 2 / ideal (`context.receive`/`send`)",
        "generated file, option 1 (\"untouched, only swap the implementation\") and 2 (a clean new one)",
    ];
    let stdout = succeeds(example("original_document"));
    let expected: String = rows.map(|row| format!("{row}: ok\n")).concat();
    assert_eq!(stdout, expected);
}

#[test]
fn greeter_client_is_content_with_greeter_server() {
    let server = Process::start(with(example("greeter_server"), &["--addr", "127.0.0.1:0"]));
    let stdout = succeeds(with(example("greeter_client"), &["--addr", server.address()]));
    assert!(stdout.ends_with("all four kinds were answered\n"), "{stdout}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_server_without_file_descriptors_accepts_again_when_it_has_some() {
    use std::{fs, net::TcpStream, thread};

    const LIMIT: usize = 32;
    let program = example("greeter_server").get_program().to_owned();
    let mut limited = Command::new("sh");
    limited
        .args([
            "-c",
            &format!("ulimit -n {LIMIT}; exec \"$0\" --addr 127.0.0.1:0"),
        ])
        .arg(program);
    let server = Process::start(limited);

    let clients: Vec<_> = (0..2 * LIMIT)
        .map(|_| TcpStream::connect(server.address()).unwrap())
        .collect();
    let descriptors = || fs::read_dir(format!("/proc/{}/fd", server.id())).unwrap().count();
    while descriptors() < LIMIT {
        thread::yield_now();
    }
    drop(clients);
    succeeds(with(example("greeter_client"), &["--addr", server.address()]));
}

#[test]
fn greeter_client_says_which_call_failed() {
    let output = run(with(example("greeter_client"), &["--addr", "127.0.0.1:1"]));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(stderr.contains("SayHello: UNAVAILABLE"), "{stderr}");
}

#[test]
fn greeter_programs_explain_their_arguments() {
    for name in ["greeter_server", "greeter_client"] {
        for arguments in [
            &["--addr"][..],
            &["--port", "1"],
            &["--addr", "127.0.0.1:0", "more"],
        ] {
            let output = run(with(example(name), arguments));
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert!(!output.status.success(), "{name} {arguments:?}");
            assert!(
                stderr.contains(&format!("usage: {name} [--addr HOST:PORT]")),
                "{stderr}"
            );
        }
    }
}

#[test]
fn route_guide_travels() {
    let stdout = succeeds(example("route_guide"));
    for part in [
        "NOT_FOUND: no feature at 0, 0",
        " features, ",
        "was there before: first visit of place 2",
    ] {
        assert!(stdout.contains(part), "{part:?} is missing from\n{stdout}");
    }
}

#[test]
fn code_first_counts() {
    let stdout = succeeds(example("code_first"));
    assert_eq!(stdout, "add 5: 5\nadd 1, 2 and 3: 11\nfollow: 21\nfollow: 1\n");
}

#[test]
fn dynamic_client_lists_describes_and_calls_by_a_proto() {
    const PROTO: [&str; 2] = ["--proto", "examples/proto/helloworld.proto"];
    let server = Process::start(with(example("greeter_server"), &["--addr", "127.0.0.1:0"]));
    let dynamic = |arguments: &[&str]| {
        let mut command = with(example("dynamic_client"), &PROTO);
        command.args(arguments);
        command
    };
    assert_eq!(
        succeeds(dynamic(&["list"])),
        "helloworld.Greeter\n  \
           SayHello(helloworld.HelloRequest) returns (helloworld.HelloReply)\n  \
           SayHelloStreamReply(helloworld.HelloRequest) returns (stream helloworld.HelloReply)\n  \
           SayHelloClientStream(stream helloworld.HelloRequest) returns (helloworld.HelloReply)\n  \
           SayHelloBidiStream(stream helloworld.HelloRequest) returns (stream helloworld.HelloReply)\n"
    );
    assert_eq!(
        succeeds(dynamic(&["describe", "SayHello"])),
        "// One request, one reply.\n\
         rpc SayHello(helloworld.HelloRequest) returns (helloworld.HelloReply)\n\n\
         message helloworld.HelloRequest {\n  string name = 1;\n}\n\n\
         message helloworld.HelloReply {\n  string message = 1;\n}\n"
    );
    let ada = r#"{"name": "Ada"}"#;
    let grace = r#"{"name": "Grace"}"#;
    let call = |method: &str, requests: &[&str]| {
        let mut command = dynamic(&["call", server.address(), method]);
        command.args(requests);
        command
    };
    let reply = |name: &str| format!("{{\n  \"message\": \"Hello, {name}!\"\n}}\n");
    assert_eq!(
        succeeds(call("helloworld.Greeter/SayHello", &[ada])),
        reply("Ada")
    );
    assert_eq!(
        succeeds(call("SayHelloClientStream", &[ada, grace])),
        reply("Ada, Grace")
    );
    assert_eq!(
        succeeds(call("SayHelloBidiStream", &[ada, grace])),
        reply("Ada") + &reply("Grace")
    );
    let stream = succeeds(call("SayHelloStreamReply", &[ada]));
    assert!(
        stream.starts_with(&reply("Ada")) && stream.contains("Goodbye, Ada!"),
        "{stream}"
    );

    for (command, error) in [
        (
            call("SayHello", &[r#"{"nam": 1}"#]),
            "request.nam: no such field of helloworld.HelloRequest; did you mean `name`?",
        ),
        (
            call("SayHelo", &[]),
            "no method `SayHelo`; did you mean `SayHello`?",
        ),
        (call("SayHello", &["{"]), "the request {: EOF while parsing"),
        (
            call("SayHello", &[ada, grace]),
            "/helloworld.Greeter/SayHello takes one request",
        ),
        (
            with(example("dynamic_client"), &["list"]),
            "usage: dynamic_client",
        ),
        (
            with(example("dynamic_client"), &["--proto"]),
            "usage: dynamic_client",
        ),
        (
            with(example("dynamic_client"), &["list", server.address()]),
            "the server has no reflection",
        ),
    ] {
        let output = run(command);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(
            !output.status.success() && stderr.contains(error),
            "{error:?} is not in {stderr}"
        );
    }
}

#[test]
fn chat_lets_guests_hear_each_other() {
    let room = Process::start(with(example("chat"), &["serve", "127.0.0.1:0"]));
    let mut ada = Guest::join(&room, "Ada");
    ada.hears("Ada joined");
    let mut grace = Guest::join(&room, "Grace");
    ada.hears("Grace joined");
    grace.hears("Grace joined");
    grace.types("good morning");
    ada.hears("Grace says good morning");
    grace.hears("Grace says good morning");
    grace.leaves();
    ada.hears("Grace left");
    ada.leaves();
}

struct Guest {
    child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
}

impl Guest {
    fn join(room: &Process, name: &str) -> Self {
        let mut command = with(example("chat"), &["join", room.address(), name]);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, stdout }
    }

    fn hears(&mut self, line: &str) {
        assert_eq!(self.stdout.next().expect("a line").unwrap(), line);
    }

    fn types(&mut self, line: &str) {
        writeln!(self.child.stdin.as_ref().unwrap(), "{line}").unwrap();
    }

    fn leaves(mut self) {
        drop(self.child.stdin.take());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        // Only a failing test leaves it running.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn with(mut command: Command, arguments: &[&str]) -> Command {
    command.args(arguments);
    command
}

fn run(mut command: Command) -> Output {
    command.output().unwrap()
}

/// Runs it to its end, which must be a good one, and gives what it printed.
fn succeeds(command: Command) -> String {
    let output = run(command);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {stderr}", output.status);
    String::from_utf8(output.stdout).unwrap()
}
