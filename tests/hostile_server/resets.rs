//! RST_STREAM with every code, at every point of a response.

use grpc::Code;

use crate::{
    case::{Case, check},
    raw::{Frame, code, data, headers, message, response, rst_stream},
    support::answer,
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
            cases.push(match (number, point) {
                // RFC 9113 §8.1: the server does not want the rest of the request; the response is as long as it is.
                (code::NO_ERROR, "behind the head" | "inside of a message" | "before the trailers") => {
                    case.fails(Code::Internal, "ended without trailers")
                }
                _ => case.fails(code, text),
            });
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
