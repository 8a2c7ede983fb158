/// What helps to find a fault in the server. It is not for callers who are not to see the inside of it.
#[derive(Clone, PartialEq, Eq, prost::Message)]
#[non_exhaustive]
pub struct DebugInfo {
    /// The stack where the error occurred.
    #[prost(string, repeated, tag = "1")]
    pub stack_entries: Vec<String>,
    /// What else the server says.
    #[prost(string, tag = "2")]
    pub detail: String,
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
