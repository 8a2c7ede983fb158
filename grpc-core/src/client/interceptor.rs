//! What stands between a call and its channel.

use std::sync::Arc;

use bytes::Bytes;

use super::{
    active::ActiveCall, channel::Channel, credentials::CallCredentials, head::CallHead, opening,
    send_buffer::SendBuffer,
};
use crate::{BoxFuture, Status, metadata::Metadata};

/// Sees every call of a channel, of all four kinds, on its way out.
///
/// It may change the call's head, wait, answer the call itself, and watch its messages and its outcome.
///
/// ```
/// use grpc_core::{BoxFuture, Result, client::{ActiveCall, CallHead, ClientInterceptor, Next}};
///
/// struct Tenant(&'static str);
///
/// impl ClientInterceptor for Tenant {
///     fn intercept<'a>(
///         &'a self,
///         mut call: CallHead,
///         next: Next<'a>,
///     ) -> BoxFuture<'a, Result<ActiveCall>> {
///         Box::pin(async move {
///             call.metadata.insert("x-tenant", self.0)?;
///             next.run(call).await
///         })
///     }
/// }
/// ```
pub trait ClientInterceptor: Send + Sync + 'static {
    /// Handles one call: usually by passing it on with [`Next::run`], or with [`ActiveCall::answer`].
    ///
    /// # Errors
    /// Ends the call with this status.
    fn intercept<'a>(&'a self, call: CallHead, next: Next<'a>) -> BoxFuture<'a, Result<ActiveCall, Status>>;
}

/// Watches one call; added with [`ActiveCall::observe`].
pub trait CallObserver: Send + 'static {
    /// One of a stream of requests is about to be sent, as a length-prefixed frame.
    fn request(&mut self, frame: &[u8]) {
        let _ = frame;
    }

    /// The initial metadata has come.
    fn metadata(&mut self, metadata: &Metadata) {
        let _ = metadata;
    }

    /// A response has come, still encoded. It may be replaced.
    ///
    /// # Errors
    /// Ends the call with this status.
    fn response(&mut self, message: &mut Bytes) -> Result<(), Status> {
        let _ = message;
        Ok(())
    }

    /// The call is over; called once, also when its caller drops it.
    fn outcome(&mut self, status: Result<(), &Status>, trailers: &Metadata) {
        let _ = (status, trailers);
    }
}

/// The rest of a call's way: the interceptors behind, and then the channel.
pub struct Next<'a> {
    pub(super) rest: &'a [Arc<dyn ClientInterceptor>],
    pub(super) channel: &'a Channel,
    pub(super) requests: SendBuffer,
    pub(super) whole: bool,
    pub(super) credentials: Option<Arc<dyn CallCredentials>>,
}

impl Next<'_> {
    /// The call's request as a length-prefixed frame, if it is of a kind that has exactly one. Those of the
    /// other kinds go through [`CallObserver::request`].
    pub fn request(&self) -> Option<&[u8]> {
        self.requests.first()
    }

    /// Passes the call on. It comes back when its request headers are queued on a connection.
    ///
    /// # Errors
    /// Why it could not be sent.
    pub async fn run(self, call: CallHead) -> Result<ActiveCall, Status> {
        match self.rest {
            [first, rest @ ..] => first.intercept(call, Next { rest, ..self }).await,
            [] => {
                opening::launch(
                    self.channel.clone(),
                    call,
                    self.requests,
                    self.whole,
                    self.credentials,
                )
                .await
            }
        }
    }
}

impl std::fmt::Debug for Next<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Next").finish_non_exhaustive()
    }
}
