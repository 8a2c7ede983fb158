//! What is checked of a call's headers before its handler hears of it.

use std::time::Instant;

use http::{HeaderMap, Method, StatusCode, header, request::Parts};

use crate::{
    Status,
    message::{Encodings, MessageEncoding},
    timeout,
};

/// Why a request is no call.
#[derive(Debug)]
pub(super) enum Refusal {
    /// It is not gRPC at all, and is answered as HTTP.
    Http(StatusCode),
    /// It cannot be served.
    Grpc(Status),
}

/// Checks that the request is a gRPC call, of messages in whatever format.
///
/// A missing `te: trailers` is let pass: it tells about proxies in between, not about the client.
pub(super) fn check(head: &Parts) -> Result<(), Refusal> {
    if head.method != Method::POST {
        return Err(Refusal::Http(StatusCode::METHOD_NOT_ALLOWED));
    }
    // PROTOCOL-HTTP2 §Requests: anything that does not begin with application/grpc gets a 415.
    if format(&head.headers).is_none() {
        return Err(Refusal::Http(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    Ok(())
}

/// Checks that a service of ours can read the messages: they are Protocol Buffers.
pub(super) fn check_format(head: &Parts) -> Result<(), Refusal> {
    match format(&head.headers) {
        Some(b"" | b"+proto") => Ok(()),
        _ => Err(Refusal::Http(StatusCode::UNSUPPORTED_MEDIA_TYPE)),
    }
}

/// Checks that the messages can be read as what they are compressed.
///
/// # Errors
/// UNIMPLEMENTED for an encoding that is not accepted (compression.md §Test cases).
pub(super) fn check_encoding(encoding: &MessageEncoding, accepted: Encodings) -> Result<(), Status> {
    match encoding {
        MessageEncoding::Unknown(name) => Err(Status::unimplemented(format!(
            "messages in grpc-encoding {name:?} cannot be read; accepted are {accepted}"
        ))),
        _ => Ok(()),
    }
}

/// When the client gives up (PROTOCOL-HTTP2 §Requests, `grpc-timeout`).
pub(super) fn deadline(
    headers: &HeaderMap,
    now: impl FnOnce() -> Instant,
) -> Result<Option<Instant>, Refusal> {
    let Some(value) = headers.get(timeout::GRPC_TIMEOUT) else {
        return Ok(None);
    };
    // One beyond what the clock can tell is none.
    let timeout = timeout::parse(value).map_err(Refusal::Grpc)?;
    Ok(now().checked_add(timeout))
}

/// What stands behind `application/grpc` in the content-type, parameters left out: nothing, or `+` and the messages'
/// format. `None` if it is no content-type of gRPC's.
fn format(headers: &HeaderMap) -> Option<&[u8]> {
    let content_type = headers.get(header::CONTENT_TYPE)?.as_bytes();
    let rest = content_type.strip_prefix(b"application/grpc")?;
    let format = rest.split(|&byte| byte == b';').next()?.trim_ascii();
    matches!(format, b"" | [b'+', _, ..]).then_some(format)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_grpc_is_a_content_type_to_serve() {
        let check = |content_type: &str| {
            let request = http::Request::post("/a.B/C").header(header::CONTENT_TYPE, content_type);
            let (head, ()) = request.body(()).unwrap().into_parts();
            (check(&head).is_ok(), check_format(&head).is_ok())
        };
        for good in [
            "application/grpc",
            "application/grpc+proto",
            "application/grpc; charset=utf-8",
        ] {
            assert_eq!(check(good), (true, true), "{good}");
        }
        assert_eq!(
            check("application/grpc+json"),
            (true, false),
            "for a service that knows it"
        );
        for bad in [
            "",
            "application/json",
            "application/grpc-web",
            "application/grpcx",
            "application/grpc+",
        ] {
            assert_eq!(check(bad), (false, false), "{bad}");
        }
    }
}
