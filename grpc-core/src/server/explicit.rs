use std::{fmt, future::poll_fn, sync::Arc};

use bytes::BytesMut;

use super::{Context, Streaming, call::Call, outbox::wake};
use crate::{Result, Status, message::Codec};

/// A call as the explicit form of handler takes it: the requests to receive, the responses to send.
///
/// Returning `Ok(())` from the handler ends the call well, with unread requests or without; an error ends it
/// with that status, behind every response that was sent before.
pub struct ServerCall<Req, Resp> {
    requests: Streaming<Req>,
    responses: ResponseSender<Resp>,
    context: Context,
}

impl<Req: Send + 'static, Resp: Send + 'static> ServerCall<Req, Resp> {
    pub(super) fn new(requests: Streaming<Req>, responses: ResponseSender<Resp>, context: Context) -> Self {
        // The handler is the stream here: once it waits, the client may have its headers.
        wake(responses.call.outbox().start());
        Self {
            requests,
            responses,
            context,
        }
    }

    /// The next request, or `None` at their end: see [`Streaming::receive`].
    ///
    /// # Errors
    /// As [`Streaming::receive`].
    ///
    /// # Cancel safety
    /// Cancel safe: no request is lost.
    pub async fn receive(&mut self) -> Result<Option<Req>> {
        self.requests.receive().await
    }

    /// Sends a response: see [`ResponseSender::send`].
    ///
    /// # Errors
    /// As [`ResponseSender::send`].
    ///
    /// # Cancel safety
    /// Cancel safe: the response has been accepted whole, or not at all.
    pub async fn send(&mut self, response: Resp) -> Result<()> {
        self.responses.send(response).await
    }

    /// Leaves the next response uncompressed: see [`Context::disable_compression_next`].
    pub fn disable_compression_next(&mut self) {
        self.responses.disable_compression_next();
    }

    /// The call's context.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// The two directions apart, for two tasks. The call still ends when its handler returns.
    pub fn split(self) -> (Streaming<Req>, ResponseSender<Resp>) {
        (self.requests, self.responses)
    }
}

impl<Req, Resp> fmt::Debug for ServerCall<Req, Resp> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerCall")
            .field("context", &self.context)
            .finish_non_exhaustive()
    }
}

/// The sending half of a [`ServerCall`].
pub struct ResponseSender<Resp> {
    call: Arc<Call>,
    codec: Box<dyn Codec<Resp>>,
}

impl<Resp: Send + 'static> ResponseSender<Resp> {
    pub(super) fn new(call: Arc<Call>, codec: impl Codec<Resp>) -> Self {
        Self {
            call,
            codec: Box::new(codec),
        }
    }

    /// Sends a response. It has been accepted when this resolves, and leaves before the status, whatever that
    /// is. It waits while more than a few accepted ones have not left.
    ///
    /// # Errors
    /// CANCELLED once the call is over; what the encoder says; RESOURCE_EXHAUSTED for a message over the limit.
    ///
    /// # Cancel safety
    /// Cancel safe: the response has been accepted whole, or not at all.
    pub async fn send(&mut self, response: Resp) -> Result<()> {
        poll_fn(|cx| self.call.outbox().poll_room(cx)).await?;
        let mut frame = BytesMut::new();
        self.call.encode(&*self.codec, &response, &mut frame)?;
        let reader = {
            let mut outbox = self.call.outbox();
            if self.call.answers_once() && outbox.messages() > 0 {
                return Err(Status::internal("the method answers once, and has been answered"));
            }
            outbox.push(&mut frame, 1)?
        };
        wake(reader);
        Ok(())
    }

    /// Leaves the next response uncompressed: see [`Context::disable_compression_next`].
    pub fn disable_compression_next(&mut self) {
        self.call.encoding.skip_next();
    }
}

impl<Resp> fmt::Debug for ResponseSender<Resp> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseSender")
            .field("call", &self.call)
            .finish_non_exhaustive()
    }
}
