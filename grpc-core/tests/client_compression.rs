//! Compression as a client does it (gRPC compression.md), byte by byte.

mod client_support;

use std::io::{Read, Write};

use bytes::{BufMut, Bytes, BytesMut};
use client_support::{BIDI, CLIENT_STREAM, SERVER_STREAM, Stream, UNARY, grpc_head, serve, trailers};
use flate2::{read::GzDecoder, write::GzEncoder};
use grpc_core::{
    BoxFuture, Code, Result, Status,
    client::{
        ActiveCall, Call, CallHead, CallObserver, Channel, ClientInterceptor, Next, OpenCall, StreamingCall,
        insecure_channel,
    },
    message::{Compression, Raw},
};
use tokio::sync::mpsc;

fn gzip(message: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(message).unwrap();
    encoder.finish().unwrap()
}

fn gunzip(compressed: &[u8]) -> Vec<u8> {
    let mut message = Vec::new();
    GzDecoder::new(compressed).read_to_end(&mut message).unwrap();
    message
}

fn frame(flag: u8, message: &[u8]) -> Bytes {
    let mut frame = BytesMut::new();
    frame.put_u8(flag);
    frame.put_u32(u32::try_from(message.len()).unwrap());
    frame.put_slice(message);
    frame.freeze()
}

/// A server that answers with the frame, after naming the encoding.
async fn answering(encoding: Option<&'static str>, answer: Bytes) -> Channel {
    let target = serve(move |mut stream: Stream| {
        let answer = answer.clone();
        async move {
            let mut head = grpc_head();
            if let Some(encoding) = encoding {
                let encoding = encoding.parse().unwrap();
                head.headers_mut().insert("grpc-encoding", encoding);
            }
            let mut body = stream.respond.send_response(head, false).unwrap();
            body.send_data(answer, false).unwrap();
            body.send_trailers(trailers(0, "")).unwrap();
        }
    })
    .await;
    insecure_channel(target)
}

fn unary(channel: &Channel) -> Call<Bytes> {
    Call::unary(channel, &UNARY, Bytes::from_static(b"request"), Raw)
}

async fn outcome(encoding: Option<&'static str>, answer: Bytes) -> Result<Bytes, Status> {
    unary(&answering(encoding, answer).await).await
}

/// What a server saw of a call: its headers, and each message as it was on the wire.
type Seen = (http::HeaderMap, Vec<(u8, Bytes)>);

async fn watching() -> (String, mpsc::UnboundedReceiver<Seen>) {
    let (sender, seen) = mpsc::unbounded_channel();
    let target = serve(move |mut stream: Stream| {
        let sender = sender.clone();
        async move {
            let frames = stream.body.frames().await;
            sender.send((stream.head.headers.clone(), frames)).unwrap();
            stream.answer(b"");
        }
    })
    .await;
    (target, seen)
}

#[tokio::test]
async fn a_compressed_response_is_read() {
    let message = vec![b'm'; 100_000];
    for (encoding, compressed) in [
        ("gzip", gzip(&message)),
        ("zstd", zstd::encode_all(&message[..], 3).unwrap()),
    ] {
        let channel = answering(Some(encoding), frame(1, &compressed)).await;
        assert!(unary(&channel).await.unwrap() == message);
        let call = StreamingCall::<Bytes>::server_streaming(&channel, &SERVER_STREAM, Bytes::new(), Raw);
        let mut replies = call.await.unwrap();
        assert!(replies.receive().await.unwrap().unwrap() == message);
        assert_eq!(replies.receive().await.unwrap(), None);
    }
    // An encoding that is named and not used.
    assert_eq!(outcome(Some("gzip"), frame(0, b"plain")).await.unwrap(), "plain");
    assert_eq!(
        outcome(Some("snappy"), frame(0, b"plain")).await.unwrap(),
        "plain"
    );
}

