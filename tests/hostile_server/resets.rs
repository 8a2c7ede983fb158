//! RST_STREAM with every code, at every point of a response.

use bytes::Bytes;
use grpc::Code;

use crate::{
    case::{Case, check},
    raw::{DATA, Frame, code, data, headers, message, response, rst_stream},
    support::{Hostile, answer, assert_is, within},
};

type Before = fn() -> Vec<Frame>;

/// What comes before the reset.
const POINTS: [(&str, Before); 4] = [
    ("before the head", Vec::new),
    ("behind the head", || vec![headers(1, response())]),
    ("inside of a message", || {
        vec![headers(1, response()), data(1, &message(b"reply")[..7])]
    }),
    ("before the trailers", || {
        vec![headers(1, response()), data(1, &message(b"reply"))]
    }),
];

/// PROTOCOL-HTTP2 §Errors.
const CODES: [(u32, &str, Code); 15] = [
    (0, "NO_ERROR", Code::Internal),
    (1, "PROTOCOL_ERROR", Code::Internal),
    (2, "INTERNAL_ERROR", Code::Internal),
    (3, "FLOW_CONTROL_ERROR", Code::Internal),
    (4, "SETTINGS_TIMEOUT", Code::Internal),
    (5, "STREAM_CLOSED", Code::Unknown),
    (6, "FRAME_SIZE_ERROR", Code::Internal),
    (7, "REFUSED_STREAM", Code::Unavailable),
    (8, "CANCEL", Code::Cancelled),
    (9, "COMPRESSION_ERROR", Code::Internal),
    (10, "CONNECT_ERROR", Code::Internal),
    (11, "ENHANCE_YOUR_CALM", Code::ResourceExhausted),
    (12, "INADEQUATE_SECURITY", Code::PermissionDenied),
    (13, "HTTP_1_1_REQUIRED", Code::Unknown),
    (0xdead, "0xdead", Code::Unknown),
];

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (point, before) in POINTS {
        for (number, text, code) in CODES {
            if point == "before the head" && number == code::REFUSED_STREAM {
                continue; // it is repeated
            }
            let frames = before().into_iter().chain([rst_stream(1, number)]);
            let case = Case::new(point, frames);
            cases.push(case.fails(code, text));
        }
    }
    for (number, ..) in CODES {
        let frames = answer(1, b"reply").into_iter().chain([rst_stream(1, number)]);
        cases.push(Case::new("behind the response", frames).answers(b"reply"));
    }
    cases.push(
        Case::new("on stream 0", [rst_stream(0, 0)])
            .fails(Code::Internal, "PROTOCOL_ERROR")
            .and_goaway(code::PROTOCOL_ERROR),
    );
    cases.push(
        Case::new("on a stream that was never opened", [rst_stream(5, 0)])
            .fails(Code::Internal, "PROTOCOL_ERROR")
            .and_goaway(code::PROTOCOL_ERROR),
    );
    cases
}

#[tokio::test(start_paused = true)]
async fn a_reset_ends_its_call_by_its_code_and_spoils_no_whole_response() {
    check(cases()).await;
}

/// The server has no use for the rest of the requests, and says so, by NO_ERROR if it goes by RFC 9113 §8.1.
#[tokio::test(start_paused = true)]
async fn a_reset_behind_the_response_leaves_it_whole_while_requests_are_open() {
    for (number, text, _) in CODES {
        let mut hostile = Hostile::new();
        let (mut call, mut server) = hostile.open(&[]).await;
        call.send(Bytes::from_static(b"one")).await.unwrap();
        server.headers(1).await;
        let frames = answer(1, b"reply").into_iter().chain([rst_stream(1, number)]);
        server.send(&frames.collect::<Vec<_>>()).await;
        let reply = within("a reply", call.receive()).await;
        assert_eq!(reply.unwrap().unwrap(), "reply", "{text}");
        assert!(
            within("the end", call.receive()).await.unwrap().is_none(),
            "{text}"
        );
        let error = call.send(Bytes::from_static(b"two")).await.unwrap_err();
        assert_is(&error, Code::FailedPrecondition, "the call is over");
        hostile.serves_again(&mut server, 3, true).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_reset_ends_a_send_that_waits_for_room() {
    for (number, text, code) in CODES {
        if number == code::REFUSED_STREAM {
            continue; // it is repeated
        }
        let mut hostile = Hostile::new();
        let (mut call, mut server) = hostile.open(&[]).await;
        server.headers(1).await;
        let sending = tokio::spawn(async move {
            loop {
                if let Err(error) = call.send(Bytes::from(vec![7; 10_000])).await {
                    return error;
                }
            }
        });
        // More than its window it does not get.
        let mut seen = 0;
        while seen < 65_535 {
            seen += server.next(DATA).await.payload.len();
        }
        server.send(&[rst_stream(1, number)]).await;
        let error = within("the send ends", sending).await.unwrap();
        assert_is(&error, code, text);
    }
}
