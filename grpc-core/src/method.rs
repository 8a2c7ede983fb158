use http::uri::PathAndQuery;

/// What a method takes and answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MethodKind {
    /// One request, one response.
    Unary,
    /// One request, any number of responses.
    ServerStreaming,
    /// Any number of requests, one response.
    ClientStreaming,
    /// Any number of both.
    BidiStreaming,
}

impl MethodKind {
    /// True if the client sends any number of requests.
    pub fn has_request_stream(self) -> bool {
        matches!(self, Self::ClientStreaming | Self::BidiStreaming)
    }

    /// True if the server sends any number of responses.
    pub fn has_response_stream(self) -> bool {
        matches!(self, Self::ServerStreaming | Self::BidiStreaming)
    }
}

/// A method of a service: its path on the wire and its kind. Generated code holds one as a `static` per rpc.
#[derive(Debug)]
pub struct Method {
    path: &'static str,
    kind: MethodKind,
}

impl Method {
    /// The method at `path`, which is `/package.Service/Method`.
    ///
    /// # Panics
    /// If the path does not start with `/`: at compile time where this makes a `static`.
    pub const fn new(path: &'static str, kind: MethodKind) -> Self {
        assert!(
            matches!(path.as_bytes(), [b'/', ..]),
            "a method's path is /package.Service/Method"
        );
        Self { path, kind }
    }

    /// `/package.Service/Method`.
    pub fn path(&self) -> &'static str {
        self.path
    }

    /// What it takes and answers.
    pub fn kind(&self) -> MethodKind {
        self.kind
    }

    /// The path as http wants it; borrows it, so that no call allocates for it.
    pub(crate) fn path_and_query(&self) -> Result<PathAndQuery, http::uri::InvalidUri> {
        PathAndQuery::from_maybe_shared(bytes::Bytes::from_static(self.path.as_bytes()))
    }
}
