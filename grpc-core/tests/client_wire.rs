//! What goes over the wire, and what is made of what comes back.

mod client_support;

use std::time::Duration;

use bytes::Bytes;
use client_support::*;
use grpc_core::{
    Code, Status,
    client::{Call, Channel, OpenCall, StreamingCall, insecure_channel},
    message::Raw,
};
use h2::Reason;
use http::{HeaderMap, Response};

fn unary(channel: &Channel) -> Call<Bytes> {
    Call::unary(channel, &UNARY, Bytes::from_static(b"request"), Raw)
}

async fn outcome<F, Fut>(handler: F) -> Result<Bytes, Status>
where
    F: Fn(Stream) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    unary(&insecure_channel(serve(handler).await)).await
}

#[tokio::test]
async fn a_request_has_the_headers_that_the_specification_wants() {
    let (sender, mut heads) = tokio::sync::mpsc::unbounded_channel();
    let target = serve(move |mut stream: Stream| {
        sender.send(stream.head.clone()).unwrap();
        async move { stream.answer(b"") }
    })
    .await;
    let channel = Channel::builder(&target).user_agent("test/1").build();
    unary(&channel)
        .metadata("x-tenant", "7")
        .metadata("x-tenant", "8")
        .metadata("trace-bin", vec![0u8, 159])
        .timeout(Duration::from_secs(50))
        .await
        .unwrap();
    let head = heads.recv().await.unwrap();
    assert_eq!(head.method, "POST");
    assert_eq!(head.uri.to_string(), format!("http://{target}/test.Test/Unary"));
    let header = |name: &str| head.headers.get(name).unwrap().to_str().unwrap();
    assert_eq!(header("te"), "trailers");
    assert_eq!(header("content-type"), "application/grpc");
    assert_eq!(
        header("user-agent"),
        concat!("test/1 grpc-rust-servicer/", env!("CARGO_PKG_VERSION"))
    );
    assert_eq!(header("trace-bin"), "AJ8");
    let tenants: Vec<_> = head.headers.get_all("x-tenant").iter().collect();
    assert_eq!(tenants, ["7", "8"]);
    let timeout = header("grpc-timeout");
    let (value, unit) = timeout.split_at(timeout.len() - 1);
    assert_eq!(unit, "u");
    assert!(
        (40_000_000..=50_000_000).contains(&value.parse::<u64>().unwrap()),
        "{timeout}"
    );
    assert!(!head.headers.contains_key("content-length"));
}

#[tokio::test]
async fn metadata_before_and_after_the_message_is_there_to_read() {
    let target = serve(|mut stream: Stream| async move {
        let mut metadata = HeaderMap::new();
        metadata.insert("x-early", "yes".parse().unwrap());
        let mut answer = stream.open_with(metadata);
        answer.message(b"reply");
        let mut end = trailers(0, "");
        end.insert("late-bin", "AQI=".parse().unwrap());
        answer.0.send_trailers(end).unwrap();
    })
    .await;
    let channel = insecure_channel(target);
    let response = unary(&channel).response().await.unwrap();
    assert_eq!(response.message, "reply");
    assert_eq!(response.metadata.get("x-early"), Some("yes"));
    assert!(!response.metadata.contains_key("content-type"));
    assert_eq!(response.trailers.get_bin("late-bin").unwrap(), &[1u8, 2][..]);
    assert!(!response.trailers.contains_key("grpc-status"));

    let call = StreamingCall::<Bytes>::server_streaming(&channel, &SERVER_STREAM, Bytes::new(), Raw);
    let mut replies = call.await.unwrap();
    assert_eq!(replies.metadata().await.unwrap().get("x-early"), Some("yes"));
    assert!(replies.trailers().is_none());
    assert_eq!(replies.receive().await.unwrap().unwrap(), "reply");
    assert!(replies.receive().await.unwrap().is_none());
    assert!(replies.trailers().unwrap().contains_key("late-bin"));
}

#[tokio::test]
async fn a_status_comes_from_trailers_or_from_a_head_alone() {
    let error = outcome(|mut stream| async move { stream.fail(5, "no%20such") })
        .await
        .unwrap_err();
    assert_eq!((error.code(), error.message()), (Code::NotFound, "no such"));
    let error = outcome(|mut stream| async move {
        let mut answer = stream.open();
        answer.message(b"half");
        let mut end = trailers(9, "");
        end.insert("x-why", "because".parse().unwrap());
        answer.0.send_trailers(end).unwrap();
    })
    .await
    .unwrap_err();
    assert_eq!(error.code(), Code::FailedPrecondition);
    assert_eq!(error.metadata().get("x-why"), Some("because"));
}

#[tokio::test]
async fn a_response_that_is_not_grpcs_is_mapped_from_its_http_status() {
    for (status, content_type, code) in [
        (404, "text/html", Code::Unimplemented),
        (503, "text/html", Code::Unavailable),
        (403, "application/grpc", Code::PermissionDenied),
        (200, "text/html", Code::Unknown),
    ] {
        for ended in [true, false] {
            let error = outcome(move |mut stream: Stream| async move {
                let response = Response::builder()
                    .status(status)
                    .header("content-type", content_type);
                let mut body = stream
                    .respond
                    .send_response(response.body(()).unwrap(), ended)
                    .unwrap();
                if !ended {
                    body.send_data("<html>".into(), true).unwrap();
                }
            })
            .await
            .unwrap_err();
            assert_eq!(error.code(), code, "{status} {ended}: {error}");
        }
    }
}

