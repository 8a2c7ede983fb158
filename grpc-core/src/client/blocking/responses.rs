use std::{fmt, sync::Arc};

use super::background::Background;
use crate::{
    Result,
    client::{self, exchange::Exchange, streaming::cancelled_by_hand},
    metadata::Metadata,
};

/// The responses of a call: [`Responses::receive`], or as an iterator.
///
/// Dropping this cancels the call, on the wire too. A call that is cancelled, or whose deadline passes, gives none of the
/// responses that have arrived and were not received.
#[must_use = "dropping the responses cancels the call"]
pub struct Responses<Resp> {
    responses: client::Responses<Resp>,
    background: Arc<Background>,
    /// The iterator has given the call's error.
    reported: bool,
}

impl<Resp: Send + 'static> Responses<Resp> {
    /// Waits for the next response; `None` after the last, when the call has succeeded.
    ///
    /// # Errors
    /// The call's status if it has failed; FAILED_PRECONDITION in async code, which must not wait here.
    pub fn receive(&mut self) -> Result<Option<Resp>> {
        self.background.wait(self.responses.receive())
    }

    /// The initial metadata, waited for.
    ///
    /// # Errors
    /// The call's status if it has failed without any; FAILED_PRECONDITION in async code, which must not wait here.
    pub fn metadata(&mut self) -> Result<&Metadata> {
        self.background.wait(self.responses.metadata())
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
        Canceller(Arc::clone(self.responses.exchange()))
    }

    pub(super) fn new(responses: client::Responses<Resp>, background: Arc<Background>) -> Self {
        Self {
            responses,
            background,
            reported: false,
        }
    }
}

/// Ends after the first error.
impl<Resp: Send + 'static> Iterator for Responses<Resp> {
    type Item = Result<Resp>;

    fn next(&mut self) -> Option<Result<Resp>> {
        if self.reported {
            return None;
        }
        let next = self.receive().transpose();
        self.reported = matches!(next, Some(Err(_)));
        next
    }
}

impl<Resp> fmt::Debug for Responses<Resp> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Responses").finish_non_exhaustive()
    }
}

/// Ends a call from any thread: [`Responses::canceller`]. Dropping it does nothing.
#[derive(Clone)]
pub struct Canceller(Arc<Exchange>);

impl Canceller {
    /// Ends the call now, with CANCELLED, on the wire too. Nothing happens if it is over.
    pub fn cancel(&self) {
        self.0.cancel(cancelled_by_hand());
    }
}

impl fmt::Debug for Canceller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Canceller").finish_non_exhaustive()
    }
}
