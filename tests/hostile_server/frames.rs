//! Frames that HTTP/2 does not allow, and those that it tells to pass over.

use grpc::Code;

use crate::{
    case::{Case, check},
    raw::{
        DATA, END_HEADERS, Frame, GOAWAY, HEADERS, PADDED, PING, PRIORITY, PRIORITY_FLAG, RST_STREAM,
        SETTINGS, WINDOW_UPDATE, code, continuation, data, headers, message, ping, priority, response,
        setting, settings, window_update,
    },
    support::answer,
};

/// It ends the connection, with this code.
pub(crate) fn fatal(
    name: &'static str,
    frames: impl IntoIterator<Item = Frame>,
    number: u32,
    text: &'static str,
) -> Case {
    Case::new(name, frames)
        .fails(Code::Internal, text)
        .and_goaway(number)
}

/// RFC 9113 §4.2 has FRAME_SIZE_ERROR; h2 says so of lengths over the limit only.
fn wrong_size(name: &'static str, frame: Frame) -> Case {
    if frame.payload.len() > 16_384 {
        fatal(name, [frame], code::FRAME_SIZE_ERROR, "FRAME_SIZE_ERROR")
    } else {
        no_protocol(name, [frame])
    }
}

pub(crate) fn no_protocol(name: &'static str, frames: impl IntoIterator<Item = Frame>) -> Case {
    fatal(name, frames, code::PROTOCOL_ERROR, "PROTOCOL_ERROR")
}

fn sizes() -> Vec<Case> {
    let frame = |kind, stream, length: usize| Frame::new(kind, 0, stream, vec![0; length]);
    vec![
        wrong_size("DATA over the limit", frame(DATA, 1, 16_385)),
        wrong_size("DATA of 16 MiB", frame(DATA, 1, (1 << 24) - 1)),
        wrong_size("HEADERS over the limit", frame(HEADERS, 1, 16_385)),
        wrong_size("an unknown type over the limit", frame(0x42, 1, 16_385)),
        wrong_size("PRIORITY of 4 bytes", frame(PRIORITY, 1, 4)),
        wrong_size("RST_STREAM of 3 bytes", frame(RST_STREAM, 1, 3)),
        wrong_size("RST_STREAM of 5 bytes", frame(RST_STREAM, 1, 5)),
        wrong_size("SETTINGS of 5 bytes", frame(SETTINGS, 0, 5)),
        wrong_size("SETTINGS with ACK and more", frame(SETTINGS, 0, 6).with(1)),
        wrong_size("PING of 7 bytes", frame(PING, 0, 7)),
        wrong_size("GOAWAY of 7 bytes", frame(GOAWAY, 0, 7)),
        wrong_size("WINDOW_UPDATE of 3 bytes", frame(WINDOW_UPDATE, 1, 3)),
        wrong_size("nothing in PING", frame(PING, 0, 0)),
    ]
}

fn places() -> Vec<Case> {
    let block = || Vec::from(response());
    vec![
        no_protocol("SETTINGS on a stream", [Frame::new(SETTINGS, 0, 1, vec![])]),
        no_protocol("PING on a stream", [Frame::new(PING, 0, 1, vec![0; 8])]),
        no_protocol("GOAWAY on a stream", [Frame::new(GOAWAY, 0, 1, vec![0; 8])]),
        no_protocol("DATA on stream 0", [data(0, b"?")]),
        no_protocol("a window that grows by nothing", [window_update(0, 0)]),
        no_protocol(
            "CONTINUATION of nothing",
            [continuation(1, block()).with(END_HEADERS)],
        ),
        no_protocol(
            "DATA inside of a header block",
            [headers(1, response()).without(END_HEADERS), data(1, b"")],
        ),
        no_protocol(
            "PING inside of a header block",
            [headers(1, response()).without(END_HEADERS), ping([0; 8])],
        ),
        no_protocol(
            "CONTINUATION on another stream",
            [
                headers(1, response()).without(END_HEADERS),
                continuation(3, block()).with(END_HEADERS),
            ],
        ),
        no_protocol(
            "more padding than DATA",
            [headers(1, response()), Frame::new(DATA, PADDED, 1, vec![9, 0, 0])],
        ),
        no_protocol(
            "more padding than HEADERS",
            [Frame::new(HEADERS, PADDED | END_HEADERS, 1, vec![200, 0])],
        ),
        no_protocol(
            "padding without its length",
            [headers(1, response()), Frame::new(DATA, PADDED, 1, vec![])],
        ),
        no_protocol("push that is 2", [settings(&[(setting::ENABLE_PUSH, 2)])]),
        no_protocol(
            "a largest frame that is too small",
            [settings(&[(setting::MAX_FRAME_SIZE, 16_383)])],
        ),
        no_protocol(
            "a largest frame that is too large",
            [settings(&[(setting::MAX_FRAME_SIZE, 1 << 24)])],
        ),
        // RFC 9113 §6.5.2 has FLOW_CONTROL_ERROR.
        no_protocol(
            "an initial window over 2 GiB",
            [settings(&[(setting::INITIAL_WINDOW_SIZE, 1 << 31)])],
        ),
        fatal(
            "a connection's window over 2 GiB",
            [window_update(0, (1 << 31) - 1)],
            code::FLOW_CONTROL_ERROR,
            "FLOW_CONTROL_ERROR",
        ),
        // RFC 9113 §6.9 leaves it at the stream.
        no_protocol("a stream's window that grows by nothing", [window_update(1, 0)]),
    ]
}

