use std::{
    any::Any,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::HeaderMap;
use tokio::time::Sleep;

use super::{
    Dispatch,
    call::{Call, End},
    in_flight,
    outbox::{Left, Taken, initial_over, wake},
    router::Route,
};
use crate::{
    Result, Status,
    current::{self, Current},
    metadata::Metadata,
    status::cap_trailers,
};

/// A call whose handler runs.
///
/// Dropping it before the handler has answered cancels the call.
pub(super) struct Live {
    pub(super) call: Arc<Call>,
    route: Arc<Route>,
    handler: Handler,
    /// The call as the current one, while the handler is not being polled.
    current: Option<Current>,
    deadline: Option<Pin<Box<Sleep>>>,
    outcome: Result<()>,
    /// The outbox has this task's waker.
    waits: bool,
    /// The call counts as open.
    is_counted: bool,
}

enum Handler {
    Runs(Dispatch),
    /// It has answered, or may no longer.
    Gone,
}

impl Live {
    /// Of a call that has been counted.
    pub(super) fn new(call: Arc<Call>, route: Arc<Route>, handler: Dispatch) -> Self {
        let deadline = call
            .deadline
            .map(|deadline| Box::pin(tokio::time::sleep_until(deadline.into())));
        let current: Current = Arc::clone(&call) as _;
        Self {
            call,
            route,
            handler: Handler::Runs(handler),
            current: Some(current),
            deadline,
            outcome: Ok(()),
            waits: false,
            is_counted: true,
        }
    }

    /// Runs the handler as far as it goes. True once it has answered, or may no longer.
    pub(super) fn poll_handler(&mut self, cx: &mut Context<'_>) -> bool {
        if matches!(self.handler, Handler::Gone) {
            return true;
        }
        if std::mem::take(&mut self.waits) {
            self.call.outbox().stop_waiting();
        }
        // The deadline first: a handler that always has something to send never gets to wait.
        if self.is_too_late(cx) {
            return true;
        }
        let (handler, current) = (&mut self.handler, &mut self.current);
        let inspection = &self.call.connection.inspection;
        match self.route.pace.time(inspection, || handler.poll(current, cx)) {
            Poll::Pending => return false,
            Poll::Ready(outcome) => self.finish(outcome),
        }
        true
    }

    /// What the handler has sent, or pending, which something that it sends ends.
    pub(super) fn poll_frames(&mut self, cx: &Context<'_>) -> Poll<Taken> {
        let taken = self.call.outbox().poll_frames(cx);
        self.waits = !matches!(&taken, Poll::Ready(taken) if taken.is_followed);
        taken
    }

    /// Ready when the response's headers are to leave.
    pub(super) fn poll_head(&mut self, cx: &Context<'_>) -> Poll<()> {
        let head = self.call.outbox().poll_head(cx);
        self.waits = head.is_pending();
        head
    }

    /// Ends the call if its deadline has passed, where the handler is not polled: the client leaves no room to send. True if
    /// it has.
    pub(super) fn is_too_late(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(deadline) = &mut self.deadline else {
            return false;
        };
        let passed = deadline.as_mut().poll(cx).is_ready();
        if passed {
            self.finish(Err(too_late()));
        }
        passed
    }

    /// What is left of the response. If it is large, the call counts as open until HTTP/2 has sent it.
    pub(super) fn keep_open(&mut self, frames: Bytes) -> Bytes {
        /// A thousand of them are not worth counting.
        const LARGE: usize = 64 * 1024;
        if frames.len() <= LARGE || !std::mem::take(&mut self.is_counted) {
            return frames;
        }
        in_flight::end_with(frames, &self.call.connection)
    }

    /// Ends a call whose handler goes on, if its headers cannot leave because of their metadata. True if it has.
    pub(super) fn has_too_large_a_head(&mut self) -> bool {
        let limit = self.call.connection.header_limit.get();
        let Some(status) = self.call.outbox().initial_over(limit) else {
            return false;
        };
        self.finish(Err(status));
        true
    }

    /// What the client does not have yet, once the handler has answered, or may no longer.
    pub(super) fn take_left(&mut self) -> Left {
        let mut left = self.call.outbox().take_left();
        wake(left.writer.take());
        if let Err(status) = self.drop_handler() {
            self.outcome = Err(status);
        }
        left
    }

    /// The same, where nothing has left.
    pub(super) fn left(&mut self) -> Left {
        let mut left = self.take_left();
        let limit = self.call.connection.header_limit.get();
        if let Some(status) = initial_over(left.initial.as_deref(), limit) {
            self.outcome = Err(status);
            (left.initial, left.rest, left.untouched) = (None, None, true);
        }
        // An error is no answer to a method that answers once.
        if self.has_failed() && self.call.answers_once() && !left.untouched {
            left.rest = None;
        }
        left
    }

    /// The trailers, once the handler has answered, with the metadata that it has left for them.
    pub(super) fn trailers(&self, trailing: Option<Box<Metadata>>) -> HeaderMap {
        let mut trailers = HeaderMap::new();
        self.write_status(trailing, &mut trailers);
        trailers
    }

    pub(super) fn write_status(&self, trailing: Option<Box<Metadata>>, headers: &mut HeaderMap) {
        if let Some(trailing) = &trailing {
            trailing.append_to(headers);
        }
        match &self.outcome {
            Ok(()) => Status::write_ok(headers),
            Err(status) => status.write_to(headers),
        }
        if trailing.is_some() || self.has_failed() {
            let connection = &self.call.connection;
            let limit = connection.max_trailers_size();
            if let Some(missing) = cap_trailers(headers, limit) {
                let method = self.call.path();
                tracing::warn!(method, limit, "trailers over the limit leave without {missing}");
            }
        }
    }

    pub(super) fn has_failed(&self) -> bool {
        self.outcome.is_err()
    }

    /// Ends the call. What is left is to be taken next, which ends the outbox and the handler too.
    fn finish(&mut self, outcome: Result<()>) {
        let end = match &outcome {
            Err(_)
                if self
                    .deadline
                    .as_ref()
                    .is_some_and(|deadline| deadline.is_elapsed()) =>
            {
                End::DeadlinePassed
            }
            _ => End::Answered,
        };
        self.outcome = outcome;
        self.call.end_as(end);
    }

    /// Drops the handler, whose destructors may panic.
    fn drop_handler(&mut self) -> Result<()> {
        match std::mem::replace(&mut self.handler, Handler::Gone) {
            Handler::Runs(handler) => drop_caught(handler),
            Handler::Gone => Ok(()),
        }
    }
}

impl Handler {
    fn poll(&mut self, current: &mut Option<Current>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        match self {
            Self::Runs(handler) => poll(handler, current, cx),
            Self::Gone => Poll::Pending,
        }
    }
}

fn poll(handler: &mut Dispatch, current: &mut Option<Current>, cx: &mut Context<'_>) -> Poll<Result<()>> {
    catch_unwind(AssertUnwindSafe(|| {
        let _entered = current::enter(current);
        handler.as_mut().poll(cx)
    }))
    .unwrap_or_else(|panic| {
        discard(panic);
        Poll::Ready(Err(panicked()))
    })
}

/// Runs the destructors of what is the user's, which may panic.
///
/// # Errors
/// INTERNAL if one has.
pub(super) fn drop_caught<T>(value: T) -> Result<()> {
    catch_unwind(AssertUnwindSafe(|| drop(value))).map_err(|panic| {
        discard(panic);
        panicked()
    })
}

/// Drops what a panic was called with, which may have a destructor that panics too.
pub(super) fn discard(panic: Box<dyn Any + Send>) {
    std::mem::forget(catch_unwind(AssertUnwindSafe(|| drop(panic))));
}

impl Drop for Live {
    fn drop(&mut self) {
        if !matches!(self.handler, Handler::Gone) {
            self.call.end_as(End::Cancelled);
            let writer = self.call.outbox().close();
            wake(writer);
            // A panic has nobody to be told to: the call is cancelled.
            let _ = self.drop_handler();
        }
        if self.is_counted {
            in_flight::end(&self.call.connection);
        }
    }
}

fn too_late() -> Status {
    Status::deadline_exceeded("the deadline passed before the call completed")
}

pub(super) fn panicked() -> Status {
    tracing::error!("a handler panicked");
    Status::internal("the handler panicked")
}
