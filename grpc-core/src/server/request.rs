use std::{
    fmt,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::Stream;

use super::{given::Given, reader::RequestReader};
use crate::{Result, Status, message::Codec, stream::ResponseStream};

/// The requests of a call, in order: a `Stream`, and read one by one with [`Streaming::receive`].
///
/// It may be moved to another task. Dropping it before its end is fine.
///
/// A test that calls a handler as the function that it is makes one with `Streaming::from_iter`,
/// [`Streaming::from_results`] or [`Streaming::from_stream`]:
///
/// ```
/// # use grpc_core::{Result, server::Streaming};
/// async fn sum(mut numbers: Streaming<u64>) -> Result<u64> {
///     let mut sum = 0;
///     while let Some(number) = numbers.receive().await? {
///         sum += number;
///     }
///     Ok(sum)
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// assert_eq!(sum(Streaming::from_iter([1, 2, 3])).await?, 6);
/// # Ok(())
/// # }
/// ```
pub struct Streaming<M> {
    source: Source<M>,
    /// The `Stream` has yielded the error that ends it.
    over: bool,
}

enum Source<M> {
    Call(RequestReader, Box<dyn Codec<M>>),
    Given(Given<M>),
}

impl<M: Send + 'static> Streaming<M> {
    pub(super) fn new(reader: RequestReader, codec: impl Codec<M>) -> Self {
        // A codec without fields is boxed without an allocation.
        Self {
            source: Source::Call(reader, Box::new(codec)),
            over: false,
        }
    }

    /// These messages as if a client had sent them, up to an error: that is what [`Streaming::receive`] answers with from then
    /// on, as when the call is cancelled. Without one the client is done sending after the last.
    pub fn from_results<E>(messages: impl IntoIterator<Item = Result<M, E>, IntoIter: Send + 'static>) -> Self
    where
        E: Into<Status>,
    {
        Self {
            source: Source::Given(Given::iter(
                messages.into_iter().map(|item| item.map_err(Into::into)),
            )),
            over: false,
        }
    }

    /// The messages of a stream as if a client had sent them: of `stream!`, of [`channel`](crate::stream::channel), of
    /// another call. An error is what [`Streaming::receive`] answers with from then on.
    pub fn from_stream<E>(messages: impl ResponseStream<M, E> + 'static) -> Self
    where
        E: 'static,
    {
        Self {
            source: Source::Given(Given::stream(messages)),
            over: false,
        }
    }

    /// The next request. `None` at the end, however often it is asked for: the client is done sending.
    ///
    /// # Errors
    /// CANCELLED if the client has cancelled the call or is gone; RESOURCE_EXHAUSTED for a message over the
    /// limit; INTERNAL for one that cannot be read. It is the same error from then on.
    ///
    /// # Cancel safety
    /// Cancel safe: no request is lost.
    pub async fn receive(&mut self) -> Result<Option<M>> {
        poll_fn(|cx| self.poll_receive(cx)).await.transpose()
    }

    pub(super) fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<M>>> {
        match &mut self.source {
            Source::Call(reader, codec) => match ready!(reader.poll_message(cx)) {
                Some(Ok(bytes)) => Poll::Ready(Some(match codec.decode(bytes) {
                    Ok(message) => Ok(message),
                    Err(status) => Err(reader.fail(status)),
                })),
                Some(Err(status)) => Poll::Ready(Some(Err(status))),
                None => Poll::Ready(None),
            },
            Source::Given(given) => given.poll_next(cx),
        }
    }
}

/// The messages as if a client had sent them, and then no more.
impl<M: Send + 'static> FromIterator<M> for Streaming<M> {
    fn from_iter<I: IntoIterator<Item = M>>(messages: I) -> Self {
        // Gathered, because the iterator need not be Send.
        let messages: Vec<M> = messages.into_iter().collect();
        Self::from_results(messages.into_iter().map(Ok::<M, Status>))
    }
}

/// Ends after the first error.
impl<M: Send + 'static> Stream for Streaming<M> {
    type Item = Result<M>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<M>>> {
        if self.over {
            return Poll::Ready(None);
        }
        let next = ready!(self.poll_receive(cx));
        self.over = matches!(next, Some(Err(_)));
        Poll::Ready(next)
    }
}

impl<M> fmt::Debug for Streaming<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Streaming");
        if let Source::Call(reader, _) = &self.source {
            out.field("reader", reader);
        }
        out.finish_non_exhaustive()
    }
}
