//! What servers can make a client hold in memory: measured in a process of its own.
#![cfg(target_os = "linux")]

#[path = "support/raw/mod.rs"]
mod raw;

use std::{
    env, fs,
    io::Read,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use bytes::Bytes;
use grpc::{Channel, Method, MethodKind, StreamingCall, codec::Raw, insecure_channel};
use tokio::{
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};

use self::raw::{DATA, Frame, Peer, WINDOW_UPDATE, data, headers, response};

static STREAM: Method = Method::new("/hostile.Hostile/Stream", MethodKind::ServerStreaming);

/// The channel's default windows, in bytes.
const STREAM_WINDOW: usize = 256 * 1024;
const CONNECTION_WINDOW: usize = 48 * 1024 * 1024;

const STREAMS: usize = 1000;

const MOST: usize = 100_000_000;

struct Load {
    name: &'static str,
    /// What is sent on each stream in each round, as far as the windows allow.
    frames: fn(u32, usize) -> Vec<Frame>,
    /// How often, at most.
    rounds: usize,
}

const LOADS: [Load; 6] = [
    Load {
        name: "large frames",
        frames: |stream, _| vec![data(stream, &[0; 16_384])],
        rounds: usize::MAX,
    },
    // A piece of memory of its own for each of them would make this 130 MB.
    Load {
        name: "frames of a byte",
        frames: |stream, _| vec![data(stream, &[0]); 500],
        rounds: 5,
    },
    // And holding on to what it was read with 160 MB.
    Load {
        name: "a byte at a time among frames that mean nothing",
        frames: |stream, _| vec![data(stream, &[0]), nothing(stream)],
        rounds: 10,
    },
    Load {
        name: "a kilobyte at a time among frames that mean nothing",
        frames: |stream, _| vec![data(stream, &[0; 1024]), nothing(stream)],
        rounds: 12,
    },
    // HTTP/2 would hold on to it.
    Load {
        name: "a byte at a time behind as much as is read ahead",
        frames: |stream, round| match round {
            0 => vec![data(stream, &[0; 16_384])],
            _ => vec![data(stream, &[0]), nothing(stream)],
        },
        rounds: 12,
    },
    Load {
        name: "frames that are nearly large among frames that mean nothing",
        frames: |stream, _| vec![data(stream, &[0; 8 * 1024]), nothing(stream)],
        rounds: usize::MAX,
    },
];

fn nothing(stream: u32) -> Frame {
    Frame::new(0x42, 0, stream, vec![0; 16_384])
}

#[tokio::test]
async fn a_thousand_responses_that_nobody_reads_take_100_mb_at_most() {
    let mut too_much = Vec::new();
    for load in LOADS {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = Client::start(&listener.local_addr().unwrap().to_string());
        let (io, _) = listener.accept().await.unwrap();
        let mut server = Peer::server(io).await;
        server.answer(u32::try_from(2 * STREAMS - 1).unwrap()).await;
        let sent = fill(&mut server, &load).await;
        let (name, grown) = (load.name, client.grown());
        println!("{name}: {sent} bytes take {grown}");
        assert!(sent > 0, "{name}");
        if grown >= MOST {
            too_much.push((name, grown));
        }
    }
    assert!(too_much.is_empty(), "{too_much:?}");
}

/// Sends all that it may, and says how many bytes of DATA that was.
async fn fill(server: &mut Peer<TcpStream>, load: &Load) -> usize {
    let mut windows = vec![STREAM_WINDOW; STREAMS];
    let mut connection = CONNECTION_WINDOW;
    let mut total = 0;
    for round in 0..load.rounds {
        let mut sent = 0;
        for (index, window) in windows.iter_mut().enumerate() {
            let stream = u32::try_from(2 * index + 1).unwrap();
            let mut frames = (load.frames)(stream, round);
            let of_data = frames.iter().filter(|frame| frame.kind == DATA);
            let length: usize = of_data.map(|frame| frame.payload.len()).sum();
            if length > *window || length > connection {
                continue;
            }
            if round == 0 {
                frames.insert(0, headers(stream, response()));
            }
            (*window, connection) = (*window - length, connection - length);
            sent += length;
            if !server.try_send(&frames).await {
                // It does not put up with more.
                return total + sent;
            }
        }
        total += sent;
        // Time for windows to open, which those of responses that are not read do for a while.
        let patience = Duration::from_millis(if sent == 0 { 300 } else { 1 });
        let mut opened = false;
        while let Ok(frame) = timeout(patience, server.frame()).await {
            let Some(frame) = frame else { return total };
            if frame.kind == WINDOW_UPDATE {
                opened = true;
                let increment = u32::from_be_bytes(frame.payload.try_into().unwrap()) as usize;
                match frame.stream {
                    0 => connection += increment,
                    stream => windows[(stream as usize - 1) / 2] += increment,
                }
            }
        }
        if sent == 0 && !opened {
            break;
        }
    }
    total
}

/// A process with calls that it does not read; it is gone with this.
struct Client(Child);

impl Client {
    fn start(target: &str) -> Self {
        let child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "client", "--ignored", "--nocapture"])
            .env("HOSTILE_TARGET", target)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        Self(child.unwrap())
    }

    /// How many bytes its memory has grown by.
    fn grown(mut self) -> usize {
        // Its end is the sign to stop.
        drop(self.0.stdin.take());
        let mut output = String::new();
        let mut stdout = self.0.stdout.take().unwrap();
        stdout.read_to_string(&mut output).unwrap();
        let grown = output.lines().find_map(|line| line.strip_prefix("grown by "));
        grown.unwrap_or_else(|| panic!("{output}")).parse().unwrap()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "is the process that the others look at"]
async fn client() {
    let target = env::var("HOSTILE_TARGET").expect("the other tests start this one");
    let told = thread::spawn(|| std::io::stdin().read_to_end(&mut Vec::new()));
    let channel = insecure_channel(target);
    let before = resident();
    let mut held = Vec::new();
    for _ in 0..STREAMS {
        held.push(open(&channel).await.unwrap());
    }
    let mut most = 0;
    while !told.is_finished() {
        sleep(Duration::from_millis(5)).await;
        most = most.max(resident());
    }
    println!("\ngrown by {}", most.saturating_sub(before));
    drop(held);
}

fn open(channel: &Channel) -> StreamingCall<Bytes> {
    StreamingCall::server_streaming(channel, &STREAM, Bytes::new(), Raw)
}

/// The memory of this process, in bytes.
fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    let kilobytes: usize = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kilobytes * 1024
}
