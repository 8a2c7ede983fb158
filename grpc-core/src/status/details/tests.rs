use std::time::Duration;

use bytes::Bytes;
use prost::Message;

use super::*;
use crate::{Code, Status};

/// One of each type, with every field set.
fn all() -> Vec<ErrorDetail> {
    vec![
        ErrorInfo::new("STOCKOUT", "spanner.example.com")
            .with_metadata("region", "east")
            .into(),
        BadRequest::violation("a.b", "is bad")
            .and_violation(
                FieldViolation::new("c[2]", "is worse")
                    .with_reason("TOO_BAD")
                    .with_localized_message(LocalizedMessage::new("de-CH", "schlecht")),
            )
            .into(),
        RetryInfo::after(Duration::new(3, 500)).into(),
        QuotaFailure::from(
            QuotaViolation::new("project:7", "used up")
                .with_api_service("disk.example.com")
                .with_quota("disk.example.com/writes", "WRITES-per-day", 10)
                .with_dimension("region", "east")
                .with_future_value(20),
        )
        .into(),
        PreconditionFailure::violation("TOS", "example.com", "accept them").into(),
        ResourceInfo::new("file", "/a")
            .with_owner("user:x")
            .with_description("is locked")
            .into(),
        Help::link("more", "https://example.com").into(),
        LocalizedMessage::new("fr", "non").into(),
        RequestInfo::new("r-1").with_serving_data("secret").into(),
        DebugInfo::new("why").with_stack_entries(["a", "b"]).into(),
    ]
}

fn with(details: Vec<ErrorDetail>) -> Status {
    details
        .into_iter()
        .fold(Status::aborted("no"), |status, detail| match detail {
            ErrorDetail::ErrorInfo(detail) => status.with_detail(detail),
            ErrorDetail::BadRequest(detail) => status.with_detail(detail),
            ErrorDetail::RetryInfo(detail) => status.with_detail(detail),
            ErrorDetail::QuotaFailure(detail) => status.with_detail(detail),
            ErrorDetail::PreconditionFailure(detail) => status.with_detail(detail),
            ErrorDetail::ResourceInfo(detail) => status.with_detail(detail),
            ErrorDetail::Help(detail) => status.with_detail(detail),
            ErrorDetail::LocalizedMessage(detail) => status.with_detail(detail),
            ErrorDetail::RequestInfo(detail) => status.with_detail(detail),
            ErrorDetail::DebugInfo(detail) => status.with_detail(detail),
            ErrorDetail::Other(any) => panic!("{any:?} is none of them"),
        })
}

#[test]
fn details_of_every_type_are_read_as_they_were_added() {
    let status = with(all());
    assert_eq!(status.error_details().unwrap(), all());
    assert_eq!(status.detail(), Some(Help::link("more", "https://example.com")));
    let message = RpcStatus::decode(status.details().clone()).unwrap();
    assert_eq!((message.code, &*message.message), (Code::Aborted.number(), "no"));
    assert_eq!(
        message.details[0].type_url,
        "type.googleapis.com/google.rpc.ErrorInfo"
    );
}

#[test]
fn a_status_is_a_message_and_back() {
    let message = RpcStatus::from(&with(all()));
    let status = message.clone().into_status();
    assert_eq!((status.code(), status.message()), (Code::Aborted, "no"));
    assert_eq!(RpcStatus::from(&status), message);
}

#[test]
fn the_first_detail_of_a_type_is_the_one_that_is_read() {
    let status = Status::unknown("")
        .with_detail(DebugInfo::new("one"))
        .with_detail(DebugInfo::new("two"));
    assert_eq!(status.detail::<DebugInfo>().unwrap().detail, "one");
    assert_eq!(status.error_details().unwrap().len(), 2);
}

