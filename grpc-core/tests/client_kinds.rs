//! The four kinds of call, in each of a client's styles.

mod client_support;

use bytes::Bytes;
use client_support::*;
use futures_util::StreamExt;
use grpc_core::{
    Code, Status,
    client::{Call, OpenCall, StreamingCall, insecure_channel},
    message::Raw,
};

fn b(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

/// Answers by the method's name: the last request, every request thrice, their number, or each as it comes.
async fn echo(mut stream: Stream) {
    match stream.head.uri.path() {
        "/test.Test/Unary" => {
            let requests = stream.body.all().await;
            stream.answer(&requests[0]);
        }
        "/test.Test/ServerStream" => {
            let requests = stream.body.all().await;
            let mut answer = stream.open();
            for _ in 0..3 {
                answer.message(&requests[0]);
            }
            answer.finish(0);
        }
        "/test.Test/ClientStream" => {
            let requests = stream.body.all().await;
            stream.answer(&requests.concat());
        }
        _ => {
            let mut answer = stream.open();
            while let Ok(Some(message)) = stream.body.message().await {
                answer.message(&message);
            }
            answer.finish(0);
        }
    }
}

#[tokio::test]
async fn a_unary_call_is_the_future_of_its_response() {
    let channel = insecure_channel(serve(echo).await);
    let reply: Bytes = Call::unary(&channel, &UNARY, b("hello"), Raw).await.unwrap();
    assert_eq!(reply, "hello");
    let call = Call::<Bytes>::unary(&channel, &UNARY, b("again"), Raw);
    assert_eq!(
        tokio::spawn(call.wait_for_ready()).await.unwrap().unwrap(),
        "again"
    );
}

#[tokio::test]
async fn a_server_stream_gives_every_response_and_then_none() {
    let channel = insecure_channel(serve(echo).await);
    let mut replies = StreamingCall::<Bytes>::server_streaming(&channel, &SERVER_STREAM, b("x"), Raw)
        .await
        .unwrap();
    for _ in 0..3 {
        assert_eq!(replies.receive().await.unwrap().unwrap(), "x");
    }
    assert!(replies.receive().await.unwrap().is_none());
    assert!(replies.receive().await.unwrap().is_none());
    assert!(replies.trailers().is_some());
}

#[tokio::test]
async fn a_client_stream_takes_an_iterator() {
    let channel = insecure_channel(serve(echo).await);
    let reply: Bytes = Call::client_streaming(&channel, &CLIENT_STREAM, ["a", "b", "c"].map(b), Raw)
        .await
        .unwrap();
    assert_eq!(reply, "abc");
}

#[tokio::test]
async fn a_bidi_call_takes_a_stream_and_is_one() {
    let channel = insecure_channel(serve(echo).await);
    let requests = async_stream::stream! { yield b("1"); yield b("2"); };
    let replies = StreamingCall::<Bytes>::bidi_streaming(&channel, &BIDI, requests, Raw)
        .await
        .unwrap();
    let replies: Vec<Bytes> = replies.map(Result::unwrap).collect().await;
    assert_eq!(replies.concat(), b"12");
}

#[tokio::test]
async fn an_explicit_call_sends_and_receives_in_turn() {
    let channel = insecure_channel(serve(echo).await);
    let mut call = OpenCall::<Bytes, Bytes>::open(&channel, &BIDI, Raw)
        .await
        .unwrap();
    for text in ["ping", "pong"] {
        call.send(b(text)).await.unwrap();
        assert_eq!(call.receive().await.unwrap().unwrap(), text);
    }
    call.done_sending().await.unwrap();
    assert!(call.receive().await.unwrap().is_none());
    assert_eq!(
        call.send(b("late")).await.unwrap_err().code(),
        Code::FailedPrecondition
    );
}

#[tokio::test]
async fn an_explicit_client_stream_has_one_response_and_then_none() {
    let channel = insecure_channel(serve(echo).await);
    let mut call = OpenCall::<Bytes, Bytes>::open(&channel, &CLIENT_STREAM, Raw)
        .await
        .unwrap();
    call.send(b("a")).await.unwrap();
    call.send(b("b")).await.unwrap();
    call.done_sending().await.unwrap();
    assert_eq!(call.receive().await.unwrap().unwrap(), "ab");
    assert!(call.receive().await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_splits_into_halves_for_two_tasks() {
    let channel = insecure_channel(serve(echo).await);
    let call = OpenCall::<Bytes, Bytes>::open(&channel, &BIDI, Raw)
        .await
        .unwrap();
    let (mut requests, mut replies) = call.split();
    let sender = tokio::spawn(async move {
        for number in 0..1000u32 {
            requests
                .send(Bytes::copy_from_slice(&number.to_be_bytes()))
                .await?;
        }
        requests.done_sending().await
    });
    let mut expected = 0u32;
    while let Some(reply) = replies.receive().await.unwrap() {
        assert_eq!(reply[..], expected.to_be_bytes());
        expected += 1;
    }
    assert_eq!(expected, 1000);
    sender.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_target_will_do_in_place_of_a_channel() {
    let target = serve(echo).await;
    let reply: Bytes = Call::unary(&target, &UNARY, b("pooled"), Raw).await.unwrap();
    assert_eq!(reply, "pooled");
    let mut call = OpenCall::<Bytes, Bytes>::open(target.as_str(), &BIDI, Raw)
        .await
        .unwrap();
    call.send(b("too")).await.unwrap();
    assert_eq!(call.receive().await.unwrap().unwrap(), "too");
}

#[tokio::test]
async fn requests_come_from_every_kind_of_source() {
    let channel = &insecure_channel(serve(echo).await);
    async fn all(call: StreamingCall<Bytes>) -> Vec<u8> {
        let replies = call.await.unwrap();
        replies.map(Result::unwrap).collect::<Vec<_>>().await.concat()
    }
    macro_rules! chat {
        ($requests:expr) => {
            all(StreamingCall::bidi_streaming(
                channel, &BIDI, $requests, Raw,
            ))
            .await
        };
    }
    assert_eq!(chat!(vec![b("a"), b("b")]), b"ab");
    assert_eq!(chat!(["a", "b"].map(b)), b"ab");
    assert_eq!(chat!((0..3).map(|i| Bytes::from(i.to_string()))), b"012");
    assert_eq!(chat!(Some(b("one"))), b"one");
    assert_eq!(chat!(std::iter::empty()), b"");
    assert_eq!(chat!(vec![Default::default()]), b"");
    assert_eq!(chat!(tokio_stream::iter(vec![b("s")])), b"s");
    assert_eq!(chat!(tokio_stream::iter(vec![Ok::<_, Status>(b("r"))])), b"r");
    assert_eq!(chat!(tokio_stream::empty::<Bytes>()), b"");
    assert_eq!(chat!(async_stream::stream! { yield b("as"); }), b"as");
    let (sender, receiver) = tokio::sync::mpsc::channel(2);
    sender.send(b("rx")).await.unwrap();
    drop(sender);
    assert_eq!(chat!(receiver), b"rx");
    let (sender, receiver) = tokio::sync::mpsc::channel(2);
    sender.send(b("rs")).await.unwrap();
    drop(sender);
    assert_eq!(
        chat!(tokio_stream::wrappers::ReceiverStream::new(receiver)),
        b"rs"
    );
    // One call's responses as another's requests.
    let first = StreamingCall::<Bytes>::bidi_streaming(channel, &BIDI, [b("loop")], Raw)
        .await
        .unwrap();
    assert_eq!(chat!(first), b"loop");
}

#[tokio::test]
async fn a_sending_half_that_is_dropped_is_done_sending_unless_by_a_panic() {
    let channel = insecure_channel(serve(echo).await);
    let call = OpenCall::<Bytes, Bytes>::open(&channel, &CLIENT_STREAM, Raw)
        .await
        .unwrap();
    let (mut requests, mut replies) = call.split();
    requests.send(b("a")).await.unwrap();
    drop(requests);
    assert_eq!(replies.receive().await.unwrap().unwrap(), "a");

    let call = OpenCall::<Bytes, Bytes>::open(&channel, &CLIENT_STREAM, Raw)
        .await
        .unwrap();
    let (mut requests, mut replies) = call.split();
    let sender = tokio::spawn(async move {
        requests.send(b("a")).await.unwrap();
        panic!("as the test wants");
    });
    assert!(sender.await.unwrap_err().is_panic());
    assert_eq!(replies.receive().await.unwrap_err().code(), Code::Cancelled);
}

#[tokio::test]
async fn a_receive_that_is_dropped_loses_nothing() {
    let channel = insecure_channel(serve(echo).await);
    let mut call = OpenCall::<Bytes, Bytes>::open(&channel, &BIDI, Raw)
        .await
        .unwrap();
    for number in 0..100u32 {
        // Whatever comes first: the response, or that nobody waits for it any more.
        tokio::select! {
            biased;
            reply = call.receive() => panic!("{reply:?} to nothing"),
            () = tokio::task::yield_now() => {}
        }
        let message = Bytes::from(number.to_string());
        call.send(message.clone()).await.unwrap();
        let reply = loop {
            tokio::select! {
                biased;
                reply = call.receive() => break reply,
                () = tokio::task::yield_now() => {}
            }
        };
        assert_eq!(reply.unwrap().unwrap(), message);
    }
}
