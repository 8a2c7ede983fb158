use std::task::{Context, Poll};

use bytes::Bytes;
use h2::{Reason, SendStream};

use super::exchange::Exchange;
use crate::driver::poll_room;

/// One attempt's requests on their way: out of the call's send buffer, as far as the server leaves room.
pub(super) struct Outbound {
    /// Until END_STREAM or a reset has been sent.
    stream: Option<SendStream<Bytes>>,
    /// Taken out of the buffer, and not sent yet.
    chunk: Bytes,
    attempt: u32,
}

impl Outbound {
    pub(super) fn new(stream: SendStream<Bytes>, attempt: u32) -> Self {
        Self {
            stream: Some(stream),
            chunk: Bytes::new(),
            attempt,
        }
    }

    /// Sends what it can. What goes wrong shows in the response, too, and is left to that.
    pub(super) fn poll(&mut self, exchange: &Exchange, cx: &mut Context<'_>) {
        while let Some(stream) = &mut self.stream {
            if self.chunk.is_empty() {
                match exchange.poll_request(cx, self.attempt) {
                    Poll::Pending => return,
                    Poll::Ready(Some(Ok(chunk))) => self.chunk = chunk,
                    Poll::Ready(Some(Err(reason))) => return self.reset(reason),
                    Poll::Ready(None) => {
                        // END_STREAM is a DATA frame's (PROTOCOL-HTTP2 §Requests): grpc-go's server does not heed it on others.
                        let _ = stream.send_data(Bytes::new(), true);
                        self.stream = None;
                        return;
                    }
                }
            }
            let is_last = exchange.is_request_sent(self.attempt);
            let room = if is_last {
                // Nothing comes behind it that would have to wait: h2 may keep what there is no room for.
                self.chunk.len()
            } else {
                match poll_room(stream, self.chunk.len(), cx) {
                    Poll::Pending => return,
                    Poll::Ready(Some(Ok(room))) => room.min(self.chunk.len()),
                    Poll::Ready(Some(Err(_)) | None) => {
                        self.stream = None;
                        return;
                    }
                }
            };
            let sent = stream.send_data(self.chunk.split_to(room), is_last);
            if is_last || sent.is_err() {
                self.stream = None;
            }
        }
    }

    /// Ends what is not sent yet by RST_STREAM.
    pub(super) fn reset(&mut self, reason: Reason) {
        if let Some(mut stream) = self.stream.take() {
            stream.send_reset(reason);
        }
    }
}

/// An attempt that is given up before its end.
impl Drop for Outbound {
    fn drop(&mut self) {
        self.reset(Reason::CANCEL);
    }
}
