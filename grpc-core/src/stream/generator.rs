//! What `stream!` expands to.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use futures_core::Stream;

use crate::status::Status;

/// The place where a yielded message waits until the stream's reader takes it.
#[derive(Debug)]
pub struct Slot<T>(Arc<Mutex<Option<T>>>);

impl<T> Slot<T> {
    fn lock(&self) -> MutexGuard<'_, Option<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The body's end of the slot; `yield` is its [`Yielder::send`].
#[derive(Debug)]
pub struct Yielder<T>(Slot<T>);

impl<T> Yielder<T> {
    /// Puts a message into the slot and gives way once, so that the reader takes it.
    pub fn send(&mut self, message: T) -> impl Future<Output = ()> {
        *self.0.lock() = Some(message);
        let mut yielded = false;
        poll_fn(move |_| {
            // Only the generator polls this, and only after it has emptied the slot: no waker, no second look.
            if std::mem::replace(&mut yielded, true) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
    }
}

/// The two ends of a slot.
pub fn pair<T>() -> (Yielder<T>, Slot<T>) {
    let slot = Arc::new(Mutex::new(None));
    (Yielder(Slot(Arc::clone(&slot))), Slot(slot))
}

pin_project_lite::pin_project! {
    /// The stream that `stream!` makes of its body.
    #[must_use = "streams do nothing unless polled"]
    #[derive(Debug)]
    pub struct Generator<T, F> {
        slot: Slot<T>,
        #[pin]
        body: F,
        done: bool,
    }
}

/// Runs `body`, whose yields go through `slot`, as a stream.
pub fn generator<T, F>(slot: Slot<T>, body: F) -> Generator<T, F>
where
    F: Future<Output = Result<(), Status>>,
{
    Generator {
        slot,
        body,
        done: false,
    }
}

impl<T, F: Future<Output = Result<(), Status>>> Stream for Generator<T, F> {
    type Item = Result<T, Status>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        if *this.done {
            return Poll::Ready(None);
        }
        match this.body.poll(cx) {
            Poll::Ready(outcome) => {
                *this.done = true;
                Poll::Ready(outcome.err().map(Err))
            }
            Poll::Pending => match this.slot.lock().take() {
                Some(message) => Poll::Ready(Some(Ok(message))),
                None => Poll::Pending,
            },
        }
    }
}

/// What `for await` takes: any stream.
#[diagnostic::on_unimplemented(
    message = "`for await` needs a stream; `{Self}` is not one",
    label = "not a stream",
    note = "a plain iterator takes a plain `for`"
)]
pub trait ForAwait {
    /// What the loop's pattern is matched against.
    type Item;
    /// As [`Stream::poll_next`].
    fn poll_item(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>>;
}

#[diagnostic::do_not_recommend]
impl<S: Stream> ForAwait for S {
    type Item = S::Item;

    fn poll_item(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        self.poll_next(cx)
    }
}

/// The next item of a stream.
pub async fn next<S: ForAwait>(mut stream: Pin<&mut S>) -> Option<S::Item> {
    poll_fn(|cx| stream.as_mut().poll_item(cx)).await
}
