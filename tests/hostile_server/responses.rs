//! Frames of a response in an order that is none, and responses that are not gRPC's.

use grpc::Code;

use crate::{
    case::{Case, check},
    raw::{
        Block, END_HEADERS, Frame, PUSH_PROMISE, code, data, headers, message, request, response, trailers,
    },
    support::answer,
};

fn http(status: &str) -> Block {
    Block::of(&[(":status", status), ("content-type", "application/grpc")])
}

fn interim(status: &str) -> Frame {
    headers(1, Block::of(&[(":status", status), ("link", "</style.css>")]))
}

fn order() -> Vec<Case> {
    let reply = || data(1, &message(b"reply"));
    let end = || headers(1, trailers("0")).ending();
    vec![
        Case::new(
            "DATA behind trailers-only",
            [
                headers(1, response().literal("grpc-status", "5")).ending(),
                reply(),
            ],
        )
        .fails(Code::NotFound, ""),
        Case::new(
            "HEADERS behind the trailers",
            answer(1, b"reply").into_iter().chain([end()]),
        )
        .answers(b"reply"),
        Case::new(
            "HEADERS twice",
            [headers(1, response()), headers(1, response()), reply(), end()],
        )
        .fails(Code::Internal, "PROTOCOL_ERROR"),
        Case::new(
            "trailers that do not end the stream",
            [headers(1, response()), reply(), headers(1, trailers("0"))],
        )
        .fails(Code::Internal, "PROTOCOL_ERROR"),
        Case::new("DATA before HEADERS", [reply(), headers(1, response()), end()])
            .fails(Code::Internal, "PROTOCOL_ERROR")
            .and_goaway(code::PROTOCOL_ERROR),
        Case::new(
            "HEADERS without a status of HTTP",
            [
                headers(1, Block::of(&[("content-type", "application/grpc")])),
                reply(),
                end(),
            ],
        )
        .fails(Code::Internal, "PROTOCOL_ERROR"),
        Case::new(
            "a request in place of a response",
            [headers(1, request("/")), reply(), end()],
        )
        .fails(Code::Internal, "PROTOCOL_ERROR"),
        Case::new(
            "DATA that ends the stream",
            [headers(1, response()), reply().ending()],
        )
        .fails(Code::Internal, "without trailers"),
        Case::new(
            "END_STREAM with an empty head",
            [headers(1, Block::of(&[(":status", "200")])).ending()],
        )
        .fails(Code::Unknown, "without a grpc-status"),
        Case::new(
            "a message that is cut off by trailers",
            [headers(1, response()), data(1, &message(b"reply")[..7]), end()],
        )
        .fails(Code::Internal, "in the middle of a message"),
        Case::new(
            "a length that DATA exceeds",
            [
                headers(1, response().literal("content-length", "3")),
                reply(),
                end(),
            ],
        )
        .fails(Code::Internal, "PROTOCOL_ERROR"),
        Case::new(
            "a length that DATA does not reach",
            [
                headers(1, response().literal("content-length", "30")),
                reply(),
                end(),
            ],
        )
        .fails(Code::Internal, "PROTOCOL_ERROR"),
        Case::new("DATA on a stream that was never opened", [data(5, b"?")])
            .fails(Code::Internal, "PROTOCOL_ERROR")
            .and_goaway(code::PROTOCOL_ERROR),
        Case::new("HEADERS on a stream that was never opened", answer(5, b"reply"))
            .fails(Code::Internal, "PROTOCOL_ERROR")
            .and_goaway(code::PROTOCOL_ERROR),
        Case::new("HEADERS on a stream of the server's", answer(2, b"reply"))
            .fails(Code::Internal, "PROTOCOL_ERROR")
            .and_goaway(code::PROTOCOL_ERROR),
        Case::new("HEADERS on stream 0", answer(0, b"reply"))
            .fails(Code::Internal, "PROTOCOL_ERROR")
            .and_goaway(code::PROTOCOL_ERROR),
        Case::new("PUSH_PROMISE", [promise(2)])
            .fails(Code::Internal, "PROTOCOL_ERROR")
            .and_goaway(code::PROTOCOL_ERROR),
    ]
}

