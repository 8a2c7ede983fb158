//! Where hyper's client puts the futures of its streams.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
};

use super::exchange::Exchange;
use crate::driver::Spawner;

/// Queues hyper's futures in the connection's driver, and lets go of those of calls that are cancelled.
///
/// hyper sends a request in a future that looks at nothing but flow control while a chunk waits for it. Once
/// the response has begun, a cancelled call that waits so would stay open for as long as the server pleases.
/// Dropping that future, besides the response, resets the stream with CANCEL.
#[derive(Clone)]
pub(super) struct ClientExecutor {
    spawner: Spawner,
    begun: Begun,
}

/// The call whose body hyper has just polled for the first time. Right after that, in the same call, it hands
/// over the future that goes on with the body, or, if the body is through, the one that waits for the response.
#[derive(Clone, Default)]
pub(super) struct Begun(Arc<Mutex<Option<Arc<Exchange>>>>);

impl Begun {
    pub(super) fn set(&self, exchange: &Arc<Exchange>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(exchange));
    }

    fn take(&self) -> Option<Arc<Exchange>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl ClientExecutor {
    pub(super) fn new(spawner: Spawner, begun: Begun) -> Self {
        Self { spawner, begun }
    }
}

impl<F> hyper::rt::Executor<F> for ClientExecutor
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, future: F) {
        match self.begun.take() {
            Some(exchange) => self.spawner.spawn(Box::pin(until_cancelled(future, exchange))),
            None => self.spawner.spawn(Box::pin(future)),
        }
    }
}

async fn until_cancelled(future: impl Future<Output = ()>, exchange: Arc<Exchange>) {
    let mut future = pin!(future);
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(()) => Poll::Ready(()),
        Poll::Pending => exchange.poll_cancelled(cx),
    })
    .await;
}
