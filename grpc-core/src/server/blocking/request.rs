use std::{
    fmt,
    future::{Future, poll_fn},
    pin::pin,
    sync::Arc,
    task::Poll,
};

use crate::{
    Result, Status,
    blocking::{block_on, check_may_block},
    message::Codec,
    server::{
        self, FromCall, Incoming,
        call::Call,
        outbox::{over, wake},
    },
};

/// The requests of a blocking handler's call: an iterator, which waits for the next, and read one by one with
/// [`Streaming::receive`].
///
/// It may be moved to another thread. Dropping it before its end is fine.
///
/// A test that calls a handler as the function that it is makes one with `Streaming::from_iter` or
/// [`Streaming::from_results`].
pub struct Streaming<M> {
    requests: server::Streaming<M>,
    /// `None` in a test of a handler.
    call: Option<Arc<Call>>,
    /// The iterator has yielded the error that ends it.
    over: bool,
}

impl<M: Send + 'static> Streaming<M> {
    pub(super) fn new<C: Codec<M>>(call: &mut Incoming, codec: C) -> Result<Self> {
        Ok(Self {
            requests: server::Streaming::new(call.take_reader()?, codec),
            call: Some(call.share()),
            over: false,
        })
    }

    /// These messages as if a client had sent them, up to an error: that is what [`Streaming::receive`] answers with from then
    /// on, as when the call is cancelled. Without one the client is done sending after the last.
    ///
    /// ```
    /// use grpc_core::{Code, Result, Status, blocking::Streaming};
    ///
    /// fn sum(numbers: Streaming<u64>) -> Result<u64> {
    ///     numbers.sum()
    /// }
    ///
    /// assert_eq!(sum(Streaming::from_iter([1, 2, 3]))?, 6);
    /// let cancelled = Streaming::from_results([Ok(1), Err(Status::cancelled("the client is gone"))]);
    /// assert_eq!(sum(cancelled).unwrap_err().code(), Code::Cancelled);
    /// # Ok::<(), Status>(())
    /// ```
    pub fn from_results<E>(messages: impl IntoIterator<Item = Result<M, E>, IntoIter: Send + 'static>) -> Self
    where
        E: Into<Status>,
    {
        Self {
            requests: server::Streaming::from_results(messages),
            call: None,
            over: false,
        }
    }

    /// Waits for the next request. `None` at the end, however often it is asked for: the client is done sending.
    ///
    /// # Errors
    /// CANCELLED once nobody waits for the answer any more, because the client has cancelled the call or is gone or the deadline
    /// has passed, and once the handler has returned; RESOURCE_EXHAUSTED for a message over the limit; INTERNAL for one that
    /// cannot be read. FAILED_PRECONDITION in async code, which must not wait here.
    pub fn receive(&mut self) -> Result<Option<M>> {
        check_may_block()?;
        let Self { requests, call, .. } = self;
        let Some(call) = call else {
            return block_on(requests.receive());
        };
        let mut ended = pin!(call.ended());
        block_on(poll_fn(|cx| {
            if ended.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Err(over()));
            }
            let received = requests.poll_receive(cx).map(Option::transpose);
            if received.is_pending() && !call.answers_once() {
                // As when a response stream waits: the client may have its headers.
                wake(call.outbox().start());
            }
            received
        }))
    }
}

/// The messages as if a client had sent them, and then no more.
impl<M: Send + 'static> FromIterator<M> for Streaming<M> {
    fn from_iter<I: IntoIterator<Item = M>>(messages: I) -> Self {
        Self {
            requests: server::Streaming::from_iter(messages),
            call: None,
            over: false,
        }
    }
}

/// Ends after the first error.
impl<M: Send + 'static> Iterator for Streaming<M> {
    type Item = Result<M>;

    fn next(&mut self) -> Option<Result<M>> {
        if self.over {
            return None;
        }
        let next = self.receive().transpose();
        self.over = matches!(next, Some(Err(_)));
        next
    }
}

impl<M> fmt::Debug for Streaming<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Streaming")
            .field("call", &self.call)
            .finish_non_exhaustive()
    }
}

/// The requests are a [`Streaming`].
#[derive(Debug)]
pub enum BlockingMany {}

impl<M: Send + 'static, C: Codec<M>> FromCall<BlockingMany, C> for Streaming<M> {
    async fn from_call(call: &mut Incoming, codec: C) -> Result<Self> {
        Self::new(call, codec)
    }
}
