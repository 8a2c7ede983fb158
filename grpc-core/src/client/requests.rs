use std::{
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;
use tokio::sync::mpsc;

use crate::Status;

/// What a call takes its requests from: anything that iterates or streams them.
///
/// That is any iterator or collection of `M`, any `Stream` of `M` or of `Result<M, E>` (whose error becomes
/// the call's status), and tokio's `mpsc::Receiver<M>`. `Kind` tells these apart, so that nothing needs to
/// be annotated. The call polls it in the task that awaits the call or receives from it: an iterator that
/// blocks would block that task, and belongs to [`grpc::blocking`](crate::blocking).
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not give requests of type `{M}`",
    label = "expected an iterator or a stream of `{M}`",
    note = "any `IntoIterator<Item = {M}>`, `Stream<Item = {M}>`, `Stream<Item = Result<{M}, impl Into<Status>>>` or `tokio::sync::mpsc::Receiver<{M}>` will do"
)]
pub trait IntoRequests<M, Kind> {
    #[doc(hidden)]
    type Stream: Stream<Item = Result<M, Status>> + Send + 'static;
    #[doc(hidden)]
    fn into_requests(self) -> Self::Stream;
}

/// Marks an iterator of requests.
#[derive(Debug)]
pub enum ByIterator {}

/// Marks a stream of requests.
#[derive(Debug)]
pub enum ByStream {}

/// Marks a stream of results.
#[derive(Debug)]
pub struct ByTryStream<E>(std::marker::PhantomData<E>);

/// Marks a receiver of tokio's.
#[derive(Debug)]
pub enum ByReceiver {}

#[diagnostic::do_not_recommend]
impl<M, I> IntoRequests<M, ByIterator> for I
where
    I: IntoIterator<Item = M>,
    I::IntoIter: Send + 'static,
{
    type Stream = Iterated<I::IntoIter>;

    fn into_requests(self) -> Self::Stream {
        Iterated(self.into_iter())
    }
}

#[diagnostic::do_not_recommend]
impl<M, S: Stream<Item = M> + Send + 'static> IntoRequests<M, ByStream> for S {
    type Stream = Streamed<S>;

    fn into_requests(self) -> Self::Stream {
        Streamed { stream: self }
    }
}

#[diagnostic::do_not_recommend]
impl<M, E, S> IntoRequests<M, ByTryStream<E>> for S
where
    E: Into<Status>,
    S: Stream<Item = Result<M, E>> + Send + 'static,
{
    type Stream = Tried<S>;

    fn into_requests(self) -> Self::Stream {
        Tried { stream: self }
    }
}

#[diagnostic::do_not_recommend]
impl<M: Send + 'static> IntoRequests<M, ByReceiver> for mpsc::Receiver<M> {
    type Stream = Received<M>;

    fn into_requests(self) -> Self::Stream {
        Received(self)
    }
}

/// The stream of an iterator.
#[derive(Debug)]
pub struct Iterated<I>(I);

// The iterator is never pinned.
impl<I> Unpin for Iterated<I> {}

impl<I: Iterator> Stream for Iterated<I> {
    type Item = Result<I::Item, Status>;

    fn poll_next(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.next().map(Ok))
    }
}

pin_project_lite::pin_project! {
    /// A stream whose items are all good.
    #[derive(Debug)]
    pub struct Streamed<S> {
        #[pin]
        stream: S,
    }
}

impl<S: Stream> Stream for Streamed<S> {
    type Item = Result<S::Item, Status>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.project().stream.poll_next(cx).map(|next| next.map(Ok))
    }
}

pin_project_lite::pin_project! {
    /// A stream whose errors become a status.
    #[derive(Debug)]
    pub struct Tried<S> {
        #[pin]
        stream: S,
    }
}

impl<M, E: Into<Status>, S: Stream<Item = Result<M, E>>> Stream for Tried<S> {
    type Item = Result<M, Status>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.project()
            .stream
            .poll_next(cx)
            .map(|next| next.map(|item| item.map_err(Into::into)))
    }
}

/// The stream of a receiver.
#[derive(Debug)]
pub struct Received<M>(mpsc::Receiver<M>);

impl<M> Stream for Received<M> {
    type Item = Result<M, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(cx).map(|next| next.map(Ok))
    }
}
