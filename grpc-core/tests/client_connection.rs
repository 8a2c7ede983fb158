//! How a channel connects, loses connections, and connects again.

mod client_support;

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use client_support::*;
use grpc_core::{
    BoxFuture, Code,
    client::{BackoffConfig, Call, Channel, ConnectivityState, OpenCall, StreamingCall, insecure_channel},
    message::Raw,
    transport::{Address, Connector, Io, Peer},
};
use h2::Reason;
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf},
    net::TcpListener,
    sync::mpsc,
    time::Instant,
};

fn unary(channel: &Channel) -> Call<Bytes> {
    Call::unary(channel, &UNARY, Bytes::from_static(b"request"), Raw)
}

async fn answer(mut stream: Stream) {
    stream.body.all().await;
    stream.answer(b"reply");
}

/// A channel over pipes, and their other ends.
fn piped() -> (Channel, PipeEnds) {
    let (pipes, ends) = pipes();
    (Channel::builder("127.0.0.1:1").connector(pipes).build(), ends)
}

fn serve_pipe(end: DuplexStream) -> tokio::task::JoinHandle<()> {
    tokio::spawn(serve_connection(end, builder(), answer))
}

#[tokio::test]
async fn calls_in_flight_survive_goaway() {
    let (channel, mut ends) = piped();
    let call = tokio::spawn(OpenCall::<Bytes, Bytes>::open(&channel, &BIDI, Raw).into_future());
    let mut first = builder()
        .handshake::<_, Bytes>(ends.ends.recv().await.unwrap())
        .await
        .unwrap();
    let (request, respond) = first.accept().await.unwrap().unwrap();
    let mut stream = Stream::new(request, respond);
    let mut call = call.await.unwrap().unwrap();
    first.graceful_shutdown();
    let over = tokio::spawn(async move { first.accept().await.is_none() });

    // The next call goes to a connection of its own.
    let next = tokio::spawn(unary(&channel));
    let second = ends.ends.recv().await.unwrap();
    serve_pipe(second);
    assert_eq!(next.await.unwrap().unwrap(), "reply");

    let mut replies = stream.open();
    for text in ["still", "here"] {
        call.send(Bytes::from_static(text.as_bytes())).await.unwrap();
        assert_eq!(stream.body.message().await.unwrap().unwrap(), text);
        replies.message(text.as_bytes());
        assert_eq!(call.receive().await.unwrap().unwrap(), text);
    }
    call.done_sending().await.unwrap();
    assert!(stream.body.message().await.unwrap().is_none());
    replies.finish(0);
    assert!(call.receive().await.unwrap().is_none());
    assert!(over.await.unwrap(), "the connection closes after its last call");
}

#[tokio::test]
async fn a_refused_call_is_sent_again_with_all_its_requests() {
    let (sender, mut streams) = mpsc::unbounded_channel();
    let target = serve(move |stream| {
        let _ = sender.send(stream);
        async {}
    })
    .await;
    let channel = insecure_channel(target);
    let mut call = OpenCall::<Bytes, Bytes>::open(&channel, &CLIENT_STREAM, Raw)
        .await
        .unwrap();
    call.send(Bytes::from_static(b"one")).await.unwrap();
    let mut stream = streams.recv().await.unwrap();
    assert_eq!(stream.body.message().await.unwrap().unwrap(), "one");
    stream.respond.send_reset(Reason::REFUSED_STREAM);
    let mut stream = streams.recv().await.unwrap();
    call.send(Bytes::from_static(b"two")).await.unwrap();
    call.done_sending().await.unwrap();
    assert_eq!(stream.body.all().await, ["one", "two"]);
    stream.answer(b"both");
    assert_eq!(call.receive().await.unwrap().unwrap(), "both");

    let call = tokio::spawn(unary(&channel));
    for _ in 0..5 {
        streams
            .recv()
            .await
            .unwrap()
            .respond
            .send_reset(Reason::REFUSED_STREAM);
    }
    assert_eq!(call.await.unwrap().unwrap_err().code(), Code::Unavailable);
}

#[tokio::test]
async fn a_call_that_the_server_never_looked_at_moves_to_another_connection() {
    let (channel, mut ends) = piped();
    let call = tokio::spawn(unary(&channel));
    let mut first = builder()
        .handshake::<_, Bytes>(ends.ends.recv().await.unwrap())
        .await
        .unwrap();
    // GOAWAY with the last stream id 0.
    first.abrupt_shutdown(Reason::NO_ERROR);
    tokio::spawn(async move { while first.accept().await.is_some() {} });
    serve_pipe(ends.ends.recv().await.unwrap());
    assert_eq!(call.await.unwrap().unwrap(), "reply");
}

