use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame};

use super::{body::RequestBody, call::Call, reader::RequestReader};
use crate::{
    BoxError, Result, Status,
    message::{Raw, encode_frame},
};

/// The body of a request to a service that was added with
/// [`Server::add_tower_service`](super::Server::add_tower_service): length-prefixed messages, as they came.
///
/// It is read from the connection as it is polled, and not ahead of [`Server::stream_window`](super::Server::stream_window).
/// It may be dropped before its end. Its error says that the client has cancelled the call or is gone.
pub struct HttpRequestBody {
    reader: RequestReader,
    call: Arc<Call>,
}

impl HttpRequestBody {
    pub(super) fn new(reader: RequestReader, call: Arc<Call>) -> Self {
        Self { reader, call }
    }

    /// True if an interceptor looks at the requests: they have to be such as it can read.
    pub(super) fn is_mapped(&self) -> bool {
        self.reader.is_mapped()
    }

    fn poll_messages(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        let Some(message) = ready!(self.reader.poll_message(cx)?) else {
            return Poll::Ready(None);
        };
        let mut frame = BytesMut::new();
        let framed = encode_frame(&Raw, &message, &mut frame, usize::MAX);
        Poll::Ready(Some(framed.map(|()| frame.freeze())))
    }
}

impl Body for HttpRequestBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let next = if self.is_mapped() {
            ready!(self.poll_messages(cx))
        } else {
            ready!(self.reader.poll_chunk(cx))
        };
        Poll::Ready(next.map(|data| data.map(Frame::data).map_err(failed)))
    }

    fn is_end_stream(&self) -> bool {
        !self.is_mapped() && self.reader.body().is_none_or(RequestBody::is_end_stream)
    }
}

impl fmt::Debug for HttpRequestBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpRequestBody")
            .field("call", &self.call)
            .finish_non_exhaustive()
    }
}

/// The error as a service understands it. One that reads gRPC from HTTP knows nothing of our statuses, and HTTP/2's
/// own error for a cancelled stream.
fn failed(status: Status) -> BoxError {
    match status.code() {
        crate::Code::Cancelled => Box::new(h2::Error::from(h2::Reason::CANCEL)),
        _ => Box::new(status),
    }
}
