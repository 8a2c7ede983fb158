use std::fmt;

use super::Streaming;
use crate::{
    Result,
    blocking::{block_on, check_may_block},
    message::Codec,
    server::{self, Context, FromCall, Incoming},
};

/// A call as the explicit form of blocking handler takes it: the requests to receive, the responses to send.
///
/// Returning `Ok(())` from the handler ends the call well, with unread requests or without; an error ends it
/// with that status, behind every response that was sent before.
pub struct ServerCall<Req, Resp> {
    requests: Streaming<Req>,
    responses: ResponseSender<Resp>,
    context: Context,
}

impl<Req: Send + 'static, Resp: Send + 'static> ServerCall<Req, Resp> {
    /// Waits for the next request, or `None` at their end: see [`Streaming::receive`].
    ///
    /// # Errors
    /// As [`Streaming::receive`].
    pub fn receive(&mut self) -> Result<Option<Req>> {
        self.requests.receive()
    }

    /// Sends a response: see [`ResponseSender::send`].
    ///
    /// # Errors
    /// As [`ResponseSender::send`].
    pub fn send(&mut self, response: Resp) -> Result<()> {
        self.responses.send(response)
    }

    /// The call's context.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// The two directions apart, for two threads. The call still ends when its handler returns.
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
pub struct ResponseSender<Resp>(server::ResponseSender<Resp>);

impl<Resp: Send + 'static> ResponseSender<Resp> {
    /// Sends a response. It has been accepted when this returns, and leaves before the status, whatever that
    /// is. It waits while more than a few accepted ones have not left.
    ///
    /// # Errors
    /// CANCELLED once the call is over; what the encoder says; RESOURCE_EXHAUSTED for a message over the limit.
    /// FAILED_PRECONDITION in async code, which must not wait here.
    pub fn send(&mut self, response: Resp) -> Result<()> {
        check_may_block()?;
        block_on(self.0.send(response))
    }
}

impl<Resp> fmt::Debug for ResponseSender<Resp> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Requests and responses are a [`ServerCall`].
#[derive(Debug)]
pub enum BlockingExplicit {}

impl<Q: Send + 'static, R: Send + 'static, C: Codec<Q> + Codec<R> + Copy> FromCall<BlockingExplicit, C>
    for ServerCall<Q, R>
{
    async fn from_call(call: &mut Incoming, codec: C) -> Result<Self> {
        Ok(Self {
            requests: Streaming::new(call, codec)?,
            responses: ResponseSender(server::ResponseSender::new(call.share(), codec)),
            context: call.context(),
        })
    }
}
