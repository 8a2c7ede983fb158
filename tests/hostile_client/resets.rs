//! Streams that are reset, by the client (CVE-2023-44487) or by the server because the client makes it (CVE-2025-8671).

use tokio::net::TcpStream;

use crate::{
    raw::{Frame, Peer, RST_STREAM, code::*, headers, priority, request, rst_stream, window_update},
    support::{IGNORE, SETTLE, Target, asks, is_ok, sized},
};

/// What a connection may have open at a time by default.
const STREAMS: usize = 1024;

fn cancelled(stream: u32) -> [Frame; 2] {
    [headers(stream, request(IGNORE)), rst_stream(stream, CANCEL)]
}

/// A call on the same connection is answered.
async fn answers(peer: &mut Peer<TcpStream>, stream: u32) {
    peer.send(&sized(stream, 5)).await;
    is_ok(&peer.answer(stream).await);
}

#[tokio::test]
async fn thirty_calls_that_are_cancelled_in_one_write_leave_the_connection_alive() {
    let target = Target::start().await;
    let mut peer = target.peer().await;
    let frames: Vec<Frame> = (1..61).step_by(2).flat_map(cancelled).collect();
    peer.send(&frames).await;
    answers(&mut peer, 61).await;
    target.is_idle().await;
}

#[tokio::test]
async fn ten_thousand_cancels_over_its_life_leave_a_connection_alive() {
    let target = Target::start().await;
    let mut peer = target.peer().await;
    let mut streams = (1..).step_by(2);
    for _ in 0..100 {
        let opened: Vec<u32> = streams.by_ref().take(100).collect();
        let frames: Vec<Frame> = opened
            .iter()
            .map(|stream| headers(*stream, request(IGNORE)))
            .collect();
        peer.send(&frames).await;
        answers(&mut peer, streams.next().unwrap()).await;
        let frames: Vec<Frame> = opened.iter().map(|stream| rst_stream(*stream, CANCEL)).collect();
        peer.send(&frames).await;
    }
    target.is_idle().await;
    answers(&mut peer, streams.next().unwrap()).await;
}

#[tokio::test]
async fn rapid_resets_hold_up_no_other_connection_and_leave_nothing() {
    let target = Target::start().await;
    rapid_resets(&target).await;
    assert!(target.most() <= STREAMS, "{} handlers at a time", target.most());
}

/// Twenty thousand of them, as fast as they are read.
pub(crate) async fn rapid_resets(target: &Target) {
    let mut peer = target.peer().await;
    let frames: Vec<Frame> = (1..40_001).step_by(2).flat_map(cancelled).collect();
    for frames in frames.chunks(1000) {
        if !peer.try_send(frames).await {
            break;
        }
        target.still_serves().await;
    }
    peer.send(&sized(40_001, 5)).await;
    is_ok(&peer.answer(40_001).await);
    target.is_idle().await;
}

#[tokio::test]
async fn handlers_that_outlive_their_cancelled_calls_are_no_more_than_there_may_be_calls() {
    let target = Target::start().await;
    let mut peer = target.peer().await;
    let mut stream = 1;
    for _ in 0..30 {
        let mut frames = Vec::new();
        for _ in 0..100 {
            frames.extend(asks(stream, SETTLE, 1));
            stream += 2;
        }
        peer.send(&frames).await;
        // Begun, or refused: both before this is answered.
        answers(&mut peer, stream).await;
        for cancelled in (stream - 200..stream).step_by(2) {
            peer.send(&[rst_stream(cancelled, CANCEL)]).await;
        }
        stream += 2;
    }
    assert_eq!(target.live(), STREAMS);
    peer.send(&asks(stream, SETTLE, 1)).await;
    let refused = peer.answer(stream).await;
    assert_eq!(refused.grpc_status(), Some("8"), "{refused:?}");
    target.release();
    target.is_idle().await;
    peer.send(&asks(stream + 2, SETTLE, 1)).await;
    is_ok(&peer.answer(stream + 2).await);
}

#[tokio::test]
async fn resets_that_the_client_provokes_stop_no_handler_from_ending_and_are_limited() {
    let on_itself: fn(u32) -> Frame = |stream| priority(stream, stream);
    for provoke in [overflow, on_itself] {
        let target = Target::start().await;
        provoked_resets(&target, provoke).await;
        assert!(target.most() <= STREAMS, "{} handlers at a time", target.most());
    }
}

/// Too large a window.
pub(crate) fn overflow(stream: u32) -> Frame {
    window_update(stream, i32::MAX as u32)
}

/// Twenty thousand of them; the server gives up before.
pub(crate) async fn provoked_resets(target: &Target, provoke: fn(u32) -> Frame) {
    let mut peer = target.peer().await;
    let streams: Vec<u32> = (1..40_001).step_by(2).collect();
    let mut resets = 0;
    'all: for streams in streams.chunks(500) {
        let frames: Vec<Frame> = streams
            .iter()
            .flat_map(|stream| [headers(*stream, request(IGNORE)), provoke(*stream)])
            .collect();
        if !peer.try_send(&frames).await {
            break;
        }
        target.still_serves().await;
        for _ in streams {
            match peer.frame_of(RST_STREAM).await {
                Some(_) => resets += 1,
                None => break 'all,
            }
        }
    }
    // 16,384 are enough; those of the last write are not told one by one.
    assert!(resets > 15_000 && resets <= 16 * 1024, "{resets}");
    assert_eq!(peer.goaways, [ENHANCE_YOUR_CALM]);
    target.is_idle().await;
}
