//! The body of an HTTP request, sent as a call's requests.

use std::{
    future::poll_fn,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use http_body::Body;
use tokio::task::AbortHandle;

use super::exchange::Exchange;
use crate::{BoxError, Status};

/// How many pieces are sent before the task's other work gets its turn.
const CHUNKS_PER_POLL: usize = 32;

/// A body that is being sent.
pub(super) struct Pump<B> {
    body: Pin<Box<B>>,
    /// What waits for its place in the line.
    chunk: Bytes,
}

impl<B> Pump<B>
where
    B: Body + Send + 'static,
    B::Error: Into<BoxError>,
{
    pub(super) fn new(body: B) -> Self {
        Self {
            body: Box::pin(body),
            chunk: Bytes::new(),
        }
    }

    /// Sends what the body has and the call takes. Ready when that was all, or the call is over.
    ///
    /// # Errors
    /// The body's own. The call goes on.
    pub(super) fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        exchange: &Exchange,
    ) -> Poll<Result<(), BoxError>> {
        for _ in 0..CHUNKS_PER_POLL {
            if !self.chunk.is_empty() {
                if ready!(exchange.poll_send_chunk(cx, &self.chunk)).is_err() {
                    return Poll::Ready(Ok(()));
                }
                self.chunk = Bytes::new();
            }
            match ready!(self.body.as_mut().poll_frame(cx)) {
                None => {
                    exchange.finish_requests();
                    return Poll::Ready(Ok(()));
                }
                Some(Ok(frame)) => {
                    // A gRPC request has no trailers.
                    if let Ok(mut data) = frame.into_data() {
                        self.chunk = data.copy_to_bytes(data.remaining());
                    }
                }
                Some(Err(error)) => return Poll::Ready(Err(error.into())),
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Goes on in a task of its own.
    pub(super) fn spawn(mut self, exchange: &Arc<Exchange>) -> Sending {
        let failure = Failure::default();
        let mut unfinished = Unfinished {
            exchange: Some(Arc::clone(exchange)),
            failure: Arc::clone(&failure),
        };
        let exchange = Arc::clone(exchange);
        let task = tokio::spawn(async move {
            let sent = poll_fn(|cx| self.poll_send(cx, &exchange)).await;
            match sent {
                Ok(()) => unfinished.finish(),
                Err(error) => unfinished.fail(error),
            }
        });
        Sending {
            task: task.abort_handle(),
            failure,
        }
    }
}

type Failure = Arc<Mutex<Option<BoxError>>>;

/// The task that sends a body; dropping this stops it.
pub(super) struct Sending {
    task: AbortHandle,
    failure: Failure,
}

impl Sending {
    /// The body's error, if that is what has ended the call.
    pub(super) fn into_failure(self) -> Option<BoxError> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Ends the call if its requests end before their time: with an error, or by a panic.
struct Unfinished {
    exchange: Option<Arc<Exchange>>,
    failure: Failure,
}

impl Unfinished {
    /// It is not, any more.
    fn finish(&mut self) {
        self.exchange = None;
    }

    fn fail(&self, error: BoxError) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(exchange) = &self.exchange {
            exchange.cancel(Status::cancelled("the request's body ended before its time"));
        }
    }
}
