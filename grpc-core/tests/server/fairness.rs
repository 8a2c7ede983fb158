//! The calls of one connection share it.

use std::{
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::Poll,
    time::Duration,
};

use bytes::Bytes;
use grpc_core::{server::RouteOptions, stream};
use tokio::sync::Barrier;

use super::support::{BIDI, CLIENT_STREAM, SERVER_STREAM, Tests, UNARY, frame};

#[tokio::test]
async fn a_hundred_streams_on_full_channels_all_progress() {
    let sent: Arc<Vec<AtomicUsize>> = Arc::new((0..100).map(|_| AtomicUsize::new(0)).collect());
    let counts = Arc::clone(&sent);
    let (_server, client) = Tests::new()
        .server_stream(move |request, _| {
            let (sender, replies) = stream::channel(16);
            let counts = Arc::clone(&counts);
            let index: usize = std::str::from_utf8(&request).unwrap().parse().unwrap();
            // Always full, as far as its reader lets it be.
            tokio::spawn(async move {
                while sender.send(Ok(Bytes::from_static(&[7; 100]))).await.is_ok() {
                    counts[index].fetch_add(1, Ordering::Relaxed);
                }
            });
            replies
        })
        .start()
        .await;
    let mut readers = tokio::task::JoinSet::new();
    let received: Arc<Vec<AtomicUsize>> = Arc::new((0..100).map(|_| AtomicUsize::new(0)).collect());
    for index in 0..100 {
        let mut call = client.open(&SERVER_STREAM).await;
        call.send(index.to_string().as_bytes(), true);
        // One after the other: what is left over of a batch that takes long goes to tasks of its own.
        let (requests, _, mut responses) = call.head().await;
        let received = Arc::clone(&received);
        readers.spawn(async move {
            let _open = requests;
            while responses.next().await.unwrap().is_some() {
                received[index].fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    // From here on, now that all of them run.
    let started: Vec<usize> = sent.iter().map(|count| count.load(Ordering::Relaxed)).collect();
    let total = |counts: &[AtomicUsize]| counts.iter().map(|n| n.load(Ordering::Relaxed)).sum::<usize>();
    super::support::until(|| total(&sent) >= started.iter().sum::<usize>() + 200_000).await;
    let counts: Vec<usize> = sent
        .iter()
        .zip(&started)
        .map(|(count, started)| count.load(Ordering::Relaxed) - started)
        .collect();
    let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
    assert!(least * 2 >= *most, "from {least} to {most}");
    assert!(total(&received) > 0);
}

#[tokio::test]
async fn an_unread_upload_does_not_block_other_calls() {
    let (_server, client) = Tests::new()
        .client_stream(|requests, _| async move {
            let _unread = requests;
            std::future::pending().await
        })
        .unary(|request, _| async move { Ok(request) })
        .start()
        .await;
    let mut uploads = Vec::new();
    for _ in 0..20 {
        let mut call = client.open(&CLIENT_STREAM).await;
        call.requests
            .send_data(frame(&vec![0; 2 * 1024 * 1024]), false)
            .unwrap();
        uploads.push(call);
    }
    for _ in 0..10 {
        assert_eq!(client.call(&UNARY, &[7; 50_000]).await.ok(), [&[7u8; 50_000][..]]);
    }
}

#[tokio::test]
async fn a_thousand_handlers_meet_at_a_barrier() {
    let barrier = Arc::new(Barrier::new(1000));
    let (_server, client) = Tests::new()
        .unary(move |request, _| {
            let barrier = Arc::clone(&barrier);
            async move {
                barrier.wait().await;
                Ok(request)
            }
        })
        .start()
        .await;
    let mut calls = tokio::task::JoinSet::new();
    for n in 0..1000 {
        let client = client.clone();
        calls.spawn(async move { client.call(&UNARY, format!("{n}").as_bytes()).await.ok() });
    }
    let mut met = 0;
    while let Some(messages) = calls.join_next().await {
        assert_eq!(messages.unwrap().len(), 1);
        met += 1;
    }
    assert_eq!(met, 1000);
}

#[tokio::test]
async fn a_stream_that_is_always_ready_does_not_hold_up_its_neighbours() {
    let (_server, client) = Tests::new()
        .server_stream(|_, _| {
            super::support::stream(|_| Poll::Ready(Some(Ok(Bytes::from_static(&[7; 16 * 1024])))))
        })
        .unary(|request, _| async move { Ok(request) })
        .explicit(|mut call| async move {
            while let Some(request) = call.receive().await? {
                call.send(request).await?;
            }
            Ok(())
        })
        .start()
        .await;
    let mut call = client.open(&SERVER_STREAM).await;
    call.send(b"", true);
    // Read as fast as it comes.
    let reading = tokio::spawn(async move {
        let (_requests, _, mut responses) = call.head().await;
        while responses.next().await.is_ok_and(|message| message.is_some()) {}
    });
    let (mut requests, _, mut responses) = client.open(&BIDI).await.head().await;
    for _ in 0..100 {
        client.call(&UNARY, b"x").await.ok();
        requests.send_data(frame(b"ping"), false).unwrap();
        assert_eq!(responses.next().await.unwrap().unwrap(), "ping");
    }
    reading.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_lost_between_threads() {
    let options = RouteOptions::new();
    for options in [options, options.spawn(), options.detached()] {
        let (_server, client) = Tests::new()
            .options(options)
            .unary(|request, _| async move {
                tokio::task::yield_now().await;
                Ok(request)
            })
            .explicit(|call| async move {
                let (mut requests, mut responses) = call.split();
                let answering = tokio::spawn(async move {
                    while let Some(request) = requests.receive().await? {
                        responses.send(request).await?;
                    }
                    Ok(())
                });
                answering.await.unwrap()
            })
            .start()
            .await;
        // The server's limit of streams is known once it has answered; before that, calls over it would be refused.
        assert_eq!(client.call(&UNARY, b"first").await.ok(), ["first"]);
        let mut calls = tokio::task::JoinSet::new();
        for n in 0..2000 {
            let client = client.clone();
            calls.spawn(async move {
                let message = format!("{n}");
                assert_eq!(client.call(&UNARY, message.as_bytes()).await.ok(), [message]);
            });
        }
        for _ in 0..100 {
            let client = client.clone();
            calls.spawn(async move {
                let (mut requests, _, mut responses) = client.open(&BIDI).await.head().await;
                for n in 0..50u8 {
                    requests.send_data(frame(&[n; 500]), false).unwrap();
                    assert_eq!(responses.next().await.unwrap().unwrap(), [n; 500][..]);
                }
                requests.send_data(Bytes::new(), true).unwrap();
                assert_eq!(super::support::number(&responses.trailers().await), 0);
            });
        }
        while let Some(call) = calls.join_next().await {
            call.unwrap();
        }
    }
}

/// Handlers that block their threads wait here until it is opened: also by a test that fails.
#[derive(Clone, Default)]
struct Gate(Arc<(Mutex<bool>, Condvar, AtomicUsize)>);

impl Gate {
    fn block(&self) {
        let (open, opened, waiting) = &*self.0;
        waiting.fetch_add(1, Ordering::SeqCst);
        let open = open.lock().unwrap();
        drop(opened.wait_while(open, |open| !*open).unwrap());
    }

    fn waiting(&self) -> usize {
        self.0.2.load(Ordering::SeqCst)
    }
}

struct Opener(Gate);

impl Drop for Opener {
    fn drop(&mut self) {
        let (open, opened, _) = &*self.0.0;
        *open.lock().unwrap() = true;
        opened.notify_all();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_handlers_that_block_their_threads_hold_up_neither_pings_nor_other_calls() {
    let gate = Gate::default();
    let opener = Opener(gate.clone());
    let blocking = gate.clone();
    let (_server, client) = Tests::new()
        .unary(move |request, _| {
            let gate = blocking.clone();
            async move {
                match &request[..] {
                    b"long" => std::thread::sleep(Duration::from_millis(20)),
                    _ => gate.block(),
                }
                Ok(request)
            }
        })
        .explicit(|mut call| async move {
            while let Some(request) = call.receive().await? {
                call.send(request).await?;
            }
            Ok(())
        })
        .start()
        .await;
    // One turn of the driver makes it look closer, two strikes make a verdict.
    for _ in 0..4 {
        client.call(&UNARY, b"long").await.ok();
    }
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let client = client.clone();
        calls.spawn(async move { client.call(&UNARY, b"block").await.ok().len() });
    }
    super::support::until(|| gate.waiting() >= 64).await;
    client.ping().await;
    let (mut requests, _, mut responses) = client.open(&BIDI).await.head().await;
    for _ in 0..100 {
        requests.send_data(frame(b"quick"), false).unwrap();
        assert_eq!(responses.next().await.unwrap().unwrap(), "quick");
    }
    client.ping().await;
    assert!(calls.try_join_next().is_none(), "none of them has ended");
    drop(opener);
    while let Some(answered) = calls.join_next().await {
        assert_eq!(answered.unwrap(), 1);
    }
    assert_eq!(gate.waiting(), 100);
}

#[tokio::test]
async fn a_method_that_computes_leaves_the_connections_task_also_if_its_calls_come_one_by_one() {
    let tasks = Arc::new(Mutex::new(Vec::new()));
    let ran = Arc::clone(&tasks);
    let (_server, client) = Tests::new()
        .unary(move |request, _| {
            let ran = Arc::clone(&ran);
            async move {
                ran.lock().unwrap().push(tokio::task::id());
                std::thread::sleep(Duration::from_millis(2));
                Ok(request)
            }
        })
        .start()
        .await;
    for _ in 0..20 {
        client.call(&UNARY, b"x").await.ok();
    }
    let tasks = tasks.lock().unwrap();
    let first = tasks[0];
    assert!(
        tasks[1..].contains(&first),
        "it is inside until there is a verdict"
    );
    assert!(tasks[10..].iter().all(|task| *task != first), "{tasks:?}");
}

#[tokio::test]
async fn two_connections_on_one_thread_take_turns() {
    const CALLS: usize = 100;
    let made = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&made);
    let tests = Tests::new()
        .server_stream(move |_, _| {
            let made = Arc::clone(&counted);
            super::support::stream(move |_| {
                made.fetch_add(1, Ordering::Relaxed);
                Poll::Ready(Some(Ok(Bytes::from_static(&[7; 100]))))
            })
        })
        .unary(|request, _| async move { Ok(request) });
    let (_server, clients, counts) = super::pipe::start(tests, 2).await;
    // One has a hundred streams that are always ready, and are read as fast as they come.
    let mut readers = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let mut call = clients[0].open(&SERVER_STREAM).await;
        call.send(b"", true);
        readers.spawn(async move {
            let (_requests, _, mut responses) = call.head().await;
            while responses.next().await.is_ok_and(|message| message.is_some()) {}
        });
    }
    super::support::until(|| made.load(Ordering::Relaxed) > 10_000).await;
    let (made_before, turns_before) = (made.load(Ordering::Relaxed), counts.polls());
    for _ in 0..CALLS {
        assert_eq!(clients[1].call(&UNARY, b"x").await.ok(), ["x"]);
    }
    assert!(made.load(Ordering::Relaxed) > made_before, "the streams went on");
    let turns = counts.polls() - turns_before;
    // The other's own are among them: a call takes three or four, as its client has turns to wait for as well.
    assert!((CALLS..=CALLS * 10).contains(&turns), "{turns} turns meanwhile");
}
