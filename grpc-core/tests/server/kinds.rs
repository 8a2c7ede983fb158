//! The four kinds of call, and the explicit form.

use std::task::ready;
use std::{pin::Pin, task::Poll};

use bytes::Bytes;
use futures_core::Stream;
use grpc_core::{Result, Status, stream};

use super::support::{BIDI, CLIENT_STREAM, SERVER_STREAM, Tests, UNARY};
use crate::support;

#[tokio::test]
async fn a_unary_call_is_answered_once() {
    let (_server, client) = Tests::new()
        .unary(|request, _| async move { Ok(request) })
        .start()
        .await;
    let reply = client.call(&UNARY, b"hello").await;
    assert_eq!(reply.http, 200);
    assert_eq!(reply.headers["content-type"], "application/grpc");
    assert_eq!(reply.ok(), ["hello"]);
}

#[tokio::test]
async fn a_server_stream_is_answered_in_order() {
    let (_server, client) = Tests::new()
        .server_stream(|request, _| {
            let mut n = 0;
            support::stream(move |_| {
                n += 1;
                Poll::Ready((n <= 10_000).then(|| Ok(Bytes::from(format!("{n} {}", request.len())))))
            })
        })
        .start()
        .await;
    let messages = client.call(&SERVER_STREAM, b"four").await.ok();
    assert_eq!(messages.len(), 10_000);
    assert!(
        messages
            .iter()
            .enumerate()
            .all(|(n, message)| *message == format!("{} 4", n + 1))
    );
}

#[tokio::test]
async fn a_client_stream_is_read_to_its_end_and_answered_once() {
    let (_server, client) = Tests::new()
        .client_stream(|mut requests, _| async move {
            let mut all = Vec::new();
            while let Some(request) = requests.receive().await? {
                all.extend_from_slice(&request);
            }
            // The end stays the end.
            assert!(requests.receive().await?.is_none());
            Ok(Bytes::from(all))
        })
        .start()
        .await;
    let mut call = client.open(&CLIENT_STREAM).await;
    for part in ["a", "", "bc", "def"] {
        call.send(part.as_bytes(), false);
    }
    call.half_close();
    assert_eq!(call.reply().await.ok(), ["abcdef"]);
}

#[tokio::test]
async fn a_bidi_call_answers_each_request_at_once() {
    let (_server, client) = Tests::new()
        .bidi(|mut requests, _| {
            support::stream(move |cx| match ready!(Pin::new(&mut requests).poll_next(cx)) {
                Some(request) => Poll::Ready(Some(request.map(|r| Bytes::from([b"re ", &r[..]].concat())))),
                None => Poll::Ready(None),
            })
        })
        .start()
        .await;
    let call = client.open(&BIDI).await;
    let (mut requests, _, mut responses) = call.head().await;
    for request in ["one", "two", "three"] {
        requests
            .send_data(support::frame(request.as_bytes()), false)
            .unwrap();
        assert_eq!(responses.next().await.unwrap().unwrap(), format!("re {request}"));
    }
    requests.send_data(Bytes::new(), true).unwrap();
    assert_eq!(support::number(&responses.trailers().await), 0);
}

#[tokio::test]
async fn an_explicit_call_receives_and_sends_as_it_likes() {
    let (_server, client) = Tests::new()
        .explicit(|mut call| async move {
            call.send(Bytes::from_static(b"welcome")).await?;
            while let Some(request) = call.receive().await? {
                call.send(request.clone()).await?;
                call.send(request).await?;
            }
            assert!(call.receive().await?.is_none());
            Err(Status::aborted("bye"))
        })
        .start()
        .await;
    let mut call = client.open(&BIDI).await;
    call.send(b"a", false);
    call.send(b"b", true);
    let reply = call.reply().await;
    assert_eq!((reply.code(), reply.message()), (10, "bye"));
    assert_eq!(reply.messages, ["welcome", "a", "a", "b", "b"]);
}

