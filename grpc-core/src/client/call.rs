use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::BytesMut;

use super::{
    channel::Callee, opening::Opening, options::call_options, reader::Reader, requests::IntoRequests,
    send_buffer::SendBuffer, source::Source,
};
use crate::{
    Method, Result, Status,
    message::{Codec, encode_frame},
    metadata::Metadata,
};

/// A call with one response (unary, client streaming), not yet sent: it *is* the future of `Result<Resp>`.
///
/// Nothing happens until it is polled. Dropping it cancels it.
#[must_use = "a call does nothing until it is awaited"]
pub struct Call<Resp> {
    opening: Opening,
    /// Until the call is open.
    codec: Option<Box<dyn Codec<Resp>>>,
    reader: Option<Reader<Resp>>,
    source: Option<Source>,
    message: Option<Resp>,
}

impl<Resp: Send + 'static> Call<Resp> {
    /// What the stub of a unary method returns.
    #[doc(hidden)]
    pub fn unary<Req, C: Codec<Req> + Codec<Resp> + Copy>(
        callee: impl Into<Callee>,
        method: &'static Method,
        request: Req,
        codec: C,
    ) -> Self {
        Self::new(callee.into(), method, encode_one(&codec, &request), codec, None)
    }

    /// What the stub of a client-streaming method returns.
    #[doc(hidden)]
    pub fn client_streaming<Req: Send + 'static, K, C: Codec<Req> + Codec<Resp> + Copy>(
        callee: impl Into<Callee>,
        method: &'static Method,
        requests: impl IntoRequests<Req, K>,
        codec: C,
    ) -> Self {
        let source = Source::new(requests.into_requests(), codec);
        Self::new(
            callee.into(),
            method,
            Ok(SendBuffer::default()),
            codec,
            Some(source),
        )
    }

    call_options!(opening);

    /// The response with the metadata before and after it.
    pub fn response(self) -> ResponseFuture<Resp> {
        ResponseFuture(self)
    }

    fn new(
        callee: Callee,
        method: &'static Method,
        requests: Result<SendBuffer>,
        codec: impl Codec<Resp>,
        source: Option<Source>,
    ) -> Self {
        let opening = Opening::new(callee, method, requests, true);
        Self {
            opening,
            codec: Some(Box::new(codec)),
            reader: None,
            source,
            message: None,
        }
    }

    fn poll_response(&mut self, cx: &mut Context<'_>) -> Poll<Result<Response<Resp>>> {
        let reader = match &mut self.reader {
            Some(reader) => reader,
            none => {
                let (call, limits) = ready!(self.opening.poll(cx))?;
                if let Some(source) = &mut self.source {
                    source.set_limit(limits.send);
                }
                let Some(codec) = self.codec.take() else {
                    return Poll::Ready(Err(polled_after_the_end()));
                };
                none.insert(Reader::new(call, codec, limits.receive))
            }
        };
        if let Some(source) = &mut self.source {
            source.poll_send(cx, &reader.call);
        }
        loop {
            match ready!(reader.poll_message(cx)) {
                Some(Ok(message)) if self.message.is_none() => self.message = Some(message),
                // statuscodes.md: a cardinality violation is UNIMPLEMENTED.
                Some(Ok(_)) => reader.fail(Status::unimplemented(
                    "more than one response to a call that has one",
                )),
                Some(Err(status)) => {
                    self.reader = None;
                    return Poll::Ready(Err(status));
                }
                None => break,
            }
        }
        let (metadata, trailers) = reader.take_metadata();
        self.reader = None;
        Poll::Ready(match self.message.take() {
            Some(message) => Ok(Response {
                message,
                metadata,
                trailers,
            }),
            None => Err(Status::unimplemented(
                "no response, though the call's status is OK",
            )),
        })
    }
}

impl<Resp: Send + 'static> Future for Call<Resp> {
    type Output = Result<Resp>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.poll_response(cx).map_ok(|response| response.message)
    }
}

// Nothing in it is pinned in place.
impl<Resp> Unpin for Call<Resp> {}

impl<Resp> fmt::Debug for Call<Resp> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").finish_non_exhaustive()
    }
}

/// The future of a [`Response`]: [`Call::response`].
#[must_use = "a call does nothing until it is awaited"]
pub struct ResponseFuture<Resp>(Call<Resp>);

impl<Resp: Send + 'static> Future for ResponseFuture<Resp> {
    type Output = Result<Response<Resp>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll_response(cx)
    }
}

impl<Resp> fmt::Debug for ResponseFuture<Resp> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

/// A response with the metadata before and after it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Response<M> {
    /// The message.
    pub message: M,
    /// The initial metadata.
    pub metadata: Metadata,
    /// The trailing metadata.
    pub trailers: Metadata,
}

/// A call's only request. It is encoded at once, so that the call owns nothing but bytes.
pub(super) fn encode_one<Req>(codec: &impl Codec<Req>, request: &Req) -> Result<SendBuffer> {
    let mut buffer = BytesMut::new();
    // The limit is the channel's, which a pooled call does not have yet.
    encode_frame(codec, request, &mut buffer, usize::MAX)?;
    Ok(SendBuffer::one(buffer.freeze()))
}

pub(super) fn polled_after_the_end() -> Status {
    Status::internal("the call was polled after its end")
}
