//! Games with the windows of flow control.

use tokio::net::TcpStream;

use crate::{
    case::{Case, Seen, begun, run},
    raw::{
        ACK, DATA, Frame, Peer, RST_STREAM, SETTINGS, code::*, data, headers, message, request, setting,
        settings, window_update,
    },
    support::{BIG, ENDLESS, IGNORE, PATIENCE, SIZE, Target, asks, is_ok, sized, until},
};

const MOST: u32 = i32::MAX as u32;

fn initial(window: u32) -> Frame {
    settings(&[(setting::INITIAL_WINDOW_SIZE, window)])
}

/// A call that answers with so many bytes.
fn big(stream: u32, bytes: usize) -> [Frame; 2] {
    asks(stream, BIG, bytes)
}

/// How much comes on a stream before SETTINGS that are sent now are acknowledged: there is no more to come then.
async fn comes(peer: &mut Peer<TcpStream>, stream: u32) -> usize {
    let mut bytes = 0;
    // Responses wait for the handler, which may take a turn or two.
    for _ in 0..3 {
        peer.send(&[settings(&[])]).await;
        loop {
            let frame = peer.frame().await.expect("it is not closed");
            match frame.kind {
                DATA if frame.stream == stream => bytes += frame.payload.len(),
                SETTINGS if frame.has(ACK) => break,
                _ => {}
            }
        }
    }
    bytes
}

pub(crate) fn wrong_updates() -> Vec<Case> {
    let goaway = Seen::Goaway;
    vec![
        Case::new(
            "0 on the connection",
            &[window_update(0, 0)],
            goaway(PROTOCOL_ERROR),
        ),
        Case::new(
            "0 on a stream",
            &[begun(1), window_update(1, 0)],
            goaway(PROTOCOL_ERROR),
        ),
        Case::new(
            "too much on the connection",
            &[window_update(0, MOST)],
            goaway(FLOW_CONTROL_ERROR),
        ),
        Case::new(
            "too much on a stream",
            &[begun(1), window_update(1, MOST)],
            Seen::Reset(FLOW_CONTROL_ERROR),
        ),
        Case::new(
            "too much in two pieces",
            &[begun(1), window_update(1, MOST - 65_535), window_update(1, 1)],
            Seen::Reset(FLOW_CONTROL_ERROR),
        ),
        Case::new(
            "too much by SETTINGS",
            &[begun(1), window_update(1, MOST - 65_535), initial(65_536)],
            goaway(FLOW_CONTROL_ERROR),
        ),
        Case::new(
            "more than a stream's window",
            &{
                let mut frames = vec![headers(1, request(IGNORE))];
                frames.extend((0..17).map(|_| data(1, &[0; 16_384])));
                frames
            },
            Seen::Reset(FLOW_CONTROL_ERROR),
        ),
    ]
}

#[tokio::test]
async fn updates_that_are_wrong_end_their_stream_or_connection() {
    run(&wrong_updates()).await;
}

#[tokio::test]
async fn more_than_the_connections_window_ends_it() {
    let target = Target::start_with(|server| {
        server.connection_window(1024 * 1024);
    })
    .await;
    let mut peer = target.peer().await;
    // Both sides have the settings after it: what comes before is held against windows of 64 KiB.
    peer.send(&sized(1, 5)).await;
    is_ok(&peer.answer(1).await);
    for stream in [3, 5, 7, 9, 11] {
        let mut frames = vec![headers(stream, request(IGNORE))];
        frames.extend((0..16).map(|_| data(stream, &[0; 16_384])));
        peer.try_send(&frames).await;
    }
    assert_eq!(peer.closed().await, [FLOW_CONTROL_ERROR]);
    target.is_idle().await;
    target.still_serves().await;
}

#[tokio::test]
async fn a_window_of_nothing_holds_up_its_stream_and_no_other() {
    let target = Target::start().await;
    let mut peer = Peer::client_with(target.tcp().await, &[(setting::INITIAL_WINDOW_SIZE, 0)]).await;
    peer.send(&big(1, 10)).await;
    assert_eq!(comes(&mut peer, 1).await, 0);
    peer.send(&sized(3, 5)).await;
    peer.send(&[window_update(3, 100)]).await;
    is_ok(&peer.answer(3).await);
    // Byte by byte: prefix, tag, length, ten bytes.
    for _ in 0..17 {
        assert_eq!(comes(&mut peer, 1).await, 0);
        peer.send(&[window_update(1, 1)]).await;
        assert_eq!(peer.next(DATA).await.payload.len(), 1);
    }
    is_ok(&peer.answer(1).await);
}

#[tokio::test]
async fn a_window_may_become_negative() {
    let target = Target::start().await;
    let mut peer = target.peer().await;
    peer.send(&[window_update(0, 1_000_000)]).await;
    peer.send(&big(1, 300_000)).await;
    while peer.received(1) < 65_535 {
        peer.next(DATA).await;
    }
    // 65,535 less than nothing.
    peer.send(&[initial(0), window_update(1, 65_535)]).await;
    assert_eq!(comes(&mut peer, 1).await, 0);
    peer.send(&[window_update(1, 10)]).await;
    assert_eq!(peer.next(DATA).await.payload.len(), 10);
    assert_eq!(comes(&mut peer, 1).await, 0);
    peer.send(&[initial(1_000_000)]).await;
    is_ok(&peer.answer(1).await);
}

#[tokio::test]
async fn windows_that_go_up_and_down_under_a_thousand_streams_hold_up_no_other_connection() {
    up_and_down(&Target::start().await).await;
}

/// Each change of the setting is one of every stream's window.
pub(crate) async fn up_and_down(target: &Target) {
    let mut peer = target.peer().await;
    let frames: Vec<Frame> = (1..2001)
        .step_by(2)
        .flat_map(|stream| asks(stream, ENDLESS, 1000))
        .collect();
    peer.send(&frames).await;
    for _ in 0..20 {
        let changes: Vec<Frame> = (0..100)
            .map(|n| initial(if n % 2 == 0 { 0 } else { 65_535 }))
            .collect();
        let sending = peer.try_send(&changes);
        let serving = tokio::time::timeout(PATIENCE, target.still_serves());
        let (sent, served) = tokio::join!(sending, serving);
        assert!(sent && served.is_ok());
        comes(&mut peer, 0).await;
    }
    drop(peer);
    target.is_idle().await;
}

#[tokio::test]
async fn a_response_that_is_reset_before_its_window_opens_leaves_nothing() {
    let target = Target::start().await;
    let mut peer = Peer::client_with(target.tcp().await, &[(setting::INITIAL_WINDOW_SIZE, 0)]).await;
    for stream in (1..2001).step_by(2) {
        peer.send(&asks(stream, ENDLESS, 100_000)).await;
    }
    until("every handler runs", || target.live() == 1000).await;
    for stream in (1..2001).step_by(2) {
        peer.send(&[Frame::new(RST_STREAM, 0, stream, CANCEL.to_be_bytes())])
            .await;
    }
    target.is_idle().await;
    peer.send(&[
        headers(2001, request(SIZE)),
        data(2001, &message(b"")).ending(),
        window_update(2001, 100),
    ])
    .await;
    is_ok(&peer.answer(2001).await);
}