#[test]
fn a_detail_of_an_unknown_type_is_kept_as_it_came() {
    let any = Any::new("types.example.com/shop.v1.Fault", Bytes::from_static(b"\x08\x07"));
    let message = RpcStatus {
        code: 5,
        message: "x".to_owned(),
        details: vec![any.clone()],
    };
    let status = Status::not_found("x").with_details(message.encode_to_vec());
    assert_eq!(status.error_details().unwrap(), [ErrorDetail::Other(any.clone())]);
    assert_eq!(any.type_name(), "shop.v1.Fault");
}

#[test]
fn a_detail_that_is_not_what_it_says_is_kept_as_it_came() {
    let any = Any::new("type.googleapis.com/google.rpc.Help", Bytes::from_static(b"\xff"));
    let mut status = Status::not_found("x");
    status.add_detail(&any);
    let status = status.with_detail(DebugInfo::new("readable"));
    assert_eq!(status.detail::<Help>(), None);
    let details = status.error_details().unwrap();
    assert_eq!(
        details,
        [ErrorDetail::Other(any), DebugInfo::new("readable").into()]
    );
}

#[test]
fn details_that_are_no_status_are_an_error_that_says_so() {
    let status = Status::not_found("x").with_details(&b"\x1a\xffnonsense"[..]);
    let error = status.error_details().unwrap_err().to_string();
    assert!(
        error.starts_with("the status's details are no google.rpc.Status: "),
        "{error}"
    );
    assert_eq!(status.detail::<Help>(), None);
}

#[test]
fn details_that_contradict_the_status_are_an_error_that_says_so() {
    let theirs = Status::internal("x").with_detail(DebugInfo::new("y"));
    let status = Status::not_found("x").with_details(theirs.details().clone());
    assert_eq!(
        status.error_details().unwrap_err().to_string(),
        "the status's details contradict it: they say code 13, and grpc-status says 5 (NOT_FOUND)"
    );
    assert_eq!(status.detail::<DebugInfo>(), None);
    assert_eq!((status.code(), status.message()), (Code::NotFound, "x"));
}

#[test]
fn details_without_a_code_contradict_nothing() {
    let message = RpcStatus {
        details: vec![DebugInfo::new("y").to_any()],
        ..RpcStatus::default()
    };
    let status = Status::not_found("x").with_details(message.encode_to_vec());
    assert!(status.detail::<DebugInfo>().is_some());
}

#[test]
fn times_to_wait_that_cannot_be_are_none() {
    assert_eq!(
        RetryInfo::after(Duration::MAX).retry_delay().unwrap().as_secs(),
        315_576_000_000
    );
    assert_eq!(
        RetryInfo::after(Duration::ZERO).retry_delay(),
        Some(Duration::ZERO)
    );
    for (seconds, nanos) in [(-1, 0), (0, -1), (0, i32::MAX), (i64::MAX, 0)] {
        let delay = prost_types::Duration { seconds, nanos };
        let mut encoded = Vec::new();
        prost::encoding::message::encode(1, &delay, &mut encoded);
        assert_eq!(
            RetryInfo::decode(&encoded[..]).unwrap().retry_delay(),
            None,
            "{delay:?}"
        );
    }
    assert_eq!(RetryInfo::default().retry_delay(), None);
}

#[test]
fn no_damage_to_details_is_more_than_an_error() {
    let whole = with(all()).details().clone();
    let mut unreadable = 0;
    for at in 0..whole.len() {
        let mut changed = whole.to_vec();
        changed[at] ^= 1 << (at % 8);
        for damaged in [whole.slice(..at), whole.slice(at..), changed.into()] {
            let status = Status::aborted("no").with_details(damaged);
            unreadable += usize::from(status.error_details().is_err());
            // Whatever is left of the one is what is left in the list.
            let listed = status.error_details().unwrap_or_default();
            let listed = listed.into_iter().find_map(|detail| match detail {
                ErrorDetail::Help(help) => Some(help),
                _ => None,
            });
            assert_eq!(status.detail::<Help>(), listed);
        }
    }
    assert!(unreadable > whole.len(), "{unreadable}");
}
