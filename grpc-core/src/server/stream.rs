use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use h2::{Reason, SendStream, server::SendResponse};

use super::{live::Live, outbox::wake, response};
use crate::metadata::Metadata;

/// One call as HTTP/2 has it: from its request's headers to the end of its response.
///
/// Dropping it before that resets the stream, and cancels the call.
pub(super) struct Stream {
    live: Live,
    respond: SendResponse<Bytes>,
    /// What goes on behind the headers, once they have left.
    body: Option<SendStream<Bytes>>,
    /// Taken from the handler, while the client leaves no room for all of it.
    frames: Bytes,
}

impl Stream {
    pub(super) fn new(live: Live, respond: SendResponse<Bytes>) -> Self {
        Self {
            live,
            respond,
            body: None,
            frames: Bytes::new(),
        }
    }

    fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), h2::Error>> {
        let mut polled = false;
        if self.body.is_none() {
            if self.live.poll_handler(cx) {
                return Poll::Ready(self.answer());
            }
            if self.live.poll_head(cx).is_pending() {
                return self.respond.poll_reset(cx).map_ok(drop);
            }
            if self.live.has_too_large_a_head() {
                return Poll::Ready(self.answer());
            }
            let initial = self.live.call.outbox().take_initial();
            let head = response::head(&self.live, initial, false);
            self.body = Some(self.respond.send_response(head, false)?);
            polled = true;
        }
        let Some(body) = &mut self.body else {
            return Poll::Ready(Ok(()));
        };
        loop {
            match poll_send(body, &mut self.frames, cx) {
                Poll::Ready(sent) => sent?,
                // The client leaves no room, and the handler has to wait for it: but not for longer than it may.
                Poll::Pending if self.live.is_too_late(cx) => {
                    // Not to end inside of a message.
                    body.send_data(std::mem::take(&mut self.frames), false)?;
                    return Poll::Ready(self.end());
                }
                Poll::Pending => return body.poll_reset(cx).map_ok(drop),
            }
            if !std::mem::take(&mut polled) && self.live.poll_handler(cx) {
                return Poll::Ready(self.end());
            }
            match self.live.poll_frames(cx) {
                Poll::Ready((frames, writer)) => {
                    self.frames = frames;
                    wake(writer);
                }
                Poll::Pending => return body.poll_reset(cx).map_ok(drop),
            }
        }
    }

    /// Sends the whole response: the handler has answered before anything left.
    fn answer(&mut self) -> Result<(), h2::Error> {
        let left = self.live.left();
        if left.untouched && self.live.has_failed() {
            let response = response::trailers_only(&self.live, left);
            return self.respond.send_response(response, true).map(drop);
        }
        let head = response::head(&self.live, left.initial, true);
        let body = self.respond.send_response(head, false)?;
        finish(body, left.rest, left.trailing, &mut self.live)
    }

    /// Sends what is left once the handler has answered.
    fn end(&mut self) -> Result<(), h2::Error> {
        let Some(body) = self.body.take() else {
            return Ok(());
        };
        let left = self.live.call.outbox().take_left();
        finish(body, left.rest, left.trailing, &mut self.live)
    }
}

/// h2 keeps what the client has no room for yet: it is here anyway.
fn finish(
    mut body: SendStream<Bytes>,
    rest: Option<Bytes>,
    trailing: Option<Box<Metadata>>,
    live: &mut Live,
) -> Result<(), h2::Error> {
    if let Some(rest) = rest {
        body.send_data(live.keep_open(rest), false)?;
    }
    body.send_trailers(live.trailers(trailing))
}

/// Sends as many of the frames as the client has room for; ready once none is left.
fn poll_send(
    body: &mut SendStream<Bytes>,
    frames: &mut Bytes,
    cx: &mut Context<'_>,
) -> Poll<Result<(), h2::Error>> {
    while !frames.is_empty() {
        body.reserve_capacity(frames.len());
        let mut room = body.capacity();
        while room == 0 {
            room = match ready!(body.poll_capacity(cx)) {
                Some(room) => room?,
                // The client has reset the stream.
                None => return Poll::Ready(Err(Reason::CANCEL.into())),
            };
        }
        body.send_data(frames.split_to(room.min(frames.len())), false)?;
    }
    Poll::Ready(Ok(()))
}

impl Future for Stream {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        if let Err(error) = ready!(this.poll_answer(cx)) {
            // Also of headers that HTTP/2 does not allow, which would leave the client without an answer.
            tracing::debug!(method = this.live.call.path(), %error, "a stream broke");
            this.respond.send_reset(Reason::INTERNAL_ERROR);
        }
        Poll::Ready(())
    }
}
