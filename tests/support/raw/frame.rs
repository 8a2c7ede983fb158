use std::fmt;

pub(crate) const DATA: u8 = 0x0;
pub(crate) const HEADERS: u8 = 0x1;
pub(crate) const PRIORITY: u8 = 0x2;
pub(crate) const RST_STREAM: u8 = 0x3;
pub(crate) const SETTINGS: u8 = 0x4;
pub(crate) const PUSH_PROMISE: u8 = 0x5;
pub(crate) const PING: u8 = 0x6;
pub(crate) const GOAWAY: u8 = 0x7;
pub(crate) const WINDOW_UPDATE: u8 = 0x8;
pub(crate) const CONTINUATION: u8 = 0x9;

pub(crate) const ACK: u8 = 0x1;
pub(crate) const END_STREAM: u8 = 0x1;
pub(crate) const END_HEADERS: u8 = 0x4;
pub(crate) const PADDED: u8 = 0x8;
pub(crate) const PRIORITY_FLAG: u8 = 0x20;

/// Error codes (RFC 9113 §7).
pub(crate) mod code {
    pub(crate) const NO_ERROR: u32 = 0x0;
    pub(crate) const PROTOCOL_ERROR: u32 = 0x1;
    pub(crate) const INTERNAL_ERROR: u32 = 0x2;
    pub(crate) const FLOW_CONTROL_ERROR: u32 = 0x3;
    pub(crate) const STREAM_CLOSED: u32 = 0x5;
    pub(crate) const FRAME_SIZE_ERROR: u32 = 0x6;
    pub(crate) const REFUSED_STREAM: u32 = 0x7;
    pub(crate) const CANCEL: u32 = 0x8;
    pub(crate) const COMPRESSION_ERROR: u32 = 0x9;
    pub(crate) const ENHANCE_YOUR_CALM: u32 = 0xb;
}

/// Settings (RFC 9113 §6.5.2).
pub(crate) mod setting {
    pub(crate) const HEADER_TABLE_SIZE: u16 = 0x1;
    pub(crate) const ENABLE_PUSH: u16 = 0x2;
    pub(crate) const MAX_CONCURRENT_STREAMS: u16 = 0x3;
    pub(crate) const INITIAL_WINDOW_SIZE: u16 = 0x4;
    pub(crate) const MAX_FRAME_SIZE: u16 = 0x5;
    pub(crate) const MAX_HEADER_LIST_SIZE: u16 = 0x6;
}

/// A frame of any type, with whatever flags, stream and payload.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    /// With the reserved bit, if it is set.
    pub(crate) stream: u32,
    pub(crate) payload: Vec<u8>,
}

impl Frame {
    pub(crate) fn new(kind: u8, flags: u8, stream: u32, payload: impl Into<Vec<u8>>) -> Self {
        Self {
            kind,
            flags,
            stream,
            payload: payload.into(),
        }
    }

    /// The same with these flags too.
    pub(crate) fn with(mut self, flags: u8) -> Self {
        self.flags |= flags;
        self
    }

    /// The same without these flags.
    pub(crate) fn without(mut self, flags: u8) -> Self {
        self.flags &= !flags;
        self
    }

    /// The same as the last of its stream.
    pub(crate) fn ending(self) -> Self {
        self.with(END_STREAM)
    }

    /// The same DATA or HEADERS with so many bytes of padding.
    pub(crate) fn padded(mut self, padding: u8) -> Self {
        self.payload.insert(0, padding);
        self.payload.resize(self.payload.len() + usize::from(padding), 0);
        self.with(PADDED)
    }

    pub(crate) fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// As it goes on the wire.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.claiming(self.payload.len())
    }

    /// As it goes on the wire, with a length that need not be true.
    pub(crate) fn claiming(&self, length: usize) -> Vec<u8> {
        let length = u32::try_from(length).unwrap().to_be_bytes();
        let mut bytes = vec![length[1], length[2], length[3], self.kind, self.flags];
        bytes.extend(self.stream.to_be_bytes());
        bytes.extend(&self.payload);
        bytes
    }

    /// The error code of RST_STREAM and GOAWAY.
    pub(crate) fn error_code(&self) -> Option<u32> {
        let start = match self.kind {
            RST_STREAM => 0,
            GOAWAY => 4,
            _ => return None,
        };
        let code = self.payload.get(start..start + 4)?;
        Some(u32::from_be_bytes(code.try_into().unwrap()))
    }

    /// The last stream that GOAWAY names.
    pub(crate) fn last_stream(&self) -> u32 {
        u32::from_be_bytes(self.payload[..4].try_into().unwrap())
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [&str; 10] = [
            "DATA",
            "HEADERS",
            "PRIORITY",
            "RST_STREAM",
            "SETTINGS",
            "PUSH_PROMISE",
            "PING",
            "GOAWAY",
            "WINDOW_UPDATE",
            "CONTINUATION",
        ];
        let name = NAMES.get(usize::from(self.kind)).unwrap_or(&"UNKNOWN");
        write!(
            f,
            "{name}(flags {:#x}, stream {}, {} bytes",
            self.flags,
            self.stream,
            self.payload.len()
        )?;
        if let Some(code) = self.error_code() {
            write!(f, ", code {code:#x}")?;
        }
        write!(f, ")")
    }
}

pub(crate) fn data(stream: u32, payload: &[u8]) -> Frame {
    Frame::new(DATA, 0, stream, payload)
}

/// A whole header block; see [`super::Block`].
pub(crate) fn headers(stream: u32, block: impl Into<Vec<u8>>) -> Frame {
    Frame::new(HEADERS, END_HEADERS, stream, block)
}

/// Not the last: that is `.with(END_HEADERS)`.
pub(crate) fn continuation(stream: u32, block: impl Into<Vec<u8>>) -> Frame {
    Frame::new(CONTINUATION, 0, stream, block)
}

pub(crate) fn rst_stream(stream: u32, code: u32) -> Frame {
    Frame::new(RST_STREAM, 0, stream, code.to_be_bytes())
}

pub(crate) fn settings(values: &[(u16, u32)]) -> Frame {
    let mut payload = Vec::new();
    for (name, value) in values {
        payload.extend(name.to_be_bytes());
        payload.extend(value.to_be_bytes());
    }
    Frame::new(SETTINGS, 0, 0, payload)
}

pub(crate) fn ping(payload: [u8; 8]) -> Frame {
    Frame::new(PING, 0, 0, payload)
}

pub(crate) fn goaway(last_stream: u32, code: u32, text: &str) -> Frame {
    let mut payload = last_stream.to_be_bytes().to_vec();
    payload.extend(code.to_be_bytes());
    payload.extend(text.as_bytes());
    Frame::new(GOAWAY, 0, 0, payload)
}

pub(crate) fn window_update(stream: u32, increment: u32) -> Frame {
    Frame::new(WINDOW_UPDATE, 0, stream, increment.to_be_bytes())
}

pub(crate) fn priority(stream: u32, depends_on: u32) -> Frame {
    let mut payload = depends_on.to_be_bytes().to_vec();
    payload.push(15);
    Frame::new(PRIORITY, 0, stream, payload)
}

/// A message of gRPC behind its prefix.
pub(crate) fn message(message: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0];
    bytes.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
    bytes.extend(message);
    bytes
}
