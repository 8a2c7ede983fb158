//! What `#[grpc::main]` makes of outcomes and of signals. Programs that end are this binary again, asked for one test.
#![cfg(unix)]

use std::{
    env,
    io::{BufRead, BufReader, Read},
    process::{Child, Command, ExitCode, Stdio},
};

#[grpc::main]
async fn succeeds() {}

#[grpc::main]
async fn fails() -> Result<(), grpc::Error> {
    Err(grpc::Error::new("bind 0.0.0.0:1").with_source("permission denied"))
}

#[grpc::main(flavor = "current_thread")]
async fn decides() -> Result<ExitCode, Box<dyn std::error::Error>> {
    Ok(ExitCode::from(7))
}

#[grpc::main(worker_threads = 1, grace = 0)]
async fn waits() {
    println!("{READY}");
    std::future::pending().await
}

/// It keeps the runtime's only thread, so that no task of it could see a signal.
#[grpc::main(flavor = "current_thread")]
async fn blocks() {
    println!("{READY}");
    loop {
        std::thread::park();
    }
}

struct Pinger;

#[grpc::service(package = "ping.v1", name = "Ping")]
impl Pinger {
    #[rpc]
    async fn ping(&self) -> grpc::Result<()> {
        println!("{READY}");
        std::future::pending().await
    }
}

#[grpc::main(grace = 3600)]
async fn serves() -> Result<(), grpc::Error> {
    let mut server = grpc::server();
    server.add_insecure_port("127.0.0.1:0")?;
    server.add_service(Pinger);
    server.start().await?;
    println!("{READY}");
    server.wait_for_termination().await
}

/// Its call never ends, and has all the time of the grace period.
#[grpc::main(grace = 3600)]
async fn is_busy() -> Result<(), grpc::Error> {
    let mut server = grpc::server();
    let address = server.add_insecure_port("127.0.0.1:0")?;
    server.add_service(Pinger);
    server.start().await?;
    let channel = grpc::insecure_channel(address.to_string());
    let _call = tokio::spawn(async move { PingStub::new(&channel).ping().await });
    server.wait_for_termination().await
}

#[grpc::main]
async fn listens() -> Result<(), grpc::Error> {
    let mut server = grpc::server();
    server.add_insecure_port("127.0.0.1:0")?;
    server.start().await
}

/// Servers with threads of their own, and a handler that prints which it is called and dropped on. Its call never ends by itself.
#[cfg(target_os = "linux")]
mod threads {
    use tokio::sync::Notify;

    struct Whereabouts;

    static CALLED: Notify = Notify::const_new();

    #[grpc::service(package = "where.v1", name = "Whereabouts")]
    impl Whereabouts {
        #[rpc]
        async fn tell(&self) -> grpc::Result<()> {
            struct Told;
            impl Drop for Told {
                fn drop(&mut self) {
                    println!("dropped on {}", thread_name());
                }
            }
            println!("called on {}", thread_name());
            let _told = Told;
            CALLED.notify_one();
            std::future::pending().await
        }
    }

    fn thread_name() -> String {
        std::thread::current().name().unwrap_or_default().to_owned()
    }

    /// A server whose handler runs.
    async fn called() -> Result<grpc::Server, grpc::Error> {
        let mut server = grpc::server();
        let address = server.add_insecure_port("127.0.0.1:0")?;
        server.add_service(Whereabouts);
        server.start().await?;
        let channel = grpc::insecure_channel(address.to_string());
        let _call = tokio::spawn(async move { WhereaboutsStub::new(&channel).tell().await });
        CALLED.notified().await;
        Ok(server)
    }

    #[grpc::main(flavor = "thread_per_core", worker_threads = 1, grace = 0)]
    pub(crate) async fn serves() -> Result<(), grpc::Error> {
        let server = called().await?;
        println!("{}", super::READY);
        server.wait_for_termination().await
    }

    /// The server is not stopped before the end of `main`, which ends it too.
    #[grpc::main(flavor = "thread_per_core")]
    pub(crate) async fn leaves() -> Result<(), grpc::Error> {
        std::mem::forget(called().await?);
        Ok(())
    }
}

const READY: &str = "the program is ready";

/// Says which program the test binary is, when it is one.
const PROGRAM: &str = "GRPC_TEST_PROGRAM";

fn text(code: ExitCode) -> String {
    format!("{code:?}")
}

#[test]
fn the_outcome_is_the_exit_code() {
    assert_eq!(text(succeeds()), text(ExitCode::SUCCESS));
    assert_eq!(text(decides()), text(ExitCode::from(7)));
}

