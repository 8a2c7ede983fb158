//! The head of a call: what interceptors see of it, and what goes on the wire.

use std::time::Duration;

use http::{Extensions, HeaderMap, HeaderValue, Uri, uri};
use tokio::time::Instant;

use super::{config::Config, parent::Parent};
use crate::{
    MethodRef, Status,
    message::{Compression, GRPC_ACCEPT_ENCODING, GRPC_ENCODING},
    metadata::Metadata,
    timeout,
};

/// What is known of a call before it is sent. Interceptors may change it.
#[derive(Debug)]
#[non_exhaustive]
pub struct CallHead {
    /// The method that is called.
    pub method: MethodRef,
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
    /// What it ends with besides its deadline.
    pub(super) parent: Parent,
    /// For a caller that speaks gRPC over HTTP by itself.
    pub(super) http: Option<Box<HttpHead>>,
}

/// What such a caller says of a call in gRPC's and HTTP's own headers.
#[derive(Debug)]
pub(super) struct HttpHead {
    /// In place of the channel's.
    pub(super) authority: Option<uri::Authority>,
    /// In place of those of the same name, or besides them: the format and the compression of the messages.
    pub(super) headers: HeaderMap,
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

    /// The status of the call when its deadline has passed.
    pub(super) fn deadline_exceeded(&self) -> Status {
        self.parent.deadline_exceeded(self.deadline)
    }

    /// The part of the response's headers or trailers that the caller is to see.
    pub(super) fn response_metadata(&self, headers: HeaderMap) -> Metadata {
        match self.http {
            None => Metadata::from_headers(headers),
            Some(_) => Metadata::from_own_headers(headers),
        }
    }

    /// The request as HTTP/2 takes it (PROTOCOL-HTTP2 §Requests).
    pub(super) fn to_request(&self, config: &Config) -> Result<http::Request<()>, Status> {
        let mut parts = uri::Parts::default();
        parts.scheme = Some(config.scheme.clone());
        let authority = self.http.as_ref().and_then(|http| http.authority.as_ref());
        parts.authority = Some(authority.unwrap_or(&config.authority).clone());
        let path = self.method.path_and_query();
        parts.path_and_query = Some(path.map_err(|error| invalid_path(&self.method, &error))?);
        let uri = Uri::from_parts(parts).map_err(|error| invalid_path(&self.method, &error))?;

        let mut request = http::Request::new(());
        *request.method_mut() = http::Method::POST;
        *request.version_mut() = http::Version::HTTP_2;
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        *headers = config.headers.clone();
        if let Some(http) = &self.http {
            // What the caller says of its messages by itself.
            headers.remove(&GRPC_ACCEPT_ENCODING);
            headers.extend(http.headers.clone());
        }
        if let Some(remaining) = self.time_remaining() {
            headers.insert(timeout::GRPC_TIMEOUT, timeout::header_value(remaining));
        }
        if self.compression != Compression::Identity {
            headers.insert(&GRPC_ENCODING, HeaderValue::from_static(self.compression.name()));
        }
        self.metadata.append_to(headers);
        Ok(request)
    }
}

fn invalid_path(method: &crate::Method, error: &dyn std::error::Error) -> Status {
    Status::internal(format!("the method's path {:?}: {error}", method.path()))
}
