//! Messages on the wire: the [`Codec`] seam and length-prefixed frames.

mod codec;
mod frame;

pub use self::codec::{Codec, Prost, Raw};
pub(crate) use self::frame::{FrameDecoder, encode_frame};
