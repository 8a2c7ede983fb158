use std::{
    fmt,
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::BytesMut;

use super::{
    active::Observers,
    channel::Callee,
    exchange::Exchange,
    opening::{Opening, polled_after_the_end},
    options::{CallOptions, call_options},
    reader::Reader,
    send_buffer::SendBuffer,
    streaming::{Responses, cancelled_by_hand},
};
use crate::{
    Method, MethodRef, Result, Status,
    message::{Codec, Compressor, encode_frame},
    metadata::Metadata,
};

/// A call to send and receive on by hand, not yet opened: the future of its [`ClientCall`].
///
/// Nothing happens until it is polled. It resolves when the request headers are queued on a connection; it
/// does not wait for the server. Dropping it cancels it.
#[must_use = "a call does nothing until it is awaited"]
pub struct OpenCall<Req, Resp> {
    opening: Opening,
    codecs: Option<Codecs<Req, Resp>>,
    one_request: bool,
}

pub(super) type Codecs<Req, Resp> = (Box<dyn Codec<Req>>, Box<dyn Codec<Resp>>);

impl<Req: Send + 'static, Resp: Send + 'static> OpenCall<Req, Resp> {
    /// What the `_call` function of a stub returns.
    #[doc(hidden)]
    pub fn open<C: Codec<Req> + Codec<Resp> + Copy>(
        callee: impl Into<Callee>,
        method: &'static Method,
        codec: C,
    ) -> Self {
        let none_yet = Ok(SendBuffer::default());
        let codecs: Codecs<Req, Resp> = (Box::new(codec), Box::new(codec));
        Self::new(callee.into(), method, none_yet, codecs)
    }

    call_options!(opening);

    /// `requests` are none, or what is wrong with the call.
    pub(super) fn new(
        callee: Callee,
        method: impl Into<MethodRef>,
        requests: Result<SendBuffer>,
        codecs: Codecs<Req, Resp>,
    ) -> Self {
        let method = method.into();
        Self {
            one_request: !method.kind().has_request_stream(),
            opening: Opening::new(callee, method, requests, false),
            codecs: Some(codecs),
        }
    }

    pub(super) fn options(&mut self) -> &mut CallOptions {
        self.opening.options()
    }
}

impl<Req: Send + 'static, Resp: Send + 'static> Future for OpenCall<Req, Resp> {
    type Output = Result<ClientCall<Req, Resp>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (call, limits) = ready!(self.opening.poll(cx))?;
        let Some((codec, decoder)) = self.codecs.take() else {
            return Poll::Ready(Err(polled_after_the_end()));
        };
        let requests = RequestSender {
            exchange: Arc::clone(&call.exchange),
            observers: call.observers.clone(),
            codec,
            compressor: call.compressor,
            skips_next: false,
            limit: limits.send,
            one_request: self.one_request,
            finished: false,
        };
        let responses = Responses::new(Reader::new(call, decoder, limits.receive), None);
        Poll::Ready(Ok(ClientCall { requests, responses }))
    }
}

// Nothing in it is pinned in place.
impl<Req, Resp> Unpin for OpenCall<Req, Resp> {}

impl<Req, Resp> fmt::Debug for OpenCall<Req, Resp> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenCall").finish_non_exhaustive()
    }
}

/// An open call, to send and receive on by hand. Dropping it cancels the call, on the wire too.
#[must_use = "dropping the call cancels it"]
pub struct ClientCall<Req, Resp> {
    requests: RequestSender<Req>,
    responses: Responses<Resp>,
}

impl<Req: Send + 'static, Resp: Send + 'static> ClientCall<Req, Resp> {
    /// Sends a request: see [`RequestSender::send`].
    ///
    /// # Errors
    /// The call's status once it is over; FAILED_PRECONDITION if that is OK, or after `done_sending`.
    ///
    /// # Cancel safety
    /// If the future is dropped before it is ready, the request is not sent.
    pub async fn send(&mut self, request: Req) -> Result<()> {
        self.requests.send(request).await
    }

    /// Leaves the next request uncompressed: see [`RequestSender::disable_compression_next`].
    pub fn disable_compression_next(&mut self) {
        self.requests.disable_compression_next();
    }

    /// Says that no request follows.
    ///
    /// # Errors
    /// None at present: a call that has ended has its status for the receiver.
    ///
    /// # Cancel safety
    /// It is done as soon as it is polled.
    pub async fn done_sending(&mut self) -> Result<()> {
        self.requests.done_sending().await
    }

