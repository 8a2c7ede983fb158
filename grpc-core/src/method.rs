use std::{fmt, ops::Deref, sync::Arc};

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
    path: Path,
    kind: MethodKind,
}

#[derive(Debug)]
enum Path {
    Static(&'static str),
    /// One that is known only at run time. Boxed, so that a constant may refer to a method.
    Parsed(Box<PathAndQuery>),
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
        Self {
            path: Path::Static(path),
            kind,
        }
    }

    pub(crate) fn at(path: PathAndQuery, kind: MethodKind) -> Self {
        Self {
            path: Path::Parsed(Box::new(path)),
            kind,
        }
    }

    /// `/package.Service/Method`.
    pub fn path(&self) -> &str {
        match &self.path {
            Path::Static(path) => path,
            Path::Parsed(path) => path.path(),
        }
    }

    /// What it takes and answers.
    pub fn kind(&self) -> MethodKind {
        self.kind
    }

    /// The path as http wants it; shares it, so that no call allocates for it.
    pub(crate) fn path_and_query(&self) -> Result<PathAndQuery, http::uri::InvalidUri> {
        match &self.path {
            Path::Static(path) => PathAndQuery::from_maybe_shared(bytes::Bytes::from_static(path.as_bytes())),
            Path::Parsed(path) => Ok((**path).clone()),
        }
    }
}

/// A call's [`Method`]: the `static` of generated code, or one that is known only at run time, as those of a
/// channel's callers through `tower_service` are. Cheap to clone.
#[derive(Clone)]
pub struct MethodRef(Ref);

#[derive(Clone)]
enum Ref {
    Static(&'static Method),
    Shared(Arc<Method>),
}

impl Deref for MethodRef {
    type Target = Method;

    fn deref(&self) -> &Method {
        match &self.0 {
            Ref::Static(method) => method,
            Ref::Shared(method) => method,
        }
    }
}

impl From<&'static Method> for MethodRef {
    fn from(method: &'static Method) -> Self {
        Self(Ref::Static(method))
    }
}

impl From<Method> for MethodRef {
    fn from(method: Method) -> Self {
        Self(Ref::Shared(Arc::new(method)))
    }
}

impl fmt::Debug for MethodRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