#[tokio::test]
async fn http2_codes_become_statuses() {
    for (reason, code) in [
        (Reason::NO_ERROR, Code::Internal),
        (Reason::PROTOCOL_ERROR, Code::Internal),
        (Reason::INTERNAL_ERROR, Code::Internal),
        (Reason::CANCEL, Code::Cancelled),
        (Reason::ENHANCE_YOUR_CALM, Code::ResourceExhausted),
        (Reason::INADEQUATE_SECURITY, Code::PermissionDenied),
        (Reason::REFUSED_STREAM, Code::Unavailable),
    ] {
        for after_head in [false, true] {
            let error = outcome(move |mut stream: Stream| async move {
                stream.body.all().await;
                if after_head {
                    stream.open().0.send_reset(reason);
                } else {
                    stream.respond.send_reset(reason);
                }
            })
            .await
            .unwrap_err();
            assert_eq!(
                error.code(),
                code,
                "{reason:?}, after the head: {after_head}: {error}"
            );
        }
    }
}

#[tokio::test]
async fn a_response_that_ends_too_early_is_an_error() {
    let error = outcome(|mut stream| async move {
        stream.open().0.send_data(frame(b"reply"), true).unwrap();
    })
    .await
    .unwrap_err();
    assert_eq!(error.code(), Code::Internal, "{error}");
    let error = outcome(|mut stream| async move {
        let mut answer = stream.open();
        answer.0.send_data(frame(b"reply").slice(..7), false).unwrap();
        answer.finish(0);
    })
    .await
    .unwrap_err();
    assert_eq!(error.code(), Code::Internal, "{error}");
    let error = outcome(|mut stream| async move {
        stream.open().0.send_trailers(HeaderMap::new()).unwrap();
    })
    .await
    .unwrap_err();
    assert_eq!(error.code(), Code::Unknown, "{error}");
}

#[tokio::test]
async fn a_unary_call_has_exactly_one_response() {
    let error = outcome(|mut stream| async move { stream.open().finish(0) })
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::Unimplemented);
    let error = outcome(|mut stream| async move {
        let mut answer = stream.open();
        answer.message(b"one");
        answer.message(b"two");
        answer.finish(0);
    })
    .await
    .unwrap_err();
    assert_eq!(error.code(), Code::Unimplemented);
}

#[tokio::test]
async fn a_response_over_the_limit_is_refused() {
    let target = serve(|mut stream: Stream| async move { stream.answer(&[0; 1000]) }).await;
    let channel = Channel::builder(&target)
        .max_receive_message_size(999)
        .max_send_message_size(100)
        .build();
    assert_eq!(unary(&channel).await.unwrap_err().code(), Code::ResourceExhausted);
    assert_eq!(
        unary(&channel)
            .max_receive_message_size(1000)
            .await
            .unwrap()
            .len(),
        1000
    );

    let large = Bytes::from(vec![0; 101]);
    let error = Call::<Bytes>::unary(&channel, &UNARY, large.clone(), Raw)
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::ResourceExhausted);
    let error = Call::<Bytes>::client_streaming(&channel, &CLIENT_STREAM, [large.clone()], Raw)
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::ResourceExhausted);
    let mut call = OpenCall::<Bytes, Bytes>::open(&channel, &BIDI, Raw)
        .await
        .unwrap();
    assert_eq!(
        call.send(large).await.unwrap_err().code(),
        Code::ResourceExhausted
    );
}

#[tokio::test]
async fn large_messages_go_both_ways() {
    let target = serve(|mut stream: Stream| async move {
        let request = stream.body.all().await.concat();
        let mut answer = stream.open();
        answer.message(&request);
        answer.finish(0);
    })
    .await;
    let message: Bytes = (0..3_000_000u32).map(|i| i as u8).collect();
    let channel = insecure_channel(target);
    let reply: Bytes = Call::unary(&channel, &UNARY, message.clone(), Raw).await.unwrap();
    assert!(reply == message);
    let many = std::iter::repeat_n(message.slice(..100_000), 30);
    let reply: Bytes = Call::client_streaming(&channel, &CLIENT_STREAM, many, Raw)
        .await
        .unwrap();
    assert_eq!(reply.len(), 3_000_000);
}

#[tokio::test]
async fn what_may_not_be_sent_is_the_calls_error() {
    let channel = insecure_channel("127.0.0.1:1");
    let error = unary(&channel).metadata("Bad Key", "x").await.unwrap_err();
    assert!(error.message().contains("Bad Key"), "{error}");
}

#[tokio::test]
async fn a_bidi_call_does_not_wait_for_the_servers_headers() {
    let target = serve(|mut stream: Stream| async move {
        let requests = stream.body.all().await;
        stream.answer(&requests.concat());
    })
    .await;
    let channel = insecure_channel(target);
    let mut call = OpenCall::<Bytes, Bytes>::open(&channel, &BIDI, Raw)
        .await
        .unwrap();
    call.send(Bytes::from_static(b"no headers yet")).await.unwrap();
    call.done_sending().await.unwrap();
    assert_eq!(call.receive().await.unwrap().unwrap(), "no headers yet");
}

#[tokio::test]
async fn a_server_may_answer_before_the_requests_have_ended() {
    let target = serve(|mut stream: Stream| async move {
        stream.body.message().await.unwrap();
        stream.fail(8, "enough");
    })
    .await;
    let channel = insecure_channel(target);
    let endless = std::iter::repeat(Bytes::from_static(&[0; 1000]));
    let error = Call::<Bytes>::client_streaming(&channel, &CLIENT_STREAM, endless, Raw)
        .await
        .unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        (Code::ResourceExhausted, "enough")
    );
}
