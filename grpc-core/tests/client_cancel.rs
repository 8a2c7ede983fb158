//! Deadlines, cancellation, and what is left of a call afterwards.

mod client_support;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use client_support::*;
use grpc_core::{
    Code, Status,
    client::{Call, Channel, OpenCall, StreamingCall, insecure_channel},
    message::Raw,
};
use h2::Reason;
use tokio::sync::mpsc;

fn unary(channel: &Channel, text: &'static str) -> Call<Bytes> {
    Call::unary(channel, &UNARY, Bytes::from_static(text.as_bytes()), Raw)
}

/// A server that hands every stream to the test.
async fn streams() -> (Channel, mpsc::UnboundedReceiver<Stream>) {
    let (sender, streams) = mpsc::unbounded_channel();
    let target = serve(move |stream| {
        let _ = sender.send(stream);
        async {}
    })
    .await;
    (insecure_channel(target), streams)
}

#[tokio::test]
async fn a_unary_call_that_is_dropped_is_reset_with_cancel() {
    let (channel, mut streams) = streams().await;
    let call = tokio::spawn(unary(&channel, "x"));
    let mut stream = streams.recv().await.unwrap();
    stream.body.all().await;
    call.abort();
    let reason = std::future::poll_fn(|cx| stream.respond.poll_reset(cx))
        .await
        .unwrap();
    assert_eq!(reason, Reason::CANCEL);
}

#[tokio::test]
async fn a_call_with_open_requests_that_is_dropped_is_reset_with_cancel() {
    let (channel, mut streams) = streams().await;
    for head_first in [false, true] {
        for by_hand in [false, true] {
            let mut call = OpenCall::<Bytes, Bytes>::open(&channel, &BIDI, Raw)
                .await
                .unwrap();
            call.send(Bytes::from_static(b"x")).await.unwrap();
            let mut stream = streams.recv().await.unwrap();
            let mut answer = None;
            if head_first {
                let answer = answer.insert(stream.open());
                answer.message(b"y");
                assert_eq!(call.receive().await.unwrap().unwrap(), "y");
            }
            if by_hand {
                call.cancel();
                assert_eq!(call.receive().await.unwrap_err().code(), Code::Cancelled);
                assert_eq!(call.send(Bytes::new()).await.unwrap_err().code(), Code::Cancelled);
            } else {
                drop(call);
            }
            assert_eq!(
                stream.body.reset().await,
                Reason::CANCEL,
                "head: {head_first}, by hand: {by_hand}"
            );
        }
    }
}

#[tokio::test]
async fn responses_that_are_dropped_reset_the_stream_with_cancel() {
    let (channel, mut streams) = streams().await;
    let call = StreamingCall::<Bytes>::server_streaming(&channel, &SERVER_STREAM, Bytes::new(), Raw);
    let mut replies = call.await.unwrap();
    let mut stream = streams.recv().await.unwrap();
    let mut answer = stream.open();
    answer.message(b"one");
    assert_eq!(replies.receive().await.unwrap().unwrap(), "one");
    drop(replies);
    let reason = std::future::poll_fn(|cx| answer.0.poll_reset(cx)).await.unwrap();
    assert_eq!(reason, Reason::CANCEL);
}

#[tokio::test]
async fn an_error_of_the_request_stream_is_the_calls_status() {
    let (channel, mut streams) = streams().await;
    let (arrived, arrival) = tokio::sync::oneshot::channel();
    let requests = async_stream::stream! {
        yield Ok(Bytes::from_static(b"fine"));
        let () = arrival.await.unwrap();
        yield Err(Status::data_loss("the file ended"));
    };
    let call = tokio::spawn(Call::<Bytes>::client_streaming(
        &channel,
        &CLIENT_STREAM,
        requests,
        Raw,
    ));
    let mut stream = streams.recv().await.unwrap();
    assert_eq!(stream.body.message().await.unwrap().unwrap(), "fine");
    arrived.send(()).unwrap();
    assert_eq!(stream.body.reset().await, Reason::CANCEL);
    let error = call.await.unwrap().unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        (Code::DataLoss, "the file ended")
    );
}

