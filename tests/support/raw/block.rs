/// A header block (RFC 7541), put together piece by piece and without Huffman's code.
#[derive(Clone, Debug, Default)]
pub(crate) struct Block(Vec<u8>);

impl Block {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// These headers, as literals that go into no table.
    pub(crate) fn of(headers: &[(&str, &str)]) -> Self {
        headers
            .iter()
            .fold(Self::new(), |block, (name, value)| block.literal(name, value))
    }

    /// A literal that goes into no table (§6.2.2).
    pub(crate) fn literal(self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        self.integer(4, 0x00, 0).string(name).string(value)
    }

    /// A literal that goes into the dynamic table (§6.2.1), as its entry 62.
    pub(crate) fn indexing(self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        self.integer(6, 0x40, 0).string(name).string(value)
    }

    /// A header out of the tables (§6.1).
    pub(crate) fn indexed(self, index: usize) -> Self {
        self.integer(7, 0x80, index)
    }

    /// A literal whose name is out of the tables.
    pub(crate) fn named(self, index: usize, value: impl AsRef<[u8]>) -> Self {
        self.integer(4, 0x00, index).string(value)
    }

    /// A change of the dynamic table's size (§6.3).
    pub(crate) fn table_size(self, size: usize) -> Self {
        self.integer(5, 0x20, size)
    }

    /// Whatever bytes.
    pub(crate) fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend(bytes);
        self
    }

    /// A string, as it is (§5.2).
    pub(crate) fn string(self, string: impl AsRef<[u8]>) -> Self {
        let string = string.as_ref();
        self.integer(7, 0x00, string.len()).raw(string)
    }

    /// An integer in the lowest `bits` of its first byte, whose others are `first` (§5.1).
    pub(crate) fn integer(mut self, bits: u8, first: u8, value: usize) -> Self {
        let most = (1 << bits) - 1;
        if value < most {
            self.0.push(first | u8::try_from(value).unwrap());
            return self;
        }
        self.0.push(first | u8::try_from(most).unwrap());
        let mut rest = value - most;
        while rest >= 0x80 {
            self.0.push(u8::try_from(rest & 0x7f).unwrap() | 0x80);
            rest >>= 7;
        }
        self.0.push(u8::try_from(rest).unwrap());
        self
    }
}

impl From<Block> for Vec<u8> {
    fn from(block: Block) -> Self {
        block.0
    }
}

/// What a client sends before a call of `path`; more headers may follow.
pub(crate) fn request(path: &str) -> Block {
    Block::of(&[
        (":method", "POST"),
        (":scheme", "http"),
        (":path", path),
        (":authority", "localhost"),
        ("te", "trailers"),
        ("content-type", "application/grpc"),
    ])
}

/// What a server sends before the first message; more headers may follow.
pub(crate) fn response() -> Block {
    Block::of(&[(":status", "200"), ("content-type", "application/grpc")])
}

/// What a server sends behind the last message; more headers may follow.
pub(crate) fn trailers(grpc_status: &str) -> Block {
    Block::of(&[("grpc-status", grpc_status)])
}
