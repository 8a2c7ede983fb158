//! Messages on the wire: the [`Codec`] seam, length-prefixed frames, and compression.

mod codec;
mod compression;
mod frame;

pub use self::{
    codec::{Codec, Prost, Raw},
    compression::Compression,
};
pub(crate) use self::{
    compression::{Compressor, Encodings, GRPC_ACCEPT_ENCODING, GRPC_ENCODING, MessageEncoding},
    frame::{FrameDecoder, encode_frame},
};
