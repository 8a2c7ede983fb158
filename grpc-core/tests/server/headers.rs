//! Metadata in both directions, statuses, and when they leave.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
};

use bytes::Bytes;
use grpc_core::{Status, metadata::Metadata, stream};
use tokio::sync::Notify;

use super::support::{BIDI, SERVER_STREAM, Tests, UNARY, number};

fn metadata(pairs: &[(&str, &str)]) -> Metadata {
    let mut metadata = Metadata::new();
    for (key, value) in pairs {
        metadata.append(*key, *value).unwrap();
    }
    metadata
}

#[tokio::test]
async fn metadata_goes_both_ways() {
    let (_server, client) = Tests::new()
        .unary(|_, context| async move {
            let received = context.metadata();
            assert_eq!(received.get("x-tenant"), Some("7"));
            assert_eq!(received.get_bin("trace-bin").unwrap(), &[0u8, 255][..]);
            assert!(!received.contains_key("content-type") && !received.contains_key("grpc-timeout"));
            let mut initial = metadata(&[("x-initial", "a"), ("x-initial", "b")]);
            initial.insert("raw-bin", vec![1u8, 2, 3]).unwrap();
            context.set_initial_metadata(initial);
            context.set_trailing_metadata(metadata(&[("x-trailing", "c")]));
            Ok(Bytes::from(context.method().to_owned()))
        })
        .start()
        .await;
    let headers = [("x-tenant", "7"), ("trace-bin", "AP8="), ("grpc-timeout", "10S")];
    let reply = client.call_with(&UNARY, &headers, b"x").await;
    assert_eq!(reply.messages, ["/test.Test/Unary"]);
    let initial: Vec<_> = reply.headers.get_all("x-initial").iter().collect();
    assert_eq!(initial, ["a", "b"]);
    assert_eq!(reply.headers["raw-bin"], "AQID");
    assert_eq!(reply.trailers["x-trailing"], "c");
    assert_eq!(number(&reply.trailers), 0);
}

#[tokio::test]
async fn a_context_knows_its_call() {
    let (_server, client) = Tests::new()
        .unary(|_, context| async move {
            assert!(context.peer().address.socket_addr().unwrap().ip().is_loopback());
            assert!(context.authority().starts_with("127.0.0.1:"));
            assert!(!context.is_cancelled());
            let remaining = context.time_remaining().unwrap();
            assert!(remaining.as_secs() > 3000 && remaining.as_secs() <= 3600);
            assert_eq!(context.extensions().insert(7u32), None);
            assert_eq!(context.extensions().get::<u32>(), Some(7));
            Ok(Bytes::new())
        })
        .start()
        .await;
    client
        .call_with(&UNARY, &[("grpc-timeout", "1H")], b"")
        .await
        .ok();
}

#[tokio::test]
async fn a_status_with_everything_arrives_as_trailers_only() {
    let (_server, client) = Tests::new()
        .unary(|_, context| async move {
            context.set_initial_metadata(metadata(&[("x-initial", "a")]));
            context.set_trailing_metadata(metadata(&[("x-trailing", "b")]));
            let mut status =
                Status::failed_precondition("50 % sm\u{f8}rrebr\u{f8}d").with_details(vec![1u8, 2]);
            status.metadata_mut().insert("x-own", "c").unwrap();
            Err(status)
        })
        .start()
        .await;
    let reply = client.call(&UNARY, b"").await;
    assert!(reply.trailers_only);
    assert_eq!(
        (reply.code(), reply.message()),
        (9, "50 %25 sm%C3%B8rrebr%C3%B8d")
    );
    for (key, value) in [
        ("x-initial", "a"),
        ("x-trailing", "b"),
        ("x-own", "c"),
        ("grpc-status-details-bin", "AQI"),
    ] {
        assert_eq!(reply.headers[key], value);
    }
}

