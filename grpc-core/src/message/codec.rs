use bytes::{Bytes, BytesMut};

use crate::status::Status;

/// Turns messages of type `M` into bytes and back.
///
/// Every method names its codec, so two methods of one service can use different ones. A codec that has
/// no fields costs nothing to hold.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not encode `{M}`",
    label = "not a message of this codec",
    note = "the codec `Prost` encodes what derives `grpc::Message`, or `prost::Message`"
)]
pub trait Codec<M>: Send + Sync + 'static {
    /// Appends the encoded message to `buffer`, and nothing else.
    ///
    /// # Errors
    /// A message that cannot be encoded is the status that the call ends with.
    fn encode(&self, message: &M, buffer: &mut BytesMut) -> Result<(), Status>;

    /// How many bytes [`Codec::encode`] will append, as far as that is cheap to know: a size hint.
    fn encoded_len(&self, message: &M) -> usize {
        let _ = message;
        0
    }

    /// Reads one whole message.
    ///
    /// # Errors
    /// Bytes that are no such message; usually INTERNAL.
    fn decode(&self, bytes: Bytes) -> Result<M, Status>;
}

/// Protocol Buffers by way of prost: the codec of generated code.
#[derive(Clone, Copy, Debug, Default)]
pub struct Prost;

#[diagnostic::do_not_recommend]
impl<M: prost::Message + Default + Send + 'static> Codec<M> for Prost {
    fn encode(&self, message: &M, buffer: &mut BytesMut) -> Result<(), Status> {
        message
            .encode(buffer)
            .map_err(|error| Status::internal(format!("encode the message: {error}")).with_source(error))
    }

    fn encoded_len(&self, message: &M) -> usize {
        message.encoded_len()
    }

    fn decode(&self, bytes: Bytes) -> Result<M, Status> {
        M::decode(bytes)
            .map_err(|error| Status::internal(format!("decode the message: {error}")).with_source(error))
    }
}

/// Messages as they are, for proxies and for formats of one's own.
#[derive(Clone, Copy, Debug, Default)]
pub struct Raw;

impl Codec<Bytes> for Raw {
    fn encode(&self, message: &Bytes, buffer: &mut BytesMut) -> Result<(), Status> {
        buffer.extend_from_slice(message);
        Ok(())
    }

    fn encoded_len(&self, message: &Bytes) -> usize {
        message.len()
    }

    fn decode(&self, bytes: Bytes) -> Result<Bytes, Status> {
        Ok(bytes)
    }
}
