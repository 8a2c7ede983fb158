//! Messages whose prefixes lie, and messages in pieces.

use crate::{
    case::{Case, Seen, begun, run},
    raw::{Frame, code::*, data, headers, message, request},
    support::{COUNT, SIZE, Target, blob, is_ok, sized},
};

const INTERNAL: Seen = Seen::Grpc("13");
const RESOURCE_EXHAUSTED: Seen = Seen::Grpc("8");

pub(crate) fn wrong_prefixes() -> Vec<Case> {
    let of = |what: &str, bytes: &[u8], seen| Case::new(what, &[begun(1), data(1, bytes).ending()], seen);
    let still_open = |what: &str, bytes: &[u8], seen| Case::new(what, &[begun(1), data(1, bytes)], seen);
    vec![
        of("longer than what is sent", b"\0\0\0\0\x09\x0a\x02aa", INTERNAL),
        of("half a prefix", b"\0\0\0", INTERNAL),
        of("shorter than what is sent", b"\0\0\0\0\x02\x0a\x02aa", INTERNAL),
        of("nothing but a prefix", b"\0\0\0\0\x01", INTERNAL),
        of("4 GiB", b"\0\xff\xff\xff\xffx", RESOURCE_EXHAUSTED),
        still_open(
            "4 GiB that may yet come",
            b"\0\xff\xff\xff\xffx",
            RESOURCE_EXHAUSTED,
        ),
        still_open("a byte over 4 MiB", b"\0\0\x40\0\x01", RESOURCE_EXHAUSTED),
        of("no protobuf", b"\0\0\0\0\x02\xff\xff", INTERNAL),
        of(
            "a field of 2 GiB",
            b"\0\0\0\0\x06\x0a\xff\xff\xff\xff\x07",
            INTERNAL,
        ),
        of(
            "a compressed message without an encoding",
            b"\x01\0\0\0\0",
            INTERNAL,
        ),
        Case::new(
            "a prefix in five frames, of a message over the limit",
            &[&[begun(1)][..], &pieces(1, b"\0\xff\0\0\0", 1)].concat(),
            RESOURCE_EXHAUSTED,
        ),
        Case::new(
            "a content-length that is more",
            &[
                headers(1, request(SIZE).literal("content-length", "100")),
                data(1, &message(b"")).ending(),
            ],
            Seen::Reset(PROTOCOL_ERROR),
        ),
        Case::new(
            "a content-length that is less",
            &[
                headers(1, request(SIZE).literal("content-length", "1")),
                data(1, &message(b"")).ending(),
            ],
            Seen::Reset(PROTOCOL_ERROR),
        ),
    ]
}

pub(crate) fn in_pieces() -> Vec<Case> {
    [1, 4, 5, 6, 1000]
        .map(|piece| {
            let mut frames = vec![begun(1)];
            frames.extend(pieces(1, &message(&blob(1200)), piece));
            let last = frames.pop().unwrap().ending();
            frames.push(last);
            Case::new(format!("pieces of {piece}"), &frames, Seen::Served)
        })
        .into()
}

/// DATA frames of so many bytes each.
fn pieces(stream: u32, bytes: &[u8], piece: usize) -> Vec<Frame> {
    bytes.chunks(piece).map(|piece| data(stream, piece)).collect()
}

#[tokio::test]
async fn a_message_whose_prefix_is_wrong_is_refused_and_the_connection_lives() {
    run(&wrong_prefixes()).await;
}

#[tokio::test]
async fn a_message_in_pieces_is_read() {
    run(&in_pieces()).await;
}

#[tokio::test]
async fn every_reserved_compressed_flag_is_internal() {
    let target = Target::start().await;
    let mut peer = target.peer().await;
    for (stream, flag) in (1..).step_by(2).zip(2..=255) {
        peer.send(&[begun(stream), data(stream, &[flag, 0, 0, 0, 0]).ending()])
            .await;
        let answer = peer.answer(stream).await;
        assert_eq!(answer.grpc_status(), Some("13"), "{flag}: {answer:?}");
    }
    peer.send(&sized(999, 5)).await;
    is_ok(&peer.answer(999).await);
}

#[tokio::test]
async fn three_hundred_kilobytes_in_frames_of_five_bytes_get_through() {
    gets_through(300_000, 5).await;
}

#[tokio::test]
async fn three_hundred_kilobytes_in_frames_of_one_byte_get_through() {
    gets_through(300_000, 1).await;
}

/// To a handler of one message and to one of many, one behind the other on one connection.
async fn gets_through(size: usize, piece: usize) {
    let target = Target::start().await;
    let mut peer = target.peer().await;
    for (stream, path) in [(1, SIZE), (3, COUNT)] {
        peer.send(&[headers(stream, request(path))]).await;
        let frames = pieces(stream, &message(&blob(size)), piece);
        // What it says in its SETTINGS.
        let mut window = 256 * 1024;
        for frames in frames.chunks(1000) {
            let bytes = frames.iter().map(|frame| frame.payload.len()).sum::<usize>();
            while window < bytes {
                window += peer.window(stream).await;
            }
            window -= bytes;
            peer.send(frames).await;
        }
        peer.send(&[data(stream, &[]).ending()]).await;
        let answer = peer.answer(stream).await;
        is_ok(&answer);
        assert_eq!(answer.data, message(&[8, 0xe0, 0xa7, 0x12]), "300,000");
    }
}
