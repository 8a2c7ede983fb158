//! Messages: lengths that are wrong, flags that mean nothing, and as many frames as there are bytes.

use grpc::Code;

use crate::{
    case::{Case, check},
    raw::{Frame, WINDOW_UPDATE, code, data, headers, message, response, trailers},
    support::{Hostile, answer},
};

/// A response of these bytes, and OK.
fn body(name: &'static str, bytes: &[u8]) -> Case {
    Case::new(name, framed(bytes, 16_384))
}

/// The same in frames of this size.
fn framed(bytes: &[u8], size: usize) -> Vec<Frame> {
    let mut frames = vec![headers(1, response())];
    frames.extend(bytes.chunks(size).map(|piece| data(1, piece)));
    frames.push(headers(1, trailers("0")).ending());
    frames
}

/// A prefix, and zeroes.
fn claims(flag: u8, length: u32, behind: usize) -> Vec<u8> {
    let mut bytes = vec![flag];
    bytes.extend(length.to_be_bytes());
    bytes.resize(5 + behind, 0);
    bytes
}

pub(crate) fn cases() -> Vec<Case> {
    let limit = 4 * 1024 * 1024;
    let over = |name, length| {
        // The end is never sent: what is wrong is there to be seen before it.
        let mut frames = framed(&claims(0, length, 10), 16_384);
        frames.pop();
        Case::new(name, frames)
            .fails(Code::ResourceExhausted, "is over the limit of 4194304")
            .and_is_reset(code::CANCEL)
    };
    let mut cases = vec![
        body("a length that goes beyond the body", &claims(0, 100, 99))
            .fails(Code::Internal, "in the middle of a message"),
        body("a length that stops before the body's end", &claims(0, 3, 5))
            .fails(Code::Internal, "in the middle"),
        body("a prefix that is cut off", &[0, 0, 0]).fails(Code::Internal, "in the middle of a message"),
        over("a length over the limit", limit + 1),
        over("a length of 4 GiB", u32::MAX),
        body("the compressed-flag 2", &claims(2, 5, 5)).fails(Code::Internal, "compressed-flag 2"),
        body("the compressed-flag 255", &claims(255, 0, 0)).fails(Code::Internal, "compressed-flag 255"),
        body("compressed without an encoding", &claims(1, 5, 5)).fails(Code::Internal, "grpc-encoding"),
        Case::new("one byte a frame", framed(&message(b"reply"), 1)).answers(b"reply"),
    ];
    for (encoding, text) in [("gzip", "gzip"), ("deflate", "deflate"), ("br", "br")] {
        let mut frames = framed(&claims(1, 5, 5), 100);
        frames[0] = headers(1, response().literal("grpc-encoding", encoding));
        cases.push(Case::new("zeroes as compressed", frames).fails(Code::Internal, text));
    }
    cases
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_none_ends_its_call() {
    check(cases()).await;
}

#[tokio::test(start_paused = true)]
async fn a_message_of_300_kb_gets_through_in_the_smallest_frames() {
    let reply = vec![7; 300_000];
    for size in [1, 5] {
        let mut hostile = Hostile::new();
        let call = hostile.unary();
        let mut server = hostile.server().await;
        server.answer(1).await;
        server.send(&[headers(1, response())]).await;
        let mut window = 256 * 1024;
        for piece in message(&reply).chunks(20_000) {
            while window < piece.len() {
                let update = server.next(WINDOW_UPDATE).await;
                if update.stream == 1 {
                    window += u32::from_be_bytes(update.payload.try_into().unwrap()) as usize;
                }
            }
            window -= piece.len();
            let frames: Vec<_> = piece.chunks(size).map(|piece| data(1, piece)).collect();
            server.send(&frames).await;
        }
        server.send(&[headers(1, trailers("0")).ending()]).await;
        assert!(call.answer().await == reply, "{size}");
    }
}

/// The second is one too many, however many follow.
#[tokio::test(start_paused = true)]
async fn a_unary_call_ends_at_its_second_response() {
    let mut hostile = Hostile::new();
    let call = hostile.unary();
    let mut server = hostile.server().await;
    server.answer(1).await;
    let mut frames = vec![headers(1, response())];
    frames.extend(vec![data(1, &message(b"").repeat(3000)); 10]);
    server.send(&frames).await;
    let error = call.error().await;
    assert_eq!(error.code(), Code::Unimplemented, "{error}");
    assert_eq!(server.answer(1).await.reset, Some(code::CANCEL));
    let next = hostile.unary();
    server.answer(3).await;
    server.send(&answer(3, b"next")).await;
    assert_eq!(next.answer().await, "next");
}
