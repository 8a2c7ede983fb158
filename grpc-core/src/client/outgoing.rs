use std::task::{Context, Poll, ready};

use bytes::BytesMut;

use super::{
    channel::Callee,
    opening::{Opening, polled_after_the_end},
    options::CallOptions,
    reader::Reader,
    requests::IntoRequests,
    send_buffer::SendBuffer,
    source::Source,
};
use crate::{
    Method, MethodRef, Result,
    message::{Codec, encode_frame},
};

/// A call with all its requests, or where they come from, until it is open.
pub(super) struct Outgoing<Resp> {
    opening: Opening,
    codec: Option<Box<dyn Codec<Resp>>>,
    source: Option<Source>,
}

impl<Resp: 'static> Outgoing<Resp> {
    /// A call with one request. It is encoded at once, so that the call owns nothing but bytes.
    ///
    /// `whole` is that of [`Opening::new`].
    pub(super) fn one<Req, C: Codec<Req> + Codec<Resp>>(
        callee: Callee,
        method: &'static Method,
        request: &Req,
        codec: C,
        whole: bool,
    ) -> Self {
        let request = encode_one(&codec, request);
        Self::new(callee, method, request, None, Box::new(codec), whole)
    }

    /// A call with a stream of requests.
    pub(super) fn many<Req: Send + 'static, K, C: Codec<Req> + Codec<Resp> + Copy>(
        callee: Callee,
        method: &'static Method,
        requests: impl IntoRequests<Req, K>,
        codec: C,
        whole: bool,
    ) -> Self {
        let source = Source::new(requests.into_requests(), codec);
        let none_yet = Ok(SendBuffer::default());
        Self::new(callee, method, none_yet, Some(source), Box::new(codec), whole)
    }

    pub(super) fn new(
        callee: Callee,
        method: impl Into<MethodRef>,
        requests: Result<SendBuffer>,
        source: Option<Source>,
        codec: Box<dyn Codec<Resp>>,
        whole: bool,
    ) -> Self {
        Self {
            opening: Opening::new(callee, method, requests, whole),
            codec: Some(codec),
            source,
        }
    }

    pub(super) fn options(&mut self) -> &mut CallOptions {
        self.opening.options()
    }

    /// The open call, and the source that is to be polled with it.
    pub(super) fn poll_open(&mut self, cx: &mut Context<'_>) -> Poll<Result<(Reader<Resp>, Option<Source>)>> {
        let (call, limits) = ready!(self.opening.poll(cx))?;
        let Some(codec) = self.codec.take() else {
            return Poll::Ready(Err(polled_after_the_end()));
        };
        let mut source = self.source.take();
        if let Some(source) = &mut source {
            source.set_limit(limits.send);
        }
        Poll::Ready(Ok((Reader::new(call, codec, limits.receive), source)))
    }
}

pub(super) fn encode_one<Req>(codec: &impl Codec<Req>, request: &Req) -> Result<SendBuffer> {
    let mut buffer = BytesMut::new();
    // The limit is the channel's, which a pooled call does not have yet.
    encode_frame(codec, request, &mut buffer, usize::MAX)?;
    Ok(SendBuffer::one(buffer.freeze()))
}
