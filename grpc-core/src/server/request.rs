use std::{
    fmt,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::Stream;

use super::reader::RequestReader;
use crate::{Result, message::Codec};

/// The requests of a call, in order: a `Stream`, and read one by one with [`Streaming::receive`].
///
/// It may be moved to another task. Dropping it before its end is fine.
pub struct Streaming<M> {
    reader: RequestReader,
    codec: Box<dyn Codec<M>>,
    /// The `Stream` has yielded the error that ends it.
    over: bool,
}

impl<M: Send + 'static> Streaming<M> {
    pub(super) fn new(reader: RequestReader, codec: impl Codec<M>) -> Self {
        // A codec without fields is boxed without an allocation.
        Self {
            reader,
            codec: Box::new(codec),
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

    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<M>>> {
        match ready!(self.reader.poll_message(cx)) {
            Some(Ok(bytes)) => Poll::Ready(Some(match self.codec.decode(bytes) {
                Ok(message) => Ok(message),
                Err(status) => Err(self.reader.fail(status)),
            })),
            Some(Err(status)) => Poll::Ready(Some(Err(status))),
            None => Poll::Ready(None),
        }
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
        f.debug_struct("Streaming")
            .field("reader", &self.reader)
            .finish_non_exhaustive()
    }
}
