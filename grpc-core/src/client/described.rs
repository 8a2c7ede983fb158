//! Calls of methods that a descriptor describes, with a codec for each direction: what `protos` makes.
//!
//! What is wrong before there is a call at all is the error that the call ends with, as with a bad target.

use super::{
    call::Call,
    channel::Callee,
    explicit::OpenCall,
    outgoing::{Outgoing, encode_one},
    requests::IntoRequests,
    send_buffer::SendBuffer,
    source::Source,
    streaming::StreamingCall,
};
use crate::{MethodRef, Result, message::Codec};

impl<Resp: Send + 'static> Call<Resp> {
    pub(crate) fn of_one<Req>(
        callee: Callee,
        method: impl Into<MethodRef>,
        request: Result<Req>,
        encoder: &impl Codec<Req>,
        decoder: Box<dyn Codec<Resp>>,
    ) -> Self {
        Self::new(one(callee, method, request, encoder, decoder, true))
    }

    pub(crate) fn of_many<Req: Send + 'static, K>(
        callee: Callee,
        method: impl Into<MethodRef>,
        requests: Result<impl IntoRequests<Req, K>>,
        encoder: impl Codec<Req>,
        decoder: Box<dyn Codec<Resp>>,
    ) -> Self {
        Self::new(many(callee, method, requests, encoder, decoder, true))
    }
}

impl<Resp: Send + 'static> StreamingCall<Resp> {
    pub(crate) fn of_one<Req>(
        callee: Callee,
        method: impl Into<MethodRef>,
        request: Result<Req>,
        encoder: &impl Codec<Req>,
        decoder: Box<dyn Codec<Resp>>,
    ) -> Self {
        Self::new(one(callee, method, request, encoder, decoder, false))
    }

    pub(crate) fn of_many<Req: Send + 'static, K>(
        callee: Callee,
        method: impl Into<MethodRef>,
        requests: Result<impl IntoRequests<Req, K>>,
        encoder: impl Codec<Req>,
        decoder: Box<dyn Codec<Resp>>,
    ) -> Self {
        Self::new(many(callee, method, requests, encoder, decoder, false))
    }
}

impl<Req: Send + 'static, Resp: Send + 'static> OpenCall<Req, Resp> {
    pub(crate) fn with_codecs(
        callee: Callee,
        method: impl Into<MethodRef>,
        checked: Result<()>,
        encoder: Box<dyn Codec<Req>>,
        decoder: Box<dyn Codec<Resp>>,
    ) -> Self {
        let none_yet = checked.map(|()| SendBuffer::default());
        Self::new(callee, method, none_yet, (encoder, decoder))
    }
}

fn one<Req, Resp: 'static>(
    callee: Callee,
    method: impl Into<MethodRef>,
    request: Result<Req>,
    encoder: &impl Codec<Req>,
    decoder: Box<dyn Codec<Resp>>,
    whole: bool,
) -> Outgoing<Resp> {
    let request = request.and_then(|request| encode_one(encoder, &request));
    Outgoing::new(callee, method, request, None, decoder, whole)
}

fn many<Req: Send + 'static, Resp: 'static, K>(
    callee: Callee,
    method: impl Into<MethodRef>,
    requests: Result<impl IntoRequests<Req, K>>,
    encoder: impl Codec<Req>,
    decoder: Box<dyn Codec<Resp>>,
    whole: bool,
) -> Outgoing<Resp> {
    let (source, none_yet) = match requests {
        Ok(requests) => (
            Some(Source::new(requests.into_requests(), encoder)),
            Ok(SendBuffer::default()),
        ),
        Err(status) => (None, Err(status)),
    };
    Outgoing::new(callee, method, none_yet, source, decoder, whole)
}
