//! What clients can make a server hold in memory: it runs in a process of its own, which is looked at from outside.

use std::{
    env, fs, io,
    process::Command,
    time::{Duration, Instant},
};

use tokio::net::TcpStream;

use crate::{
    process::Process,
    raw::{
        Frame, Peer, code::*, data, headers, message, ping, request, rst_stream, setting, settings,
        window_update,
    },
    support::{ENDLESS, Hostile, IGNORE, PATIENCE, asks, is_ok, sized},
};

const MIB: usize = 1024 * 1024;

/// What a thousand streams may come to.
const LIMIT: usize = 100 * MIB;

const MOST: u32 = i32::MAX as u32;

/// Not a test: what the tests here start as a process of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a server, which other tests run"]
async fn victim() {
    let mut server = grpc::server();
    let address = server.add_insecure_port("127.0.0.1:0").unwrap();
    server.add_service(Hostile::default());
    server.start().await.unwrap();
    println!("listening on {address}");
    // Until who has started it is gone, also when that was killed.
    tokio::task::spawn_blocking(|| io::copy(&mut io::stdin(), &mut io::sink()))
        .await
        .unwrap()
        .unwrap();
}

struct Victim {
    process: Process,
    /// Its size before anything happened, in bytes.
    before: usize,
}

impl Victim {
    async fn start() -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "memory::victim", "--ignored", "--nocapture"]);
        let process = Process::start(command);
        let mut victim = Self { process, before: 0 };
        victim.serves().await;
        victim.before = victim.size("VmRSS");
        victim
    }

    async fn peer(&self, values: &[(u16, u32)]) -> Peer<TcpStream> {
        let io = TcpStream::connect(self.process.address()).await.unwrap();
        Peer::client_with(io, values).await
    }

    async fn serves(&self) {
        let mut peer = self.peer(&[]).await;
        peer.send(&sized(1, 5)).await;
        is_ok(&peer.answer(1).await);
    }

    /// How much it has grown at most, in bytes, once it has come to rest.
    async fn growth(&self) -> usize {
        let began = Instant::now();
        let (mut last, mut same) = (0, 0);
        while same < 5 {
            assert!(began.elapsed() < PATIENCE, "it grows and grows");
            tokio::time::sleep(Duration::from_millis(50)).await;
            let size = self.size("VmRSS");
            same = if size == last { same + 1 } else { 0 };
            last = size;
        }
        self.size("VmHWM") - self.before
    }

    fn size(&self, what: &str) -> usize {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(what)).unwrap();
        let kib: usize = line.trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap();
        kib * 1024
    }

    async fn grows_within_the_limit(&self, what: &str) {
        let growth = self.growth().await;
        eprintln!("{what}: {:.1} MiB", growth as f64 / MIB as f64);
        assert!(growth < LIMIT, "{what}: {growth} bytes");
        self.serves().await;
    }
}

fn streams() -> impl Iterator<Item = u32> + Clone {
    (1..2001).step_by(2)
}

#[tokio::test]
async fn a_thousand_endless_responses_that_nobody_reads_stay_within_100_mib() {
    let victim = Victim::start().await;
    let mut peer = victim.peer(&[(setting::INITIAL_WINDOW_SIZE, MOST)]).await;
    peer.send(&[window_update(0, MOST - 65_535)]).await;
    for stream in streams() {
        peer.send(&asks(stream, ENDLESS, 10_000)).await;
    }
    victim.grows_within_the_limit("responses").await;
}

#[tokio::test]
async fn a_thousand_endless_responses_without_a_window_stay_within_100_mib() {
    let victim = Victim::start().await;
    let mut peer = victim.peer(&[]).await;
    for stream in streams() {
        peer.send(&asks(stream, ENDLESS, 10_000)).await;
    }
    victim.grows_within_the_limit("responses without window").await;
}

