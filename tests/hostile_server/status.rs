//! What ends a response: trailers that are missing, wrong, twice or too large.

use grpc::Code;

use crate::{
    case::{Case, check},
    raw::{Block, END_STREAM, data, headers, message, response, trailers},
    support::long_headers,
};

/// A response of one message, and of these trailers.
fn ended(name: &'static str, end: Block) -> Case {
    let mut end = long_headers(1, end);
    end[0].flags |= END_STREAM;
    let frames = [headers(1, response()), data(1, &message(b"reply"))];
    Case::new(name, frames.into_iter().chain(end))
}

/// A response of headers alone.
fn alone(name: &'static str, end: &[(&str, &str)]) -> Case {
    let head = end
        .iter()
        .fold(response(), |head, (key, value)| head.literal(key, value));
    Case::new(name, [headers(1, head).ending()])
}

pub(crate) fn cases() -> Vec<Case> {
    let grpc_status = |status: &'static str, message: &str| {
        Block::of(&[("grpc-status", status), ("grpc-message", message)])
    };
    let large = "m".repeat(12_000);
    let too_large = "m".repeat(20_000);
    vec![
        ended("OK", trailers("0")).answers(b"reply"),
        ended("a padded number", trailers("00")).answers(b"reply"),
        ended("no grpc-status", Block::of(&[("x-other", "1")])).fails(Code::Unknown, "without a grpc-status"),
        ended("no trailers at all", Block::new()).fails(Code::Unknown, "without a grpc-status"),
        ended("a status out of range", grpc_status("17", "what")).fails(Code::Unknown, "what"),
        ended("a status below zero", trailers("-1")).fails(Code::Unknown, "grpc-status \"-1\""),
        ended("a status of many digits", trailers("99999999999999999999"))
            .fails(Code::Unknown, "grpc-status \"99999999999999999999\""),
        ended("no number", trailers("OK")).fails(Code::Unknown, "grpc-status \"OK\""),
        ended("an empty status", trailers("")).fails(Code::Unknown, "grpc-status \"\""),
        ended("a status that is no text", trailers("").raw(b"")).fails(Code::Unknown, "grpc-status"),
        ended("two statuses", trailers("0").literal("grpc-status", "13"))
            .fails(Code::Unknown, "more than one grpc-status"),
        ended("the same status twice", trailers("5").literal("grpc-status", "5")).fails(Code::NotFound, ""),
        ended(
            "a message of broken escapes",
            grpc_status("5", "%zz %4 %e4%b8 100%"),
        )
        .fails(Code::NotFound, "%zz %4 \u{FFFD} 100%"),
        ended(
            "a message of bytes that are not text",
            trailers("5").literal("grpc-message", b"\xff\xfe"),
        )
        .fails(Code::NotFound, "\u{FFFD}"),
        ended("a large message", grpc_status("5", &large)).fails(Code::NotFound, "mmmm"),
        // h2 drops what is over the limit of trailers, and says nothing.
        ended("trailers over the limit", grpc_status("5", &too_large)).fails(Code::NotFound, ""),
        ended(
            "a status behind trailers over the limit",
            Block::of(&[("x-large", &too_large), ("grpc-status", "0")]),
        )
        .fails(Code::Unknown, "without a grpc-status"),
        ended(
            "details that are no base64",
            trailers("5").literal("grpc-status-details-bin", "%%%"),
        )
        .fails(Code::NotFound, ""),
        alone("trailers only", &[("grpc-status", "7"), ("grpc-message", "no")])
            .fails(Code::PermissionDenied, "no"),
        alone("trailers only without a status", &[]).fails(Code::Unknown, "without a grpc-status"),
    ]
}

#[tokio::test(start_paused = true)]
async fn trailers_that_are_wrong_end_their_call_and_no_other() {
    check(cases()).await;
}
