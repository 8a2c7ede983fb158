//! What a failure of HTTP/2 means for a call.

use std::error::Error as StdError;

use h2::Reason;
use http::HeaderMap;

use crate::{
    Status,
    metadata::Metadata,
    status::{Code, from_http_status},
};

/// How a call ended: its status, and the metadata that came with it.
#[derive(Clone, Debug)]
pub(super) struct Ended {
    pub(super) status: Result<(), Status>,
    pub(super) trailers: Metadata,
}

impl Ended {
    pub(super) fn failed(status: Status) -> Self {
        let trailers = status.metadata().clone();
        Self {
            // Whoever made it, an interceptor perhaps: it was not the handler that may return it.
            status: Err(status.received()),
            trailers,
        }
    }

    /// Reads the block that ends a response.
    pub(super) fn from_trailers(trailers: HeaderMap) -> Self {
        match Status::from_trailers(trailers) {
            Some((status, trailers)) => Self { status, trailers },
            None => Self::failed(Status::unknown("the response ended without a grpc-status")),
        }
    }

    /// Reads a head that is the whole response (PROTOCOL-HTTP2 §Responses, `Trailers-Only`).
    pub(super) fn from_trailers_only(head: http::response::Parts) -> Self {
        match Status::from_trailers(head.headers) {
            Some((status, trailers)) => Self { status, trailers },
            None => Self::failed(from_http_status(head.status)),
        }
    }
}

/// What is wrong with the head of a response, if it is none of gRPC's (http-grpc-status-mapping.md).
pub(super) fn check_head(head: &http::response::Parts) -> Result<(), Status> {
    if head.status != http::StatusCode::OK {
        return Err(from_http_status(head.status));
    }
    let content_type = head
        .headers
        .get(http::header::CONTENT_TYPE)
        .map(http::HeaderValue::as_bytes);
    match content_type {
        Some(value) if is_grpc(value) => Ok(()),
        Some(value) => Err(Status::unknown(format!(
            "the response's content-type is {:?}, not application/grpc",
            String::from_utf8_lossy(value)
        ))),
        None => Err(Status::unknown(
            "the response has no content-type; it is not a gRPC response",
        )),
    }
}

/// PROTOCOL-HTTP2 §Responses: `"application/grpc" [("+proto" / "+json" / {custom})]`; parameters are let pass.
fn is_grpc(content_type: &[u8]) -> bool {
    const GRPC: &[u8] = b"application/grpc";
    content_type
        .get(..GRPC.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(GRPC))
        && matches!(content_type.get(GRPC.len()), None | Some(b'+' | b';'))
}

/// Why a stream ended before its trailers.
pub(super) struct StreamFailure {
    pub(super) status: Status,
    /// Set if the server says that it has not looked at the request. It can be so only before the response
    /// has begun.
    pub(super) unprocessed: Option<Unprocessed>,
    /// The peer cancelled the stream.
    pub(super) cancelled: bool,
}

/// How a call came to be untouched by the server, so that it may be sent again (gRFC A6 §Transparent Retries).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unprocessed {
    /// Nothing of it was sent.
    Unsent,
    /// Its connection was closed before its turn: GOAWAY.
    LeftBehind,
    /// REFUSED_STREAM: the server had no room at that moment.
    Refused,
}

pub(super) fn stream_failure(error: hyper::Error) -> StreamFailure {
    let h2_error = source_of::<h2::Error>(&error);
    let reason = h2_error.and_then(h2::Error::reason);
    let remote = h2_error.is_some_and(h2::Error::is_remote);
    let (code, what) = match (h2_error, reason) {
        (Some(h2_error), Some(reason)) if h2_error.is_go_away() => {
            let code = if remote { Code::Unavailable } else { Code::Internal };
            (code, format!("the connection was closed: GOAWAY, {reason:?}"))
        }
        (Some(h2_error), Some(reason)) if h2_error.is_reset() => {
            let who = if remote { "by the server" } else { "by the client" };
            (
                from_reason(reason),
                format!("the stream was reset {who}: {reason:?}"),
            )
        }
        _ => (
            Code::Unavailable,
            format!("the connection was lost: {}", Chain(&error)),
        ),
    };
    let unprocessed = h2_error.filter(|_| remote).and_then(|error| match reason {
        _ if error.is_go_away() => Some(Unprocessed::LeftBehind),
        Some(Reason::REFUSED_STREAM) if error.is_reset() => Some(Unprocessed::Refused),
        _ => None,
    });
    let cancelled = remote && reason == Some(Reason::CANCEL);
    StreamFailure {
        status: Status::new(code, what).with_source(error),
        unprocessed,
        cancelled,
    }
}

/// PROTOCOL-HTTP2 §Errors, "HTTP2 Code" to "GRPC Code".
fn from_reason(reason: Reason) -> Code {
    match reason {
        Reason::NO_ERROR
        | Reason::PROTOCOL_ERROR
        | Reason::INTERNAL_ERROR
        | Reason::FLOW_CONTROL_ERROR
        | Reason::SETTINGS_TIMEOUT
        | Reason::FRAME_SIZE_ERROR
        | Reason::COMPRESSION_ERROR
        | Reason::CONNECT_ERROR => Code::Internal,
        Reason::REFUSED_STREAM => Code::Unavailable,
        Reason::CANCEL => Code::Cancelled,
        Reason::ENHANCE_YOUR_CALM => Code::ResourceExhausted,
        Reason::INADEQUATE_SECURITY => Code::PermissionDenied,
        _ => Code::Unknown,
    }
}

/// The first error of this type among an error and its causes.
fn source_of<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    std::iter::successors(Some(error), |error: &&'a (dyn StdError + 'static)| {
        (*error).source()
    })
    .find_map(|error| error.downcast_ref())
}

/// An error with its causes: hyper's own text leaves them out.
pub(super) struct Chain<'a>(pub(super) &'a (dyn StdError + 'static));

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(status: u16, content_type: &str) -> http::response::Parts {
        let response = http::Response::builder()
            .status(status)
            .header("content-type", content_type);
        response.body(()).unwrap().into_parts().0
    }

    #[test]
    fn a_head_that_is_not_grpcs_gets_a_status_of_its_own() {
        for fine in [
            "application/grpc",
            "application/grpc+proto",
            "Application/GRPC;charset=utf-8",
        ] {
            check_head(&head(200, fine)).unwrap();
        }
        for (status, content_type, code) in [
            (200, "text/html", Code::Unknown),
            (200, "application/grpc-web", Code::Unknown),
            (404, "text/html", Code::Unimplemented),
            (503, "application/grpc", Code::Unavailable),
            (401, "text/plain", Code::Unauthenticated),
        ] {
            assert_eq!(
                check_head(&head(status, content_type)).unwrap_err().code(),
                code,
                "{status}"
            );
        }
    }

    #[test]
    fn reset_codes_map_as_specified() {
        for (reason, code) in [
            (Reason::NO_ERROR, Code::Internal),
            (Reason::PROTOCOL_ERROR, Code::Internal),
            (Reason::REFUSED_STREAM, Code::Unavailable),
            (Reason::CANCEL, Code::Cancelled),
            (Reason::ENHANCE_YOUR_CALM, Code::ResourceExhausted),
            (Reason::INADEQUATE_SECURITY, Code::PermissionDenied),
            (Reason::STREAM_CLOSED, Code::Unknown),
        ] {
            assert_eq!(from_reason(reason), code, "{reason:?}");
        }
    }
}
