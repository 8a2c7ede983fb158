use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use h2::{Reason, SendStream, server::SendResponse};

use super::{live::Live, outbox::wake, response};
use crate::{driver::poll_room, metadata::Metadata};

/// One call as HTTP/2 has it: from its request's headers to the end of its response.
///
/// Dropping it before that resets the stream, and cancels the call.
pub(super) struct Stream {
    live: Live,
    respond: SendResponse<Bytes>,
    /// What goes on behind the headers, once they have left.
    body: Option<SendStream<Bytes>>,
    /// How many bytes HTTP/2 has been given since it was last asked for room.
    unasked: usize,
}

/// How many bytes HTTP/2 is given before it is asked for room. To ask costs two locks, as much as to hand over a small message.
const UNASKED: usize = 8 * 1024;

impl Stream {
    pub(super) fn new(live: Live, respond: SendResponse<Bytes>) -> Self {
        Self {
            live,
            respond,
            body: None,
            unasked: 0,
        }
    }

    fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), h2::Error>> {
        // What has woken the stream may be for the handler.
        let mut to_poll = true;
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
            to_poll = false;
        }
        let Some(body) = &mut self.body else {
            return Poll::Ready(Ok(()));
        };
        loop {
            // Before the handler: what it says next has to wait until the last has found room.
            if self.unasked > UNASKED {
                match poll_room(body, 1, cx) {
                    Poll::Ready(Some(room)) => room.map(drop)?,
                    // The client has reset the stream.
                    Poll::Ready(None) => return Poll::Ready(Err(Reason::CANCEL.into())),
                    Poll::Pending if self.live.is_too_late(cx) => return Poll::Ready(self.end()),
                    Poll::Pending => return Poll::Pending,
                }
                self.unasked = 0;
            }
            if to_poll && self.live.poll_handler(cx) {
                return Poll::Ready(self.end());
            }
            let Poll::Ready(taken) = self.live.poll_frames(cx) else {
                return body.poll_reset(cx).map_ok(drop);
            };
            self.unasked += taken.frames.len();
            // All of it, whatever room there is: cut, a message of the send buffer's size would take two turns.
            body.send_data(taken.frames, false)?;
            wake(taken.writer);
            if !taken.is_followed {
                return body.poll_reset(cx).map_ok(drop);
            }
            to_poll = true;
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
        let left = self.live.take_left();
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