#[tokio::test]
async fn a_deadline_ends_a_call_on_both_sides() {
    let (channel, mut streams) = streams().await;
    let call = tokio::spawn(unary(&channel, "x").timeout(Duration::from_millis(50)));
    let mut stream = streams.recv().await.unwrap();
    assert!(stream.header("grpc-timeout").is_some());
    assert_eq!(call.await.unwrap().unwrap_err().code(), Code::DeadlineExceeded);
    let reason = std::future::poll_fn(|cx| stream.respond.poll_reset(cx))
        .await
        .unwrap();
    assert_eq!(reason, Reason::CANCEL);

    let call = StreamingCall::<Bytes>::server_streaming(&channel, &SERVER_STREAM, Bytes::new(), Raw);
    let mut replies = call.timeout(Duration::from_millis(50)).await.unwrap();
    let mut stream = streams.recv().await.unwrap();
    let mut answer = stream.open();
    answer.message(b"one");
    assert_eq!(replies.receive().await.unwrap().unwrap(), "one");
    assert_eq!(
        replies.receive().await.unwrap_err().code(),
        Code::DeadlineExceeded
    );

    let mut call = OpenCall::<Bytes, Bytes>::open(&channel, &BIDI, Raw)
        .timeout(Duration::from_millis(50))
        .await
        .unwrap();
    let _stream = streams.recv().await.unwrap();
    let error = loop {
        // Until what may be in line is full, and the sender waits.
        if let Err(error) = call.send(Bytes::from_static(&[0; 10_000])).await {
            break error;
        }
    };
    assert_eq!(error.code(), Code::DeadlineExceeded);
}

#[tokio::test]
async fn a_deadline_that_has_passed_is_not_sent() {
    let (channel, mut streams) = streams().await;
    let call = tokio::spawn(unary(&channel, "first"));
    streams.recv().await.unwrap().answer(b"");
    call.await.unwrap().unwrap();
    let error = unary(&channel, "late").timeout(Duration::ZERO).await.unwrap_err();
    assert_eq!(error.code(), Code::DeadlineExceeded);
    let call = tokio::spawn(unary(&channel, "next"));
    assert_eq!(streams.recv().await.unwrap().body.all().await, ["next"]);
    call.abort();
}

