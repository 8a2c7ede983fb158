use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use super::{
    channel::Callee,
    options::{CallOptions, call_options},
    outgoing::Outgoing,
    reader::Reader,
    requests::IntoRequests,
    source::Source,
};
use crate::{Method, Result, message::Codec, metadata::Metadata};

/// A call with one response (unary, client streaming), not yet sent: it *is* the future of `Result<Resp>`.
///
/// Nothing happens until it is polled. Dropping it cancels it.
#[must_use = "a call does nothing until it is awaited"]
pub struct Call<Resp> {
    outgoing: Outgoing<Resp>,
    /// Once the call is open.
    open: Option<(Reader<Resp>, Option<Source>)>,
    message: Option<Resp>,
}

impl<Resp: Send + 'static> Call<Resp> {
    /// What the stub of a unary method returns.
    #[doc(hidden)]
    pub fn unary<Req, C: Codec<Req> + Codec<Resp> + Copy>(
        callee: impl Into<Callee>,
        method: &'static Method,
        request: Req,
        codec: C,
    ) -> Self {
        Self::new(Outgoing::one(callee.into(), method, &request, codec, true))
    }

    /// What the stub of a client-streaming method returns.
    #[doc(hidden)]
    pub fn client_streaming<Req: Send + 'static, K, C: Codec<Req> + Codec<Resp> + Copy>(
        callee: impl Into<Callee>,
        method: &'static Method,
        requests: impl IntoRequests<Req, K>,
        codec: C,
    ) -> Self {
        Self::new(Outgoing::many(callee.into(), method, requests, codec, true))
    }

    call_options!(outgoing);

    /// The response with the metadata before and after it.
    pub fn response(self) -> ResponseFuture<Resp> {
        ResponseFuture(self)
    }

    pub(super) fn options(&mut self) -> &mut CallOptions {
        self.outgoing.options()
    }

    pub(super) fn new(outgoing: Outgoing<Resp>) -> Self {
        Self {
            outgoing,
            open: None,
            message: None,
        }
    }

    fn poll_response(&mut self, cx: &mut Context<'_>) -> Poll<Result<Response<Resp>>> {
        let (reader, source) = match &mut self.open {
            Some(open) => open,
            none => none.insert(ready!(self.outgoing.poll_open(cx))?),
        };
        if let Some(source) = source {
            source.poll_send(cx, &reader.call);
        }
        let response = ready!(reader.poll_only(&mut self.message, cx));
        self.open = None;
        Poll::Ready(response)
    }
}

impl<Resp: Send + 'static> Future for Call<Resp> {
    type Output = Result<Resp>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.poll_response(cx).map_ok(|response| response.message)
    }
}

// Nothing in it is pinned in place.
impl<Resp> Unpin for Call<Resp> {}

impl<Resp> fmt::Debug for Call<Resp> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").finish_non_exhaustive()
    }
}

/// The future of a [`Response`]: [`Call::response`].
#[must_use = "a call does nothing until it is awaited"]
pub struct ResponseFuture<Resp>(Call<Resp>);

impl<Resp: Send + 'static> Future for ResponseFuture<Resp> {
    type Output = Result<Response<Resp>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll_response(cx)
    }
}

impl<Resp> fmt::Debug for ResponseFuture<Resp> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

/// A response with the metadata before and after it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Response<M> {
    /// The message.
    pub message: M,
    /// The initial metadata.
    pub metadata: Metadata,
    /// The trailing metadata.
    pub trailers: Metadata,
    /// The message came compressed on the wire.
    pub compressed: bool,
}
