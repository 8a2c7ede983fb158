use std::fmt;

use super::{
    channel::Channel,
    pump::{Pump, Pumped},
    requests::IntoRequests,
    responses::Responses,
};
use crate::{
    Method, Result, Status,
    client::{
        self,
        options::{CallOptions, call_options},
    },
    message::Codec,
};

/// A call with any number of responses (server streaming, bidi), not yet sent: [`StreamingCall::wait`] sends it, and so does
/// iterating over it.
#[must_use = "a call does nothing until it is waited for"]
pub struct StreamingCall<Resp> {
    inner: Inner<Resp>,
    channel: Channel,
}

#[expect(
    clippy::large_enum_variant,
    reason = "most calls are of the large one, and a box would be one more allocation for each"
)]
enum Inner<Resp> {
    One(client::StreamingCall<Resp>),
    Many(Box<dyn Pumped<Resp>>),
}

impl<Resp: Send + 'static> StreamingCall<Resp> {
    /// What the stub of a server-streaming method returns.
    #[doc(hidden)]
    pub fn server_streaming<Req, C: Codec<Req> + Codec<Resp> + Copy>(
        channel: &Channel,
        method: &'static Method,
        request: Req,
        codec: C,
    ) -> Self {
        let call = client::StreamingCall::server_streaming(channel.as_async(), method, request, codec);
        Self {
            inner: Inner::One(call),
            channel: channel.clone(),
        }
    }

    /// What the stub of a bidi-streaming method returns.
    #[doc(hidden)]
    pub fn bidi_streaming<Req: Send + 'static, K, C: Codec<Req> + Codec<Resp> + Copy>(
        channel: &Channel,
        method: &'static Method,
        requests: impl IntoRequests<Req, K>,
        codec: C,
    ) -> Self {
        let call = client::OpenCall::open(channel.as_async(), method, codec);
        Self {
            inner: Inner::Many(Box::new(Pump::new(call, requests.into_requests()))),
            channel: channel.clone(),
        }
    }

    call_options!(inner);

    /// Sends the call. This waits until the request headers are queued on a connection, and not for the server.
    ///
    /// From here on a thread of their own, `grpc-requests`, takes the requests of a bidi call from their iterator and sends them,
    /// whether or not responses are being received: the iterator may wait for what the receiver does with a response. That
    /// thread ends when the iterator does, or with the next request after the call's end.
    ///
    /// # Errors
    /// The call's status if it fails that early; FAILED_PRECONDITION in async code, which must not wait here.
    pub fn wait(self) -> Result<Responses<Resp>> {
        let background = self.channel.background()?;
        let responses = match self.inner {
            Inner::One(call) => background.wait(call)?,
            Inner::Many(call) => call.open(&background)?,
        };
        Ok(Responses::new(responses, background))
    }
}

impl<Resp: Send + 'static> Inner<Resp> {
    fn options(&mut self) -> &mut CallOptions {
        match self {
            Self::One(call) => call.options(),
            Self::Many(call) => call.options(),
        }
    }
}

/// Sends the call; an error of that is the one item.
impl<Resp: Send + 'static> IntoIterator for StreamingCall<Resp> {
    type Item = Result<Resp>;
    type IntoIter = IntoIter<Resp>;

    fn into_iter(self) -> IntoIter<Resp> {
        IntoIter(self.wait().map_err(Some))
    }
}

impl<Resp> fmt::Debug for StreamingCall<Resp> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamingCall").finish_non_exhaustive()
    }
}

/// The responses of a [`StreamingCall`] that is iterated over. Dropping it cancels the call.
#[derive(Debug)]
pub struct IntoIter<Resp>(Result<Responses<Resp>, Option<Status>>);

impl<Resp: Send + 'static> Iterator for IntoIter<Resp> {
    type Item = Result<Resp>;

    fn next(&mut self) -> Option<Result<Resp>> {
        match &mut self.0 {
            Ok(responses) => responses.next(),
            Err(status) => status.take().map(Err),
        }
    }
}
