use std::fmt;

use serde::de;

/// What is wrong, and where in the reply.
#[derive(Debug)]
pub(super) struct Error {
    place: String,
    what: String,
}

impl Error {
    /// The same, seen from one level further out.
    pub(super) fn inside(mut self, of: impl fmt::Display) -> Self {
        self.place.insert_str(0, &of.to_string());
        self
    }
}

impl de::Error for Error {
    fn custom<T: fmt::Display>(what: T) -> Self {
        Self {
            place: String::new(),
            what: what.to_string(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "reply{}: {}", self.place, self.what)
    }
}

impl std::error::Error for Error {}
