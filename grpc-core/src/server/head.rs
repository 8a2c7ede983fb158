//! What is checked of a call's headers before its handler hears of it.

use std::time::Instant;

use http::{HeaderValue, Method, StatusCode, request::Parts};

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

/// What a server looks for in the headers of a call.
///
/// They are found in one pass: to look each of them up costs 400 instructions a call more.
#[derive(Debug, Default)]
pub(super) struct Head<'a> {
    content_type: Option<&'a HeaderValue>,
    encoding: Option<&'a HeaderValue>,
    timeout: Option<&'a HeaderValue>,
}

impl<'a> Head<'a> {
    /// Reads the head of a request that is a gRPC call, of messages in whatever format.
    ///
    /// A missing `te: trailers` is let pass: it tells about proxies in between, not about the client.
    pub(super) fn read(head: &'a Parts) -> Result<Self, Refusal> {
        if head.method != Method::POST {
            return Err(Refusal::Http(StatusCode::METHOD_NOT_ALLOWED));
        }
        let mut found = Self::default();
        for (name, value) in &head.headers {
            let place = match name.as_str() {
                "content-type" => &mut found.content_type,
                "grpc-encoding" => &mut found.encoding,
                "grpc-timeout" => &mut found.timeout,
                _ => continue,
            };
            place.get_or_insert(value);
        }
        // PROTOCOL-HTTP2 §Requests: anything that does not begin with application/grpc gets a 415.
        if found.format().is_none() {
            return Err(Refusal::Http(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        Ok(found)
    }

    /// Checks that a service of ours can read the messages: they are Protocol Buffers.
    pub(super) fn check_format(&self) -> Result<(), Refusal> {
        match self.format() {
            Some(b"" | b"+proto") => Ok(()),
            _ => Err(Refusal::Http(StatusCode::UNSUPPORTED_MEDIA_TYPE)),
        }
    }

    /// What the messages are compressed as (PROTOCOL-HTTP2 §Requests, `Message-Encoding`).
    pub(super) fn encoding(&self, accepted: Encodings) -> MessageEncoding {
        MessageEncoding::from_value(self.encoding, accepted)
    }

    /// When the client gives up (PROTOCOL-HTTP2 §Requests, `grpc-timeout`).
    pub(super) fn deadline(&self, now: impl FnOnce() -> Instant) -> Result<Option<Instant>, Refusal> {
        let Some(value) = self.timeout else {
            return Ok(None);
        };
        // One beyond what the clock can tell is none.
        let timeout = timeout::parse(value).map_err(Refusal::Grpc)?;
        Ok(now().checked_add(timeout))
    }

    /// What stands behind `application/grpc` in the content-type, parameters left out: nothing, or `+` and the messages'
    /// format. `None` if it is no content-type of gRPC's.
    fn format(&self) -> Option<&'a [u8]> {
        let rest = self.content_type?.as_bytes().strip_prefix(b"application/grpc")?;
        // As nearly all clients have it.
        if rest.is_empty() {
            return Some(rest);
        }
        let format = rest.split(|&byte| byte == b';').next()?.trim_ascii();
        matches!(format, b"" | [b'+', _, ..]).then_some(format)
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

#[cfg(test)]
mod tests {
    use http::header;

    use super::*;

    #[test]
    fn only_grpc_is_a_content_type_to_serve() {
        let check = |content_type: &str| {
            let request = http::Request::post("/a.B/C").header(header::CONTENT_TYPE, content_type);
            let (head, ()) = request.body(()).unwrap().into_parts();
            let head = Head::read(&head);
            (head.is_ok(), head.is_ok_and(|head| head.check_format().is_ok()))
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
