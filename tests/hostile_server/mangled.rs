//! Good conversations with something broken in them, at random: whatever it is, the call ends, and nothing panics.

use std::{
    panic,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use grpc::client::ConnectivityState;
use tokio::io::AsyncWriteExt;

use crate::{
    raw::{
        Peer, data, goaway, headers, message, ping, response, rst_stream, settings, trailers, window_update,
    },
    support::{Hostile, serve, tasks, tasks_are, within},
};

/// Numbers that are the same in every run (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(end).unwrap()).unwrap()
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap()
    }
}

/// All of what a server writes on a connection with one call.
fn conversation(random: &mut Random) -> Vec<u8> {
    let reply = vec![7; random.below(400)];
    let mut frames = vec![
        settings(&[(3, 100), (4, 70_000)]),
        settings(&[]).with(1),
        window_update(0, 1000),
        headers(1, response().indexing("x-one", "1")),
        ping([1; 8]),
        data(1, &message(&reply)),
        headers(1, trailers("0").indexed(62)).ending(),
    ];
    match random.below(4) {
        0 => frames.push(goaway(1, 0, "bye")),
        1 => frames.push(rst_stream(1, 0)),
        _ => {}
    }
    if random.below(4) == 0 {
        let (a, b) = (
            1 + random.below(frames.len() - 1),
            1 + random.below(frames.len() - 1),
        );
        frames.swap(a, b);
    }
    if random.below(4) == 0 {
        let again = frames[random.below(frames.len())].clone();
        frames.insert(1 + random.below(frames.len()), again);
    }
    frames.into_iter().flat_map(|frame| frame.bytes()).collect()
}

fn mangle(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..random.below(4) {
        if bytes.is_empty() {
            return;
        }
        let at = random.below(bytes.len());
        match random.below(5) {
            0 => bytes[at] = random.byte(),
            1 => bytes[at] ^= 1 << random.below(8),
            2 => bytes.insert(at, random.byte()),
            3 => drop(bytes.remove(at)),
            _ => bytes.truncate(at + 1),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_ends_whatever_is_broken_in_its_answer() {
    let panics = count_panics_of_this_thread();
    let before = tasks();
    let mut ended_well = 0;
    for seed in 1..=500 {
        let mut random = Random(u64::wrapping_mul(seed, 0x9e37_79b9_7f4a_7c15));
        let mut bytes = conversation(&mut random);
        mangle(&mut bytes, &mut random);
        let mut hostile = Hostile::new();
        let call = hostile.call().timeout(Duration::from_secs(50));
        let call = tokio::spawn(call.into_future());
        let (_, end) = hostile.end().await;
        let mut server = Peer::new(end);
        for piece in bytes.chunks(1 + random.below(bytes.len().max(1))) {
            // The client may have seen enough.
            let _ = server.io.write_all(piece).await;
            tokio::task::yield_now().await;
        }
        if random.below(2) == 0 {
            server.io.shutdown().await.unwrap();
        }
        let outcome = within("the call ends", call).await.unwrap();
        ended_well += usize::from(outcome.is_ok());
        drop(server);
        // A call that was sent again has made other connections, which nobody has accepted.
        while !hostile.has_not_reconnected() {}
        let settled = async {
            while hostile.channel.state() == ConnectivityState::Ready {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        within("the connection is given up", settled).await;
        let call = tokio::spawn(hostile.call().wait_for_ready().into_future());
        serve(&mut hostile.server().await, 1, b"good").await;
        assert_eq!(call.await.unwrap().unwrap(), "good", "{seed}");
        drop(hostile);
        tasks_are(before).await;
        assert_eq!(panics.load(Ordering::SeqCst), 0, "{seed}");
    }
    assert!((30..470).contains(&ended_well), "{ended_well}");
}

/// All of the runtime is on it.
fn count_panics_of_this_thread() -> Arc<AtomicUsize> {
    let (count, this) = (Arc::new(AtomicUsize::new(0)), thread::current().id());
    let counted = Arc::clone(&count);
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if thread::current().id() == this {
            counted.fetch_add(1, Ordering::SeqCst);
        }
        before(info);
    }));
    count
}
