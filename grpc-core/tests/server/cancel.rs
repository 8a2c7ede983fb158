//! Cancellation by reset, disconnect and deadline, and what outlives it.

use std::{
    sync::{Arc, Mutex},
    task::Poll,
};

use bytes::Bytes;
use grpc_core::{
    Status,
    server::{Context, RouteOptions, ServerCall},
};
use h2::Reason;
use tokio::sync::{Notify, oneshot};

use super::support::{Alive, BIDI, CLIENT_STREAM, Client, SERVER_STREAM, Tests, UNARY, until};

/// Every kind, with handlers that never end and are counted.
fn endless(alive: &Alive) -> Tests {
    let (unary, server, client, bidi) = (alive.clone(), alive.clone(), alive.clone(), alive.clone());
    Tests::new()
        .unary(move |_, _| {
            let guard = unary.guard();
            async move {
                let _guard = guard;
                std::future::pending().await
            }
        })
        .server_stream(move |_, _| {
            let guard = server.guard();
            let mut first = true;
            super::support::stream(move |_| {
                let _guard = &guard;
                if std::mem::take(&mut first) {
                    Poll::Ready(Some(Ok(Bytes::new())))
                } else {
                    Poll::Pending
                }
            })
        })
        .client_stream(move |mut requests, _| {
            let guard = client.guard();
            async move {
                let _guard = guard;
                while requests.receive().await?.is_some() {}
                std::future::pending().await
            }
        })
        .explicit(move |mut call| {
            let guard = bidi.guard();
            async move {
                let _guard = guard;
                call.send(Bytes::from_static(b"hello")).await?;
                while call.receive().await?.is_some() {}
                std::future::pending().await
            }
        })
}

#[tokio::test]
async fn a_reset_a_disconnect_and_a_deadline_drop_the_handler() {
    for how in ["reset", "no error", "disconnect", "deadline"] {
        let alive = Alive::default();
        let service = Arc::new(endless(&alive));
        let mut server = grpc_core::server::server();
        let address = server
            .add_insecure_port("127.0.0.1:0")
            .unwrap()
            .socket_addr()
            .unwrap();
        server.add_service::<Tests, _>(Arc::clone(&service));
        server.start().await.unwrap();
        let client = Client::connect(address).await;
        let timeout = [("grpc-timeout", "50m")];
        let headers = if how == "deadline" { &timeout[..] } else { &[] };
        let mut calls = Vec::new();
        for method in [&UNARY, &SERVER_STREAM, &CLIENT_STREAM, &BIDI] {
            let mut call = client.open_with(method.path(), headers).await;
            call.send(b"x", !method.kind().has_request_stream());
            calls.push(call);
        }
        if how != "deadline" {
            alive.reaches(4).await;
        }
        match how {
            "reset" => calls
                .iter_mut()
                .for_each(|call| call.requests.send_reset(Reason::CANCEL)),
            "no error" => calls
                .iter_mut()
                .for_each(|call| call.requests.send_reset(Reason::NO_ERROR)),
            "disconnect" => client.connection.cut(),
            _ => {
                for call in calls.drain(..) {
                    assert_eq!(call.reply().await.code(), 4);
                }
            }
        }
        alive.reaches(0).await;
        drop((calls, client));
        server.handle().stop(std::time::Duration::from_secs(5)).await;
        drop(server);
        until(|| Arc::strong_count(&service) == 1).await;
    }
}

#[tokio::test]
async fn requests_that_are_moved_elsewhere_end_with_cancelled_after_a_reset() {
    let (sender, receiver) = oneshot::channel();
    let sender = Arc::new(Mutex::new(Some(sender)));
    let (_server, client) = Tests::new()
        .explicit(move |call: ServerCall<Bytes, Bytes>| {
            let sender = sender.lock().unwrap().take().unwrap();
            async move {
                let context = call.context().clone();
                let (mut requests, mut responses) = call.split();
                tokio::spawn(async move {
                    responses.send(Bytes::from_static(b"hello")).await.unwrap();
                    context.cancelled().await;
                    let received = requests.receive().await;
                    let again = requests.receive().await;
                    let sent = responses.send(Bytes::new()).await;
                    let _ = sender.send((received, again, sent, context.is_cancelled()));
                });
                std::future::pending().await
            }
        })
        .start()
        .await;
    let (mut requests, _, mut responses) = client.open(&BIDI).await.head().await;
    assert_eq!(responses.next().await.unwrap().unwrap(), "hello");
    requests.send_reset(Reason::CANCEL);
    let (received, again, sent, cancelled) = receiver.await.unwrap();
    assert_eq!(received.unwrap_err().code().number(), 1);
    assert_eq!(again.unwrap_err().code().number(), 1);
    assert_eq!(sent.unwrap_err().code().number(), 1);
    assert!(cancelled);
}