#[tokio::test]
async fn a_response_in_an_encoding_that_was_not_offered_is_internal() {
    for encoding in ["snappy", "GZIP", ""] {
        let error = outcome(Some(encoding), frame(1, &gzip(b"m"))).await.unwrap_err();
        assert_eq!(error.code(), Code::Internal, "{error}");
        assert!(error.message().contains(&format!("{encoding:?}")), "{error}");
    }
    // One that could be read, but was not offered.
    let target = serve(|mut stream: Stream| async move {
        assert_eq!(stream.header("grpc-accept-encoding"), Some("zstd,identity"));
        let mut head = grpc_head();
        head.headers_mut()
            .insert("grpc-encoding", "gzip".parse().unwrap());
        let mut body = stream.respond.send_response(head, false).unwrap();
        body.send_data(frame(1, &gzip(b"m")), false).unwrap();
        body.send_trailers(trailers(0, "")).unwrap();
    })
    .await;
    let channel = Channel::builder(&target).accept_compression([Compression::Zstd]);
    let error = unary(&channel.build()).await.unwrap_err();
    assert_eq!(error.code(), Code::Internal, "{error}");
    assert!(error.message().contains("\"gzip\""), "{error}");
}

#[tokio::test]
async fn a_compressed_flag_without_an_encoding_with_identity_or_reserved_is_internal() {
    for (encoding, flag) in [
        (None, 1),
        (Some("identity"), 1),
        (Some("gzip"), 2),
        (Some("gzip"), 255),
    ] {
        let error = outcome(encoding, frame(flag, &gzip(b"m"))).await.unwrap_err();
        assert_eq!(error.code(), Code::Internal, "{encoding:?}, {flag}: {error}");
    }
}

#[tokio::test]
async fn a_bomb_or_garbage_in_a_response_ends_the_call() {
    let bomb = frame(1, &gzip(&vec![0; 20_000_000]));
    assert!(bomb.len() < 100_000);
    let error = outcome(Some("gzip"), bomb).await.unwrap_err();
    assert_eq!(error.code(), Code::ResourceExhausted, "{error}");
    for garbage in [
        &b"garbage"[..],
        &gzip(b"m")[..15],
        &[&gzip(b"m")[..], b"x"].concat(),
    ] {
        let error = outcome(Some("gzip"), frame(1, garbage)).await.unwrap_err();
        assert_eq!(error.code(), Code::Internal, "{error}");
        assert!(error.message().contains("gzip"), "{error}");
    }
}

#[tokio::test]
async fn a_request_is_compressed_as_the_call_or_else_the_channel_says() {
    let (target, mut seen) = watching().await;
    let message = Bytes::from(vec![b'm'; 5000]);
    let plain = insecure_channel(&target);
    let gzipped = Channel::builder(&target).compression(Compression::Gzip).build();
    let call = |channel: &Channel| Call::<Bytes>::unary(channel, &UNARY, message.clone(), Raw);
    for (call, encoding) in [
        (call(&plain), None),
        (call(&gzipped), Some("gzip")),
        (call(&plain).compression(Compression::Gzip), Some("gzip")),
        (call(&gzipped).compression(Compression::Identity), None),
        (unary(&gzipped), None),
    ] {
        call.await.unwrap();
        let (headers, messages) = seen.recv().await.unwrap();
        assert_eq!(headers["grpc-accept-encoding"], "gzip,deflate,zstd,identity");
        assert_eq!(
            headers.get("grpc-encoding").map(|v| v.to_str().unwrap()),
            encoding
        );
        let (flag, bytes) = &messages[0];
        assert_eq!(*flag, u8::from(encoding.is_some()));
        if encoding.is_some() {
            assert!(bytes.len() < 100 && gunzip(bytes) == message);
        }
    }
}

#[tokio::test]
async fn every_request_of_a_stream_is_compressed_by_itself() {
    let (target, mut seen) = watching().await;
    let channel = Channel::builder(&target)
        .compression(Compression::Gzip)
        .compression_threshold(10)
        .build();
    let requests = [vec![1; 1000], vec![2; 9], vec![3; 1000]].map(Bytes::from);
    Call::<Bytes>::client_streaming(&channel, &CLIENT_STREAM, requests, Raw)
        .await
        .unwrap();
    let (headers, messages) = seen.recv().await.unwrap();
    assert_eq!(headers["grpc-encoding"], "gzip");
    let flags: Vec<u8> = messages.iter().map(|(flag, _)| *flag).collect();
    assert_eq!(flags, [1, 0, 1]);
    assert!(gunzip(&messages[2].1) == [3; 1000]);
}

