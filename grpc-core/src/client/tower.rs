//! A channel as a service of tower, for callers that speak gRPC over HTTP by themselves.

use std::{
    collections::VecDeque,
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use http_body::{Body, Frame};
use tower_service::Service;

use super::{
    active::ActiveCall,
    channel::Channel,
    head::HttpHead,
    opening::Opening,
    request_body::{Pump, Sending},
    send_buffer::SendBuffer,
    status::Ended,
};
use crate::{BoxError, Method, MethodKind, Status, metadata::Metadata, timeout};

/// Calls of those who speak gRPC over HTTP by themselves, such as the clients in code that was generated for tonic:
/// `GreeterClient::new(channel)`, with or without layers in between.
///
/// A request is a call like any other: it waits for a connection, goes through the channel's interceptors and
/// credentials, and ends with the call whose handler makes it. Its `grpc-timeout` is its deadline here too. Of its URI the path counts, and the authority, if it has
/// one. Its extensions are those that interceptors see; with [`Independent`] among them, it does not end with the handler's call.
///
/// - The channel is always ready. What has to be waited for (a connection, a place among the server's streams) is waited
///   for by the call's future, where the deadline holds.
/// - Whatever ends a call is answered as gRPC does it: as a response with the status in its headers, or in its trailers.
///   An error is only ever the request body's own, as it is.
/// - The request's body is polled by whoever awaits the response. If it goes on after the response's headers, it gets a
///   tokio task of its own, so that it does not depend on how the response is read. The connection never polls it: a
///   body that blocks or panics is trouble for its own call only.
/// - Dropping the future or the response's body cancels the call.
/// - Limits on the size of messages, and their compression, are the caller's affair.
///   [`CallObserver`](super::CallObserver)s hear of the call's metadata and outcome, and not of its messages.
impl<B> Service<http::Request<B>> for Channel
where
    B: Body + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = http::Response<HttpResponseBody>;
    type Error = BoxError;
    type Future = HttpCall<B>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> HttpCall<B> {
        let (head, body) = request.into_parts();
        HttpCall {
            opening: open(self, head),
            requests: Some(Pump::new(body)),
            call: None,
        }
    }
}

/// Among the extensions of an HTTP request to a [`Channel`]: what `.independent()` is on a stub's calls. The call does not
/// end with the one whose handler makes it, and has no deadline but its own.
///
/// ```
/// # fn example(mut request: http::Request<()>) {
/// request.extensions_mut().insert(grpc_core::client::Independent);
/// # }
/// ```
///
/// tonic's clients pass the extensions of a `tonic::Request` on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Independent;

/// The call that such a request is; one that cannot be sent fails with what is wrong with it.
fn open(channel: &Channel, head: http::request::Parts) -> Opening {
    let timeout = head.headers.get(timeout::GRPC_TIMEOUT).map(timeout::parse);
    let path = head.uri.path_and_query().cloned();
    let path = path.unwrap_or_else(|| http::uri::PathAndQuery::from_static("/"));
    let requests = if head.method == http::Method::POST {
        timeout.transpose()
    } else {
        Err(Status::internal(format!(
            "{} {path} is not a gRPC call: those are POST",
            head.method
        )))
    };
    let (timeout, requests) = match requests {
        Ok(timeout) => (timeout, Ok(SendBuffer::default())),
        Err(status) => (None, Err(status)),
    };
    // Its kind is known to the caller only.
    let method = Method::at(path, MethodKind::BidiStreaming);
    let mut headers = head.headers;
    let http = HttpHead {
        authority: head.uri.authority().cloned(),
        headers: take_own(&mut headers),
    };
    let independent = head.extensions.get::<Independent>().is_some();
    let mut opening = Opening::new(channel.into(), method, requests, false).with_http(http, head.extensions);
    opening.options().metadata = Metadata::from_headers(headers);
    opening.options().timeout = timeout;
    opening.options().independent = independent;
    opening
}

/// Takes out what goes to the server in gRPC's own headers. The timeout does not: it is counted anew.
fn take_own(headers: &mut HeaderMap) -> HeaderMap {
    let mut own = HeaderMap::new();
    for (name, value) in &*headers {
        if *name == header::CONTENT_TYPE || *name == header::USER_AGENT || name.as_str().starts_with("grpc-")
        {
            own.append(name.clone(), value.clone());
        }
    }
    own.remove(timeout::GRPC_TIMEOUT);
    headers.remove(header::USER_AGENT);
    own
}

