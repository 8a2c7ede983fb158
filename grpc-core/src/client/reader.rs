//! The responses of a call, as its caller reads them.

use std::{
    collections::VecDeque,
    task::{Context, Poll, ready},
};

use bytes::Bytes;

use super::{active::ActiveCall, call::Response, exchange::ResponseHead, status::Ended};
use crate::{
    Status,
    message::{Codec, FrameDecoder},
    metadata::Metadata,
};

/// Decodes what comes in, in the caller's task.
pub(super) struct Reader<Resp> {
    pub(super) call: ActiveCall,
    codec: Box<dyn Codec<Resp>>,
    decoder: FrameDecoder,
    chunks: VecDeque<Bytes>,
    /// What comes behind these chunks.
    end: Option<Ended>,
    head: Option<Metadata>,
    ended: Option<Ended>,
    /// The response that was read last came compressed.
    compressed: bool,
}

impl<Resp: 'static> Reader<Resp> {
    pub(super) fn new(call: ActiveCall, codec: Box<dyn Codec<Resp>>, limit: usize) -> Self {
        let decoder = FrameDecoder::new(limit);
        Self {
            call,
            codec,
            decoder,
            chunks: VecDeque::new(),
            end: None,
            head: None,
            ended: None,
            compressed: false,
        }
    }

    /// The next response; `None` after the last, and the call's status, again and again, if it is an error.
    pub(super) fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Resp, Status>>> {
        loop {
            match self.next_buffered() {
                Ok(Some(message)) => return Poll::Ready(Some(Ok(message))),
                Ok(None) => {}
                Err(status) => self.fail(status),
            }
            if let Some(chunk) = self.chunks.pop_front() {
                self.decoder.push(chunk);
                continue;
            }
            if let Some(ended) = self.end.take() {
                self.end(ended);
                continue;
            }
            if let Some(ended) = &self.ended {
                return Poll::Ready(ended.status.clone().err().map(Err));
            }
            let received = ready!(self.call.exchange.poll_response(cx, &mut self.chunks));
            // Before they are decoded: it says how.
            if let Some(head) = received.head {
                self.take_head(head);
            }
            self.end = received.ended;
        }
    }

    /// The response of a call that has one, with the metadata before and after it. `first` keeps it until the call is over.
    pub(super) fn poll_only(
        &mut self,
        first: &mut Option<Resp>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Response<Resp>, Status>> {
        loop {
            match ready!(self.poll_message(cx)) {
                Some(Ok(message)) if first.is_none() => *first = Some(message),
                // statuscodes.md: a cardinality violation is UNIMPLEMENTED.
                Some(Ok(_)) => self.fail(Status::unimplemented(
                    "more than one response to a call that has one",
                )),
                Some(Err(status)) => return Poll::Ready(Err(status)),
                None => break,
            }
        }
        let (metadata, trailers) = self.take_metadata();
        Poll::Ready(match first.take() {
            Some(message) => Ok(Response {
                message,
                metadata,
                trailers,
                compressed: self.compressed,
            }),
            None => Err(Status::unimplemented(
                "no response, though the call's status is OK",
            )),
        })
    }

    /// Ready once the initial metadata is there, or will not come.
    pub(super) fn poll_head(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.head.is_none()
            && self.ended.is_none()
            && let Some(head) = ready!(self.call.exchange.poll_head(cx))
        {
            self.take_head(head);
        }
        Poll::Ready(())
    }

    pub(super) fn head(&self) -> Option<&Metadata> {
        self.head.as_ref()
    }

    pub(super) fn head_or_default(&mut self) -> &Metadata {
        self.head.get_or_insert_default()
    }

    pub(super) fn ended(&self) -> Option<&Ended> {
        self.ended.as_ref()
    }

    /// True if the response that was read last came compressed.
    pub(super) fn was_compressed(&self) -> bool {
        self.compressed
    }

    /// Takes the metadata of a call that is over.
    pub(super) fn take_metadata(&mut self) -> (Metadata, Metadata) {
        let head = self.head.take().unwrap_or_default();
        let trailers = self
            .ended
            .as_mut()
            .map(|ended| std::mem::take(&mut ended.trailers));
        (head, trailers.unwrap_or_default())
    }

    /// Ends the call from this side, unless it is over.
    pub(super) fn fail(&mut self, status: Status) {
        // The initial metadata was there before.
        if let Some(head) = self.call.exchange.take_head() {
            self.take_head(head);
        }
        self.call.exchange.cancel(status.clone());
        self.chunks.clear();
        self.end = None;
        self.end(Ended::failed(status));
    }

    fn next_buffered(&mut self) -> Result<Option<Resp>, Status> {
        if self.ended.as_ref().is_some_and(|ended| ended.status.is_err()) {
            return Ok(None);
        }
        let Some(mut message) = self.decoder.next()? else {
            return Ok(None);
        };
        self.compressed = self.decoder.was_compressed();
        self.call.observers.response(&mut message)?;
        self.codec.decode(message).map(Some)
    }

    fn end(&mut self, ended: Ended) {
        if self.ended.is_some() {
            return;
        }
        let ended = match ended.status {
            Ok(()) if !self.decoder.is_empty() => {
                Ended::failed(Status::internal("the response ended in the middle of a message"))
            }
            _ => ended,
        };
        self.call.observers.outcome(|| ended.clone());
        self.ended = Some(ended);
    }

    fn take_head(&mut self, head: ResponseHead) {
        self.call.observers.metadata(&head.metadata);
        self.decoder.set_encoding(head.encoding);
        self.head = Some(head.metadata);
    }
}
