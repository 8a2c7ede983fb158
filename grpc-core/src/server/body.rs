use std::task::{Context, Poll, ready};

use bytes::Bytes;
use h2::RecvStream;

/// The body of a request: its DATA frames, as they come.
///
/// What is read makes room for as much more. What a client sends as trailers means nothing in gRPC, and is left out.
#[derive(Debug)]
pub(super) struct RequestBody(RecvStream);

impl RequestBody {
    pub(super) fn new(stream: RecvStream) -> Self {
        Self(stream)
    }

    /// The next data; `None` at END_STREAM.
    ///
    /// # Errors
    /// The client has reset the stream, whatever it said for it, or the connection is gone.
    pub(super) fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, h2::Error>>> {
        match ready!(self.0.poll_data(cx)) {
            Some(Ok(data)) => {
                // An error: the stream has been reset, which the next poll tells.
                let _ = self.0.flow_control().release_capacity(data.len());
                Poll::Ready(Some(Ok(data)))
            }
            Some(Err(error)) => Poll::Ready(Some(Err(error))),
            None if self.is_end_stream() => Poll::Ready(None),
            None => match ready!(self.0.poll_trailers(cx)) {
                Ok(_) => Poll::Ready(None),
                Err(error) => Poll::Ready(Some(Err(error))),
            },
        }
    }

    /// True if END_STREAM has come, and all before it has been read.
    pub(super) fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }
}