fn promise(stream: u32) -> Frame {
    let mut payload = stream.to_be_bytes().to_vec();
    payload.extend(Vec::from(request("/pushed")));
    Frame::new(PUSH_PROMISE, END_HEADERS, 1, payload)
}

fn interims() -> Vec<Case> {
    let before = |frames: Vec<Frame>| frames.into_iter().chain(answer(1, b"reply"));
    vec![
        Case::new("100", before(vec![interim("100")])).answers(b"reply"),
        Case::new("103", before(vec![interim("103")])).answers(b"reply"),
        Case::new(
            "103, 100 and 199",
            before(vec![interim("103"), interim("100"), interim("199")]),
        )
        .answers(b"reply"),
        Case::new("a thousand of 103", before(vec![interim("103"); 1000])).answers(b"reply"),
        Case::new("101", before(vec![interim("101")])).answers(b"reply"),
        Case::new("100 that ends the stream", [interim("100").ending()])
            .fails(Code::Internal, "PROTOCOL_ERROR"),
        Case::new("100 behind the head", [headers(1, response()), interim("100")])
            .fails(Code::Internal, "PROTOCOL_ERROR"),
    ]
}

fn http_statuses() -> Vec<Case> {
    let mut cases = Vec::new();
    for (status, code) in [
        ("200", Code::Unknown),
        ("204", Code::Unknown),
        ("302", Code::Unknown),
        ("400", Code::Internal),
        ("401", Code::Unauthenticated),
        ("403", Code::PermissionDenied),
        ("404", Code::Unimplemented),
        ("418", Code::Unknown),
        ("429", Code::Unavailable),
        ("500", Code::Unknown),
        ("502", Code::Unavailable),
        ("503", Code::Unavailable),
        ("504", Code::Unavailable),
        ("599", Code::Unknown),
        ("999", Code::Unknown),
    ] {
        cases.push(Case::new(status, [headers(1, http(status)).ending()]).fails(code, status));
        let own = http(status)
            .literal("grpc-status", "8")
            .literal("grpc-message", "own");
        cases.push(Case::new(status, [headers(1, own).ending()]).fails(Code::ResourceExhausted, "own"));
        if status != "200" {
            let with_body = [headers(1, http(status)), data(1, b"<html>").ending()];
            cases.push(Case::new(status, with_body).fails(code, status));
        }
    }
    for status in ["20", "2000", "ok", "099", ""] {
        let case = Case::new("no status", [headers(1, http(status)).ending()]);
        let case = case.fails(Code::Internal, "PROTOCOL_ERROR");
        cases.push(case.and_goaway(code::PROTOCOL_ERROR));
    }
    for content_type in ["text/html", "application/grpc-web+proto", "application/json", ""] {
        let head = Block::of(&[(":status", "200"), ("content-type", content_type)]);
        let frames = [
            headers(1, head),
            data(1, &message(b"reply")),
            headers(1, trailers("0")).ending(),
        ];
        cases.push(Case::new("content-type", frames).fails(Code::Unknown, content_type));
    }
    let none = [
        headers(1, Block::of(&[(":status", "200")])),
        data(1, b"?").ending(),
    ];
    cases.push(Case::new("no content-type", none).fails(Code::Unknown, "no content-type"));
    cases
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = order();
    cases.extend(interims());
    cases.extend(http_statuses());
    cases
}

#[tokio::test(start_paused = true)]
async fn a_response_in_an_order_that_is_none_ends_its_call() {
    check(order()).await;
}

#[tokio::test(start_paused = true)]
async fn interim_responses_are_passed_over() {
    check(interims()).await;
}

#[tokio::test(start_paused = true)]
async fn a_status_of_http_stands_for_one_of_grpc() {
    check(http_statuses()).await;
}
