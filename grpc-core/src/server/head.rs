//! What is checked of a call's headers before its handler hears of it.

use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderName, Method, StatusCode, header, request::Parts};

use crate::{
    Status,
    message::{Encodings, MessageEncoding},
};

// As a constant, so that no call parses its name.
static GRPC_TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");

/// Why a request is no call.
#[derive(Debug)]
pub(super) enum Refusal {
    /// It is not gRPC at all, and is answered as HTTP.
    Http(StatusCode),
    /// It cannot be served.
    Grpc(Status),
}

/// Checks that the request is a gRPC call.
///
/// A missing `te: trailers` is let pass: it tells about proxies in between, not about the client.
pub(super) fn check(head: &Parts) -> Result<(), Refusal> {
    if head.method != Method::POST {
        return Err(Refusal::Http(StatusCode::METHOD_NOT_ALLOWED));
    }
    // PROTOCOL-HTTP2 §Requests: anything that does not begin with application/grpc gets a 415.
    let content_type = head
        .headers
        .get(header::CONTENT_TYPE)
        .map_or(&b""[..], |value| value.as_bytes());
    if !is_grpc(content_type) {
        return Err(Refusal::Http(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    Ok(())
}

/// What the requests are compressed as.
///
/// # Errors
/// UNIMPLEMENTED for an encoding that is not accepted (compression.md §Test cases).
pub(super) fn encoding(headers: &HeaderMap, accepted: Encodings) -> Result<MessageEncoding, Refusal> {
    match MessageEncoding::read(headers, accepted) {
        MessageEncoding::Unknown(name) => Err(Refusal::Grpc(Status::unimplemented(format!(
            "messages in grpc-encoding {name:?} cannot be read; accepted are {accepted}"
        )))),
        encoding => Ok(encoding),
    }
}

/// When the client gives up (PROTOCOL-HTTP2 §Requests, `grpc-timeout`).
pub(super) fn deadline(
    headers: &HeaderMap,
    now: impl FnOnce() -> Instant,
) -> Result<Option<Instant>, Refusal> {
    let Some(value) = headers.get(&GRPC_TIMEOUT) else {
        return Ok(None);
    };
    match timeout(value.as_bytes()) {
        // One beyond what the clock can tell is none.
        Some(timeout) => Ok(now().checked_add(timeout)),
        None => Err(Refusal::Grpc(Status::internal(format!(
            "grpc-timeout {:?} is not one to eight digits and a unit",
            String::from_utf8_lossy(value.as_bytes())
        )))),
    }
}

fn is_grpc(content_type: &[u8]) -> bool {
    let Some(rest) = content_type.strip_prefix(b"application/grpc") else {
        return false;
    };
    let codec = rest
        .split(|&byte| byte == b';')
        .next()
        .unwrap_or_default()
        .trim_ascii();
    matches!(codec, b"" | b"+proto")
}

fn timeout(value: &[u8]) -> Option<Duration> {
    let (unit, digits) = value.split_last()?;
    if !(1..=8).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let count = digits
        .iter()
        .fold(0, |count, digit| count * 10 + u64::from(digit - b'0'));
    match unit {
        b'H' => Some(Duration::from_secs(count * 60 * 60)),
        b'M' => Some(Duration::from_secs(count * 60)),
        b'S' => Some(Duration::from_secs(count)),
        b'm' => Some(Duration::from_millis(count)),
        b'u' => Some(Duration::from_micros(count)),
        b'n' => Some(Duration::from_nanos(count)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_up_to_eight_digits_and_a_unit() {
        assert_eq!(timeout(b"1S"), Some(Duration::from_secs(1)));
        assert_eq!(
            timeout(b"99999999H"),
            Some(Duration::from_secs(99_999_999 * 3600))
        );
        assert_eq!(timeout(b"250m"), Some(Duration::from_millis(250)));
        assert_eq!(timeout(b"3u"), Some(Duration::from_micros(3)));
        assert_eq!(timeout(b"4n"), Some(Duration::from_nanos(4)));
        assert_eq!(timeout(b"2M"), Some(Duration::from_secs(120)));
        for bad in ["", "S", "1", "123456789S", "1s", "-1S", "1 S", "1.5S"] {
            assert_eq!(timeout(bad.as_bytes()), None, "{bad:?}");
        }
    }

    #[test]
    fn only_grpc_with_protobuf_is_a_content_type_to_serve() {
        for good in [
            "application/grpc",
            "application/grpc+proto",
            "application/grpc; charset=utf-8",
        ] {
            assert!(is_grpc(good.as_bytes()), "{good}");
        }
        for bad in [
            "",
            "application/json",
            "application/grpc-web",
            "application/grpc+json",
            "application/grpcx",
        ] {
            assert!(!is_grpc(bad.as_bytes()), "{bad}");
        }
    }
}
