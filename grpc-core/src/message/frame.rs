//! Length-prefixed messages (PROTOCOL-HTTP2 §Requests, `Length-Prefixed-Message`): a flag byte, four bytes
//! of length, the message.

use bytes::{Buf, BufMut, Bytes, BytesMut};

use super::{Codec, MessageEncoding};
use crate::status::Status;

/// What stands before a message.
pub(super) const PREFIX: usize = 5;

/// The most memory that a prefix alone is believed for, in bytes; past it, memory follows what has arrived.
const UNPROVEN: usize = 256 * 1024;

/// Appends one message with its prefix to `buffer`, which is left as it was on an error.
pub(crate) fn encode_frame<M, C: Codec<M> + ?Sized>(
    codec: &C,
    message: &M,
    buffer: &mut BytesMut,
    limit: usize,
) -> Result<(), Status> {
    let start = buffer.len();
    buffer.reserve(PREFIX + codec.encoded_len(message));
    buffer.put_bytes(0, PREFIX);
    let written = codec.encode(message, buffer).and_then(|()| {
        let len = buffer.len().saturating_sub(start + PREFIX);
        match u32::try_from(len) {
            Ok(prefix) if len <= limit => Ok(prefix),
            _ => Err(too_large("sent", len, limit)),
        }
    });
    match written {
        Ok(len) => {
            buffer[start + 1..start + PREFIX].copy_from_slice(&len.to_be_bytes());
            Ok(())
        }
        Err(status) => {
            buffer.truncate(start);
            Err(status)
        }
    }
}

/// Puts messages together again from DATA frames of any size.
///
/// A message that lies inside one DATA frame is not copied; one that spans several is gathered in a single
/// buffer, sized from its prefix once that has passed the limit.
#[derive(Debug)]
pub(crate) struct FrameDecoder {
    limit: usize,
    /// Bytes not yet looked at, as they came; not empty only while `gathered` is.
    current: Bytes,
    /// The start of a message whose end has not come.
    gathered: BytesMut,
    /// How long `gathered` is to become.
    expected: usize,
    /// The message that is being gathered, or was given last, is compressed.
    compressed: bool,
    encoding: MessageEncoding,
}

impl FrameDecoder {
    /// A decoder that refuses messages of more than `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            current: Bytes::new(),
            gathered: BytesMut::new(),
            expected: 0,
            compressed: false,
            encoding: MessageEncoding::Unnamed,
        }
    }

    /// What compressed messages are compressed as: until this is called, there may be none.
    pub(crate) fn set_encoding(&mut self, encoding: MessageEncoding) {
        self.encoding = encoding;
    }

    /// Takes a DATA frame's bytes. Call [`FrameDecoder::next`] until it gives `None` before the next push.
    pub(crate) fn push(&mut self, data: Bytes) {
        if self.current.is_empty() {
            self.current = data;
        } else {
            let mut joined = BytesMut::with_capacity(self.current.len() + data.len());
            joined.extend_from_slice(&self.current);
            joined.extend_from_slice(&data);
            self.current = joined.freeze();
        }
    }

    /// The next whole message, decompressed; `None` if it has not arrived.
    ///
    /// # Errors
    /// RESOURCE_EXHAUSTED for a message that is over the limit, compressed or not; INTERNAL for a flag that means
    /// nothing here, and for what cannot be decompressed. The stream cannot be read any further then.
    pub(crate) fn next(&mut self) -> Result<Option<Bytes>, Status> {
        if self.current.is_empty() && self.expected == 0 {
            // The usual end of a call.
            return Ok(None);
        }
        if self.expected == 0 {
            if self.gathered.is_empty() && self.current.len() >= PREFIX {
                let len = self.check(
                    self.current[0],
                    [self.current[1], self.current[2], self.current[3], self.current[4]],
                )?;
                if self.current.len() >= PREFIX + len {
                    self.current.advance(PREFIX);
                    let message = self.current.split_to(len);
                    return self.decompress(message).map(Some);
                }
                self.current.advance(PREFIX);
                self.gathered = BytesMut::with_capacity(len.min(UNPROVEN));
                self.expected = PREFIX + len;
            } else {
                // A prefix that is itself cut in two.
                let missing = PREFIX - self.gathered.len();
                let taken = self.current.split_to(missing.min(self.current.len()));
                self.gathered.extend_from_slice(&taken);
                let &[flag, a, b, c, d] = &self.gathered[..] else {
                    return Ok(None);
                };
                let len = self.check(flag, [a, b, c, d])?;
                self.gathered.clear();
                self.gathered.reserve(len.min(UNPROVEN));
                self.expected = PREFIX + len;
            }
        }
        let missing = self.expected - PREFIX - self.gathered.len();
        let taken = self.current.split_to(missing.min(self.current.len()));
        self.gathered.extend_from_slice(&taken);
        if self.gathered.len() < self.expected - PREFIX {
            return Ok(None);
        }
        self.expected = 0;
        let message = std::mem::take(&mut self.gathered).freeze();
        self.decompress(message).map(Some)
    }

    /// True if the message that [`FrameDecoder::next`] has just given came compressed.
    pub(crate) fn was_compressed(&self) -> bool {
        self.compressed
    }

    /// True between messages: the place where a stream may end.
    pub(crate) fn is_empty(&self) -> bool {
        self.current.is_empty() && self.gathered.is_empty() && self.expected == 0
    }

    fn decompress(&self, message: Bytes) -> Result<Bytes, Status> {
        if self.compressed {
            self.encoding.of_compressed()?.decompress(message, self.limit)
        } else {
            Ok(message)
        }
    }

    fn check(&mut self, flag: u8, len: [u8; 4]) -> Result<usize, Status> {
        match flag {
            0 => self.compressed = false,
            1 => {
                // At once: what cannot be read need not be waited for.
                self.encoding.of_compressed()?;
                self.compressed = true;
            }
            flag => {
                return Err(Status::internal(format!(
                    "a message with the unknown compressed-flag {flag}"
                )));
            }
        }
        let len = u32::from_be_bytes(len) as usize;
        if len > self.limit {
            Err(too_large("received", len, self.limit))
        } else {
            Ok(len)
        }
    }
}