#[tokio::test]
async fn a_lost_connection_is_unavailable_and_made_again() {
    let (channel, mut ends) = piped();
    let call = tokio::spawn(unary(&channel));
    let mut connection = builder()
        .handshake::<_, Bytes>(ends.ends.recv().await.unwrap())
        .await
        .unwrap();
    let stream = connection.accept().await.unwrap().unwrap();
    drop((connection, stream));
    assert_eq!(call.await.unwrap().unwrap_err().code(), Code::Unavailable);
    let call = tokio::spawn(unary(&channel));
    serve_pipe(ends.ends.recv().await.unwrap());
    assert_eq!(call.await.unwrap().unwrap(), "reply");
}

#[tokio::test(start_paused = true)]
async fn failures_fail_calls_fast_and_back_off() {
    let (channel, mut ends) = piped();
    ends.refuse(true);
    let start = Instant::now();
    let error = unary(&channel).await.unwrap_err();
    assert_eq!(error.code(), Code::Unavailable);
    assert!(
        error
            .message()
            .contains("connect to 127.0.0.1:1: refused by the test"),
        "{error}"
    );
    assert_eq!(channel.state(), ConnectivityState::TransientFailure);
    assert_eq!(
        unary(&channel).await.unwrap_err().code(),
        Code::Unavailable,
        "without another attempt"
    );
    assert_eq!(ends.attempts.recv().await.unwrap() - start, Duration::ZERO);

    let waiting = tokio::spawn(unary(&channel).wait_for_ready());
    let late = unary(&channel)
        .wait_for_ready()
        .timeout(Duration::from_millis(500));
    assert_eq!(late.await.unwrap_err().code(), Code::DeadlineExceeded);
    let second = ends.attempts.recv().await.unwrap() - start;
    assert_eq!(second.as_millis(), 1000);
    let third = ends.attempts.recv().await.unwrap() - start - second;
    assert!(
        (1280..=1921).contains(&third.as_millis()),
        "1.6 s ± 20 %: {third:?}"
    );

    ends.refuse(false);
    let end = ends.ends.recv().await.unwrap();
    serve_pipe(end);
    assert_eq!(waiting.await.unwrap().unwrap(), "reply");
    assert_eq!(channel.state(), ConnectivityState::Ready);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_says_nothing_is_given_up_after_20_s() {
    let (channel, mut ends) = piped();
    let start = Instant::now();
    let call = tokio::spawn(unary(&channel));
    let _silent = ends.ends.recv().await.unwrap();
    let error = call.await.unwrap().unwrap_err();
    assert_eq!(error.code(), Code::Unavailable);
    assert!(error.message().contains("took too long"), "{error}");
    assert_eq!(start.elapsed().as_secs(), 20);
}

#[tokio::test(start_paused = true)]
async fn a_success_starts_the_backoff_over() {
    let (pipes, mut ends) = pipes();
    let mut backoff = BackoffConfig::default();
    backoff.base_delay = Duration::from_secs(3);
    let channel = Channel::builder("127.0.0.1:1")
        .connector(pipes)
        .backoff(backoff)
        .build();
    ends.refuse(true);
    let waiting = tokio::spawn(unary(&channel).wait_for_ready());
    for _ in 0..3 {
        ends.attempts.recv().await.unwrap();
    }
    ends.refuse(false);
    let server = serve_pipe(ends.ends.recv().await.unwrap());
    waiting.await.unwrap().unwrap();
    ends.attempts.recv().await.unwrap();

    ends.refuse(true);
    server.abort();
    let lost = Instant::now();
    let waiting = tokio::spawn(unary(&channel).wait_for_ready());
    assert_eq!(ends.attempts.recv().await.unwrap() - lost, Duration::ZERO);
    assert_eq!((ends.attempts.recv().await.unwrap() - lost).as_millis(), 3000);
    waiting.abort();
}

#[tokio::test]
async fn many_calls_share_one_connection() {
    let (channel, mut ends) = piped();
    let calls: Vec<_> = (0..100).map(|_| tokio::spawn(unary(&channel))).collect();
    serve_pipe(ends.ends.recv().await.unwrap());
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap(), "reply");
    }
    assert!(ends.ends.try_recv().is_err());
}

#[tokio::test]
async fn a_bad_target_is_the_error_of_every_call() {
    for target in ["https://localhost:1", "host:port", "", "ftp://x"] {
        let channel = insecure_channel(target);
        for _ in 0..2 {
            let error = unary(&channel).wait_for_ready().await.unwrap_err();
            assert_eq!(error.code(), Code::InvalidArgument);
            assert!(error.message().contains(&format!("{target:?}")), "{error}");
        }
        let is_good = cfg!(feature = "__tls") && target.starts_with("https:");
        let error = Call::<Bytes>::unary(target, &UNARY, Bytes::new(), Raw)
            .await
            .unwrap_err();
        let code = if is_good {
            Code::Unavailable // nobody is there
        } else {
            Code::InvalidArgument
        };
        assert_eq!(error.code(), code, "{target}: {error}");
    }
}

