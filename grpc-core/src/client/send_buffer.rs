//! A call's requests, encoded once, until no attempt can need them any more.

use std::{collections::VecDeque, mem};

use bytes::{Bytes, BytesMut};

use crate::{Status, message::Compressor};

/// How many bytes may be in line for the connection before the caller has to wait.
const IN_LINE: usize = 32 * 1024;

/// How many bytes are kept for another attempt; a call that has sent more is committed to its attempt.
const REPLAYED: usize = 256 * 1024;

/// What stands before a message in its frame.
const PREFIX: usize = 5;

/// Encoded requests: those that the attempt has taken, kept as long as another may follow, and those in line.
#[derive(Debug, Default)]
pub(super) struct SendBuffer {
    /// Chunks that were taken, or that a new attempt has to take again.
    chunks: VecDeque<Bytes>,
    /// How many of `chunks` this attempt has taken.
    taken: usize,
    /// The bytes in `chunks`.
    kept: usize,
    /// Behind `chunks`: frames that no attempt has taken, gathered so that they leave in one DATA frame.
    in_line: BytesMut,
    finished: bool,
    committed: bool,
}

impl SendBuffer {
    /// The one request of a call, already encoded.
    pub(super) fn one(frame: Bytes) -> Self {
        Self {
            kept: frame.len(),
            chunks: VecDeque::from([frame]),
            finished: true,
            ..Self::default()
        }
    }

    /// The first request, if the call began with it.
    pub(super) fn first(&self) -> Option<&[u8]> {
        self.chunks.front().map(|frame| &frame[..])
    }

    /// Checks the request that the call began with.
    ///
    /// # Errors
    /// RESOURCE_EXHAUSTED if it has more than `limit` bytes.
    pub(super) fn check_limit(&self, limit: usize) -> Result<(), Status> {
        match self
            .chunks
            .front()
            .map(|frame| frame.len().saturating_sub(PREFIX))
        {
            Some(len) if len > limit => Err(Status::resource_exhausted(format!(
                "sent message of {len} bytes is over the limit of {limit}"
            ))),
            _ => Ok(()),
        }
    }

    /// Compresses the request that the call began with; false if nothing of the call is going to be compressed.
    ///
    /// # Errors
    /// INTERNAL if the compressor fails.
    pub(super) fn compress(&mut self, compressor: Compressor) -> Result<bool, Status> {
        let Some(frame) = self.chunks.front_mut() else {
            return Ok(!self.finished);
        };
        let Some(compressed) = compressor.compressed(frame)? else {
            return Ok(false);
        };
        self.kept -= frame.len() - compressed.len();
        *frame = compressed.into();
        Ok(true)
    }

    /// Takes `frames` in line; false if they have to wait.
    pub(super) fn push(&mut self, frames: &mut BytesMut) -> bool {
        if self.in_line.is_empty() {
            // The old buffer goes back to the caller, who may use its memory again.
            mem::swap(&mut self.in_line, frames);
            return true;
        }
        if self.in_line.len() + frames.len() > IN_LINE {
            return false;
        }
        self.in_line.extend_from_slice(frames);
        frames.clear();
        true
    }

    /// Takes a piece of encoded requests in line, as it is if nothing else is there; false if it has to wait.
    pub(super) fn push_chunk(&mut self, chunk: &Bytes) -> bool {
        if self.in_line.is_empty() && self.taken == self.chunks.len() {
            if self.kept + chunk.len() > REPLAYED && !self.chunks.is_empty() {
                self.commit();
            }
            self.kept += chunk.len();
            self.chunks.push_back(chunk.clone());
            return true;
        }
        if !self.in_line.is_empty() && self.in_line.len() + chunk.len() > IN_LINE {
            return false;
        }
        self.in_line.extend_from_slice(chunk);
        true
    }

    pub(super) fn finish(&mut self) {
        self.finished = true;
    }

    /// The next chunk for the attempt.
    pub(super) fn next_chunk(&mut self) -> Option<Bytes> {
        if let Some(chunk) = self.chunks.get(self.taken) {
            let chunk = chunk.clone();
            self.taken += 1;
            self.forget_taken();
            return Some(chunk);
        }
        if self.in_line.is_empty() {
            return None;
        }
        let chunk = self.in_line.split().freeze();
        if self.kept + chunk.len() > REPLAYED {
            self.commit();
        }
        if !self.committed {
            self.kept += chunk.len();
            self.chunks.push_back(chunk.clone());
            self.taken += 1;
        }
        Some(chunk)
    }

    /// True once the attempt has taken everything there will be.
    pub(super) fn is_sent(&self) -> bool {
        self.finished && self.taken == self.chunks.len() && self.in_line.is_empty()
    }

    /// Lets a new attempt start with the first request.
    pub(super) fn rewind(&mut self) {
        self.taken = 0;
    }

    /// No other attempt follows.
    pub(super) fn commit(&mut self) {
        self.committed = true;
        self.forget_taken();
    }

    pub(super) fn is_committed(&self) -> bool {
        self.committed
    }

    /// Nothing of this will be sent.
    pub(super) fn clear(&mut self) {
        *self = Self {
            finished: true,
            committed: true,
            ..Self::default()
        };
    }

    fn forget_taken(&mut self) {
        if self.committed {
            let forgotten: usize = self.chunks.drain(..self.taken).map(|chunk| chunk.len()).sum();
            self.kept -= forgotten;
            self.taken = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(buffer: &mut SendBuffer, text: &[u8]) -> bool {
        buffer.push(&mut BytesMut::from(text))
    }

    fn drain(buffer: &mut SendBuffer) -> Vec<u8> {
        std::iter::from_fn(|| buffer.next_chunk()).flatten().collect()
    }

    #[test]
    fn a_new_attempt_sends_everything_again_until_the_call_commits() {
        let mut buffer = SendBuffer::default();
        push(&mut buffer, b"one ");
        assert_eq!(drain(&mut buffer), b"one ");
        push(&mut buffer, b"two ");
        buffer.rewind();
        assert_eq!(drain(&mut buffer), b"one two ");
        buffer.rewind();
        assert_eq!(buffer.next_chunk().unwrap(), "one ");
        buffer.commit();
        assert_eq!(drain(&mut buffer), b"two ");
        push(&mut buffer, b"three");
        assert!(!buffer.is_sent());
        buffer.finish();
        assert_eq!(drain(&mut buffer), b"three");
        assert!(buffer.is_sent() && buffer.chunks.is_empty());
    }

    #[test]
    fn small_requests_leave_together_and_large_ones_wait() {
        let mut buffer = SendBuffer::default();
        assert!(push(&mut buffer, b"a") && push(&mut buffer, b"b"));
        assert!(!push(&mut buffer, &[0; IN_LINE]));
        assert_eq!(buffer.next_chunk().unwrap(), "ab");
        assert!(push(&mut buffer, &[0; 2 * IN_LINE]), "alone, any size will do");
    }

    #[test]
    fn what_is_kept_for_another_attempt_is_bounded() {
        let mut buffer = SendBuffer::default();
        for _ in 0..REPLAYED / 1000 {
            push(&mut buffer, &[0; 1000]);
            buffer.next_chunk();
        }
        assert!(!buffer.is_committed());
        push(&mut buffer, &[0; 1000]);
        buffer.next_chunk();
        assert!(buffer.is_committed() && buffer.chunks.is_empty());
    }
}
