use std::{
    fmt,
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use futures_core::Stream;

use super::{
    call::Response,
    channel::Callee,
    exchange::Exchange,
    options::{CallOptions, call_options},
    outgoing::Outgoing,
    reader::Reader,
    requests::IntoRequests,
    source::Source,
};
use crate::{Method, Result, Status, message::Codec, metadata::Metadata};

/// A call with any number of responses (server streaming, bidi), not yet sent: the future of its
/// [`Responses`].
///
/// Nothing happens until it is polled. It resolves when the request headers are queued on a connection; it
/// does not wait for the server. Dropping it cancels it.
#[must_use = "a call does nothing until it is awaited"]
pub struct StreamingCall<Resp> {
    outgoing: Outgoing<Resp>,
}

impl<Resp: Send + 'static> StreamingCall<Resp> {
    /// What the stub of a server-streaming method returns.
    #[doc(hidden)]
    pub fn server_streaming<Req, C: Codec<Req> + Codec<Resp> + Copy>(
        callee: impl Into<Callee>,
        method: &'static Method,
        request: Req,
        codec: C,
    ) -> Self {
        Self::new(Outgoing::one(callee.into(), method, &request, codec, false))
    }

    /// What the stub of a bidi-streaming method returns.
    #[doc(hidden)]
    pub fn bidi_streaming<Req: Send + 'static, K, C: Codec<Req> + Codec<Resp> + Copy>(
        callee: impl Into<Callee>,
        method: &'static Method,
        requests: impl IntoRequests<Req, K>,
        codec: C,
    ) -> Self {
        Self::new(Outgoing::many(callee.into(), method, requests, codec, false))
    }

    call_options!(outgoing);

    pub(super) fn new(outgoing: Outgoing<Resp>) -> Self {
        Self { outgoing }
    }

    pub(super) fn options(&mut self) -> &mut CallOptions {
        self.outgoing.options()
    }
}

impl<Resp: Send + 'static> Future for StreamingCall<Resp> {
    type Output = Result<Responses<Resp>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (reader, source) = ready!(self.outgoing.poll_open(cx))?;
        Poll::Ready(Ok(Responses::new(reader, source)))
    }
}

// Nothing in it is pinned in place.
impl<Resp> Unpin for StreamingCall<Resp> {}

impl<Resp> fmt::Debug for StreamingCall<Resp> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamingCall").finish_non_exhaustive()
    }
}

/// The responses of a call: [`Responses::receive`], or as a `Stream`.
///
/// Receiving also sends: a call's stream of requests is polled by the task that receives. Dropping this
/// cancels the call, on the wire too. A call that is cancelled, or whose deadline passes, gives none of the responses
/// that have arrived and were not received.
#[must_use = "dropping the responses cancels the call"]
pub struct Responses<Resp> {
    reader: Reader<Resp>,
    source: Option<Source>,
    /// The stream has given the call's error.
    reported: bool,
}

impl<Resp: Send + 'static> Responses<Resp> {
    /// The next response; `None` after the last, when the call has succeeded.
    ///
    /// # Errors
    /// The call's status if it has failed.
    ///
    /// # Cancel safety
    /// No response is lost if the future is dropped.
    pub async fn receive(&mut self) -> Result<Option<Resp>> {
        poll_fn(|cx| self.poll_receive(cx)).await.transpose()
    }

    /// The initial metadata, waited for.
    ///
    /// # Errors
    /// The call's status if it has failed without any.
    ///
    /// # Cancel safety
    /// The future may be dropped.
    pub async fn metadata(&mut self) -> Result<&Metadata> {
        poll_fn(|cx| {
            self.poll_source(cx);
            self.reader.poll_head(cx)
        })
        .await;
        if self.reader.head().is_none() {
            // A response without a head is one without messages, so this takes none away.
            poll_fn(|cx| self.reader.poll_message(cx)).await.transpose()?;
        }
        Ok(self.reader.head_or_default())
    }

    /// The trailing metadata; `None` until every response has been received.
    pub fn trailers(&self) -> Option<&Metadata> {
        self.reader.ended().map(|ended| &ended.trailers)
    }

    /// True if the response that was received last came compressed on the wire.
    pub fn response_was_compressed(&self) -> bool {
        self.reader.was_compressed()
    }

    /// Ends the call now, with CANCELLED, on the wire too.
    pub fn cancel(&self) {
        self.reader.call.exchange.cancel(cancelled_by_hand());
    }

    /// The response of a call that has one.
    pub(super) async fn only(mut self) -> Result<Response<Resp>> {
        let mut first = None;
        poll_fn(|cx| {
            self.poll_source(cx);
            self.reader.poll_only(&mut first, cx)
        })
        .await
    }

    pub(super) fn exchange(&self) -> &Arc<Exchange> {
        &self.reader.call.exchange
    }

    pub(super) fn new(reader: Reader<Resp>, source: Option<Source>) -> Self {
        Self {
            reader,
            source,
            reported: false,
        }
    }

    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Resp>>> {
        self.poll_source(cx);
        self.reader.poll_message(cx)
    }

    fn poll_source(&mut self, cx: &mut Context<'_>) {
        if let Some(source) = &mut self.source {
            source.poll_send(cx, &self.reader.call);
            if source.is_over() {
                self.source = None;
            }
        }
    }
}

impl<Resp: Send + 'static> Stream for Responses<Resp> {
    type Item = Result<Resp>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.reported {
            return Poll::Ready(None);
        }
        let next = ready!(self.poll_receive(cx));
        self.reported = matches!(next, Some(Err(_)));
        Poll::Ready(next)
    }
}

// Nothing in it is pinned in place.
impl<Resp> Unpin for Responses<Resp> {}

impl<Resp> fmt::Debug for Responses<Resp> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Responses").finish_non_exhaustive()
    }
}

pub(super) fn cancelled_by_hand() -> Status {
    Status::cancelled("the call was cancelled by its caller")
}
