//! The head of a call: what interceptors see of it, and what goes on the wire.

use std::time::Duration;

use bytes::Bytes;
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Uri, header, uri};
use tokio::time::Instant;

use super::{body::RequestBody, config::Config};
use crate::{
    Method, Status,
    message::{Compression, GRPC_ENCODING},
    metadata::Metadata,
};

const GRPC_TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");

/// What is known of a call before it is sent. Interceptors may change it.
#[derive(Debug)]
#[non_exhaustive]
pub struct CallHead {
    /// The method that is called.
    pub method: &'static Method,
    /// The metadata to send.
    pub metadata: Metadata,
    /// When the call is to be over.
    pub deadline: Option<Instant>,
    /// What its requests are compressed as.
    pub compression: Compression,
    /// Whether it waits for a connection where it would fail otherwise.
    pub wait_for_ready: bool,
    /// Values that interceptors leave for one another; they are not sent.
    pub extensions: Extensions,
}

impl CallHead {
    /// The time left until the deadline; zero once it has passed.
    pub fn time_remaining(&self) -> Option<Duration> {
        self.deadline
            .map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// True once the deadline has passed.
    pub(super) fn is_late(&self) -> bool {
        self.deadline.is_some_and(|deadline| deadline <= Instant::now())
    }

    /// The request as HTTP/2 takes it (PROTOCOL-HTTP2 §Requests).
    pub(super) fn to_request(
        &self,
        config: &Config,
        body: RequestBody,
    ) -> Result<http::Request<RequestBody>, Status> {
        let mut parts = uri::Parts::default();
        parts.scheme = Some(config.scheme.clone());
        parts.authority = Some(config.authority.clone());
        let path = self.method.path_and_query();
        parts.path_and_query = Some(path.map_err(|error| invalid_path(self.method, &error))?);
        let uri = Uri::from_parts(parts).map_err(|error| invalid_path(self.method, &error))?;

        let mut request = http::Request::new(body);
        *request.method_mut() = http::Method::POST;
        *request.version_mut() = http::Version::HTTP_2;
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        *headers = HeaderMap::with_capacity(6 + self.metadata.len());
        headers.insert(header::TE, HeaderValue::from_static("trailers"));
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        headers.insert(header::USER_AGENT, config.user_agent.clone());
        if let Some(remaining) = self.time_remaining() {
            headers.insert(GRPC_TIMEOUT, timeout_value(remaining));
        }
        if self.compression != Compression::Identity {
            headers.insert(&GRPC_ENCODING, HeaderValue::from_static(self.compression.name()));
        }
        config.accepted.write_to(headers);
        self.metadata.append_to(headers);
        Ok(request)
    }
}

fn invalid_path(method: &Method, error: &dyn std::error::Error) -> Status {
    Status::internal(format!("the method's path {:?}: {error}", method.path()))
}

/// PROTOCOL-HTTP2 §Requests: `Timeout → "grpc-timeout" TimeoutValue TimeoutUnit`, a value of at most eight
/// digits. The finest unit that fits, rounded up: the server must not be the first to give up.
fn timeout_value(timeout: Duration) -> HeaderValue {
    const MOST: u128 = 99_999_999;
    let nanos = timeout.as_nanos();
    let (value, unit) = [
        (1u128, 'n'),
        (1_000, 'u'),
        (1_000_000, 'm'),
        (1_000_000_000, 'S'),
        (60_000_000_000, 'M'),
        (3_600_000_000_000, 'H'),
    ]
    .into_iter()
    .map(|(unit, name)| (nanos.div_ceil(unit), name))
    .find(|(value, _)| *value <= MOST)
    .unwrap_or((MOST, 'H'));
    HeaderValue::from_maybe_shared(Bytes::from(format!("{value}{unit}")))
        .unwrap_or(const { HeaderValue::from_static("99999999H") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_has_at_most_eight_digits_and_is_rounded_up() {
        for (timeout, value) in [
            (Duration::ZERO, "0n"),
            (Duration::from_nanos(99_999_999), "99999999n"),
            (Duration::from_nanos(100_000_001), "100001u"),
            (Duration::from_secs(1), "1000000u"),
            (Duration::from_secs(100), "100000m"),
            (Duration::from_millis(99_999_999), "99999999m"),
            (Duration::from_secs(100_000), "100000S"),
            (Duration::from_secs(99_999_999 + 60), "1666668M"),
            (Duration::from_secs(99_999_999 * 60 + 1), "1666667H"),
            (Duration::MAX, "99999999H"),
        ] {
            assert_eq!(timeout_value(timeout), value, "{timeout:?}");
        }
    }
}