#[tokio::test]
async fn a_queued_call_that_is_cancelled_never_runs() {
    let (sender, mut streams) = mpsc::unbounded_channel();
    let mut server = builder();
    server.max_concurrent_streams(1);
    let target = serve_with(server, move |mut stream| {
        let sender = sender.clone();
        async move {
            let request = stream.body.all().await.concat();
            let _ = sender.send((request, stream));
        }
    })
    .await;
    let channel = Channel::builder(&target).max_queued_calls(2).build();
    let first = tokio::spawn(unary(&channel, "first"));
    let (request, mut running) = streams.recv().await.unwrap();
    assert_eq!(request, b"first");

    let cancelled = tokio::spawn(unary(&channel, "cancelled"));
    tokio::task::yield_now().await;
    let late = unary(&channel, "late").timeout(Duration::from_millis(20));
    assert_eq!(late.await.unwrap_err().code(), Code::DeadlineExceeded);
    let last = tokio::spawn(unary(&channel, "last"));
    tokio::task::yield_now().await;
    // Both places in the line are taken: those of the cancelled call and of the last.
    while unary(&channel, "too many")
        .timeout(Duration::from_millis(20))
        .await
        .unwrap_err()
        .code()
        != Code::ResourceExhausted
    {}
    cancelled.abort();
    assert!(cancelled.await.unwrap_err().is_cancelled());
    running.answer(b"");
    first.await.unwrap().unwrap();
    let (request, mut running) = streams.recv().await.unwrap();
    assert_eq!(request, b"last");
    running.answer(b"");
    last.await.unwrap().unwrap();
    assert!(streams.try_recv().is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_calls_pass_through_a_hundred_streams() {
    let most = Arc::new(AtomicUsize::new(0));
    let now = Arc::new(AtomicUsize::new(0));
    let mut server = builder();
    server.max_concurrent_streams(100);
    let seen = (Arc::clone(&most), Arc::clone(&now));
    let target = serve_with(server, move |mut stream: Stream| {
        let (most, now) = seen.clone();
        async move {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            let request = stream.body.all().await.concat();
            now.fetch_sub(1, Ordering::SeqCst);
            stream.answer(&request);
        }
    })
    .await;
    let channel = insecure_channel(target);
    let calls: Vec<_> = (0..10_000u32)
        .map(|number| {
            let request = Bytes::copy_from_slice(&number.to_be_bytes());
            tokio::spawn(Call::<Bytes>::unary(&channel, &UNARY, request, Raw))
        })
        .collect();
    for (number, call) in (0..10_000u32).zip(calls) {
        assert_eq!(call.await.unwrap().unwrap()[..], number.to_be_bytes());
    }
    assert!(most.load(Ordering::SeqCst) <= 100);
}

#[tokio::test]
async fn five_thousand_cancelled_calls_leave_the_connection_alive() {
    let connections = Arc::new(AtomicUsize::new(0));
    let (pipes, mut ends) = pipes();
    let count = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Some(end) = ends.ends.recv().await {
            count.fetch_add(1, Ordering::SeqCst);
            let mut server = builder();
            // As lenient as our own server is.
            server
                .max_pending_accept_reset_streams(10_000)
                .max_local_error_reset_streams(None);
            tokio::spawn(serve_connection(end, server, |mut stream: Stream| async move {
                if stream.body.all().await.concat() == b"answer" {
                    stream.answer(b"");
                } else {
                    let _open = stream.open();
                    std::future::pending::<()>().await;
                }
            }));
        }
    });
    let channel = Channel::builder("127.0.0.1:1").connector(pipes).build();
    unary(&channel, "answer").await.unwrap();
    for _ in 0..5000 {
        let mut call = unary(&channel, "hang");
        std::future::poll_fn(|cx| {
            assert!(std::pin::Pin::new(&mut call).poll(cx).is_pending());
            std::task::Poll::Ready(())
        })
        .await;
        drop(call);
    }
    unary(&channel, "answer").await.unwrap();
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

// Paused: a deadline passes when there is nothing else to do, and not before the server has the call.
#[tokio::test(start_paused = true)]
async fn nothing_is_left_of_calls_that_are_over() {
    let (pipes, mut ends) = pipes();
    let channel = Channel::builder("127.0.0.1:1").connector(pipes).build();
    let first = tokio::spawn(unary(&channel, "x"));
    let end = ends.ends.recv().await.unwrap();
    let mut connection = builder().handshake::<_, Bytes>(end).await.unwrap();
    let (request, respond) = connection.accept().await.unwrap().unwrap();
    Stream::new(request, respond).answer(b"");
    let (sender, mut streams) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(Ok((request, respond))) = connection.accept().await {
            let _ = sender.send(Stream::new(request, respond));
        }
    });
    first.await.unwrap().unwrap();
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    let message = Bytes::from_static(b"x");
    for round in 0..50 {
        let call = OpenCall::<Bytes, Bytes>::open(&channel, &BIDI, Raw);
        let mut call = call
            .timeout(Duration::from_millis(if round % 2 == 0 { 5 } else { 60_000 }))
            .await
            .unwrap();
        call.send(message.clone()).await.unwrap();
        let mut stream = streams.recv().await.unwrap();
        let _answer = (round % 3 == 0).then(|| stream.open());
        if round % 2 == 0 {
            assert_eq!(call.receive().await.unwrap_err().code(), Code::DeadlineExceeded);
        }
        drop(call);
        assert_eq!(stream.body.reset().await, Reason::CANCEL);
    }
    assert_eq!(tasks(), before);
    // The driver, the worker and the connection go with the last handle of the channel.
    drop(channel);
    assert!(streams.recv().await.is_none(), "the connection was closed");
}

#[tokio::test]
async fn an_upload_that_the_server_does_not_read_is_reset_with_cancel() {
    let (channel, mut streams) = streams().await;
    let mut call = OpenCall::<Bytes, Bytes>::open(&channel, &BIDI, Raw)
        .await
        .unwrap();
    let (filled, full) = tokio::sync::oneshot::channel();
    let task = tokio::spawn(async move {
        call.metadata().await.unwrap();
        let mut filled = Some(filled);
        loop {
            let send = call.send(Bytes::from(vec![0; 40_000]));
            if tokio::time::timeout(Duration::from_millis(100), send)
                .await
                .is_err()
                && let Some(filled) = filled.take()
            {
                filled.send(()).unwrap();
            }
        }
    });
    let mut stream = streams.recv().await.unwrap();
    let mut answer = stream.open();
    full.await.unwrap();
    task.abort();
    let reason = std::future::poll_fn(|cx| answer.0.poll_reset(cx)).await.unwrap();
    assert_eq!(reason, Reason::CANCEL);
}