/// The future of a response to an HTTP request on a [`Channel`]. Dropping it cancels the call.
#[must_use = "a call does nothing until it is awaited"]
pub struct HttpCall<B> {
    opening: Opening,
    /// Until all of it is sent.
    requests: Option<Pump<B>>,
    /// Once it is open.
    call: Option<ActiveCall>,
}

impl<B> Future for HttpCall<B>
where
    B: Body + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Output = Result<http::Response<HttpResponseBody>, BoxError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let call = match &mut this.call {
            Some(call) => call,
            none => match ready!(this.opening.poll(cx)) {
                Ok((call, _)) => none.insert(call),
                Err(status) => return Poll::Ready(Ok(trailers_only(Ended::failed(status)))),
            },
        };
        if let Some(requests) = &mut this.requests
            && let Poll::Ready(sent) = requests.poll_send(cx, &call.exchange)
        {
            this.requests = None;
            if let Err(error) = sent {
                this.call = None;
                return Poll::Ready(Err(error));
            }
        }
        let Some(head) = ready!(call.exchange.poll_head(cx)) else {
            loop {
                // There are no messages without headers in front of them.
                let received = ready!(call.exchange.poll_response(cx, &mut VecDeque::new()));
                if let Some(ended) = received.ended {
                    call.observers.outcome(|| ended.clone());
                    return Poll::Ready(Ok(trailers_only(ended)));
                }
            }
        };
        let head = head.metadata;
        call.observers.metadata(&head);
        let exchange = &call.exchange;
        let sending = this.requests.take().map(|requests| requests.spawn(exchange));
        let mut response = http::Response::new(HttpResponseBody {
            chunks: VecDeque::new(),
            ended: None,
            sending,
            call: this.call.take(),
        });
        *response.version_mut() = http::Version::HTTP_2;
        *response.headers_mut() = head.into_headers();
        // An interceptor that has answered by itself has not said it.
        response.headers_mut().entry(header::CONTENT_TYPE).or_insert(GRPC);
        Poll::Ready(Ok(response))
    }
}

// Nothing in it is pinned in place.
impl<B> Unpin for HttpCall<B> {}

impl<B> fmt::Debug for HttpCall<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpCall").finish_non_exhaustive()
    }
}

/// The body of a response to an HTTP request on a [`Channel`]: length-prefixed messages, and then trailers with the
/// call's status, whatever it ended with. Dropping it before that cancels the call. By default it is empty.
#[derive(Default)]
pub struct HttpResponseBody {
    chunks: VecDeque<Bytes>,
    /// What comes behind these chunks.
    ended: Option<Ended>,
    sending: Option<Sending>,
    /// Until its end.
    call: Option<ActiveCall>,
}

impl Body for HttpResponseBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        loop {
            if let Some(chunk) = this.chunks.pop_front() {
                return Poll::Ready(Some(Ok(Frame::data(chunk))));
            }
            let Some(call) = &this.call else {
                return Poll::Ready(None);
            };
            let Some(ended) = this.ended.take() else {
                this.ended = ready!(call.exchange.poll_response(cx, &mut this.chunks)).ended;
                continue;
            };
            call.observers.outcome(|| ended.clone());
            this.call = None;
            let failure = this.sending.take().and_then(Sending::into_failure);
            return Poll::Ready(Some(match failure {
                Some(error) => Err(error),
                None => Ok(Frame::trailers(trailers(ended))),
            }));
        }
    }

    fn is_end_stream(&self) -> bool {
        self.call.is_none() && self.chunks.is_empty()
    }
}

impl fmt::Debug for HttpResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpResponseBody").finish_non_exhaustive()
    }
}

/// PROTOCOL-HTTP2 §Responses, `Trailers-Only`: also of a call that never reached a server.
fn trailers_only(ended: Ended) -> http::Response<HttpResponseBody> {
    let mut response = http::Response::new(HttpResponseBody::default());
    *response.version_mut() = http::Version::HTTP_2;
    *response.headers_mut() = trailers(ended);
    response.headers_mut().insert(header::CONTENT_TYPE, GRPC);
    response
}

fn trailers(ended: Ended) -> HeaderMap {
    match ended.status {
        Ok(()) => {
            let mut headers = ended.trailers.into_headers();
            Status::write_ok(&mut headers);
            headers
        }
        Err(status) => {
            let mut headers = HeaderMap::new();
            // Not to send it on: the caller is its receiver.
            status.pass_on().write_to(&mut headers);
            headers
        }
    }
}

const GRPC: HeaderValue = HeaderValue::from_static("application/grpc");