#[tokio::test]
async fn a_single_request_is_left_out_of_the_compression() {
    let (target, mut seen) = watching().await;
    let channel = insecure_channel(&target);
    let mut call = OpenCall::<Bytes, Bytes>::open(&channel, &BIDI, Raw)
        .compression(Compression::Gzip)
        .await
        .unwrap();
    let message = Bytes::from(vec![b'm'; 5000]);
    call.send(message.clone()).await.unwrap();
    call.disable_compression_next();
    call.send(message.clone()).await.unwrap();
    let (mut requests, _replies) = call.split();
    requests.send(message.clone()).await.unwrap();
    requests.disable_compression_next();
    requests.send(message.clone()).await.unwrap();
    requests.done_sending().await.unwrap();
    let (_, messages) = seen.recv().await.unwrap();
    let flags: Vec<u8> = messages.iter().map(|(flag, _)| *flag).collect();
    assert_eq!(flags, [1, 0, 1, 0]);
}

#[tokio::test]
async fn interceptors_see_messages_uncompressed_and_may_choose_the_compression() {
    struct Sees(mpsc::UnboundedSender<Bytes>);
    struct Watch(mpsc::UnboundedSender<Bytes>);
    impl ClientInterceptor for Sees {
        fn intercept<'a>(
            &'a self,
            mut call: CallHead,
            next: Next<'a>,
        ) -> BoxFuture<'a, Result<ActiveCall, Status>> {
            Box::pin(async move {
                assert_eq!(call.compression, Compression::Identity);
                call.compression = Compression::Gzip;
                if let Some(request) = next.request() {
                    self.0.send(Bytes::copy_from_slice(request)).unwrap();
                }
                let mut call = next.run(call).await?;
                call.observe(Watch(self.0.clone()));
                Ok(call)
            })
        }
    }
    impl CallObserver for Watch {
        fn request(&mut self, frame: &[u8]) {
            self.0.send(Bytes::copy_from_slice(frame)).unwrap();
        }
        fn response(&mut self, message: &mut Bytes) -> Result<(), Status> {
            self.0.send(message.clone()).unwrap();
            Ok(())
        }
    }
    let message = Bytes::from(vec![b'm'; 2000]);
    let target = serve(|mut stream: Stream| async move {
        let frames = stream.body.frames().await;
        assert!(frames.iter().all(|(flag, _)| *flag == 1), "{frames:?}");
        let mut head = grpc_head();
        let encoding = stream.head.headers["grpc-encoding"].clone();
        head.headers_mut().insert("grpc-encoding", encoding);
        let mut body = stream.respond.send_response(head, false).unwrap();
        body.send_data(frame(1, &frames[0].1), false).unwrap();
        body.send_trailers(trailers(0, "")).unwrap();
    })
    .await;
    let (sender, mut seen) = mpsc::unbounded_channel();
    let channel = Channel::builder(&target).interceptor(Sees(sender)).build();
    let reply = Call::<Bytes>::unary(&channel, &UNARY, message.clone(), Raw);
    assert!(reply.await.unwrap() == message);
    assert!(seen.recv().await.unwrap() == frame(0, &message));
    assert!(seen.recv().await.unwrap() == message);
    let many = Call::<Bytes>::client_streaming(&channel, &CLIENT_STREAM, [message.clone()], Raw);
    assert!(many.await.unwrap() == message);
    assert!(seen.recv().await.unwrap() == frame(0, &message));
    assert!(seen.recv().await.unwrap() == message);
}

#[tokio::test]
async fn the_limit_for_requests_is_that_of_their_size_before_compression() {
    let channel = Channel::builder("127.0.0.1:1")
        .compression(Compression::Gzip)
        .max_send_message_size(4999)
        .build();
    let error = Call::<Bytes>::unary(&channel, &UNARY, Bytes::from(vec![0; 5000]), Raw)
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::ResourceExhausted);
}