#[tokio::test]
async fn a_client_that_waits_for_headers_gets_them_before_the_first_message() {
    let go = Arc::new(Notify::new());
    let going = Arc::clone(&go);
    let (_server, client) = Tests::new()
        .server_stream(move |_, context| {
            context.set_initial_metadata(metadata(&[("x-initial", "early")]));
            let going = Arc::clone(&going);
            let (sender, replies) = stream::channel(1);
            tokio::spawn(async move {
                going.notified().await;
                sender.send(Ok(Bytes::from_static(b"late"))).await.unwrap();
            });
            replies
        })
        .explicit(|mut call| async move {
            let first = call.receive().await?;
            call.send(first.unwrap_or_default()).await
        })
        .start()
        .await;
    let mut call = client.open(&SERVER_STREAM).await;
    call.send(b"", true);
    let (_, headers, mut responses) = call.head().await;
    assert_eq!(headers["x-initial"], "early");
    go.notify_one();
    assert_eq!(responses.next().await.unwrap().unwrap(), "late");

    // The explicit form: headers although it waits for a request.
    let (mut requests, _, mut responses) = client.open(&BIDI).await.head().await;
    requests.send_data(super::support::frame(b"first"), true).unwrap();
    assert_eq!(responses.next().await.unwrap().unwrap(), "first");
    assert_eq!(number(&responses.trailers().await), 0);
}

#[tokio::test]
async fn a_unary_handler_may_send_its_headers_early_and_once() {
    let go = Arc::new(Notify::new());
    let going = Arc::clone(&go);
    let (_server, client) = Tests::new()
        .unary(move |request, context| {
            let going = Arc::clone(&going);
            async move {
                context.send_initial_metadata(metadata(&[("x-initial", "early")]))?;
                going.notified().await;
                assert_eq!(
                    context
                        .send_initial_metadata(Metadata::new())
                        .unwrap_err()
                        .code()
                        .number(),
                    13
                );
                if request.is_empty() {
                    Err(Status::aborted("late"))
                } else {
                    Ok(request)
                }
            }
        })
        .start()
        .await;
    for (request, code) in [("", 10), ("x", 0)] {
        let mut call = client.open(&UNARY).await;
        call.send(request.as_bytes(), true);
        let (_, headers, mut responses) = call.head().await;
        assert_eq!(headers["x-initial"], "early");
        go.notify_one();
        if code == 0 {
            assert_eq!(responses.next().await.unwrap().unwrap(), request);
        }
        assert_eq!(number(&responses.trailers().await), code);
    }
}

#[tokio::test]
async fn an_error_before_the_first_message_is_trailers_only_and_one_after_it_is_not() {
    let (_server, client) = Tests::new()
        .server_stream(|request, _| {
            let mut left = request.len();
            super::support::stream(move |_| {
                if left == 0 {
                    return Poll::Ready(Some(Err(Status::data_loss("gone"))));
                }
                left -= 1;
                Poll::Ready(Some(Ok(Bytes::from_static(b"m"))))
            })
        })
        .start()
        .await;
    let reply = client.call(&SERVER_STREAM, b"").await;
    assert!(reply.trailers_only);
    assert_eq!(reply.code(), 15);
    let reply = client.call(&SERVER_STREAM, b"xxx").await;
    assert_eq!(
        (reply.trailers_only, reply.code(), reply.messages.len()),
        (false, 15, 3)
    );
}

#[tokio::test]
async fn an_empty_stream_is_headers_and_trailers() {
    let (_server, client) = Tests::new()
        .server_stream(|_, _| super::support::stream(|_| Poll::Ready(None)))
        .start()
        .await;
    let reply = client.call(&SERVER_STREAM, b"").await;
    assert!(!reply.trailers_only);
    assert!(reply.ok().is_empty());
}

#[tokio::test]
async fn metadata_that_cannot_be_read_is_left_out() {
    // Headers that are no metadata at all do no harm.
    let looked = Arc::new(AtomicBool::new(false));
    let saw = Arc::clone(&looked);
    let (_server, client) = Tests::new()
        .unary(move |request, context| {
            saw.store(context.metadata().get_bin("bad-bin").is_none(), Ordering::SeqCst);
            async move { Ok(request) }
        })
        .start()
        .await;
    client
        .call_with(&UNARY, &[("bad-bin", "!!"), ("user-agent", "me/1")], b"x")
        .await
        .ok();
    assert!(looked.load(Ordering::SeqCst));
}