#[tokio::test]
async fn a_split_call_works_from_two_other_tasks() {
    let (_server, client) = Tests::new()
        .explicit(|call| async move {
            let (mut requests, mut responses) = call.split();
            let (sender, mut receiver) = tokio::sync::mpsc::channel::<Bytes>(1);
            let reading = tokio::spawn(async move {
                while let Some(request) = requests.receive().await? {
                    sender.send(request).await.unwrap();
                }
                Result::<()>::Ok(())
            });
            let writing = tokio::spawn(async move {
                while let Some(request) = receiver.recv().await {
                    responses.send(request).await?;
                }
                Result::<()>::Ok(())
            });
            reading.await.unwrap()?;
            writing.await.unwrap()
        })
        .start()
        .await;
    let mut call = client.open(&BIDI).await;
    for n in 0..1000 {
        call.send(format!("{n}").as_bytes(), n == 999);
    }
    let messages = call.reply().await.ok();
    assert_eq!(messages.len(), 1000);
    assert_eq!(messages[999], "999");
}

#[tokio::test]
async fn an_explicit_call_waits_for_a_client_that_does_not_read() {
    let (_server, client) = Tests::new()
        .explicit(|mut call| async move {
            for _ in 0..2000 {
                call.send(Bytes::from(vec![7; 16 * 1024])).await?;
            }
            Ok(())
        })
        .start()
        .await;
    let mut call = client.open(&BIDI).await;
    call.half_close();
    let messages = call.reply().await.ok();
    assert_eq!(messages.len(), 2000);
    assert!(messages.iter().all(|message| message.len() == 16 * 1024));
}

#[tokio::test]
async fn a_queue_that_a_worker_fills_is_a_response_stream() {
    let (_server, client) = Tests::new()
        .server_stream(|_, _| {
            let (sender, replies) = stream::channel(2);
            tokio::spawn(async move {
                for n in 0..500 {
                    sender.send(Ok(Bytes::from(format!("{n}")))).await.unwrap();
                }
                sender.send(Err(Status::out_of_range("500"))).await.unwrap();
            });
            replies
        })
        .start()
        .await;
    let reply = client.call(&SERVER_STREAM, b"").await;
    assert_eq!((reply.code(), reply.messages.len()), (11, 500));
}

#[tokio::test]
async fn a_result_of_a_stream_fails_before_the_first_byte() {
    let (_server, client) = Tests::new()
        .server_stream_later(|request, _| async move {
            tokio::task::yield_now().await;
            if request.is_empty() {
                return Err(Status::not_found("no such room"));
            }
            let (sender, replies) = stream::channel(1);
            sender.send(Ok(request)).await.unwrap();
            Ok(replies)
        })
        .start()
        .await;
    let reply = client.call(&SERVER_STREAM, b"").await;
    assert!(reply.trailers_only);
    assert_eq!(reply.headers["content-type"], "application/grpc");
    assert_eq!((reply.code(), reply.message()), (5, "no such room"));
    assert_eq!(client.call(&SERVER_STREAM, b"hall").await.ok(), ["hall"]);
}

#[tokio::test]
async fn calls_run_on_tasks_of_their_own_if_they_are_told_to() {
    use std::sync::{Arc, Mutex};
    for all in [false, true] {
        let ids = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&ids);
        let options = grpc_core::server::RouteOptions::new();
        let (_server, client) = Tests::new()
            .options(if all { options } else { options.spawn() })
            .unary(move |request, _| {
                seen.lock().unwrap().push(tokio::task::id());
                async move { Ok(request) }
            })
            .start_with(|server| {
                server.spawn_calls(all);
            })
            .await;
        for _ in 0..3 {
            client.call(&UNARY, b"x").await.ok();
        }
        let ids = ids.lock().unwrap();
        assert!(ids[0] != ids[1] && ids[1] != ids[2], "{ids:?}");
    }
}
