//! Frames that are broken, and frames where they do not belong.

use crate::{
    case::{Case, Seen, begun, run},
    raw::{
        ACK, Block, END_HEADERS, Frame, GOAWAY, HEADERS, PADDED, PING, PREFACE, PRIORITY, PRIORITY_FLAG,
        PUSH_PROMISE, Peer, RST_STREAM, SETTINGS, WINDOW_UPDATE, code::*, continuation, data, headers, ping,
        priority, request, rst_stream, setting, settings, window_update,
    },
    support::{SIZE, Target, sized},
};

pub(crate) fn wrong_lengths() -> Vec<Case> {
    let goaway = Seen::Goaway(PROTOCOL_ERROR);
    let of = |what: &str, kind, flags, stream, length: usize| {
        let frame = Frame::new(kind, flags, stream, vec![0; length]);
        Case::new(format!("{what} of {length}"), &[begun(1), frame], goaway)
    };
    vec![
        of("PING", PING, 0, 0, 7),
        of("PING", PING, 0, 0, 9),
        of("PING", PING, 0, 0, 0),
        of("SETTINGS", SETTINGS, 0, 0, 5),
        of("SETTINGS with ACK", SETTINGS, ACK, 0, 6),
        of("WINDOW_UPDATE", WINDOW_UPDATE, 0, 0, 3),
        of("WINDOW_UPDATE", WINDOW_UPDATE, 0, 1, 5),
        of("RST_STREAM", RST_STREAM, 0, 1, 3),
        of("RST_STREAM", RST_STREAM, 0, 1, 5),
        of("PRIORITY", PRIORITY, 0, 1, 4),
        of("PRIORITY", PRIORITY, 0, 1, 6),
        of("GOAWAY", GOAWAY, 0, 0, 7),
        of(
            "HEADERS with priority",
            HEADERS,
            PRIORITY_FLAG | END_HEADERS,
            3,
            4,
        ),
        of("HEADERS with padding", HEADERS, PADDED | END_HEADERS, 3, 0),
        Case::new(
            "DATA that is padded beyond its end",
            &[begun(1), Frame::new(0, PADDED, 1, vec![9; 9])],
            goaway,
        ),
        Case::new(
            "HEADERS that are padded beyond their end",
            &[Frame::new(HEADERS, PADDED | END_HEADERS, 1, vec![200; 100])],
            goaway,
        ),
        Case::new(
            "a frame over 16 KiB",
            &[begun(1), data(1, &[0; 16_385])],
            Seen::Goaway(FRAME_SIZE_ERROR),
        ),
        Case::of_bytes(
            "a frame that claims 16 MiB",
            data(1, &[]).claiming(0xff_ffff),
            Seen::Goaway(FRAME_SIZE_ERROR),
        ),
    ]
}

pub(crate) fn wrong_settings() -> Vec<Case> {
    let of = |name, value, seen| {
        Case::new(
            format!("setting {name} is {value}"),
            &[settings(&[(name, value)])],
            seen,
        )
    };
    let goaway = Seen::Goaway(PROTOCOL_ERROR);
    vec![
        of(setting::ENABLE_PUSH, 2, goaway),
        of(setting::INITIAL_WINDOW_SIZE, 1 << 31, goaway),
        of(setting::INITIAL_WINDOW_SIZE, u32::MAX, goaway),
        of(setting::MAX_FRAME_SIZE, 16_383, goaway),
        of(setting::MAX_FRAME_SIZE, 1 << 24, goaway),
        Case::new(
            "an ACK of nothing",
            &[settings(&[]).with(ACK), settings(&[]).with(ACK)],
            goaway,
        ),
    ]
}

