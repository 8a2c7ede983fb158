use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::{collection::vec, prelude::*};

use super::{
    details::{Any, ErrorDetail, RpcStatus},
    wire::{percent_decode, percent_encode},
    *,
};

fn code() -> impl Strategy<Value = Code> {
    (1i64..17).prop_map(Code::from_number)
}

fn any_detail() -> impl Strategy<Value = Any> {
    let url = prop_oneof![
        "(type.googleapis.com/google.rpc.)(Help|ErrorInfo|RetryInfo|BadRequest|QuotaFailure|DebugInfo)",
        ".{0,20}"
    ];
    (url, vec(any::<u8>(), 0..40)).prop_map(|(url, value)| Any::new(url, value))
}

fn ascii(longest: usize) -> impl Strategy<Value = String> {
    vec(b' '..=b'~', 0..longest).prop_map(|text| text.into_iter().map(char::from).collect())
}

fn status(longest: usize) -> impl Strategy<Value = Status> {
    let message = prop_oneof![
        ascii(longest),
        vec(any::<char>(), 0..longest).prop_map(String::from_iter)
    ];
    let metadata = vec(("k[a-z]{0,3}", ascii(longest)), 0..6);
    (code(), message, vec(any::<u8>(), 0..longest), metadata).prop_map(
        |(code, message, details, metadata)| {
            let mut status = Status::new(code, message).with_details(details);
            for (key, value) in metadata {
                status.metadata_mut().append(key, value.trim()).unwrap();
            }
            status
        },
    )
}

fn trailers(status: &Status) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    status.write_to(&mut trailers);
    trailers
}

fn read(trailers: HeaderMap) -> Status {
    let (status, metadata) = Status::read_from(trailers, Metadata::from_headers).unwrap();
    let status = status.unwrap_err();
    assert_eq!(status.metadata(), &metadata);
    status
}

proptest! {
    #[test]
    fn any_message_survives_percent_encoding(message in ".*") {
        let encoded = percent_encode(&message);
        let text = encoded.to_str().unwrap();
        prop_assert!(text.bytes().all(|byte| matches!(byte, b' '..=b'~')), "{text}");
        // RFC 9113 §8.2.1: a value neither starts nor ends with white space.
        prop_assert_eq!(text.trim(), text);
        prop_assert_eq!(percent_decode(text.as_bytes()), message);
    }

    #[test]
    fn no_encoded_message_is_lost(encoded in prop_oneof![vec(any::<u8>(), 0..60), "([%a-fA-F0-9]|.){0,30}".prop_map(String::into_bytes)]) {
        let decoded = percent_decode(&encoded);
        prop_assert_eq!(decoded.is_empty(), encoded.is_empty());
        // One escape of three bytes is one character at least, or a third of one.
        prop_assert!(decoded.chars().count() >= encoded.len() / 12);
        if !encoded.contains(&b'%') {
            prop_assert_eq!(&decoded, &String::from_utf8_lossy(&encoded));
        }
        prop_assert_eq!(percent_decode(percent_encode(&decoded).as_bytes()), decoded);
    }

    #[test]
    fn any_status_arrives_whole(status in status(100)) {
        let read = read(trailers(&status));
        prop_assert_eq!(read.code(), status.code());
        prop_assert_eq!(read.message(), status.message());
        prop_assert_eq!(read.details(), status.details());
        prop_assert_eq!(read.metadata(), status.metadata());
    }

    #[test]
    fn a_status_over_the_cap_fits_and_is_a_part_of_itself(status in status(800), limit in 200usize..1500) {
        let mut block = trailers(&status);
        let whole = block.clone();
        let missing = cap_trailers(&mut block, limit);
        // RFC 9113 §6.5.2.
        let size: usize = block.iter().map(|(name, value)| name.as_str().len() + value.len() + 32).sum();
        prop_assert!(size <= limit);
        prop_assert_eq!(missing.is_none(), block == whole);
        let read = read(block);
        prop_assert_eq!(read.code(), status.code());
        prop_assert!(status.message().starts_with(read.message()));
        prop_assert!(read.details().is_empty() || read.details() == status.details());
        for (key, value) in read.metadata().iter() {
            prop_assert!(status.metadata().iter().any(|(other, sent)| key == other && value == sent));
        }
    }

    #[test]
    fn any_block_is_a_status_or_none(
        block in vec(("grpc-status|grpc-message|grpc-status-details-bin|[a-z]{1,4}(-bin)?",
            prop_oneof!["-?[0-9]{0,3}".prop_map(String::into_bytes), vec(any::<u8>(), 0..30)]), 0..6)
    ) {
        let mut headers = HeaderMap::new();
        for (name, value) in block {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                headers.append(HeaderName::try_from(name).unwrap(), value);
            }
        }
        let has_status = headers.contains_key("grpc-status");
        let message = headers.get("grpc-message").cloned();
        let read = Status::read_from(headers, Metadata::from_headers);
        prop_assert_eq!(read.is_some(), has_status);
        if let Some((Err(status), metadata)) = read {
            prop_assert_ne!(status.code(), Code::Ok);
            let message = message.map(|message| percent_decode(message.as_bytes())).unwrap_or_default();
            prop_assert!(status.message().starts_with(&message));
            prop_assert!(!metadata.contains_key("grpc-status"));
            // None of it is this server's own.
            prop_assert_eq!(trailers(&status).keys().filter(|name| !name.as_str().starts_with("grpc-")).count(), 0);
        }
    }

    #[test]
    fn any_details_arrive_in_their_order(code in code(), message in ".{0,20}", details in vec(any_detail(), 1..6)) {
        let sent = RpcStatus { code: code.number(), message: message.clone(), details };
        let status = sent.clone().into_status();
        let read = read(trailers(&status));
        prop_assert_eq!(read.error_details().unwrap().len(), sent.details.len());
        prop_assert_eq!(RpcStatus::from(&read), sent);
    }

    #[test]
    fn any_bytes_as_details_are_read_or_an_error(code in code(), details in vec(any::<u8>(), 0..100)) {
        let status = Status::new(code, "").with_details(details);
        if let Ok(details) = status.error_details() {
            let listed = details.iter().any(|detail| matches!(detail, ErrorDetail::Help(_)));
            prop_assert_eq!(status.detail::<details::Help>().is_some(), listed);
        }
        let arrived = read(trailers(&status));
        prop_assert_eq!(arrived.details(), status.details());
        // What is added to what cannot be read leaves by itself.
        let added = arrived.with_detail(details::Help::link("a", "b"));
        prop_assert!(read(trailers(&added)).detail::<details::Help>().is_some());
    }
}
