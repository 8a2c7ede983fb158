/// What has to be done before the call can succeed.
#[derive(Clone, PartialEq, Eq, prost::Message)]
#[non_exhaustive]
pub struct PreconditionFailure {
    /// Every precondition that is not met.
    #[prost(message, repeated, tag = "1")]
    pub violations: Vec<PreconditionViolation>,
}

impl PreconditionFailure {
    /// One precondition that is not met: its kind, what it is about, and what to do.
    pub fn violation(
        kind: impl Into<String>,
        subject: impl Into<String>,
        description: impl Into<String>,
    ) -> Self {
        Self::default().and(kind, subject, description)
    }

    /// One more.
    #[must_use]
    pub fn and(
        mut self,
        kind: impl Into<String>,
        subject: impl Into<String>,
        description: impl Into<String>,
    ) -> Self {
        self.violations
            .push(PreconditionViolation::new(kind, subject, description));
        self
    }
}

/// A precondition that is not met.
#[derive(Clone, PartialEq, Eq, prost::Message)]
#[non_exhaustive]
pub struct PreconditionViolation {
    /// Its kind, as the service names it, such as `TOS`. The `.proto` calls it `type`.
    #[prost(string, tag = "1")]
    pub kind: String,
    /// What it is about, such as `google.com/cloud`.
    #[prost(string, tag = "2")]
    pub subject: String,
    /// What to do about it, such as "accept the terms of service".
    #[prost(string, tag = "3")]
    pub description: String,
}

impl PreconditionViolation {
    /// A precondition that is not met: its kind, what it is about, and what to do.
    pub fn new(kind: impl Into<String>, subject: impl Into<String>, description: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            subject: subject.into(),
            description: description.into(),
        }
    }
}
