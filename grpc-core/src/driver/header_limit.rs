use std::sync::atomic::{AtomicU32, Ordering};

use super::FrameHeader;

/// How large a header block the peer of a connection takes, in bytes as HTTP/2 counts them (RFC 9113 §6.5.2).
///
/// h2 sends whatever it is given, and peers answer a block that is much too large by closing the connection, with
/// every call on it: so each call is to look at this before it sends its own.
#[derive(Debug)]
pub(crate) struct HeaderLimit(AtomicU32);

impl HeaderLimit {
    /// For a peer that has not said what it takes: four times what ours take.
    const UNTOLD: u32 = 64 * 1024;

    /// What nobody needs more than, and `HeaderMap` has room for: 24,576 headers count more than that.
    const MOST: u32 = 512 * 1024;

    /// What a [`FrameObserver`](super::FrameObserver) has to look at: SETTINGS, of more entries than there are.
    pub(crate) const SHOWN: (u8, usize) = (FrameHeader::SETTINGS, 64 * ENTRY);

    /// One byte less than the peer says, for h2 refuses a block that is as large as its limit.
    pub(crate) fn get(&self) -> usize {
        (self.0.load(Ordering::Relaxed) as usize).saturating_sub(1)
    }

    /// Takes a frame of the peer's, which may be SETTINGS.
    pub(crate) fn note(&self, frame: FrameHeader, payload: &[u8]) {
        const MAX_HEADER_LIST_SIZE: u16 = 0x6;
        if frame.kind != FrameHeader::SETTINGS {
            return;
        }
        // RFC 9113 §6.5.3: in their order.
        for &[a, b, value @ ..] in payload.as_chunks::<ENTRY>().0 {
            if u16::from_be_bytes([a, b]) == MAX_HEADER_LIST_SIZE {
                self.0
                    .store(u32::from_be_bytes(value).min(Self::MOST), Ordering::Relaxed);
            }
        }
    }
}

impl Default for HeaderLimit {
    fn default() -> Self {
        Self(AtomicU32::new(Self::UNTOLD))
    }
}

/// RFC 9113 §6.5.1, in bytes.
const ENTRY: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: FrameHeader = FrameHeader {
        kind: FrameHeader::SETTINGS,
        flags: 0,
        stream: 0,
        length: 0,
    };

    #[test]
    fn what_the_peer_has_said_last_is_the_limit() {
        let limit = HeaderLimit::default();
        for (payload, expected) in [
            (&[][..], 65_535),
            (&[0, 4, 0, 0, 0, 9], 65_535),
            (&[0, 6, 0, 0, 0x20, 0], 8191),
            (&[0, 6, 0, 0, 0, 1, 0, 4, 0, 0, 0, 9, 0, 6, 0, 0, 0, 2], 1),
            (&[0, 6, 0, 0, 0], 1),
            (&[0, 6, 0xff, 0xff, 0xff, 0xff], 524_287),
        ] {
            limit.note(SETTINGS, payload);
            assert_eq!(limit.get(), expected, "{payload:?}");
        }
        let ping = FrameHeader {
            kind: FrameHeader::PING,
            ..SETTINGS
        };
        limit.note(ping, &[0, 6, 0, 0, 0, 9]);
        assert_eq!(limit.get(), 524_287);
    }
}
