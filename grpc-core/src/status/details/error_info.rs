use std::collections::BTreeMap;

use crate::wire::message;

/// Which error it is, for programs: a reason that is unique within a domain, and the values that go with it.
///
/// AIP-193 asks for one in every status. `#[derive(grpc::Status)]` makes it from the variants of an enum.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorInfo {
    /// The kind of error: at most 63 characters of `UPPER_SNAKE_CASE`.
    pub reason: String,
    /// Who defines the reason: usually the name of the service, such as `pubsub.googleapis.com`.
    pub domain: String,
    /// What the error is about. Keys are `lowerCamelCase`, of at most 64 characters, with a value's unit in them.
    pub metadata: BTreeMap<String, String>,
}

message! {
    ErrorInfo {
        1 plain string reason;
        2 plain string domain;
        3 map string metadata;
    }
}

impl ErrorInfo {
    /// The error with this reason in this domain.
    pub fn new(reason: impl Into<String>, domain: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            domain: domain.into(),
            ..Self::default()
        }
    }

    /// The same with one value more.
    #[must_use]
    pub fn with_metadata(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.insert(key.into(), value.into());
        self
    }
}