pub(crate) fn wrong_places() -> Vec<Case> {
    let of = |what: &str, frames: &[Frame], code| Case::new(what, frames, Seen::Goaway(code));
    let half = || begun(1).without(END_HEADERS);
    let [called, asked] = sized(1, 5);
    vec![
        of("DATA on stream 0", &[data(0, b"x")], PROTOCOL_ERROR),
        of("DATA on an idle stream", &[data(1, b"x")], PROTOCOL_ERROR),
        of("HEADERS on stream 0", &[begun(0)], PROTOCOL_ERROR),
        of("HEADERS on an even stream", &[begun(2)], PROTOCOL_ERROR),
        of("a stream that goes back", &[begun(5), begun(3)], PROTOCOL_ERROR),
        of(
            "CONTINUATION alone",
            &[continuation(1, Block::new())],
            PROTOCOL_ERROR,
        ),
        of(
            "CONTINUATION after the end",
            &[begun(1), continuation(1, Block::new())],
            PROTOCOL_ERROR,
        ),
        of("PING within headers", &[half(), ping([0; 8])], PROTOCOL_ERROR),
        of("DATA within headers", &[half(), data(1, b"x")], PROTOCOL_ERROR),
        of("HEADERS within headers", &[half(), begun(3)], PROTOCOL_ERROR),
        of(
            "unknown within headers",
            &[half(), Frame::new(0x77, 0, 1, [])],
            PROTOCOL_ERROR,
        ),
        of(
            "CONTINUATION of another",
            &[half(), continuation(3, Block::new())],
            PROTOCOL_ERROR,
        ),
        of(
            "CONTINUATION on stream 0",
            &[half(), continuation(0, Block::new())],
            PROTOCOL_ERROR,
        ),
        of("RST_STREAM on stream 0", &[rst_stream(0, CANCEL)], PROTOCOL_ERROR),
        of(
            "RST_STREAM on an idle stream",
            &[rst_stream(1, CANCEL)],
            PROTOCOL_ERROR,
        ),
        of(
            "WINDOW_UPDATE on an idle stream",
            &[window_update(1, 1)],
            PROTOCOL_ERROR,
        ),
        of(
            "SETTINGS on a stream",
            &[Frame::new(SETTINGS, 0, 1, [])],
            PROTOCOL_ERROR,
        ),
        of(
            "PING on a stream",
            &[Frame::new(PING, 0, 1, [0; 8])],
            PROTOCOL_ERROR,
        ),
        of(
            "GOAWAY on a stream",
            &[Frame::new(GOAWAY, 0, 1, [0; 8])],
            PROTOCOL_ERROR,
        ),
        of("PRIORITY on stream 0", &[priority(0, 1)], PROTOCOL_ERROR),
        of(
            "PUSH_PROMISE of a client",
            &[begun(1), Frame::new(PUSH_PROMISE, END_HEADERS, 1, [0, 0, 0, 2])],
            PROTOCOL_ERROR,
        ),
        of(
            "DATA behind the end of its stream",
            &[called.clone(), asked.clone(), data(1, b"x")],
            PROTOCOL_ERROR,
        ),
        Case::new(
            "trailers that do not end their stream",
            &[called.clone(), headers(1, Block::of(&[("a", "b")]))],
            Seen::Reset(PROTOCOL_ERROR),
        ),
        Case::new(
            "HEADERS behind the end of their stream",
            &[
                called.clone(),
                asked.clone(),
                headers(1, Block::of(&[("a", "b")])),
            ],
            Seen::Reset(PROTOCOL_ERROR),
        ),
        Case::new(
            "PRIORITY on itself",
            &[called, priority(1, 1)],
            Seen::Reset(PROTOCOL_ERROR),
        ),
        Case::new(
            "HEADERS that depend on themselves",
            &[Frame::new(
                HEADERS,
                END_HEADERS | PRIORITY_FLAG,
                1,
                Block::new().raw(&[0, 0, 0, 1, 15]).raw(&Vec::from(request(SIZE))),
            )],
            Seen::Reset(PROTOCOL_ERROR),
        ),
    ]
}

#[tokio::test]
async fn frames_of_a_wrong_length_end_the_connection() {
    run(&wrong_lengths()).await;
}

#[tokio::test]
async fn settings_that_may_not_be_end_the_connection() {
    run(&wrong_settings()).await;
}

#[tokio::test]
async fn frames_in_wrong_places_end_their_connection_or_stream() {
    run(&wrong_places()).await;
}

#[tokio::test]
async fn a_client_that_closes_anywhere_leaves_nothing() {
    let target = Target::start().await;
    let mut bytes = PREFACE.to_vec();
    for frame in [settings(&[(setting::INITIAL_WINDOW_SIZE, 7)])]
        .iter()
        .chain(&sized(1, 10))
    {
        bytes.extend(frame.bytes());
    }
    for length in 0..=bytes.len() {
        let mut peer = Peer::new(target.pipe().await);
        peer.try_write(&bytes[..length]).await;
        peer.end().await;
        peer.closed().await;
    }
    target.still_serves().await;
    target.is_idle().await;
}

#[tokio::test]
async fn what_is_no_preface_is_closed() {
    let target = Target::start().await;
    for bytes in [
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\x00".to_vec(),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS hello".to_vec(),
        vec![0; 100],
        [PREFACE, &ping([0; 8]).bytes(), &[0xff; 100]].concat(),
    ] {
        let mut peer = Peer::new(target.pipe().await);
        peer.try_write(&bytes).await;
        peer.closed().await;
    }
    target.still_serves().await;
}
