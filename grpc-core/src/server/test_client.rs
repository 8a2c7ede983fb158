use std::{
    collections::VecDeque,
    fmt,
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::Arc,
    task::{Context as TaskContext, Poll, Waker},
};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use tokio::sync::mpsc;

use super::{
    Context, ResponseSender, ServerCall, Streaming,
    call::{Call, End},
    outbox::wake,
};
use crate::{
    Result, Status,
    message::{Codec, FrameDecoder},
};

/// The client at the other end of a [`ServerCall`] that a test has made with
/// [`TestCall::server_call`](crate::testing::TestCall::server_call).
///
/// Dropping it is not a cancellation; it is done sending then.
pub struct TestClient<Q, R> {
    requests: Option<mpsc::UnboundedSender<Result<Q>>>,
    call: Arc<Call>,
    decoder: FrameDecoder,
    codec: Box<dyn Codec<R>>,
    /// What a handler that then failed had sent while it was run.
    received: VecDeque<R>,
}

impl<Q: Send + 'static, R: Send + 'static> TestClient<Q, R> {
    pub(super) fn of<C: Codec<R> + Clone>(call: &Arc<Call>, codec: C) -> (ServerCall<Q, R>, Self) {
        let (requests, received) = mpsc::unbounded_channel();
        let watched = Watched {
            codec: codec.clone(),
            call: Arc::clone(call),
        };
        let server_call = ServerCall::new(
            Streaming::from_stream(Received(received)),
            ResponseSender::new(Arc::clone(call), watched),
            Context::new(Arc::clone(call)),
        );
        let client = Self {
            requests: Some(requests),
            call: Arc::clone(call),
            decoder: FrameDecoder::new(usize::MAX),
            codec: Box::new(codec),
            received: VecDeque::new(),
        };
        (server_call, client)
    }

    /// Sends a request. It waits, without a limit, for the handler to receive it.
    pub fn send(&mut self, request: Q) {
        self.push(Ok(request));
    }

    /// After the requests that were sent, the handler receives this error: CANCELLED is what it gets of a client that is
    /// gone.
    pub fn fail(&mut self, status: Status) {
        self.push(Err(status));
        self.done_sending();
    }

    /// After the requests that were sent, the handler receives their end.
    pub fn done_sending(&mut self) {
        self.requests = None;
    }

    /// The next response. `None` when the handler has dropped the call, or the half that sends, and all are received.
    ///
    /// # Panics
    /// If the response's codec cannot read what it has written.
    ///
    /// # Cancel safety
    /// Cancel safe: no response is lost.
    pub async fn receive(&mut self) -> Option<R> {
        match self.received.pop_front() {
            Some(response) => Some(response),
            None => poll_fn(|cx| self.poll_receive(cx)).await,
        }
    }

    /// Runs the handler to its end, and returns its responses. Requests that it still waits for never come: this is
    /// done sending.
    ///
    /// # Errors
    /// The status that the handler returns. [`TestClient::receive`] has the responses that came before it.
    pub async fn run<E: Into<Status>>(
        &mut self,
        handler: impl Future<Output = Result<(), E>>,
    ) -> Result<Vec<R>> {
        self.done_sending();
        let mut handler = pin!(handler);
        let outcome = poll_fn(|cx| {
            // A full outbox holds up the handler, so each time that it waits it is emptied.
            loop {
                if let Poll::Ready(outcome) = handler.as_mut().poll(cx) {
                    return Poll::Ready(outcome);
                }
                if !self.gather(cx) {
                    return Poll::Pending;
                }
            }
        });
        outcome.await.map_err(Into::into)?;
        self.gather(&mut TaskContext::from_waker(Waker::noop()));
        Ok(self.received.drain(..).collect())
    }

    /// Receives all that is there; true if there was something.
    fn gather(&mut self, cx: &mut TaskContext<'_>) -> bool {
        let before = self.received.len();
        while let Poll::Ready(Some(response)) = self.poll_receive(cx) {
            self.received.push_back(response);
        }
        self.received.len() > before
    }

    fn push(&mut self, request: Result<Q>) {
        if let Some(requests) = &self.requests {
            // A handler that has dropped its requests does not want any.
            let _ = requests.send(request);
        }
    }

    fn poll_receive(&mut self, cx: &mut TaskContext<'_>) -> Poll<Option<R>> {
        loop {
            if let Some(message) = self.decoded() {
                return Poll::Ready(Some(message));
            }
            // Before the look at the frames, so that none comes between the two.
            let over = self.call.end() != End::Open;
            let polled = self.call.outbox().poll_frames(cx);
            match polled {
                Poll::Ready(taken) => {
                    wake(taken.writer);
                    // The outbox leaves out a writer on the same task, which may be another branch of a `join!`.
                    cx.waker().wake_by_ref();
                    self.decoder.push(taken.frames);
                }
                Poll::Pending if over => return Poll::Ready(None),
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    fn decoded(&mut self) -> Option<R> {
        let message = self.decoder.next().and_then(|bytes| match bytes {
            Some(bytes) => self.codec.decode(bytes).map(Some),
            None => Ok(None),
        });
        match message {
            Ok(message) => message,
            Err(status) => panic!("a response cannot be read: {status}"),
        }
    }
}

impl<Q, R> fmt::Debug for TestClient<Q, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestClient")
            .field("call", &self.call)
            .finish_non_exhaustive()
    }
}

/// The requests, as the handler's end has them.
struct Received<Q>(mpsc::UnboundedReceiver<Result<Q>>);

impl<Q> Stream for Received<Q> {
    type Item = Result<Q>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Option<Result<Q>>> {
        self.0.poll_recv(cx)
    }
}

/// The codec of a test's responses. When the last that could send one is dropped, it ends the call.
struct Watched<C> {
    codec: C,
    call: Arc<Call>,
}

impl<R, C: Codec<R>> Codec<R> for Watched<C> {
    fn encode(&self, message: &R, buffer: &mut BytesMut) -> Result<()> {
        self.codec.encode(message, buffer)
    }

    fn encoded_len(&self, message: &R) -> usize {
        self.codec.encoded_len(message)
    }

    fn decode(&self, bytes: Bytes) -> Result<R> {
        self.codec.decode(bytes)
    }
}

impl<C> Drop for Watched<C> {
    fn drop(&mut self) {
        self.call.end_as(End::Answered);
        let reader = self.call.outbox().wake_reader();
        wake(reader);
    }
}
