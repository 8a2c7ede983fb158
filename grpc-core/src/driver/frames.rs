//! HTTP/2's frame headers, seen as they pass by: hyper tells nothing of PING and GOAWAY.

/// The head of a frame (RFC 9113 §4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FrameHeader {
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) stream: u32,
}

impl FrameHeader {
    pub(crate) const DATA: u8 = 0x0;
    pub(crate) const HEADERS: u8 = 0x1;
    pub(crate) const PING: u8 = 0x6;
    pub(crate) const GOAWAY: u8 = 0x7;
    /// Of a PING.
    pub(crate) const ACK: u8 = 0x1;

    const LENGTH: usize = 9;

    fn parse(bytes: [u8; Self::LENGTH]) -> (usize, Self) {
        let [a, b, c, kind, flags, d, e, f, g] = bytes;
        let header = Self {
            kind,
            flags,
            stream: u32::from_be_bytes([d & 0x7f, e, f, g]),
        };
        (u32::from_be_bytes([0, a, b, c]) as usize, header)
    }
}

/// RFC 9113 §3.4: what every client sends first, `PRI * HTTP/2.0` and so on, has this many bytes.
pub(crate) const PREFACE: usize = 24;

/// Finds the frames in one direction of a connection, in whatever pieces its bytes come.
#[derive(Debug)]
pub(super) struct FrameScanner {
    /// What is left of the frame, or of the preface.
    skip: usize,
    /// A header that has not come whole.
    partial: [u8; FrameHeader::LENGTH],
    have: usize,
}

impl FrameScanner {
    /// A scanner that begins behind this many bytes.
    pub(super) fn new(skip: usize) -> Self {
        Self {
            skip,
            partial: [0; FrameHeader::LENGTH],
            have: 0,
        }
    }

    /// Calls `found` for every frame whose header ends in these bytes, with as much of its payload as is in them.
    pub(super) fn scan(&mut self, mut bytes: &[u8], mut found: impl FnMut(FrameHeader, &[u8])) {
        loop {
            if self.skip >= bytes.len() {
                self.skip -= bytes.len();
                return;
            }
            bytes = &bytes[self.skip..];
            self.skip = 0;
            let header = match bytes.first_chunk() {
                Some(whole) if self.have == 0 => {
                    bytes = &bytes[FrameHeader::LENGTH..];
                    *whole
                }
                _ => {
                    let taken = bytes.len().min(FrameHeader::LENGTH - self.have);
                    self.partial[self.have..self.have + taken].copy_from_slice(&bytes[..taken]);
                    self.have += taken;
                    if self.have < FrameHeader::LENGTH {
                        return;
                    }
                    bytes = &bytes[taken..];
                    self.have = 0;
                    self.partial
                }
            };
            let (length, header) = FrameHeader::parse(header);
            self.skip = length;
            found(header, &bytes[..length.min(bytes.len())]);
        }
    }

    /// True between two frames.
    pub(super) fn at_boundary(&self) -> bool {
        self.skip == 0 && self.have == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(length: u8, kind: u8, stream: u8) -> Vec<u8> {
        let mut frame = vec![0, 0, length, kind, 1, 0x80, 0, 0, stream];
        frame.extend(vec![0xff; length.into()]);
        frame
    }

    #[test]
    fn frames_are_found_in_whatever_pieces_they_come() {
        let mut bytes = vec![b'P'; PREFACE];
        let frames = [(0, 4, 0), (8, FrameHeader::PING, 0), (200, 0, 7), (0, 1, 9)];
        for (length, kind, stream) in frames {
            bytes.extend(frame(length, kind, stream));
        }
        for size in 1..bytes.len() {
            let mut scanner = FrameScanner::new(PREFACE);
            let mut found = Vec::new();
            for piece in bytes.chunks(size) {
                scanner.scan(piece, |header, _| found.push((header.kind, header.stream)));
            }
            assert_eq!(
                found,
                frames.map(|(_, kind, stream)| (kind, u32::from(stream))),
                "{size}"
            );
            assert!(scanner.at_boundary());
        }
    }

    #[test]
    fn inside_of_a_frame_is_no_boundary() {
        let bytes = frame(8, FrameHeader::PING, 0);
        let mut scanner = FrameScanner::new(0);
        assert!(scanner.at_boundary());
        for length in 1..bytes.len() {
            scanner.scan(&bytes[length - 1..length], |_, _| {});
            assert!(!scanner.at_boundary(), "{length}");
        }
        scanner.scan(&bytes[bytes.len() - 1..], |_, _| {});
        assert!(scanner.at_boundary());
    }

    #[test]
    fn what_has_come_of_the_payload_is_shown() {
        let mut seen = Vec::new();
        FrameScanner::new(0).scan(&frame(8, FrameHeader::GOAWAY, 0)[..12], |_, payload| {
            seen = payload.to_vec()
        });
        assert_eq!(seen, [0xff; 3]);
    }
}