#[tokio::test]
async fn what_is_shielded_finishes_although_the_call_is_cancelled() {
    let (started, go, done) = (
        Arc::new(Notify::new()),
        Arc::new(Notify::new()),
        Arc::new(Notify::new()),
    );
    let inner = (Arc::clone(&started), Arc::clone(&go), Arc::clone(&done));
    let alive = Alive::default();
    let counted = alive.clone();
    let (_server, client) = Tests::new()
        .unary(move |_, context: Context| {
            let (started, go, done) = inner.clone();
            let guard = counted.guard();
            async move {
                let _guard = guard;
                let shielded = async move {
                    started.notify_one();
                    go.notified().await;
                    done.notify_one();
                    7
                };
                Ok(Bytes::from(format!("{}", context.shield(shielded).await)))
            }
        })
        .start()
        .await;
    let mut call = client.open(&UNARY).await;
    call.send(b"", true);
    started.notified().await;
    call.requests.send_reset(Reason::CANCEL);
    alive.reaches(0).await;
    go.notify_one();
    done.notified().await;
    // And if nobody cancels, its output is there.
    let mut call = client.open(&UNARY).await;
    call.send(b"", true);
    started.notified().await;
    go.notify_one();
    assert_eq!(call.reply().await.ok(), ["7"]);
}

#[tokio::test]
async fn a_detached_handler_finishes_although_the_call_is_cancelled() {
    let (started, go, done) = (
        Arc::new(Notify::new()),
        Arc::new(Notify::new()),
        Arc::new(Notify::new()),
    );
    let inner = (Arc::clone(&started), Arc::clone(&go), Arc::clone(&done));
    let (_server, client) = Tests::new()
        .options(RouteOptions::new().detached())
        .explicit(move |mut call| {
            let (started, go, done) = inner.clone();
            async move {
                call.send(Bytes::from_static(b"one")).await?;
                started.notify_one();
                go.notified().await;
                let sent = call.send(Bytes::from_static(b"two")).await;
                done.notify_one();
                sent
            }
        })
        .start()
        .await;
    let (mut requests, _, mut responses) = client.open(&BIDI).await.head().await;
    started.notified().await;
    assert_eq!(responses.next().await.unwrap().unwrap(), "one");
    requests.send_reset(Reason::CANCEL);
    go.notify_one();
    done.notified().await;
    // And if nobody cancels, it answers from its own task.
    let mut call = client.open(&BIDI).await;
    call.half_close();
    started.notified().await;
    go.notify_one();
    done.notified().await;
    assert_eq!(call.reply().await.ok(), ["one", "two"]);
}

#[tokio::test]
async fn a_deadline_ends_a_stream_that_always_has_more() {
    let (_server, client) = Tests::new()
        .server_stream(|_, _| super::support::stream(|_| Poll::Ready(Some(Ok(Bytes::from(vec![0; 1000]))))))
        .start()
        .await;
    let reply = client
        .call_with(&SERVER_STREAM, &[("grpc-timeout", "20m")], b"")
        .await;
    assert_eq!(reply.code(), 4);
}

#[tokio::test]
async fn a_deadline_of_nothing_has_passed_already() {
    let (_server, client) = Tests::new().unary(|_, _| std::future::pending()).start().await;
    let reply = client.call_with(&UNARY, &[("grpc-timeout", "0n")], b"").await;
    assert!(reply.trailers_only);
    assert_eq!(reply.code(), 4);
}

#[tokio::test]
async fn five_thousand_cancels_leave_the_connection_alive() {
    let alive = Alive::default();
    let (_server, client) = endless(&alive).start().await;
    for batch in 0..50 {
        let mut calls = Vec::new();
        for _ in 0..100 {
            calls.push(client.open(&BIDI).await);
        }
        // Every other batch is cancelled while its handlers run, the rest before they have begun.
        if batch % 2 == 0 {
            alive.reaches(100).await;
        }
        for call in &mut calls {
            call.requests.send_reset(Reason::CANCEL);
        }
        let mut call = client.open_with(UNARY.path(), &[("grpc-timeout", "0n")]).await;
        call.send(b"", true);
        assert_eq!(call.reply().await.code(), 4);
    }
    assert!(!client.connection.is_closed());
    alive.reaches(0).await;
}

#[tokio::test]
async fn an_error_comes_behind_what_was_sent_before() {
    let (_server, client) = Tests::new()
        .explicit(|mut call| async move {
            for n in 0..20 {
                call.send(Bytes::from(vec![n; 5000])).await?;
            }
            Err(Status::aborted("enough"))
        })
        .start()
        .await;
    let reply = client.open(&BIDI).await.reply().await;
    assert_eq!((reply.code(), reply.messages.len()), (10, 20));
}

#[tokio::test]
async fn a_deadline_drops_the_handler_although_its_client_does_not_read() {
    let alive = Alive::default();
    let counted = alive.clone();
    let (_server, client) = Tests::new()
        .explicit(move |mut call| {
            let guard = counted.guard();
            async move {
                let _guard = guard;
                loop {
                    call.send(Bytes::from(vec![0; 64 * 1024])).await?;
                }
            }
        })
        .start()
        .await;
    let call = client.open_with(BIDI.path(), &[("grpc-timeout", "50m")]).await;
    let (_requests, _, responses) = call.head().await;
    alive.reaches(1).await;
    alive.reaches(0).await;
    drop(responses);
}
