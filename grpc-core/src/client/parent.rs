//! What a call takes over from the incoming call that it is made for.

use std::{
    fmt,
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

use http::HeaderName;
use tokio::time::Instant;

use super::options::CallOptions;
use crate::{
    BoxFuture, Status,
    current::{Abandoned, Current, current},
};

/// The incoming call that an outgoing one ends with; none for most.
#[derive(Clone, Default)]
pub(super) struct Parent(Option<Current>);

impl Parent {
    /// The call whose handler makes this one, if that is so and it may end this one. `metadata` gets what the handler's call
    /// has under these keys, where it has nothing itself.
    ///
    /// # Errors
    /// If nobody waits for the answer to the handler's call any more.
    pub(super) fn of(options: &mut CallOptions, keys: &[HeaderName]) -> Result<Self, Status> {
        let Some(call) = current() else {
            return Ok(Self(None));
        };
        if !keys.is_empty() {
            options.metadata.extend_missing(call.metadata(), keys);
        }
        if options.independent {
            return Ok(Self(None));
        }
        let parent = Self(Some(call));
        parent.abandoned().map_or(Ok(parent), Err)
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.0.as_ref()?.deadline().map(Instant::from)
    }

    /// The status of a call with this deadline when that has passed.
    pub(super) fn deadline_exceeded(&self, deadline: Option<Instant>) -> Status {
        match self.deadline() {
            Some(inherited) if deadline == Some(inherited) => out_of_time(),
            _ => Status::deadline_exceeded("the deadline passed before the call was over"),
        }
    }

    /// The status of a call that is of no use any more, if that is so.
    pub(super) fn abandoned(&self) -> Option<Status> {
        Some(match self.0.as_ref()?.abandoned()? {
            Abandoned::Cancelled => {
                Status::cancelled("the incoming call that this call was made for was cancelled")
            }
            Abandoned::DeadlinePassed => out_of_time(),
        })
    }

    /// Resolves when it is time to ask [`Parent::abandoned`]; `None` if that never is.
    pub(super) fn ended(&self) -> Option<BoxFuture<'static, ()>> {
        self.0.clone()?.ended()
    }

    /// What `future` gives, unless it is of no use before that.
    ///
    /// # Errors
    /// Then.
    pub(super) async fn bound<T>(
        &self,
        future: impl Future<Output = Result<T, Status>>,
    ) -> Result<T, Status> {
        let mut ended = self.ended();
        let mut future = pin!(future);
        poll_fn(|cx| {
            if let Some(waiting) = &mut ended
                && waiting.as_mut().poll(cx).is_ready()
            {
                ended = None;
                if let Some(status) = self.abandoned() {
                    return Poll::Ready(Err(status));
                }
            }
            future.as_mut().poll(cx)
        })
        .await
    }
}

impl fmt::Debug for Parent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parent")
            .field("deadline", &self.deadline())
            .finish_non_exhaustive()
    }
}

/// Which of the two noticed it does not matter: its own timer, or the incoming call's end.
fn out_of_time() -> Status {
    Status::deadline_exceeded(
        "the deadline of the incoming call that this call was made for passed before it was over",
    )
}
