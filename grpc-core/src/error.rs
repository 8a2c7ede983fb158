use std::{error::Error as StdError, fmt, io};

use crate::status::Status;

/// An error of any type.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// What went wrong while setting up: binding a port, reading a configuration, starting a runtime.
///
/// Its text says what was being done, on what, and why it failed. The outcome of a call is a
/// [`Status`] instead; `?` turns one into the other, so that a `main` can use both.
pub struct Error(Box<Inner>);

struct Inner {
    context: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error that says what was being done, such as `bind 0.0.0.0:50051`.
    pub fn new(context: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            context: context.into(),
            source: None,
        }))
    }

    /// The same, with its cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.source {
            Some(source) if self.0.context.is_empty() => write!(f, "{source}"),
            Some(source) => write!(f, "{}: {source}", self.0.context),
            None => f.write_str(&self.0.context),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("context", &self.0.context)
            .field("source", &self.0.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        // Its text is part of ours already, so a report that walks the chain goes on behind it.
        self.0.source.as_ref().and_then(|source| source.source())
    }
}

impl From<Status> for Error {
    fn from(status: Status) -> Self {
        Self::new("").with_source(status)
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::new("").with_source(error)
    }
}

/// The first error of this type among an error and its causes.
pub(crate) fn source_of<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    std::iter::successors(Some(error), |error: &&'a (dyn StdError + 'static)| {
        (*error).source()
    })
    .find_map(|error| error.downcast_ref())
}
