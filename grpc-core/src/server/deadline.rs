use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::{Arc, Mutex, TryLockError},
    task::Poll,
    time::Instant,
};

use super::{
    Dispatch,
    call::{Call, End},
    live::drop_caught,
    outbox::wake,
};

/// A handler that its response and its deadline can both get at.
pub(super) type Shared = Arc<Mutex<Option<Dispatch>>>;

/// Ends a call at its deadline also when nobody polls its response: hyper does not while the client leaves
/// no room to send.
pub(super) fn watch(handler: &Shared, call: &Arc<Call>, deadline: Instant) {
    let (handler, watched) = (Arc::downgrade(handler), Arc::clone(call));
    call.connection.spawner.spawn(Box::pin(async move {
        if !passes(deadline, &watched).await {
            return;
        }
        while let Some(handler) = handler.upgrade() {
            match take(&handler) {
                Some(taken) => return end(&watched, taken),
                // It is being polled, on another thread.
                None => tokio::task::yield_now().await,
            }
        }
    }));
}

/// The handler, or `None` if it is in use.
fn take(handler: &Mutex<Option<Dispatch>>) -> Option<Option<Dispatch>> {
    match handler.try_lock() {
        Ok(mut handler) => Some(handler.take()),
        Err(TryLockError::Poisoned(handler)) => Some(handler.into_inner().take()),
        Err(TryLockError::WouldBlock) => None,
    }
}

fn end(call: &Call, handler: Option<Dispatch>) {
    call.end_as(End::DeadlinePassed);
    let (writer, reader) = {
        let mut outbox = call.outbox();
        (outbox.close(), outbox.wake_reader())
    };
    wake(writer);
    // A panic has nobody to be told to: the call has its outcome.
    let _ = drop_caught(handler);
    wake(reader);
}

/// True when the deadline has passed, false when the call has ended before.
async fn passes(deadline: Instant, call: &Call) -> bool {
    let mut ended = pin!(call.ended());
    let mut deadline = pin!(tokio::time::sleep_until(deadline.into()));
    poll_fn(|cx| match ended.as_mut().poll(cx) {
        Poll::Ready(()) => Poll::Ready(false),
        Poll::Pending => deadline.as_mut().poll(cx).map(|()| true),
    })
    .await
}
