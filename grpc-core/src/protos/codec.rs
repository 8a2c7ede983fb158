use std::fmt;

use bytes::{Bytes, BytesMut};
use prost::Message as _;
use prost_reflect::{DynamicMessage, MessageDescriptor, ReflectMessage};
use serde_json::Value;

use super::json;
use crate::{Result, Status, message::Codec};

/// The codec of messages that are known by their descriptor: as a [`DynamicMessage`], or as JSON.
#[derive(Clone)]
pub struct DynamicCodec(MessageDescriptor);

impl DynamicCodec {
    /// The codec of one kind of message.
    pub fn new(message: MessageDescriptor) -> Self {
        Self(message)
    }

    /// What it encodes and decodes.
    pub fn message(&self) -> &MessageDescriptor {
        &self.0
    }
}

/// The messages are those of its descriptor, or of another of the same full name.
impl Codec<DynamicMessage> for DynamicCodec {
    fn encode(&self, message: &DynamicMessage, buffer: &mut BytesMut) -> Result<()> {
        let given = message.descriptor();
        if given.full_name() != self.0.full_name() {
            return Err(Status::invalid_argument(format!(
                "expected a message {}, not {}",
                self.0.full_name(),
                given.full_name()
            )));
        }
        message
            .encode(buffer)
            .map_err(|error| Status::internal(format!("encode the message: {error}")).with_source(error))
    }

    fn encoded_len(&self, message: &DynamicMessage) -> usize {
        message.encoded_len()
    }

    fn decode(&self, bytes: Bytes) -> Result<DynamicMessage> {
        DynamicMessage::decode(self.0.clone(), bytes)
            .map_err(|error| Status::internal(format!("decode the message: {error}")).with_source(error))
    }
}

/// By Protocol Buffers' mapping to JSON.
impl Codec<Value> for DynamicCodec {
    fn encode(&self, message: &Value, buffer: &mut BytesMut) -> Result<()> {
        self.encode(&from_json(&self.0, message)?, buffer)
    }

    fn decode(&self, bytes: Bytes) -> Result<Value> {
        reply_to_json(&self.decode(bytes)?)
    }
}

impl fmt::Debug for DynamicCodec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DynamicCodec").field(&self.0.full_name()).finish()
    }
}

/// A message out of JSON, by Protocol Buffers' mapping. In errors it is called `request`.
///
/// # Errors
/// INVALID_ARGUMENT, with the place in the message and what is wrong there:
/// ``request.points[3].latitud: no such field of routeguide.Point; did you mean `latitude`?``
pub fn from_json(message: &MessageDescriptor, json: &Value) -> Result<DynamicMessage> {
    json::Reader::default()
        .read(json, message, "request")
        .map_err(Status::invalid_argument)
}

/// A message as JSON, by Protocol Buffers' mapping. Fields that are not known or have their default value are left out.
///
/// # Errors
/// INTERNAL, with the place in the message, for what JSON has no form for: a timestamp outside the years 1 to 9999, or
/// more than a hundred messages inside of one another.
pub fn to_json(message: &DynamicMessage) -> Result<Value> {
    json::write(message, "message").map_err(Status::internal)
}

pub(super) fn reply_to_json(message: &DynamicMessage) -> Result<Value> {
    json::write(message, "reply").map_err(Status::internal)
}

/// The requests of a method, as messages of type `Req`.
pub(super) struct Encoder<Req> {
    pub(super) codec: DynamicCodec,
    pub(super) convert: ToMessage<Req>,
}

pub(super) type ToMessage<Req> = fn(&MessageDescriptor, &Req) -> Result<DynamicMessage>;

impl<Req: 'static> Codec<Req> for Encoder<Req> {
    fn encode(&self, request: &Req, buffer: &mut BytesMut) -> Result<()> {
        self.codec
            .encode(&(self.convert)(self.codec.message(), request)?, buffer)
    }

    fn decode(&self, _bytes: Bytes) -> Result<Req> {
        Err(Status::internal("a client's requests are not decoded"))
    }
}

/// The responses of a method, as messages of type `Resp`.
pub(super) struct Decoder<Resp> {
    pub(super) codec: DynamicCodec,
    pub(super) convert: FromMessage<Resp>,
}

pub(super) type FromMessage<Resp> = fn(DynamicMessage) -> Result<Resp>;

impl<Resp: 'static> Codec<Resp> for Decoder<Resp> {
    fn encode(&self, _response: &Resp, _buffer: &mut BytesMut) -> Result<()> {
        Err(Status::internal("a client's responses are not encoded"))
    }

    fn decode(&self, bytes: Bytes) -> Result<Resp> {
        (self.convert)(self.codec.decode(bytes)?)
    }
}
