//! What calls cost in system calls, wake-ups and frames: the driver answers what it has read in one write.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use bytes::Bytes;
use tokio::sync::Semaphore;
use tokio_stream::StreamExt;

use super::{
    pipe::{RST_STREAM, WINDOW_UPDATE, start},
    support::{BIDI, CLIENT_STREAM, SERVER_STREAM, Tests, UNARY, frame},
};

fn echo() -> Tests {
    Tests::new().unary(|request, _| async move { Ok(request) })
}

#[tokio::test]
async fn a_hundred_calls_that_are_read_at_once_are_answered_in_one_write() {
    let (_server, clients, counts) = start(echo(), 1).await;
    let before = counts.writes();
    let mut calls = Vec::new();
    // The client's connection, a task of its own, gets to write only when this one waits.
    for _ in 0..100 {
        let mut call = clients[0].open(&UNARY).await;
        call.send(b"hello", true);
        calls.push(call);
    }
    for call in calls {
        assert_eq!(call.reply().await.ok(), ["hello"]);
    }
    let writes = counts.writes() - before;
    assert!((1..=3).contains(&writes), "{writes} writes");
}

#[tokio::test]
async fn a_hundred_handlers_that_are_woken_at_once_answer_in_one_write() {
    let gate = Arc::new(Semaphore::new(0));
    let waits = Arc::new(AtomicUsize::new(0));
    let (handlers_gate, counted) = (Arc::clone(&gate), Arc::clone(&waits));
    let tests = echo().explicit(move |mut call| {
        let (gate, waits) = (Arc::clone(&handlers_gate), Arc::clone(&counted));
        async move {
            while let Some(request) = call.receive().await? {
                waits.fetch_add(1, Ordering::SeqCst);
                gate.acquire().await.unwrap().forget();
                call.send(request).await?;
            }
            Ok(())
        }
    });
    let (_server, clients, counts) = start(tests, 1).await;
    let mut calls = Vec::new();
    for _ in 0..100 {
        let mut call = clients[0].open(&BIDI).await;
        call.send(b"hello", false);
        calls.push(call);
    }
    super::support::until(|| waits.load(Ordering::SeqCst) == 100).await;
    let before = counts.writes();
    gate.add_permits(100);
    let mut answered = Vec::new();
    for call in calls {
        let (requests, _, mut responses) = call.head().await;
        assert_eq!(responses.next().await.unwrap().unwrap(), "hello");
        answered.push((requests, responses));
    }
    // The same once more, on streams that are under way: a ping-pong of each costs no write of its own.
    let first = counts.writes() - before;
    gate.add_permits(100);
    let before = counts.writes();
    for (requests, _) in &mut answered {
        requests.send_data(frame(b"again"), false).unwrap();
    }
    for (_, responses) in &mut answered {
        assert_eq!(responses.next().await.unwrap().unwrap(), "again");
    }
    let second = counts.writes() - before;
    assert!((1..=4).contains(&first), "{first} writes for the first hundred");
    assert!(
        (1..=4).contains(&second),
        "{second} writes for the second hundred"
    );
}

#[tokio::test]
async fn streams_whose_messages_come_through_channels_share_their_writes() {
    const STREAMS: usize = 10;
    const MESSAGES: usize = 128 * 50;
    let tests = echo().server_stream(|_, _| {
        // As much as tokio lets a task receive at a time.
        let (sender, replies) = grpc_core::stream::channel(128);
        tokio::spawn(async move {
            for _ in 0..MESSAGES {
                sender.send(Ok(Bytes::from_static(&[7; 10]))).await.unwrap();
            }
        });
        replies
    });
    let (_server, clients, counts) = start(tests, 1).await;
    let before = counts.writes();
    let mut calls = Vec::new();
    for _ in 0..STREAMS {
        let mut call = clients[0].open(&SERVER_STREAM).await;
        call.send(b"", true);
        calls.push(call);
    }
    let mut readers = tokio::task::JoinSet::new();
    for call in calls {
        readers.spawn(async move { call.reply().await.ok().len() });
    }
    while let Some(received) = readers.join_next().await {
        assert_eq!(received.unwrap(), MESSAGES);
    }
    let (writes, batches) = (counts.writes() - before, STREAMS * MESSAGES / 128);
    assert!(
        writes * 3 <= batches,
        "{writes} writes for {batches} batches of messages"
    );
}

#[tokio::test]
async fn a_call_by_itself_costs_one_write() {
    let (_server, clients, counts) = start(echo(), 1).await;
    let before = counts.writes();
    for _ in 0..50 {
        clients[0].call(&UNARY, b"hello").await.ok();
    }
    let writes = counts.writes() - before;
    // Now and then a WINDOW_UPDATE or an acknowledgement goes by itself.
    assert!((50..=55).contains(&writes), "{writes} writes for 50 calls");
}

