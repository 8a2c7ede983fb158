//! The requests of a call that come from a stream, polled by the task that awaits or receives.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::BytesMut;
use futures_core::Stream;

use super::active::ActiveCall;
use crate::{
    Status,
    message::{Codec, encode_frame},
};

/// How many bytes of small requests are gathered before they cross to the connection.
const BATCH: usize = 16 * 1024;

/// How many batches are sent before the caller's other work gets its turn.
const BATCHES_PER_POLL: usize = 16;

/// A stream of requests that is being sent.
pub(super) struct Source {
    /// `None` once it has ended.
    frames: Option<Pin<Box<dyn Frames>>>,
    buffer: BytesMut,
    limit: usize,
    over: bool,
}

impl Source {
    pub(super) fn new<Req: 'static>(
        requests: impl Stream<Item = Result<Req, Status>> + Send + 'static,
        codec: impl Codec<Req>,
    ) -> Self {
        let frames = Encoder {
            requests,
            codec,
            request: std::marker::PhantomData::<fn(Req)>,
        };
        Self {
            frames: Some(Box::pin(frames)),
            buffer: BytesMut::new(),
            limit: usize::MAX,
            over: false,
        }
    }

    /// The largest request to send, in bytes.
    pub(super) fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Sends what the stream has and the call takes; there is nothing to wait for but the call itself.
    pub(super) fn poll_send(&mut self, cx: &mut Context<'_>, call: &ActiveCall) {
        if self.over {
            return;
        }
        for _ in 0..BATCHES_PER_POLL {
            if let Err(status) = self.fill(cx, call) {
                call.exchange.cancel(status);
                return self.stop();
            }
            if self.buffer.is_empty() {
                if self.frames.is_none() {
                    call.exchange.finish_requests();
                    self.stop();
                }
                return;
            }
            match call.exchange.poll_send(cx, &mut self.buffer) {
                Poll::Pending => return,
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(_)) => return self.stop(),
            }
        }
        cx.waker().wake_by_ref();
    }

    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    fn fill(&mut self, cx: &mut Context<'_>, call: &ActiveCall) -> Result<(), Status> {
        while let Some(frames) = &mut self.frames
            && self.buffer.len() < BATCH
        {
            let start = self.buffer.len();
            match frames.as_mut().poll_frame(cx, &mut self.buffer, self.limit) {
                Poll::Pending => break,
                Poll::Ready(Some(encoded)) => {
                    encoded?;
                    call.observers.request(&self.buffer[start..]);
                    call.compressor.compress(&mut self.buffer, start)?;
                }
                Poll::Ready(None) => self.frames = None,
            }
        }
        Ok(())
    }

    fn stop(&mut self) {
        self.over = true;
        self.frames = None;
        self.buffer = BytesMut::new();
    }
}

/// A stream of requests that writes each as a frame.
trait Frames: Send {
    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut BytesMut,
        limit: usize,
    ) -> Poll<Option<Result<(), Status>>>;
}

pin_project_lite::pin_project! {
    struct Encoder<S, C, Req> {
        #[pin]
        requests: S,
        codec: C,
        request: std::marker::PhantomData<fn(Req)>,
    }
}

impl<S, C, Req> Frames for Encoder<S, C, Req>
where
    S: Stream<Item = Result<Req, Status>> + Send,
    C: Codec<Req>,
{
    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut BytesMut,
        limit: usize,
    ) -> Poll<Option<Result<(), Status>>> {
        let this = self.project();
        let next = std::task::ready!(this.requests.poll_next(cx));
        Poll::Ready(next.map(|request| encode_frame(this.codec, &request?, buffer, limit)))
    }
}