#[test]
fn program() {
    match env::var(PROGRAM).as_deref() {
        Ok("fails") => assert_eq!(text(fails()), text(ExitCode::FAILURE)),
        Ok("listens") => assert_eq!(text(listens()), text(ExitCode::SUCCESS)),
        Ok("waits") => drop(waits()),
        Ok("blocks") => drop(blocks()),
        Ok("serves") => assert_eq!(text(serves()), text(ExitCode::SUCCESS)),
        Ok("is_busy") => drop(is_busy()),
        #[cfg(target_os = "linux")]
        Ok("threads::serves") => assert_eq!(text(threads::serves()), text(ExitCode::SUCCESS)),
        #[cfg(target_os = "linux")]
        Ok("threads::leaves") => assert_eq!(text(threads::leaves()), text(ExitCode::SUCCESS)),
        _ => {}
    }
}

fn start(program: &str) -> Child {
    command(program).spawn().expect("the program starts")
}

fn command(program: &str) -> Command {
    let mut command = Command::new(env::current_exe().expect("this binary"));
    command
        .args(["--exact", "program", "--nocapture"])
        .env(PROGRAM, program)
        .env_remove("RUST_LOG")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// The exit code of a program that gets these signals once it is ready.
fn signalled(program: &str, signals: &[&str]) -> Option<i32> {
    let mut child = start(program);
    let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut line = String::new();
    while !line.ends_with(&format!("{READY}\n")) {
        assert_ne!(output.read_line(&mut line).expect("text"), 0, "{line}");
    }
    for signal in signals {
        let sent = Command::new("kill")
            .args(["-s", signal, &child.id().to_string()])
            .status();
        assert!(sent.is_ok_and(|status| status.success()));
    }
    let status = child.wait().expect("the program ends");
    status.code()
}

#[test]
fn an_error_is_printed_as_text() {
    let mut child = start("fails");
    let mut errors = String::new();
    child
        .stderr
        .take()
        .expect("a pipe")
        .read_to_string(&mut errors)
        .expect("text");
    assert!(child.wait().is_ok_and(|status| status.success()));
    assert!(
        errors.contains("error: bind 0.0.0.0:1: permission denied\n"),
        "{errors}"
    );
}

#[test]
fn a_signal_with_no_server_running_ends_the_program_as_usual() {
    assert_eq!(signalled("waits", &["TERM"]), Some(143));
    assert_eq!(signalled("waits", &["INT"]), Some(130));
}

#[test]
fn a_program_that_blocks_its_runtime_still_ends() {
    assert_eq!(signalled("blocks", &["TERM"]), Some(143));
}

#[test]
fn a_signal_stops_a_running_server_and_main_goes_on() {
    assert_eq!(signalled("serves", &["TERM"]), Some(0));
    assert_eq!(signalled("serves", &["INT"]), Some(0));
}

#[test]
fn a_second_signal_does_not_wait_for_calls_in_flight() {
    assert_eq!(signalled("is_busy", &["TERM", "INT"]), Some(130));
}

#[cfg(target_os = "linux")]
#[test]
fn a_signal_stops_a_server_with_threads_of_its_own() {
    assert_eq!(signalled("threads::serves", &["TERM"]), Some(0));
}

#[cfg(target_os = "linux")]
#[test]
fn the_end_of_main_ends_what_runs_on_the_threads_of_its_servers() {
    let output = command("threads::leaves").output().expect("the program ends");
    let printed = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{printed}");
    let thread = |what: &str| {
        printed
            .lines()
            .find_map(|line| line.strip_prefix(what).map(str::to_owned))
    };
    let called = thread("called on ").unwrap_or_default();
    assert!(called.starts_with("grpc-server-"), "{printed}");
    assert_eq!(thread("dropped on "), Some(called), "{printed}");
}

/// What a program that listens on a port prints to stderr.
fn log(directives: &str) -> String {
    let output = command("listens")
        .env("RUST_LOG", directives)
        .output()
        .expect("the program ends");
    assert!(output.status.success());
    String::from_utf8(output.stderr).expect("text")
}

#[cfg(feature = "log")]
#[test]
fn the_log_goes_to_stderr_as_rust_log_says() {
    let log_of = |directives| log(directives).contains("listening address=127.0.0.1:");
    assert!(log_of(""), "info is the default");
    assert!(log_of("grpc_core=info"));
    assert!(!log_of("grpc_core=warn"));
}

#[cfg(not(feature = "log"))]
#[test]
fn without_its_feature_there_is_no_log() {
    assert!(!log("trace").contains("listening"));
}