#[tokio::test]
async fn a_batch_costs_a_few_polls_of_its_connection_however_its_handlers_are_woken() {
    const CALLS: usize = 100;
    let gate = Arc::new(Semaphore::new(0));
    let waits = Arc::new(AtomicUsize::new(0));
    let (handlers_gate, counted) = (Arc::clone(&gate), Arc::clone(&waits));
    let tests = Tests::new().unary(move |request, _| {
        let (gate, waits) = (Arc::clone(&handlers_gate), Arc::clone(&counted));
        async move {
            if request == "wait" {
                waits.fetch_add(1, Ordering::SeqCst);
                gate.acquire().await.unwrap().forget();
            } else if request == "yield" {
                tokio::task::yield_now().await;
            }
            Ok(request)
        }
    });
    let (_server, clients, counts) = start(tests, 1).await;
    for message in ["at once", "yield", "wait"] {
        let before = counts.polls();
        let mut calls = Vec::new();
        for _ in 0..CALLS {
            let mut call = clients[0].open(&UNARY).await;
            call.send(message.as_bytes(), true);
            calls.push(call);
        }
        if message == "wait" {
            super::support::until(|| waits.load(Ordering::SeqCst) == CALLS).await;
            gate.add_permits(CALLS);
        }
        for call in calls {
            assert_eq!(call.reply().await.ok(), [message]);
        }
        let polls = counts.polls() - before;
        assert!((1..=CALLS / 5).contains(&polls), "{message}: {polls} polls");
    }
}

#[tokio::test]
async fn calls_whose_requests_are_read_to_the_end_reset_nothing() {
    let tests = echo()
        .client_stream(|mut requests, _| async move {
            while requests.next().await.transpose()?.is_some() {}
            Ok("all".into())
        })
        .server_stream(|request, _| tokio_stream::iter([Ok(request.clone()), Ok(request)]));
    let (_server, clients, counts) = start(tests, 1).await;
    let client = &clients[0];
    let windows = counts.frames(WINDOW_UPDATE);
    for _ in 0..100 {
        client.call(&UNARY, b"hello").await.ok();
        assert_eq!(
            client.call(&SERVER_STREAM, b"hello").await.ok(),
            ["hello", "hello"]
        );
        let mut call = client.open(&CLIENT_STREAM).await;
        call.send(b"one", false);
        call.send(b"two", true);
        assert_eq!(call.reply().await.ok(), ["all"]);
    }
    assert_eq!(counts.frames(RST_STREAM), 0);
    // Small requests are answered without giving each of them its window back.
    let windows = counts.frames(WINDOW_UPDATE) - windows;
    assert!(windows <= 3, "{windows} window updates for 400 small messages");
}

#[tokio::test]
async fn an_early_return_resets_its_own_stream_at_most() {
    const CALLS: usize = 100;
    let tests = echo().client_stream(|_, _| async move { Ok("enough".into()) });
    let (_server, clients, counts) = start(tests, 1).await;
    for finish in [true, false] {
        let before = counts.frames(RST_STREAM);
        for _ in 0..CALLS {
            let mut call = clients[0].open(&CLIENT_STREAM).await;
            call.send(b"one", false);
            let (mut requests, _, mut responses) = call.head().await;
            assert_eq!(responses.next().await.unwrap().unwrap(), "enough");
            assert_eq!(responses.trailers().await["grpc-status"], "0");
            if finish {
                // The server, which has answered, reads on for a while: it does not have to reset what ends by itself.
                requests.send_data(frame(b"two"), true).unwrap();
            }
        }
        clients[0].call(&UNARY, b"last").await.ok();
        let resets = counts.frames(RST_STREAM) - before;
        assert!(
            resets <= if finish { 0 } else { CALLS },
            "{resets} resets, {finish}"
        );
    }
}

// h2 writes and flushes each frame of 16 KiB by itself, and those flushes are held back. If it flushed no more behind the last, this
// would wait for ever.
#[tokio::test]
async fn the_frames_of_a_message_of_64_kib_leave_in_two_writes_at_most() {
    let tests = Tests::new().unary(|request, _| async move {
        let size = std::str::from_utf8(&request).unwrap().parse().unwrap_or(0);
        Ok(vec![7; size].into())
    });
    let (_server, clients, counts) = start(tests, 1).await;
    for (size, most) in [(64 * 1024 + 13, 2), (16 * 1024, 1), (100, 1)] {
        let before = counts.writes();
        let reply = clients[0].call(&UNARY, size.to_string().as_bytes()).await.ok();
        assert_eq!(reply, [vec![7; size]]);
        let writes = counts.writes() - before;
        assert!((1..=most).contains(&writes), "{writes} writes for {size} bytes");
    }
}
