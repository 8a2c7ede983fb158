//! Streams of messages: what a streaming handler returns, and ways to make one.

mod generator;

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;
use tokio::sync::mpsc;

#[doc(hidden)]
pub use self::generator::{ForAwait, Generator, Slot, Yielder, generator, next, pair};
use crate::status::Status;

/// What a streaming handler returns: any `Stream` of `Result<M, E>` whose error turns into a [`Status`].
///
/// It may borrow, so a handler's stream can hold on to `&self`. The stream ends at its end or at its first
/// error, which becomes the status of the call.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a stream of `Result<{M}, {E}>`",
    label = "not a response stream",
    note = "a response stream is `stream!({{ … yield message; … }})`, or any `Stream<Item = Result<{M}, {E}>> + Send`"
)]
#[must_use = "streams do nothing unless polled"]
pub trait ResponseStream<M, E = Status>: Send {
    /// The next message, as [`Stream::poll_next`] gives it.
    fn poll_message(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<M, Status>>>;
}

impl<S, M, E> ResponseStream<M, E> for S
where
    S: Stream<Item = Result<M, E>> + Send + ?Sized,
    E: Into<Status>,
{
    fn poll_message(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<M, Status>>> {
        self.poll_next(cx)
            .map(|next| next.map(|item| item.map_err(Into::into)))
    }
}

/// A response stream with a name, for where `impl ResponseStream` cannot stand.
pub type BoxStream<'a, M, E = Status> = Pin<Box<dyn Stream<Item = Result<M, E>> + Send + 'a>>;

/// A bounded queue whose other end is a response stream: a worker sends, the handler returns the receiver.
///
/// Up to `capacity` messages wait in it. An `Err` sent ends the call with that status.
///
/// # Panics
/// If `capacity` is 0.
pub fn channel<M>(capacity: usize) -> (mpsc::Sender<Result<M, Status>>, Receiver<M>) {
    let (sender, receiver) = mpsc::channel(capacity);
    (sender, Receiver(receiver))
}

/// The receiving end of [`channel`]: a response stream, and a source of requests.
#[derive(Debug)]
pub struct Receiver<M>(mpsc::Receiver<Result<M, Status>>);

impl<M> Stream for Receiver<M> {
    type Item = Result<M, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(cx)
    }
}
