//! The outcome of a call: [`Status`], its [`Code`], and its [`details`].

mod cap;
mod code;
#[doc(hidden)]
pub mod derive;
pub mod details;
mod from_status;
mod received;
mod response_head;
mod rich;
mod wire;

use std::{borrow::Cow, error::Error as StdError, fmt, io, sync::Arc};

use bytes::Bytes;

use self::received::Received;
pub(crate) use self::{
    cap::cap_trailers,
    response_head::{check_head, from_http_status},
    wire::BASE64,
};
pub use self::{code::Code, from_status::FromStatus};
use crate::metadata::Metadata;

/// What a handler returns, and what a call answers: `Result` with [`Status`] as its error.
pub type Result<T, E = Status> = std::result::Result<T, E>;

/// How a call ended: a [`Code`], a message for people, and optionally details and metadata.
///
/// It is one pointer wide, so that `Result<T, Status>` stays small.
#[derive(Clone)]
pub struct Status(Box<Inner>);

#[derive(Clone)]
struct Inner {
    code: Code,
    message: Cow<'static, str>,
    details: Bytes,
    metadata: Metadata,
    source: Option<Arc<dyn StdError + Send + Sync>>,
    received: Received,
}

impl Status {
    /// A status with this code and message.
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            code,
            message: message.into(),
            details: Bytes::new(),
            metadata: Metadata::new(),
            source: None,
            received: Received::default(),
        }))
    }

    /// Its code.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// Its message, for people; empty if it has none.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The encoded `google.rpc.Status` that travels as `grpc-status-details-bin`; empty if it has none.
    /// [`Status::detail`] and [`Status::error_details`] read it.
    pub fn details(&self) -> &Bytes {
        &self.0.details
    }

    /// The trailing metadata that came with it, or that is to leave with it.
    pub fn metadata(&self) -> &Metadata {
        &self.0.metadata
    }

    /// See [`Status::metadata`].
    pub fn metadata_mut(&mut self) -> &mut Metadata {
        self.0.received.change_metadata(&self.0.metadata);
        &mut self.0.metadata
    }

    /// The same status with an encoded `google.rpc.Status` as its details, in place of those that it has.
    /// [`Status::with_detail`] adds to them.
    #[must_use]
    pub fn with_details(mut self, details: impl Into<Bytes>) -> Self {
        self.0.received.own_details();
        self.0.details = details.into();
        self
    }

    /// The same status with this trailing metadata.
    #[must_use]
    pub fn with_metadata(mut self, metadata: Metadata) -> Self {
        self.0.received.own_metadata();
        self.0.metadata = metadata;
        self
    }

    /// The same status with the error that caused it. The cause stays on this side of the wire.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }
}

macro_rules! constructors {
    ($($name:ident $code:ident),* $(,)?) => { impl Status { $(
        #[doc = concat!("A status with [`Code::", stringify!($code), "`] and this message.")]
        pub fn $name(message: impl Into<Cow<'static, str>>) -> Self {
            Self::new(Code::$code, message)
        }
    )* } };
}

constructors! {
    cancelled Cancelled,
    unknown Unknown,
    invalid_argument InvalidArgument,
    deadline_exceeded DeadlineExceeded,
    not_found NotFound,
    already_exists AlreadyExists,
    permission_denied PermissionDenied,
    resource_exhausted ResourceExhausted,
    failed_precondition FailedPrecondition,
    aborted Aborted,
    out_of_range OutOfRange,
    unimplemented Unimplemented,
    internal Internal,
    unavailable Unavailable,
    data_loss DataLoss,
    unauthenticated Unauthenticated,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.message() {
            "" => write!(f, "{}", self.code()),
            message => write!(f, "{}: {message}", self.code()),
        }
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Status");
        out.field("code", &self.code()).field("message", &self.message());
        match self.error_details() {
            Ok(details) if details.is_empty() => {}
            Ok(details) => {
                out.field("details", &details);
            }
            Err(_) => {
                out.field("details", self.details());
            }
        }
        if !self.metadata().is_empty() {
            out.field("metadata", self.metadata());
        }
        if let Some(source) = &self.0.source {
            out.field("source", source);
        }
        out.finish()
    }
}

impl StdError for Status {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_ref().map(|source| &**source as _)
    }
}

/// UNKNOWN, with the error's text; the error itself stays as the source.
impl From<io::Error> for Status {
    fn from(error: io::Error) -> Self {
        Self::unknown(error.to_string()).with_source(error)
    }
}

impl From<std::convert::Infallible> for Status {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}

#[cfg(test)]
mod properties;
