//! HTTP/2's frames, seen as they pass by: h2 tells nothing of PING and GOAWAY.

/// The head of a frame (RFC 9113 §4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FrameHeader {
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) stream: u32,
    /// Of its payload, in bytes.
    pub(crate) length: usize,
}

impl FrameHeader {
    pub(crate) const DATA: u8 = 0x0;
    pub(crate) const HEADERS: u8 = 0x1;
    pub(crate) const SETTINGS: u8 = 0x4;
    pub(crate) const PING: u8 = 0x6;
    pub(crate) const GOAWAY: u8 = 0x7;
    /// Of SETTINGS and PING.
    pub(crate) const ACK: u8 = 0x1;

    pub(crate) const LENGTH: usize = 9;

    pub(crate) fn parse(bytes: [u8; Self::LENGTH]) -> Self {
        let [a, b, c, kind, flags, d, e, f, g] = bytes;
        Self {
            kind,
            flags,
            stream: u32::from_be_bytes([d & 0x7f, e, f, g]),
            length: u32::from_be_bytes([0, a, b, c]) as usize,
        }
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
    /// The kinds of the frames whose payload is shown, and how much of it, in bytes.
    shown: &'static [(u8, usize)],
    /// Such a frame, whose payload has not come whole.
    gathering: Option<Gathering>,
}

#[derive(Debug)]
struct Gathering {
    header: FrameHeader,
    payload: Vec<u8>,
    wanted: usize,
}

impl FrameScanner {
    /// A scanner that begins behind this many bytes.
    pub(super) fn new(skip: usize) -> Self {
        Self {
            skip,
            partial: [0; FrameHeader::LENGTH],
            have: 0,
            shown: &[],
            gathering: None,
        }
    }

    /// The same, which shows this much of the payload of frames of these kinds.
    pub(super) fn showing(mut self, shown: &'static [(u8, usize)]) -> Self {
        self.shown = shown;
        self
    }

    /// Calls `found` for every frame whose header ends in these bytes, with an empty payload; for one whose payload is to be
    /// shown, once that has come.
    pub(super) fn scan(&mut self, mut bytes: &[u8], mut found: impl FnMut(FrameHeader, &[u8])) {
        loop {
            if let Some(frame) = &mut self.gathering {
                let missing = frame.wanted - frame.payload.len();
                let taken = bytes.len().min(missing);
                frame.payload.extend_from_slice(&bytes[..taken]);
                bytes = &bytes[taken..];
                if taken < missing {
                    return;
                }
                found(frame.header, &frame.payload);
                self.gathering = None;
            }
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
            let header = FrameHeader::parse(header);
            let length = header.length;
            let shown = self.shown.iter().find(|(kind, _)| *kind == header.kind);
            let wanted = shown.map_or(0, |(_, most)| length.min(*most));
            self.skip = length - wanted;
            match bytes.split_at_checked(wanted) {
                Some((payload, rest)) => {
                    bytes = rest;
                    found(header, payload);
                }
                None => {
                    let payload = Vec::with_capacity(wanted);
                    self.gathering = Some(Gathering {
                        header,
                        payload,
                        wanted,
                    });
                }
            }
        }
    }

    /// True between two frames.
    pub(super) fn at_boundary(&self) -> bool {
        self.skip == 0 && self.have == 0 && self.gathering.is_none()
    }
}

#[cfg(test)]
mod properties;

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
    fn a_payload_that_is_asked_for_is_whole_in_whatever_pieces_it_comes() {
        let mut goaway = vec![0, 0, 12, FrameHeader::GOAWAY, 0, 0, 0, 0, 0];
        goaway.extend(1..=12);
        let bytes = [&frame(3, 0, 1)[..], &goaway, &frame(8, FrameHeader::PING, 0)].concat();
        const GOAWAY: u8 = FrameHeader::GOAWAY;
        for (asked, shown) in [(&[(GOAWAY, 5)], 5), (&[(GOAWAY, 12)], 12), (&[(GOAWAY, 100)], 12)] {
            for size in 1..=bytes.len() {
                let mut scanner = FrameScanner::new(0).showing(asked);
                let mut found = Vec::new();
                for piece in bytes.chunks(size) {
                    scanner.scan(piece, |header, payload| {
                        found.push((header.kind, payload.to_vec()))
                    });
                }
                let payload = (1..=shown).collect();
                let frames = [
                    (0, vec![]),
                    (FrameHeader::GOAWAY, payload),
                    (FrameHeader::PING, vec![]),
                ];
                assert_eq!(found, frames, "{asked:?} in pieces of {size}");
                assert!(scanner.at_boundary());
            }
        }
    }

    #[test]
    fn no_more_is_kept_of_a_payload_than_is_asked_for() {
        let mut bytes = vec![0xff, 0xff, 0xff, FrameHeader::GOAWAY, 0, 0, 0, 0, 0];
        bytes.extend([7; 20]);
        let mut scanner = FrameScanner::new(0).showing(&[(FrameHeader::GOAWAY, 16)]);
        let mut found = 0;
        for piece in bytes.chunks(7) {
            scanner.scan(piece, |_, payload| found += payload.len());
        }
        assert_eq!(found, 16);
        assert!(scanner.gathering.is_none() && !scanner.at_boundary());
    }
}
