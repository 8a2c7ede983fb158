use crate::wire::message;

/// What to quote in a report of the error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestInfo {
    /// Names the request to those who run the service, as in its logs.
    pub request_id: String,
    /// What else helps them, such as an encrypted stack trace.
    pub serving_data: String,
}

message! {
    RequestInfo {
        1 plain string request_id;
        2 plain string serving_data;
    }
}

impl RequestInfo {
    /// The request of this name.
    pub fn new(request_id: impl Into<String>) -> Self {
        Self {
            request_id: request_id.into(),
            ..Self::default()
        }
    }

    /// The same with what else helps.
    #[must_use]
    pub fn with_serving_data(mut self, data: impl Into<String>) -> Self {
        self.serving_data = data.into();
        self
    }
}