    /// The next response; `None` after the last, when the call has succeeded: see [`Responses::receive`].
    ///
    /// # Errors
    /// The call's status if it has failed.
    ///
    /// # Cancel safety
    /// No response is lost if the future is dropped.
    pub async fn receive(&mut self) -> Result<Option<Resp>> {
        self.responses.receive().await
    }

    /// The initial metadata, waited for.
    ///
    /// # Errors
    /// The call's status if it has failed without any.
    ///
    /// # Cancel safety
    /// The future may be dropped.
    pub async fn metadata(&mut self) -> Result<&Metadata> {
        self.responses.metadata().await
    }

    /// The trailing metadata; `None` until every response has been received.
    pub fn trailers(&self) -> Option<&Metadata> {
        self.responses.trailers()
    }

    /// True if the response that was received last came compressed on the wire.
    pub fn response_was_compressed(&self) -> bool {
        self.responses.response_was_compressed()
    }

    /// Ends the call now, with CANCELLED, on the wire too.
    pub fn cancel(&self) {
        self.responses.cancel();
    }

    /// Two halves, for two tasks. The call is cancelled when the second is dropped early; dropping the first
    /// is `done_sending`.
    pub fn split(self) -> (RequestSender<Req>, Responses<Resp>) {
        (self.requests, self.responses)
    }
}

impl<Req, Resp> fmt::Debug for ClientCall<Req, Resp> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCall").finish_non_exhaustive()
    }
}

/// The sending half of a [`ClientCall`]. Dropping it says that no request follows; dropped by a panic, it
/// cancels the call.
pub struct RequestSender<Req> {
    exchange: Arc<Exchange>,
    observers: Observers,
    codec: Box<dyn Codec<Req>>,
    compressor: Compressor,
    /// The next request is not compressed.
    skips_next: bool,
    limit: usize,
    /// The method takes no more than one.
    one_request: bool,
    finished: bool,
}

impl<Req: Send + 'static> RequestSender<Req> {
    /// Sends a request. It is ready when the request is in line for the connection, of which there is a
    /// limited length: a server that does not read holds its clients back.
    ///
    /// If the method takes one request, this is `done_sending` too.
    ///
    /// # Errors
    /// The call's status once it is over; FAILED_PRECONDITION if that is OK, or after `done_sending`.
    ///
    /// # Cancel safety
    /// If the future is dropped before it is ready, the request is not sent.
    pub async fn send(&mut self, request: Req) -> Result<()> {
        if self.finished {
            return Err(Status::failed_precondition(if self.one_request {
                "a second request to a method that takes one"
            } else {
                "a request after `done_sending`"
            }));
        }
        let mut frame = BytesMut::new();
        encode_frame(self.codec.as_ref(), &request, &mut frame, self.limit)?;
        drop(request);
        self.observers.request(&frame);
        if !std::mem::take(&mut self.skips_next) {
            self.compressor.compress(&mut frame, 0)?;
        }
        poll_fn(|cx| self.exchange.poll_send(cx, &mut frame)).await?;
        if self.one_request {
            // Its server waits for the end of the requests before it answers.
            self.finish();
        }
        Ok(())
    }

    /// Leaves the next request uncompressed: one with a secret beside what an attacker can choose (CRIME, BREACH), or
    /// one that does not get smaller.
    pub fn disable_compression_next(&mut self) {
        self.skips_next = true;
    }

    /// Says that no request follows.
    ///
    /// # Errors
    /// None at present: a call that has ended has its status for the receiver.
    ///
    /// # Cancel safety
    /// It is done as soon as it is polled.
    pub async fn done_sending(&mut self) -> Result<()> {
        self.finish();
        Ok(())
    }

    /// Ends the call now, with CANCELLED, on the wire too.
    pub fn cancel(&self) {
        self.exchange.cancel(cancelled_by_hand());
    }
}

impl<Req> RequestSender<Req> {
    /// Ends the call with this status, unless it is over.
    pub(super) fn fail(self, status: Status) {
        self.exchange.cancel(status);
    }

    pub(super) fn finish(&mut self) {
        if !self.finished {
            self.finished = true;
            self.exchange.finish_requests();
        }
    }
}

impl<Req> Drop for RequestSender<Req> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.exchange
                .cancel(Status::cancelled("the task that sent the requests has panicked"));
        } else {
            self.finish();
        }
    }
}

impl<Req> fmt::Debug for RequestSender<Req> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestSender").finish_non_exhaustive()
    }
}
