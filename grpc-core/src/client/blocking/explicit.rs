use std::{fmt, sync::Arc};

use super::{
    background::Background,
    channel::Channel,
    responses::{Canceller, Responses},
};
use crate::{
    Method, Result,
    client::{self, options::call_options},
    message::Codec,
    metadata::Metadata,
};

/// A call to send and receive on by hand, not yet opened: [`OpenCall::wait`] opens it.
#[must_use = "a call does nothing until it is waited for"]
pub struct OpenCall<Req, Resp> {
    call: client::OpenCall<Req, Resp>,
    channel: Channel,
}

impl<Req: Send + 'static, Resp: Send + 'static> OpenCall<Req, Resp> {
    /// What the `_call` function of a stub returns.
    #[doc(hidden)]
    pub fn open<C: Codec<Req> + Codec<Resp> + Copy>(
        channel: &Channel,
        method: &'static Method,
        codec: C,
    ) -> Self {
        Self {
            call: client::OpenCall::open(channel.as_async(), method, codec),
            channel: channel.clone(),
        }
    }

    call_options!(call);

    /// Opens the call. This waits until the request headers are queued on a connection, and not for the server.
    ///
    /// # Errors
    /// The call's status if it fails that early; FAILED_PRECONDITION in async code, which must not wait here.
    pub fn wait(self) -> Result<ClientCall<Req, Resp>> {
        let background = self.channel.background()?;
        let (requests, responses) = background.wait(self.call)?.split();
        Ok(ClientCall {
            requests: RequestSender {
                requests,
                background: Arc::clone(&background),
            },
            responses: Responses::new(responses, background),
        })
    }
}

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
    /// As [`RequestSender::send`].
    pub fn send(&mut self, request: Req) -> Result<()> {
        self.requests.send(request)
    }

    /// Says that no request follows. It does not wait.
    pub fn done_sending(&mut self) {
        self.requests.done_sending();
    }

    /// Waits for the next response; `None` after the last, when the call has succeeded: see [`Responses::receive`].
    ///
    /// # Errors
    /// As [`Responses::receive`].
    pub fn receive(&mut self) -> Result<Option<Resp>> {
        self.responses.receive()
    }

    /// The initial metadata, waited for.
    ///
    /// # Errors
    /// As [`Responses::metadata`].
    pub fn metadata(&mut self) -> Result<&Metadata> {
        self.responses.metadata()
    }

    /// The trailing metadata; `None` until every response has been received.
    pub fn trailers(&self) -> Option<&Metadata> {
        self.responses.trailers()
    }

    /// Ends the call now, with CANCELLED, on the wire too.
    pub fn cancel(&self) {
        self.responses.cancel();
    }

    /// What ends the call from another thread, while this one waits.
    pub fn canceller(&self) -> Canceller {
        self.responses.canceller()
    }

    /// Two halves, for two threads. The call is cancelled when the second is dropped early; dropping the first
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
    requests: client::RequestSender<Req>,
    background: Arc<Background>,
}

impl<Req: Send + 'static> RequestSender<Req> {
    /// Sends a request. It returns when the request is in line for the connection, of which there is a limited length: a
    /// server that does not read holds its clients back.
    ///
    /// If the method takes one request, this is `done_sending` too.
    ///
    /// # Errors
    /// The call's status once it is over; FAILED_PRECONDITION if that is OK, or after `done_sending`, or in async code, which must
    /// not wait here.
    pub fn send(&mut self, request: Req) -> Result<()> {
        self.background.wait(self.requests.send(request))
    }

    /// Says that no request follows. It does not wait.
    pub fn done_sending(&mut self) {
        self.requests.finish();
    }

    /// Ends the call now, with CANCELLED, on the wire too.
    pub fn cancel(&self) {
        self.requests.cancel();
    }
}

impl<Req> fmt::Debug for RequestSender<Req> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestSender").finish_non_exhaustive()
    }
}
