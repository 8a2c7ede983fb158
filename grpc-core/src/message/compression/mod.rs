//! Compressed messages (gRPC compression.md).

mod encodings;
mod frame;
#[cfg(feature = "gzip")]
mod zlib;
#[cfg(feature = "zstd")]
mod zstd;

use std::fmt;

use bytes::Bytes;

pub(crate) use self::{
    encodings::{Encodings, GRPC_ACCEPT_ENCODING, GRPC_ENCODING, MessageEncoding},
    frame::Compressor,
};
use crate::status::Status;

/// How messages are compressed: each by itself, so that a stream's messages can be told apart on the wire.
///
/// Which there are besides [`Compression::Identity`] is up to the features `gzip` and `zstd`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum Compression {
    /// Not at all.
    #[default]
    Identity = 0,
    /// `gzip` (RFC 1952), which nearly every implementation of gRPC has. Feature `gzip`.
    #[cfg(feature = "gzip")]
    Gzip = 1,
    /// `deflate`, which is the zlib format (RFC 1950). Feature `gzip`.
    #[cfg(feature = "gzip")]
    Deflate = 2,
    /// `zstd` (RFC 8878): smaller and faster than `gzip`, but few implementations of gRPC have it. Feature `zstd`.
    #[cfg(feature = "zstd")]
    Zstd = 3,
}

impl Compression {
    /// All that this build has.
    pub(crate) const ALL: &[Self] = &[
        Self::Identity,
        #[cfg(feature = "gzip")]
        Self::Gzip,
        #[cfg(feature = "gzip")]
        Self::Deflate,
        #[cfg(feature = "zstd")]
        Self::Zstd,
    ];

    /// Its name on the wire (PROTOCOL-HTTP2 §Requests, `Content-Coding`).
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            #[cfg(feature = "gzip")]
            Self::Gzip => "gzip",
            #[cfg(feature = "gzip")]
            Self::Deflate => "deflate",
            #[cfg(feature = "zstd")]
            Self::Zstd => "zstd",
        }
    }

    pub(crate) fn from_name(name: &[u8]) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|compression| compression.name().as_bytes() == name)
    }

    /// The one with this discriminant; identity if there is none.
    pub(crate) fn from_number(number: u8) -> Self {
        Self::ALL
            .iter()
            .copied()
            .find(|compression| *compression as u8 == number)
            .unwrap_or_default()
    }

    /// The compressed message.
    fn compress(self, message: &[u8]) -> Result<Vec<u8>, Status> {
        let compressed: Result<Vec<u8>, String> = match self {
            Self::Identity => Ok(message.to_vec()),
            #[cfg(feature = "gzip")]
            Self::Gzip | Self::Deflate => zlib::compress(self, message),
            #[cfg(feature = "zstd")]
            Self::Zstd => zstd::compress(message),
        };
        compressed.map_err(|why| Status::internal(format!("compress a message as {self}: {why}")))
    }

    /// The message in its own form. Memory for it is taken as it comes out, and never for more than `limit` bytes.
    ///
    /// # Errors
    /// RESOURCE_EXHAUSTED for one of more than `limit` bytes; INTERNAL for anything but one whole compressed message
    /// (statuscodes.md, "could not decompress, but compression algorithm supported").
    pub(super) fn decompress(self, compressed: Bytes, limit: usize) -> Result<Bytes, Status> {
        // What has nothing in it is not compressed, whatever its flag says; C++ reads it so, too.
        if compressed.is_empty() {
            return Ok(compressed);
        }
        let message: Result<Vec<u8>, Undone> = match self {
            Self::Identity => Ok(compressed.to_vec()),
            #[cfg(feature = "gzip")]
            Self::Gzip | Self::Deflate => zlib::decompress(self, &compressed, limit),
            #[cfg(feature = "zstd")]
            Self::Zstd => zstd::decompress(&compressed, limit),
        };
        message.map(Bytes::from).map_err(|why| match why {
            Undone::TooLarge => Status::resource_exhausted(format!(
                "received message of {} bytes in {self} is over the limit of {limit} when decompressed",
                compressed.len()
            )),
            Undone::Broken(why) => Status::internal(format!("decompress a message in {self}: {why}")),
        })
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Why a message could not be decompressed.
#[cfg_attr(
    not(any(feature = "gzip", feature = "zstd")),
    expect(dead_code, reason = "identity never fails")
)]
#[derive(Debug)]
enum Undone {
    TooLarge,
    Broken(String),
}

#[cfg(any(feature = "gzip", feature = "zstd"))]
impl Undone {
    fn cut_off() -> Self {
        Self::Broken("it ends too early".to_owned())
    }

    fn left_over(bytes: usize) -> Self {
        Self::Broken(format!("{bytes} bytes come after its end"))
    }
}

/// Makes room for more of a message that comes out, of which no more than `limit` bytes are wanted.
///
/// # Errors
/// If there are more already.
#[cfg(any(feature = "gzip", feature = "zstd"))]
fn make_room(out: &mut Vec<u8>, limit: usize) -> Result<(), Undone> {
    /// What is begun with, unless the limit is smaller.
    const FIRST: usize = 4096;
    if out.len() > limit {
        return Err(Undone::TooLarge);
    }
    if out.len() == out.capacity() {
        // One byte over the limit tells that there is more.
        let most = limit.saturating_add(1) - out.len();
        out.reserve_exact(out.len().max(FIRST).min(most));
    }
    Ok(())
}

#[cfg(all(test, feature = "gzip", feature = "zstd"))]
mod properties;
#[cfg(all(test, feature = "gzip", feature = "zstd"))]
mod tests;