fn too_large(what: &str, len: usize, limit: usize) -> Status {
    Status::resource_exhausted(format!(
        "{what} message of {len} bytes is over the limit of {limit}"
    ))
}

#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
    use super::{super::Raw, *};
    use crate::status::Code;

    fn frames(messages: &[&[u8]]) -> Bytes {
        let mut buffer = BytesMut::new();
        for message in messages {
            encode_frame(&Raw, &Bytes::copy_from_slice(message), &mut buffer, usize::MAX).unwrap();
        }
        buffer.freeze()
    }

    #[test]
    fn messages_come_back_however_the_bytes_are_cut() {
        let long = vec![7u8; 1000];
        let messages: [&[u8]; 5] = [b"one", b"", b"three", &long, b""];
        let wire = frames(&messages);
        for cut in [1, 2, 3, 4, 5, 6, 7, 100, wire.len()] {
            let mut decoder = FrameDecoder::new(1000);
            let mut read = Vec::new();
            for chunk in wire.chunks(cut) {
                decoder.push(Bytes::copy_from_slice(chunk));
                while let Some(message) = decoder.next().unwrap() {
                    read.push(message);
                }
            }
            assert_eq!(read, messages, "cut into {cut}");
            assert!(decoder.is_empty(), "cut into {cut}");
        }
    }

    #[test]
    fn a_message_inside_one_frame_is_not_copied() {
        let wire = frames(&[b"hello"]);
        let mut decoder = FrameDecoder::new(10);
        decoder.push(wire.clone());
        let message = decoder.next().unwrap().unwrap();
        assert_eq!(message.as_ptr(), wire[PREFIX..].as_ptr());
    }

    #[test]
    fn a_message_over_the_limit_is_refused_from_its_prefix() {
        for cut in [1, 100] {
            let wire = frames(&[&[0; 11]]);
            let mut decoder = FrameDecoder::new(10);
            let error = wire.chunks(cut).find_map(|chunk| {
                decoder.push(Bytes::copy_from_slice(chunk));
                decoder.next().err()
            });
            assert_eq!(error.unwrap().code(), Code::ResourceExhausted);
        }
    }

    #[test]
    fn a_cut_off_message_leaves_the_decoder_not_empty() {
        let wire = frames(&[b"hello"]);
        for end in 1..wire.len() {
            let mut decoder = FrameDecoder::new(10);
            decoder.push(wire.slice(..end));
            assert!(decoder.next().unwrap().is_none());
            assert!(!decoder.is_empty(), "after {end} bytes");
        }
    }

    #[test]
    fn an_encoder_over_the_limit_leaves_the_buffer_as_it_was() {
        let mut buffer = BytesMut::from(&b"kept"[..]);
        let error = encode_frame(&Raw, &Bytes::from_static(b"hello"), &mut buffer, 4).unwrap_err();
        assert_eq!(error.code(), Code::ResourceExhausted);
        assert_eq!(&buffer[..], b"kept");
    }

    #[test]
    fn flags_that_mean_nothing_are_internal() {
        for flag in [1u8, 2, 255] {
            let mut decoder = FrameDecoder::new(10);
            decoder.push(Bytes::from(vec![flag, 0, 0, 0, 0]));
            assert_eq!(decoder.next().unwrap_err().code(), Code::Internal);
        }
    }
}
