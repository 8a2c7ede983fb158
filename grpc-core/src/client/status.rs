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

    /// The same, for the one who gets the trailers. What is left is for who asks what became of the call.
    pub(super) fn hand_out(&mut self) -> Self {
        Self {
            status: self.status.clone(),
            trailers: std::mem::take(&mut self.trailers),
        }
    }

    /// Reads the block that ends a response.
    pub(super) fn from_trailers(trailers: HeaderMap, metadata: impl FnOnce(HeaderMap) -> Metadata) -> Self {
        match Status::read_from(trailers, metadata) {
            Some((status, trailers)) => Self { status, trailers },
            None => Self::failed(Status::unknown("the response ended without a grpc-status")),
        }
    }

    /// Reads a head that is the whole response (PROTOCOL-HTTP2 §Responses, `Trailers-Only`).
    pub(super) fn from_trailers_only(
        head: http::response::Parts,
        metadata: impl FnOnce(HeaderMap) -> Metadata,
    ) -> Self {
        match Status::read_from(head.headers, metadata) {
            Some((status, trailers)) => Self { status, trailers },
            None => Self::failed(from_http_status(head.status)),
        }
    }
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

/// `goaway` is what the server has said in closing the connection, if it has.
pub(super) fn stream_failure(error: h2::Error, goaway: Option<String>) -> StreamFailure {
    let reason = error.reason();
    let remote = error.is_remote();
    let (code, what) = match reason {
        Some(reason) if error.is_go_away() => {
            if remote {
                let said = goaway.unwrap_or_else(|| format!("GOAWAY, {}", Named(reason)));
                (Code::Unavailable, format!("the connection was closed: {said}"))
            } else {
                let what =
                    format!("the connection was closed by the client, for what the server sent: {reason:?}");
                (Code::Internal, what)
            }
        }
        Some(reason) if error.is_reset() => {
            let who = if remote { "by the server" } else { "by the client" };
            (
                from_reason(reason),
                format!("the stream was reset {who}: {}", Named(reason)),
            )
        }
        _ => {
            let said = goaway.map_or_else(String::new, |said| format!(" after {said}"));
            let what = format!("the connection was lost{said}: {}", Chain(&error));
            (Code::Unavailable, what)
        }
    };
    let unprocessed = match reason {
        _ if !remote => None,
        _ if error.is_go_away() => Some(Unprocessed::LeftBehind),
        Some(Reason::REFUSED_STREAM) if error.is_reset() => Some(Unprocessed::Refused),
        _ => None,
    };
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

/// A code of HTTP/2 by its name, or by its number if it has none.
pub(super) struct Named(pub(super) Reason);

impl std::fmt::Display for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match u32::from(self.0) {
            // RFC 9113 §7.
            0..=0xd => write!(f, "{:?}", self.0),
            unknown => write!(f, "{unknown:#x}"),
        }
    }
}

/// An error with its causes.
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
