//! How the client ends its requests: by END_STREAM on DATA and never on HEADERS (PROTOCOL-HTTP2 §Requests).

use bytes::Bytes;
use futures_util::FutureExt;

use crate::{
    raw::{DATA, END_STREAM, Frame, HEADERS, Peer},
    support::{End, Hostile, answer, serve},
};

/// The frames of this stream up to its end, without their payload: type, whether they end it, and length of DATA.
async fn request(server: &mut Peer<End>, stream: u32) -> Vec<(u8, bool, usize)> {
    let mut frames = Vec::new();
    loop {
        let frame = server.frame().await.expect("the request's end");
        if frame.stream == stream && matches!(frame.kind, HEADERS | DATA) {
            let ends = frame.has(END_STREAM);
            frames.push(seen(&frame));
            if ends {
                return frames;
            }
        }
    }
}

fn seen(frame: &Frame) -> (u8, bool, usize) {
    let length = if frame.kind == DATA {
        frame.payload.len()
    } else {
        0
    };
    (frame.kind, frame.has(END_STREAM), length)
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_done_before_it_sends_anything_ends_with_an_empty_data_frame() {
    let mut hostile = Hostile::new();
    let first = hostile.unary();
    let mut server = hostile.server().await;
    serve(&mut server, 1, b"first").await;
    first.answer().await;
    // There is a connection, so that neither of the two waits: it has not been polled in between.
    let mut call = hostile
        .bidi()
        .into_future()
        .now_or_never()
        .expect("a connection")
        .unwrap();
    call.done_sending().now_or_never().expect("room").unwrap();
    assert_eq!(
        request(&mut server, 3).await,
        [(HEADERS, false, 0), (DATA, true, 0)]
    );
    server.send(&answer(3, b"")).await;
    assert_eq!(call.receive().await.unwrap().unwrap(), "");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_ends_later_ends_with_an_empty_data_frame() {
    let mut hostile = Hostile::new();
    let (mut call, mut server) = hostile.open(&[]).await;
    assert_eq!(seen(&server.next(HEADERS).await), (HEADERS, false, 0));
    call.send(Bytes::from_static(b"one")).await.unwrap();
    assert_eq!(seen(&server.next(DATA).await), (DATA, false, 8));
    call.done_sending().await.unwrap();
    assert_eq!(seen(&server.next(DATA).await), (DATA, true, 0));
}

#[tokio::test(start_paused = true)]
async fn a_call_with_one_request_ends_on_its_data() {
    let mut hostile = Hostile::new();
    let _call = hostile.unary();
    let mut server = hostile.server().await;
    assert_eq!(
        request(&mut server, 1).await,
        [(HEADERS, false, 0), (DATA, true, 8)]
    );
}