#[test]
fn a_call_outside_a_runtime_is_an_error_and_no_panic() {
    let mut call = std::pin::pin!(Call::<Bytes>::unary("127.0.0.1:1", &UNARY, Bytes::new(), Raw));
    let mut cx = Context::from_waker(std::task::Waker::noop());
    match call.as_mut().poll(&mut cx) {
        Poll::Ready(Err(error)) => assert!(error.message().contains("runtime"), "{error}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_channel_outlives_its_runtime() {
    let servers = tokio::runtime::Runtime::new().unwrap();
    let target = servers.block_on(serve(answer));
    let channel = insecure_channel(&target);
    for _ in 0..3 {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        assert_eq!(runtime.block_on(unary(&channel)).unwrap(), "reply");
        let pooled = Call::<Bytes>::unary(&target, &UNARY, Bytes::new(), Raw);
        assert_eq!(runtime.block_on(pooled).unwrap(), "reply");
    }
    // Two that are alive at a time, of which only one runs.
    let one = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let other = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    for runtime in [&one, &other, &one] {
        assert_eq!(runtime.block_on(unary(&channel)).unwrap(), "reply");
    }
}

#[test]
fn a_runtime_that_goes_ends_its_calls() {
    let servers = tokio::runtime::Runtime::new().unwrap();
    let target = servers.block_on(serve(|stream| async move {
        let _stream = stream;
        std::future::pending::<()>().await;
    }));
    let channel = insecure_channel(target);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut call = runtime
        .block_on(OpenCall::<Bytes, Bytes>::open(&channel, &BIDI, Raw).into_future())
        .unwrap();
    runtime.shutdown_timeout(Duration::from_secs(5));
    let error = servers.block_on(call.receive()).unwrap_err();
    assert_eq!(error.code(), Code::Unavailable);
}

#[tokio::test]
async fn localhost_is_tried_on_both_families() {
    let mut ports = Vec::new();
    for loopback in ["127.0.0.1:0", "[::1]:0"] {
        // A machine without IPv6 has only the first to test.
        let Ok(listener) = TcpListener::bind(loopback).await else {
            continue;
        };
        let address: SocketAddr = listener.local_addr().unwrap();
        ports.push(address.port());
        tokio::spawn(async move {
            while let Ok((io, _)) = listener.accept().await {
                tokio::spawn(serve_connection(io, builder(), answer));
            }
        });
    }
    for port in ports {
        for target in [
            format!("localhost:{port}"),
            format!("dns:///localhost:{port}"),
            format!("http://localhost:{port}"),
        ] {
            assert_eq!(unary(&insecure_channel(target)).await.unwrap(), "reply");
        }
    }
}

#[tokio::test]
async fn the_first_address_that_answers_is_taken() {
    let dead = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dead_address = dead.local_addr().unwrap();
    drop(dead);
    let alive = serve(answer).await;
    let channel = insecure_channel(format!("ipv4:{dead_address},{alive}"));
    assert_eq!(unary(&channel).await.unwrap(), "reply");
}

#[cfg(unix)]
#[tokio::test]
async fn a_unix_socket_is_reached_by_its_path() {
    let path = std::env::temp_dir().join(format!("grpc-client-{}.sock", std::process::id()));
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    tokio::spawn(async move {
        while let Ok((io, _)) = listener.accept().await {
            tokio::spawn(serve_connection(io, builder(), |mut stream: Stream| async move {
                let authority = stream.head.uri.authority().unwrap().to_string();
                stream.answer(authority.as_bytes());
            }));
        }
    });
    for target in [
        format!("unix:{}", path.display()),
        format!("unix://{}", path.display()),
    ] {
        assert_eq!(unary(&insecure_channel(target)).await.unwrap(), "localhost");
    }
    std::fs::remove_file(path).unwrap();
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_unavailable() {
    let error = unary(&insecure_channel("does-not-exist.invalid:1"))
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::Unavailable);
    assert!(error.message().contains("does-not-exist.invalid"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn keepalive_notices_a_connection_that_is_dead() {
    let (pipes, mut ends) = pipes();
    let channel = Channel::builder("127.0.0.1:1")
        .connector(pipes)
        .keepalive_interval(Duration::from_secs(10))
        .keepalive_timeout(Duration::from_secs(5))
        .build();
    let call = tokio::spawn(unary(&channel));
    let mut connection = builder()
        .handshake::<_, Bytes>(ends.ends.recv().await.unwrap())
        .await
        .unwrap();
    let _stream = connection.accept().await.unwrap().unwrap();
    // Nobody polls the connection from here on, so that no PING is answered.
    let start = Instant::now();
    let error = call.await.unwrap().unwrap_err();
    assert_eq!(error.code(), Code::Unavailable, "{error}");
    assert_eq!(start.elapsed().as_secs(), 15);
}

#[tokio::test(start_paused = true)]
async fn pings_come_every_ten_seconds_at_most_unless_a_test_says_otherwise() {
    let second = Duration::from_secs(1);
    for (least, took) in [(None, 10), (Some(second * 2), 2), (Some(Duration::ZERO), 1)] {
        let (pipes, mut ends) = pipes();
        let mut builder = Channel::builder("127.0.0.1:1")
            .connector(pipes)
            .keepalive_interval(second)
            .keepalive_timeout(Duration::ZERO);
        if let Some(least) = least {
            builder = builder.min_keepalive_interval(least);
        }
        let call = tokio::spawn(unary(&builder.build()));
        let mut end = ends.ends.recv().await.unwrap();
        end.write_all(b"\0\0\0\x04\0\0\0\0\0").await.unwrap();
        let start = Instant::now();
        // It ends with the first PING, which nobody answers.
        let error = call.await.unwrap().unwrap_err();
        assert_eq!(error.code(), Code::Unavailable, "{error}");
        assert_eq!(start.elapsed().as_secs(), took, "{least:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_bidi_streams_share_a_connection() {
    let target = serve(|mut stream: Stream| async move {
        let mut answer = stream.open();
        while let Ok(Some(message)) = stream.body.message().await {
            answer.message(&message);
        }
        answer.finish(0);
    })
    .await;
    let channel = insecure_channel(target);
    let calls: Vec<_> = (0..1000u32)
        .map(|number| {
            let open = OpenCall::<Bytes, Bytes>::open(&channel, &BIDI, Raw);
            tokio::spawn(async move {
                let mut call = open.await?;
                for round in 0..10 {
                    let message = Bytes::from(format!("{number} {round}"));
                    call.send(message.clone()).await?;
                    assert_eq!(call.receive().await?.as_ref(), Some(&message));
                }
                call.done_sending().await?;
                assert!(call.receive().await?.is_none());
                Ok::<_, grpc_core::Status>(())
            })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn responses_that_nobody_reads_do_not_block_other_calls() {
    let target = serve(|mut stream: Stream| async move {
        if stream.head.uri.path().ends_with("Unary") {
            return answer(stream).await;
        }
        let mut answer = stream.open();
        answer.message(&[0; 2 * 1024 * 1024]);
        answer.finish(0);
    })
    .await;
    let channel = insecure_channel(target);
    let mut unread = Vec::new();
    for _ in 0..10 {
        let call = StreamingCall::<Bytes>::server_streaming(&channel, &SERVER_STREAM, Bytes::new(), Raw);
        let mut replies = call.await.unwrap();
        replies.metadata().await.unwrap();
        unread.push(replies);
    }
    assert_eq!(unary(&channel).await.unwrap(), "reply");
    for mut replies in unread {
        assert_eq!(replies.receive().await.unwrap().unwrap().len(), 2 * 1024 * 1024);
    }
}

/// A server that has refused the client and is gone: what is written finds a broken pipe, and what is read, a little
/// later, its reason.
struct Refusing {
    asked: bool,
    reason: Option<&'static str>,
}

impl AsyncRead for Refusing {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !std::mem::replace(&mut self.asked, true) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(self.reason.map_or(Ok(()), |reason| Err(io::Error::other(reason))))
    }
}

impl AsyncWrite for Refusing {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl Connector for Refusing {
    fn connect(&self, address: &Address) -> BoxFuture<'_, io::Result<(Box<dyn Io>, Peer)>> {
        let io = Self {
            asked: false,
            reason: self.reason,
        };
        let peer = Peer::new(address.clone());
        Box::pin(async move { Ok((Box::new(io) as Box<dyn Io>, peer)) })
    }
}

#[tokio::test]
async fn a_server_that_refuses_a_client_and_closes_has_its_reason_told() {
    for (reason, told) in [
        (
            Some("the client has no certificate"),
            "the client has no certificate",
        ),
        (None, "broken pipe"),
    ] {
        let connector = Refusing { asked: false, reason };
        let channel = Channel::builder("127.0.0.1:1").connector(connector).build();
        let error = unary(&channel).await.unwrap_err();
        assert_eq!(error.code(), Code::Unavailable);
        assert!(error.message().contains(told), "{error}");
    }
}
