use std::{
    fmt,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::{
    call::{Call, End},
    outbox::wake,
};
use crate::{
    Result,
    current::{self, Scoped},
    message::Compression,
    metadata::Metadata,
    transport::Peer,
};

/// What a handler can know of its call and say about it, besides the messages. A handler takes it as its last
/// argument; it is cheap to clone, and may outlive the handler.
#[derive(Clone)]
pub struct Context(Arc<Call>);

impl Context {
    pub(super) fn new(call: Arc<Call>) -> Self {
        Self(call)
    }

    /// The context of a call that no client made, for a test of a handler that takes one. A
    /// [`TestCall`](crate::testing::TestCall) sets more of it up, and tells what the handler has set.
    #[cfg(feature = "testing")]
    pub fn for_test() -> Self {
        Self(super::test_call::call())
    }

    /// The metadata that the client sent with the call.
    pub fn metadata(&self) -> &Metadata {
        self.0.metadata()
    }

    /// Who made the call.
    pub fn peer(&self) -> &Peer {
        &self.0.connection.peer
    }

    /// The method's path, `/package.Service/Method`.
    pub fn method(&self) -> &str {
        self.0.path()
    }

    /// The name under which the client reached this server, such as `example.com:50051`; empty if it gave none.
    pub fn authority(&self) -> &str {
        self.0.authority()
    }

    /// What interceptors have left for the handler.
    pub fn extensions(&self) -> &Extensions {
        &self.0.extensions
    }

    /// When the client gives up, if it said so.
    pub fn deadline(&self) -> Option<Instant> {
        self.0.deadline
    }

    /// How long the client is still going to wait, if it said so; zero if that is over.
    pub fn time_remaining(&self) -> Option<Duration> {
        self.0
            .deadline
            .map(|deadline| deadline.saturating_duration_since(tokio::time::Instant::now().into_std()))
    }

    /// Adds to the metadata that leaves before the first message. Nothing happens if it has left already.
    pub fn set_initial_metadata(&self, metadata: Metadata) {
        let _ = self.0.outbox().add_initial(metadata);
    }

    /// Sends the initial metadata now, with this added to it.
    ///
    /// By itself it leaves with the first message, or when a response stream has none yet.
    ///
    /// # Errors
    /// INTERNAL if it has left already.
    pub fn send_initial_metadata(&self, metadata: Metadata) -> Result<()> {
        let reader = {
            let mut outbox = self.0.outbox();
            outbox.add_initial(metadata)?;
            outbox.send_initial()
        };
        wake(reader);
        Ok(())
    }

    /// Adds to the metadata that leaves with the status.
    pub fn set_trailing_metadata(&self, metadata: Metadata) {
        self.0.outbox().add_trailing(metadata);
    }

    /// Compresses this call's responses, or stops compressing them, whatever the server's settings are.
    ///
    /// A client that cannot read it gets them uncompressed, as does one whose headers have left without naming the
    /// encoding: choose before the first message.
    pub fn set_compression(&self, compression: Compression) {
        let readable = self.0.accepted().contains(compression);
        let chosen = if readable {
            compression
        } else {
            Compression::Identity
        };
        self.0.encoding.set(chosen);
    }

    /// Leaves the next response uncompressed: one with a secret beside what an attacker can choose (CRIME, BREACH),
    /// or one that does not get smaller.
    pub fn disable_compression_next(&self) {
        self.0.encoding.skip_next();
    }

    /// True if the request that was read last came compressed on the wire. A mounted service reads by itself: then it is
    /// always false.
    pub fn request_was_compressed(&self) -> bool {
        self.0.request_was_compressed()
    }

    /// True if nobody waits for the answer any more: the client has cancelled the call or is gone, or its
    /// deadline has passed.
    ///
    /// The handler itself is dropped then; this is for what it has started elsewhere.
    pub fn is_cancelled(&self) -> bool {
        matches!(self.0.end(), End::Cancelled | End::DeadlinePassed)
    }

    /// Resolves when nobody waits for the answer any more, see [`Context::is_cancelled`], or when the call has
    /// been answered: a task that waits for it does not outlive the call.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub async fn cancelled(&self) {
        self.0.ended().await;
    }

    /// The same future, whose calls to other servers count as the handler's own wherever it is polled: on another task, for
    /// example.
    ///
    /// A call that a handler makes ends with the handler's call: with CANCELLED when that is cancelled, with DEADLINE_EXCEEDED
    /// at its deadline. What `tokio::spawn` takes has left the handler, and its calls go on; in a scope they do not. Once this
    /// call has been answered, only its deadline still counts. The future itself is not ended by anything: its calls are, and
    /// [`Context::cancelled`] is there for the rest.
    ///
    /// ```
    /// # use grpc_core::{Result, Status, server::Context};
    /// # struct Stub;
    /// # impl Stub { async fn look_up(&self, key: u32) -> Result<u32> { Ok(key) } }
    /// async fn both(stub: &'static Stub, context: Context) -> Result<u32> {
    ///     let first = tokio::spawn(context.scope(stub.look_up(1)));
    ///     let second = tokio::spawn(context.scope(stub.look_up(2)));
    ///     let lost = |error| Status::internal(format!("a lookup was lost: {error}"));
    ///     Ok(first.await.map_err(lost)?? + second.await.map_err(lost)??)
    /// }
    /// # let _ = both;
    /// ```
    pub fn scope<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        Scoped::new(Arc::clone(&self.0) as _, future)
    }

    /// Runs `future` to its end, also if this call is cancelled meanwhile: on a task of its own.
    ///
    /// Dropping what this returns, as the end of a handler does, leaves the task running. The calls that it makes are to be
    /// finished too: neither this call's deadline nor its cancellation ends them.
    ///
    /// No limit counts these tasks: a client that cancels its call may make the next, whose handler begins another. Where that matters, hold a
    /// semaphore's permit in `future`; `#[rpc(detached)]` handlers are counted.
    ///
    /// # Panics
    /// If `future` does.
    pub async fn shield<F>(&self, future: F) -> F::Output
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        let call = current::outliving(Arc::clone(&self.0) as _);
        match tokio::spawn(Scoped::new(call, future)).await {
            Ok(output) => output,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime is shutting down, and takes this task too.
                Err(_) => std::future::pending().await,
            },
        }
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("method", &self.method())
            .field("peer", self.peer())
            .field("deadline", &self.deadline())
            .finish_non_exhaustive()
    }
}

/// Values of any type, one of each, that travel with a call on this side of the wire: what an interceptor
/// found out, such as who the caller is.
#[derive(Default)]
pub struct Extensions(Mutex<http::Extensions>);

impl Extensions {
    /// A copy of the value of this type.
    pub fn get<T: Clone + Send + Sync + 'static>(&self) -> Option<T> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get::<T>()
            .cloned()
    }

    /// Sets the value of this type and returns the one that it replaces.
    pub fn insert<T: Clone + Send + Sync + 'static>(&self, value: T) -> Option<T> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(value)
    }
}

impl Extensions {
    /// A copy of all of them.
    pub(super) fn copy(&self) -> http::Extensions {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl fmt::Debug for Extensions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Extensions").finish_non_exhaustive()
    }
}