#[tokio::test]
async fn a_thousand_uploads_that_no_handler_reads_stay_within_100_mib() {
    let victim = Victim::start().await;
    let mut peer = victim.peer(&[]).await;
    // All that the connection's window has room for.
    let upload = message(&vec![0; 60_000]);
    for stream in streams() {
        let mut frames = vec![headers(stream, request(IGNORE))];
        frames.extend(upload.chunks(16_384).map(|piece| data(stream, piece)));
        peer.send(&frames).await;
    }
    victim.grows_within_the_limit("uploads").await;
    // It is not held against the client.
    peer.send(&sized(3001, 5)).await;
    is_ok(&peer.answer(3001).await);
    assert!(peer.goaways.is_empty());
}

#[tokio::test]
async fn uploads_in_frames_of_one_byte_that_no_handler_reads_stay_within_100_mib() {
    let victim = Victim::start().await;
    let mut peer = victim.peer(&[]).await;
    for stream in streams() {
        let mut frames = vec![headers(stream, request(IGNORE))];
        frames.extend((0..1000).map(|_| data(stream, b"x")));
        if !peer.try_send(&frames).await {
            break;
        }
    }
    victim.grows_within_the_limit("one-byte frames").await;
    assert_eq!(peer.closed().await, [ENHANCE_YOUR_CALM]);
}

#[tokio::test]
async fn little_data_among_frames_that_mean_nothing_stays_within_100_mib() {
    let victim = Victim::start().await;
    let mut peer = victim.peer(&[]).await;
    let nothing = Frame::new(0xbb, 0, 0, vec![0; 8000]);
    for stream in streams() {
        let mut frames = vec![headers(stream, request(IGNORE))];
        for _ in 0..100 {
            frames.extend([data(stream, b"x"), nothing.clone()]);
        }
        if !peer.try_send(&frames).await {
            break;
        }
    }
    victim.grows_within_the_limit("frames that mean nothing").await;
    assert_eq!(peer.closed().await.last(), Some(&ENHANCE_YOUR_CALM));
}

#[tokio::test]
async fn floods_that_are_not_answered_stay_within_100_mib() {
    let victim = Victim::start().await;
    for frames in [
        vec![ping([0; 8])],
        vec![settings(&[(setting::INITIAL_WINDOW_SIZE, 1)])],
        vec![window_update(0, 1)],
    ] {
        let mut peer = victim.peer(&[]).await;
        let bytes: Vec<u8> = frames
            .iter()
            .flat_map(Frame::bytes)
            .collect::<Vec<u8>>()
            .repeat(1000);
        peer.answers = false;
        // Ten megabytes, or what it takes.
        let flood = async { while peer.try_write(&bytes).await {} };
        let _ = tokio::time::timeout(Duration::from_secs(2), flood).await;
    }
    victim.grows_within_the_limit("floods").await;
}

#[tokio::test]
async fn fifty_thousand_rapid_resets_stay_within_100_mib() {
    let victim = Victim::start().await;
    let mut peer = victim.peer(&[]).await;
    let streams: Vec<u32> = (1..100_001).step_by(2).collect();
    for streams in streams.chunks(1000) {
        let frames: Vec<Frame> = streams
            .iter()
            .flat_map(|stream| [headers(*stream, request(IGNORE)), rst_stream(*stream, CANCEL)])
            .collect();
        peer.send(&frames).await;
    }
    peer.send(&sized(100_001, 5)).await;
    is_ok(&peer.answer(100_001).await);
    victim.grows_within_the_limit("rapid resets").await;
}

#[tokio::test]
async fn a_thousand_idle_connections_stay_within_100_mib() {
    let victim = Victim::start().await;
    let mut peers = Vec::new();
    for _ in 0..1000 {
        let mut peer = victim.peer(&[]).await;
        peer.send(&sized(1, 5)).await;
        is_ok(&peer.answer(1).await);
        peers.push(peer);
    }
    victim.grows_within_the_limit("connections").await;
}
