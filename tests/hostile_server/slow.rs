//! Servers that stop in the middle, and what ends the waiting: the time to connect, keepalive, or the deadline.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use grpc::{Channel, Code, Method, MethodKind, client::Call, codec::Raw, tls::ClientTls};
use tokio::{io::AsyncWriteExt, time::Instant};

use crate::{
    raw::{Frame, Peer, code, data, headers, message, response, setting, settings},
    support::{End, Hostile, answer, assert_is, within},
};

const SECOND: Duration = Duration::from_secs(1);

static CLIENT_STREAM: Method = Method::new("/hostile.Hostile/Upload", MethodKind::ClientStreaming);

/// The call fails after the time that a connection may take to be made.
async fn is_given_up(mut hostile: Hostile, said: &[u8]) {
    let start = Instant::now();
    let call = hostile.unary();
    let (_, mut end) = hostile.end().await;
    end.write_all(said).await.unwrap();
    assert_is(&call.error().await, Code::Unavailable, "took too long");
    assert_eq!(start.elapsed().as_secs(), 20, "{said:?}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_get_through_its_settings_is_given_up() {
    let whole = settings(&[(setting::MAX_CONCURRENT_STREAMS, 1)]).bytes();
    for length in [0, 1, 8, 9, 14] {
        is_given_up(Hostile::new(), &whole[..length]).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_tls_handshake_that_never_ends_is_given_up() {
    let hello = [0x16, 3, 3, 0, 100, 2, 0, 0, 96, 3, 3];
    for length in [0, 3, 11] {
        let hostile = Hostile::with(|builder| builder.tls(ClientTls::new()));
        is_given_up(hostile, &hello[..length]).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_does_not_begin_with_settings_is_no_server() {
    for (first, text) in [
        (headers(1, response()), "first frame"),
        (settings(&[]).with(1), "first frame"),
        (Frame::new(0x48, 0, 0, vec![1; 30]), "first frame"),
    ] {
        let mut hostile = Hostile::new();
        let call = hostile.unary();
        let (_, end) = hostile.end().await;
        let mut server = Peer::new(end);
        server.write(&first.bytes()).await;
        assert_is(&call.error().await, Code::Unavailable, text);
    }
    for said in [
        "HTTP/1.1 400 Bad Request\r\n\r\n",
        "\x15\x03\x03\0\x02\x02\x46",
        "SSH-2.0-OpenSSH_9.9\r\n",
    ] {
        let mut hostile = Hostile::new();
        let call = hostile.unary();
        let (_, mut end) = hostile.end().await;
        for byte in said.bytes() {
            // The client may have seen enough.
            let _ = end.write_all(&[byte]).await;
            tokio::task::yield_now().await;
        }
        assert_is(&call.error().await, Code::Unavailable, "the server");
    }
}

/// What a server says before it falls silent, on a stream that it has the request of.
fn stages() -> Vec<Vec<Frame>> {
    let head = headers(1, response());
    let half = data(1, &message(b"reply")[..7]);
    vec![
        vec![],
        vec![headers(1, response()).without(4)],
        vec![head.clone()],
        vec![head.clone(), half],
        vec![head, data(1, &message(b"reply"))],
    ]
}

#[tokio::test(start_paused = true)]
async fn a_server_that_falls_silent_is_left_at_the_deadline() {
    for said in stages() {
        let mut hostile = Hostile::new();
        let start = Instant::now();
        let call = tokio::spawn(hostile.call().timeout(SECOND * 3).into_future());
        let mut server = hostile.server().await;
        server.answer(1).await;
        server.send(&said).await;
        let error = within("the call ends", call).await.unwrap().unwrap_err();
        assert_is(&error, Code::DeadlineExceeded, "deadline");
        assert_eq!(start.elapsed().as_secs(), 3, "{said:?}");
        assert_eq!(server.answer(1).await.reset, Some(code::CANCEL));
        if said.first().is_none_or(|frame| frame.has(4)) {
            hostile.serves_again(&mut server, 3, true).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_falls_silent_for_good_is_lost_by_keepalive() {
    for said in stages() {
        let mut hostile = Hostile::with(|builder| {
            let builder = builder.keepalive_interval(SECOND * 10);
            builder.keepalive_timeout(SECOND * 5)
        });
        let start = Instant::now();
        let call = hostile.unary();
        let mut server = hostile.server().await;
        server.answer(1).await;
        server.send(&said).await;
        // No PING is answered, as nobody reads.
        assert_is(&call.error().await, Code::Unavailable, "");
        assert_eq!(start.elapsed().as_secs(), 15, "{said:?}");
        hostile.serves_again(&mut server, 0, false).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_closes_at_any_stage_ends_its_call_and_is_connected_to_again() {
    for said in stages() {
        let mut hostile = Hostile::new();
        let call = hostile.unary();
        let mut server = hostile.server().await;
        server.answer(1).await;
        server.send(&said).await;
        server.io.shutdown().await.unwrap();
        assert_is(&call.error().await, Code::Unavailable, "connection");
        hostile.serves_again(&mut server, 0, false).await;
    }
    // Before there is a connection.
    for said in [&b""[..], b"\0\0\0\x04", b"\0\0\x06\x04\0\0\0\0\0\0\x03"] {
        let mut hostile = Hostile::new();
        let call = hostile.unary();
        let (_, mut end) = hostile.end().await;
        end.write_all(said).await.unwrap();
        drop(end);
        assert_is(&call.error().await, Code::Unavailable, "connect to 127.0.0.1:1");
    }
}

/// Requests of a thousand bytes, and how many have been asked for.
fn counted(channel: &Channel) -> (Call<Bytes>, Arc<AtomicUsize>) {
    let polled = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&polled);
    let requests = std::iter::repeat_with(move || {
        count.fetch_add(1, Ordering::Relaxed);
        Bytes::from(vec![7; 1000])
    });
    (
        Call::client_streaming(channel, &CLIENT_STREAM, requests, Raw),
        polled,
    )
}

#[tokio::test(start_paused = true)]
async fn requests_that_the_server_does_not_take_are_not_asked_for() {
    // It reads nothing at all; or everything, and opens no window.
    for reads in [false, true] {
        let mut hostile = Hostile::over(16 * 1024, |builder| builder);
        let (call, polled) = counted(&hostile.channel);
        let call = tokio::spawn(call.timeout(SECOND * 5).into_future());
        let mut server = hostile.server().await;
        let reading = tokio::spawn(async move {
            while reads && server.frame().await.is_some() {}
            // It is held on to.
            std::future::pending::<()>().await;
        });
        let error = within("the call ends", call).await.unwrap().unwrap_err();
        assert_is(&error, Code::DeadlineExceeded, "deadline");
        // In HTTP/2's window, 64 KiB; in the line before it, 32 KiB; in h2's buffer, 64 KiB; in the pipe.
        let polled = polled.load(Ordering::Relaxed);
        assert!((10..250).contains(&polled), "{polled} KB were asked for");
        reading.abort();
    }
}

#[tokio::test(start_paused = true)]
async fn responses_that_nobody_reads_hold_up_no_other_call() {
    let mut hostile = Hostile::new();
    let unread = tokio::spawn(hostile.stream().into_future());
    let mut server = hostile.server().await;
    server.answer(1).await;
    let unread = unread.await.unwrap().unwrap();
    fill(&mut server, 1).await;
    for stream in [3, 5, 7] {
        let call = hostile.unary();
        server.answer(stream).await;
        server.send(&answer(stream, b"reply")).await;
        assert_eq!(call.answer().await, "reply");
    }
    drop(unread);
    assert_eq!(server.answer(1).await.reset, Some(code::CANCEL));
}

/// Sends as much as the stream's window takes.
async fn fill(server: &mut Peer<End>, stream: u32) {
    server.send(&[headers(stream, response())]).await;
    for _ in 0..16 {
        server.send(&[data(stream, &[0; 16_384])]).await;
    }
}
