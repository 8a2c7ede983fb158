use std::fmt;

use super::{
    channel::Channel,
    pump::{Pump, Pumped},
    requests::IntoRequests,
};
use crate::{
    Method, Result,
    client::{
        self, Response,
        options::{CallOptions, call_options},
    },
    message::Codec,
};

/// A call with one response (unary, client streaming), not yet sent: [`Call::wait`] sends it.
#[must_use = "a call does nothing until it is waited for"]
pub struct Call<Resp> {
    inner: Inner<Resp>,
    channel: Channel,
}

#[expect(
    clippy::large_enum_variant,
    reason = "most calls are of the large one, and a box would be one more allocation for each"
)]
enum Inner<Resp> {
    One(client::Call<Resp>),
    Many(Box<dyn Pumped<Resp>>),
}

impl<Resp: Send + 'static> Call<Resp> {
    /// What the stub of a unary method returns.
    #[doc(hidden)]
    pub fn unary<Req, C: Codec<Req> + Codec<Resp> + Copy>(
        channel: &Channel,
        method: &'static Method,
        request: Req,
        codec: C,
    ) -> Self {
        Self {
            inner: Inner::One(client::Call::unary(channel.as_async(), method, request, codec)),
            channel: channel.clone(),
        }
    }

    /// What the stub of a client-streaming method returns.
    #[doc(hidden)]
    pub fn client_streaming<Req: Send + 'static, K, C: Codec<Req> + Codec<Resp> + Copy>(
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

    /// Sends the call and waits for its response.
    ///
    /// The requests of a client-streaming call are taken from their iterator by a thread of its own, `grpc-requests`, so that a
    /// deadline or an early answer ends the wait also while the iterator blocks. That thread ends when the iterator does, or
    /// with the next request after the call's end.
    ///
    /// # Errors
    /// The call's status if it fails; FAILED_PRECONDITION in async code, which must not wait here.
    pub fn wait(self) -> Result<Resp> {
        self.response().map(|response| response.message)
    }

    /// As [`Call::wait`], with the metadata before and after the response.
    ///
    /// # Errors
    /// As [`Call::wait`].
    pub fn response(self) -> Result<Response<Resp>> {
        let background = self.channel.background()?;
        match self.inner {
            Inner::One(call) => background.wait(call.response()),
            Inner::Many(call) => background.wait(call.open(&background)?.only()),
        }
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

impl<Resp> fmt::Debug for Call<Resp> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").finish_non_exhaustive()
    }
}
