use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;

use super::{
    body::RequestBody,
    call::{Call, End},
    drain,
    interceptor::MessageMap,
};
use crate::{
    Result, Status,
    message::{FrameDecoder, MessageEncoding},
};

/// The requests of a call, which nobody has begun to read. What is left of them when this is dropped is drained.
pub(super) struct Requests {
    /// `None` at END_STREAM, with all before it read.
    body: Option<RequestBody>,
    call: Arc<Call>,
    maps: Vec<MessageMap>,
}

impl Requests {
    /// Of a call that is counted among those that the connection's [`Taken`](super::unread::Taken) knows.
    pub(super) fn new(body: RequestBody, call: Arc<Call>) -> Self {
        Self {
            body: Some(body),
            call,
            maps: Vec::new(),
        }
    }

    /// Has every message pass through `map`.
    pub(super) fn map(&mut self, map: MessageMap) {
        self.maps.push(map);
    }
}

/// Reads messages out of a request's body.
pub(super) struct RequestReader {
    requests: Requests,
    decoder: FrameDecoder,
    failed: Option<Status>,
}

impl RequestReader {
    pub(super) fn new(requests: Requests, encoding: MessageEncoding) -> Self {
        let limit = requests.call.connection.shared.options.max_receive_message_size;
        let mut decoder = FrameDecoder::new(limit);
        decoder.set_encoding(encoding);
        Self {
            requests,
            decoder,
            failed: None,
        }
    }

    /// The next message, still encoded. After an error, the same error again.
    pub(super) fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        self.poll_once_open(|reader| reader.poll_open(cx))
    }

    /// The next piece of the body as it came, for whoever reads messages by itself. After an error, the same
    /// error again.
    pub(super) fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        self.poll_once_open(|reader| reader.poll_data(cx))
    }

    fn poll_once_open(
        &mut self,
        poll: impl FnOnce(&mut Self) -> Poll<Result<Option<Bytes>>>,
    ) -> Poll<Option<Result<Bytes>>> {
        if let Some(status) = &self.failed {
            return Poll::Ready(Some(Err(status.clone())));
        }
        let read = ready!(poll(self));
        Poll::Ready(read.map_err(|status| self.fail(status)).transpose())
    }

    /// True if what it reads has to pass through an interceptor.
    pub(super) fn is_mapped(&self) -> bool {
        !self.requests.maps.is_empty()
    }

    /// The body that it reads.
    pub(super) fn body(&self) -> Option<&RequestBody> {
        self.requests.body.as_ref()
    }

    /// The one message of a method that takes one.
    ///
    /// # Errors
    /// UNIMPLEMENTED for none or for several (statuscodes.md, "request cardinality violation").
    pub(super) fn poll_only(
        &mut self,
        first: &mut Option<Bytes>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Bytes>> {
        const NOT_ONE: &str = "the method takes exactly one request";
        loop {
            match first.take() {
                None => match ready!(self.poll_message(cx)) {
                    Some(message) => *first = Some(message?),
                    None => return Poll::Ready(Err(self.fail(Status::unimplemented(NOT_ONE)))),
                },
                // The usual case: the message and END_STREAM came together.
                Some(message) if self.is_at_end() => {
                    self.requests.body = None;
                    return Poll::Ready(Ok(message));
                }
                Some(message) => match self.poll_message(cx) {
                    Poll::Pending => {
                        *first = Some(message);
                        return Poll::Pending;
                    }
                    Poll::Ready(None) => return Poll::Ready(Ok(message)),
                    Poll::Ready(Some(Ok(_))) => {
                        return Poll::Ready(Err(self.fail(Status::unimplemented(NOT_ONE))));
                    }
                    Poll::Ready(Some(Err(status))) => return Poll::Ready(Err(status)),
                },
            }
        }
    }

    /// Ends the reading with this status, which is given back.
    pub(super) fn fail(&mut self, status: Status) -> Status {
        self.failed = Some(status.clone());
        status
    }

    fn poll_open(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>>> {
        loop {
            if let Some(mut message) = self.decoder.next()? {
                self.requests.call.note_request(self.decoder.was_compressed());
                for map in &mut self.requests.maps {
                    message = map(message)?;
                }
                return Poll::Ready(Ok(Some(message)));
            }
            match ready!(self.poll_data(cx))? {
                Some(data) => self.decoder.push(data),
                None if !self.decoder.is_empty() => {
                    return Poll::Ready(Err(Status::internal("the requests ended inside of a message")));
                }
                None => return Poll::Ready(Ok(None)),
            }
        }
    }

    /// The next data of the body; `None` at END_STREAM.
    fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>>> {
        let Requests { body, call, .. } = &mut self.requests;
        let Some(open) = body else {
            return Poll::Ready(Ok(None));
        };
        Poll::Ready(match ready!(open.poll_data(cx)) {
            Some(Ok(data)) => {
                call.connection.taken.take(data.len());
                Ok(Some(data))
            }
            Some(Err(error)) => {
                let status = Status::cancelled("the client cancelled the call, or is gone");
                Err(status.with_source(error))
            }
            None => {
                *body = None;
                Ok(None)
            }
        })
    }

    fn is_at_end(&self) -> bool {
        self.decoder.is_empty() && self.body().is_none_or(RequestBody::is_end_stream)
    }
}

impl Drop for Requests {
    fn drop(&mut self) {
        if let Some(body) = self.body.take() {
            match self.call.end() {
                End::Cancelled => drain::let_go(body, &self.call.connection),
                _ => drain::drain(body, &self.call.connection),
            }
        }
        self.call.connection.taken.end();
    }
}

impl fmt::Debug for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Requests")
            .field("call", &self.call)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for RequestReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestReader")
            .field("requests", &self.requests)
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}
