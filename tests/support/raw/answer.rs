/// Decoded headers, in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Headers(pub(crate) Vec<(String, String)>);

impl Headers {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(its, _)| its == name)?;
        Some(&found.1)
    }
}

/// All that came on one stream, until it ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    /// Header blocks, the trailers among them.
    pub(crate) headers: Vec<Headers>,
    pub(crate) data: Vec<u8>,
    /// The code of the RST_STREAM that ended it.
    pub(crate) reset: Option<u32>,
    /// The code of the GOAWAY that came in the meantime.
    pub(crate) goaway: Option<u32>,
    /// The connection was closed before it ended.
    pub(crate) closed: bool,
}

impl Answer {
    pub(crate) fn http_status(&self) -> Option<&str> {
        self.find(":status")
    }

    pub(crate) fn grpc_status(&self) -> Option<&str> {
        self.find("grpc-status")
    }

    pub(crate) fn grpc_message(&self) -> Option<&str> {
        self.find("grpc-message")
    }

    /// The last of these headers, in whichever block.
    pub(crate) fn find(&self, name: &str) -> Option<&str> {
        self.headers.iter().rev().find_map(|headers| headers.get(name))
    }
}
