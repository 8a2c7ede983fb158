use std::{
    any::Any,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http::HeaderMap;
use tokio::time::Sleep;

use super::{
    Dispatch,
    call::{Call, End},
    deadline,
    in_flight::InFlight,
    outbox::wake,
    router::Route,
};
use crate::{
    Result, Status,
    current::{self, Current},
    status::cap_trailers,
};

/// A call whose handler runs: polled first for the response's headers, then for its body.
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
    skip: bool,
    _in_flight: InFlight,
}

enum Handler {
    /// The usual case: only the response gets at it.
    Owned(Dispatch),
    /// Its deadline has to be able to end it.
    Watched(deadline::Shared),
    /// It has answered, or may no longer.
    Gone,
}

impl Live {
    pub(super) fn new(call: Arc<Call>, route: Arc<Route>, handler: Dispatch, in_flight: InFlight) -> Self {
        let deadline = call
            .deadline
            .map(|deadline| Box::pin(tokio::time::sleep_until(deadline.into())));
        let current: Current = Arc::clone(&call) as _;
        Self {
            call,
            route,
            handler: Handler::Owned(handler),
            current: Some(current),
            deadline,
            outcome: Ok(()),
            waits: false,
            skip: false,
            _in_flight: in_flight,
        }
    }

    /// Runs the handler as far as it goes. True once it has answered, or may no longer.
    pub(super) fn poll_handler(&mut self, cx: &mut Context<'_>) -> bool {
        if matches!(self.handler, Handler::Gone) {
            return true;
        }
        if std::mem::take(&mut self.skip) {
            return false;
        }
        if std::mem::take(&mut self.waits) {
            self.call.outbox().stop_waiting();
        }
        // The deadline first: a handler that always has something to send never gets to wait.
        if let Some(deadline) = &mut self.deadline
            && deadline.as_mut().poll(cx).is_ready()
        {
            self.finish(Err(too_late()));
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
    pub(super) fn poll_frames(&mut self, cx: &Context<'_>) -> Poll<(Bytes, Option<Waker>)> {
        let frames = self.call.outbox().poll_frames(cx);
        self.waits = frames.is_pending();
        frames
    }

    /// Ready when the response's headers are to leave.
    pub(super) fn poll_head(&mut self, cx: &Context<'_>) -> Poll<()> {
        let head = self.call.outbox().poll_head(cx);
        self.waits = head.is_pending();
        head
    }

    /// The response goes on for longer, and is not polled while the client leaves no room to send.
    pub(super) fn watch_deadline(&mut self) {
        if let Some(deadline) = self.call.deadline
            && let Handler::Owned(handler) = std::mem::replace(&mut self.handler, Handler::Gone)
        {
            let shared = Arc::new(Mutex::new(Some(handler)));
            deadline::watch(&shared, &self.call, deadline);
            self.handler = Handler::Watched(shared);
        }
    }

    /// The next poll is on the same task and at once: the handler has nothing new to say in it.
    pub(super) fn skip_poll(&mut self) {
        self.skip = true;
    }

    /// Ends the call with this, whether its handler has answered or not.
    pub(super) fn fail(&mut self, status: Status) {
        let outcome = self.let_go(End::Answered);
        self.outcome = outcome.and(Err(status));
        // What was to go before it.
        let mut outbox = self.call.outbox();
        outbox.take_rest();
        outbox.take_initial();
    }

    /// The trailers, once the handler has answered.
    pub(super) fn trailers(&mut self) -> HeaderMap {
        let mut trailers = HeaderMap::new();
        self.write_status(&mut trailers);
        trailers
    }

    pub(super) fn write_status(&mut self, headers: &mut HeaderMap) {
        let trailing = self.call.outbox().take_trailing();
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
        if let Err(status) = self.let_go(end) {
            self.outcome = Err(status);
        }
    }

    /// Ends the call and drops its handler, whose destructors may panic.
    fn let_go(&mut self, end: End) -> Result<()> {
        self.call.end_as(end);
        let writer = self.call.outbox().close();
        wake(writer);
        match std::mem::replace(&mut self.handler, Handler::Gone) {
            Handler::Owned(handler) => drop_caught(handler),
            Handler::Watched(shared) => {
                let handler = lock(&shared).take();
                drop_caught(handler)
            }
            Handler::Gone => Ok(()),
        }
    }
}

impl Handler {
    fn poll(&mut self, current: &mut Option<Current>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        match self {
            Self::Owned(handler) => poll(handler, current, cx),
            Self::Watched(shared) => match &mut *lock(shared) {
                Some(handler) => poll(handler, current, cx),
                None => Poll::Ready(Err(too_late())),
            },
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

fn lock(shared: &deadline::Shared) -> MutexGuard<'_, Option<Dispatch>> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
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
            // A panic has nobody to be told to: the call is cancelled.
            let _ = self.let_go(End::Cancelled);
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
