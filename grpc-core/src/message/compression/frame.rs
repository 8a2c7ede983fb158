use bytes::BytesMut;

use super::Compression;
use crate::{message::frame::PREFIX, status::Status};

/// Compresses the messages that are sent, where that makes them smaller.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Compressor {
    pub(crate) compression: Compression,
    /// Messages of fewer bytes are left as they are.
    pub(crate) threshold: usize,
}

impl Compressor {
    /// Compresses the one message whose frame is `frames[start..]`; false if it is left as it is.
    ///
    /// # Errors
    /// INTERNAL if the compressor fails.
    pub(crate) fn compress(self, frames: &mut BytesMut, start: usize) -> Result<bool, Status> {
        let Some(compressed) = self.compressed(&frames[start..])? else {
            return Ok(false);
        };
        frames.truncate(start);
        frames.extend_from_slice(&compressed);
        Ok(true)
    }

    /// The frame with its message compressed; `None` if it would not be smaller.
    ///
    /// # Errors
    /// INTERNAL if the compressor fails.
    pub(crate) fn compressed(self, frame: &[u8]) -> Result<Option<Vec<u8>>, Status> {
        let message = frame.get(PREFIX..).unwrap_or_default();
        if self.compression == Compression::Identity || message.is_empty() || message.len() < self.threshold {
            return Ok(None);
        }
        let mut compressed = self.compression.compress(message)?;
        let len = match u32::try_from(compressed.len()) {
            Ok(len) if compressed.len() < message.len() => len,
            _ => return Ok(None),
        };
        let [a, b, c, d] = len.to_be_bytes();
        compressed.splice(..0, [1, a, b, c, d]);
        Ok(Some(compressed))
    }
}
