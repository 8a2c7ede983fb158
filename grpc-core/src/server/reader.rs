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

/// Reads messages out of a request's body. What is left of the body when this is dropped is drained.
pub(super) struct RequestReader {
    /// `None` only while it is being dropped.
    body: Option<RequestBody>,
    decoder: FrameDecoder,
    call: Arc<Call>,
    state: State,
    maps: Vec<MessageMap>,
}

#[derive(Debug)]
enum State {
    Open,
    /// The client has sent END_STREAM, and every message has been read.
    Ended,
    Failed(Status),
}

impl RequestReader {
    pub(super) fn new(body: RequestBody, encoding: MessageEncoding, call: Arc<Call>) -> Self {
        let limit = call.connection.shared.options.max_receive_message_size;
        let mut decoder = FrameDecoder::new(limit);
        decoder.set_encoding(encoding);
        call.connection.taken.begin();
        Self {
            body: Some(body),
            decoder,
            call,
            state: State::Open,
            maps: Vec::new(),
        }
    }

    /// Has every message pass through `map`.
    pub(super) fn map(&mut self, map: MessageMap) {
        self.maps.push(map);
    }

    /// The next message, still encoded. After an error, the same error again.
    pub(super) fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        match &self.state {
            State::Open => {}
            State::Ended => return Poll::Ready(None),
            State::Failed(status) => return Poll::Ready(Some(Err(status.clone()))),
        }
        let read = ready!(self.poll_open(cx));
        Poll::Ready(match read {
            Ok(Some(message)) => Some(Ok(message)),
            Ok(None) => {
                self.state = State::Ended;
                None
            }
            Err(status) => Some(Err(self.fail(status))),
        })
    }

    /// The next piece of the body as it came, for whoever reads messages by itself. After an error, the same
    /// error again.
    pub(super) fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        match &self.state {
            State::Open => {}
            State::Ended => return Poll::Ready(None),
            State::Failed(status) => return Poll::Ready(Some(Err(status.clone()))),
        }
        let read = ready!(self.poll_data(cx));
        Poll::Ready(match read {
            Ok(Some(data)) => Some(Ok(data)),
            Ok(None) => {
                self.state = State::Ended;
                None
            }
            Err(status) => Some(Err(self.fail(status))),
        })
    }

    /// True if what it reads has to pass through an interceptor.
    pub(super) fn is_mapped(&self) -> bool {
        !self.maps.is_empty()
    }

    /// The body that it reads.
    pub(super) fn body(&self) -> Option<&RequestBody> {
        self.body.as_ref()
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
                    self.state = State::Ended;
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
        self.state = State::Failed(status.clone());
        status
    }

    fn poll_open(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>>> {
        loop {
            if let Some(mut message) = self.decoder.next()? {
                self.call.note_request(self.decoder.was_compressed());
                for map in &mut self.maps {
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
        let Some(body) = &mut self.body else {
            return Poll::Ready(Ok(None));
        };
        Poll::Ready(match ready!(body.poll_data(cx)) {
            Some(Ok(data)) => {
                self.call.connection.taken.take(data.len());
                Ok(Some(data))
            }
            Some(Err(error)) => {
                let status = Status::cancelled("the client cancelled the call, or is gone");
                Err(status.with_source(error))
            }
            None => Ok(None),
        })
    }

    fn is_at_end(&self) -> bool {
        self.decoder.is_empty() && self.body.as_ref().is_none_or(RequestBody::is_end_stream)
    }
}

impl Drop for RequestReader {
    fn drop(&mut self) {
        if let Some(body) = self.body.take()
            && !matches!(self.state, State::Ended)
        {
            match self.call.end() {
                End::Cancelled => drain::let_go(body, &self.call.connection),
                _ => drain::drain(body, &self.call.connection),
            }
        }
        self.call.connection.taken.end();
    }
}

impl fmt::Debug for RequestReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestReader")
            .field("call", &self.call)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