fn passed_over() -> Vec<Case> {
    let before = |frames: Vec<Frame>| frames.into_iter().chain(answer(1, b"reply"));
    let [head, body, end] = answer(1, b"reply");
    let mut priority_inside = Frame::new(HEADERS, END_HEADERS | PRIORITY_FLAG, 1, vec![0, 0, 0, 0, 15]);
    priority_inside.payload.extend(Vec::from(response()));
    vec![
        Case::new(
            "an unknown type",
            before(vec![Frame::new(0x42, 0xff, 1, vec![1; 100])]),
        )
        .answers(b"reply"),
        Case::new(
            "an unknown type on stream 77",
            before(vec![Frame::new(0xff, 0, 77, vec![])]),
        )
        .answers(b"reply"),
        Case::new(
            "unknown settings",
            before(vec![settings(&[(0x99, 1), (0, 7), (0xffff, u32::MAX)])]),
        )
        .answers(b"reply"),
        Case::new(
            "an answer to a PING that was not sent",
            before(vec![ping([7; 8]).with(1)]),
        )
        .answers(b"reply"),
        Case::new(
            "an ACK of SETTINGS that were not sent",
            before(vec![settings(&[]).with(1)]),
        )
        .fails(Code::Internal, "PROTOCOL_ERROR")
        .and_goaway(code::PROTOCOL_ERROR),
        Case::new("PRIORITY", before(vec![priority(1, 0), priority(99, 1)])).answers(b"reply"),
        Case::new("PRIORITY of a stream on itself", [priority(1, 1)]).fails(Code::Internal, "PROTOCOL_ERROR"),
        Case::new(
            "padding",
            [
                head.clone().padded(255),
                body.clone().padded(100),
                end.clone().padded(1),
            ],
        )
        .answers(b"reply"),
        Case::new(
            "priority in HEADERS",
            [priority_inside, body.clone(), end.clone()],
        )
        .answers(b"reply"),
        Case::new(
            "unknown flags",
            [head.clone().with(0xd2), body.clone().with(0xf6), end.clone()],
        )
        .answers(b"reply"),
        Case::new(
            "empty DATA",
            [
                head.clone(),
                data(1, b""),
                body.clone(),
                data(1, b""),
                end.clone(),
            ],
        )
        .answers(b"reply"),
        Case::new(
            "DATA of padding alone",
            [head.clone(), data(1, b"").padded(255), body.clone(), end.clone()],
        )
        .answers(b"reply"),
        Case::new(
            "the reserved bit of a stream",
            [head, body, end].map(|mut frame| {
                frame.stream |= 1 << 31;
                frame
            }),
        )
        .answers(b"reply"),
        // RFC 9113 §6.5.2 has an error of the protocol.
        Case::new(
            "a push that is allowed",
            before(vec![settings(&[(setting::ENABLE_PUSH, 1)])]),
        )
        .answers(b"reply"),
        Case::new(
            "a window for requests that are over",
            before(vec![window_update(1, (1 << 31) - 1)]),
        )
        .answers(b"reply"),
        Case::new(
            "a header table of no size",
            before(vec![settings(&[(setting::HEADER_TABLE_SIZE, 0)])]),
        )
        .answers(b"reply"),
        Case::new(
            "frames of 16 MiB allowed",
            before(vec![settings(&[(setting::MAX_FRAME_SIZE, (1 << 24) - 1)])]),
        )
        .answers(b"reply"),
        Case::new(
            "headers of no size allowed",
            before(vec![settings(&[(setting::MAX_HEADER_LIST_SIZE, 0)])]),
        )
        .answers(b"reply"),
    ]
}

fn cut_off() -> Vec<Case> {
    let lost = |name, bytes: Vec<u8>| {
        Case::bytes(name, bytes)
            .then_closes()
            .fails(Code::Unavailable, "connection")
    };
    let frame = headers(1, response()).bytes();
    vec![
        lost("at once", vec![]),
        lost("inside of a frame's head", frame[..5].to_vec()),
        lost("inside of a frame", frame[..15].to_vec()),
        lost("behind the head", frame.clone()),
        lost(
            "inside of DATA",
            [&frame[..], &data(1, &message(b"reply")).bytes()[..12]].concat(),
        ),
        lost(
            "before the trailers",
            [frame, data(1, &message(b"reply")).bytes()].concat(),
        ),
    ]
}

pub(crate) fn cases() -> Vec<Case> {
    let cases = [sizes(), places(), passed_over(), cut_off()];
    cases.into_iter().flatten().collect()
}

#[tokio::test(start_paused = true)]
async fn a_frame_of_a_wrong_size_ends_the_connection() {
    check(sizes()).await;
}

#[tokio::test(start_paused = true)]
async fn a_frame_in_a_wrong_place_ends_the_connection() {
    check(places()).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_to_be_passed_over_is() {
    check(passed_over()).await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_cut_off_is_unavailable() {
    check(cut_off()).await;
}
