use crate::wire::message;

/// What has to be done before the call can succeed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PreconditionFailure {
    /// Every precondition that is not met.
    pub violations: Vec<PreconditionViolation>,
}

message! {
    PreconditionFailure {
        1 repeated message violations;
    }
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PreconditionViolation {
    /// Its kind, as the service names it, such as `TOS`. The `.proto` calls it `type`.
    pub kind: String,
    /// What it is about, such as `google.com/cloud`.
    pub subject: String,
    /// What to do about it, such as "accept the terms of service".
    pub description: String,
}

message! {
    PreconditionViolation {
        1 plain string kind;
        2 plain string subject;
        3 plain string description;
    }
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
