use crate::wire::message;

/// What helps to find a fault in the server. It is not for callers who are not to see the inside of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DebugInfo {
    /// The stack where the error occurred.
    pub stack_entries: Vec<String>,
    /// What else the server says.
    pub detail: String,
}

message! {
    DebugInfo {
        1 repeated string stack_entries;
        2 plain string detail;
    }
}

impl DebugInfo {
    /// A text without a stack.
    pub fn new(detail: impl Into<String>) -> Self {
        Self {
            detail: detail.into(),
            ..Self::default()
        }
    }

    /// The same with this stack, the innermost entry first.
    #[must_use]
    pub fn with_stack_entries<S: Into<String>>(mut self, entries: impl IntoIterator<Item = S>) -> Self {
        self.stack_entries = entries.into_iter().map(Into::into).collect();
        self
    }
}
