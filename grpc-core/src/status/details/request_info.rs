/// What to quote in a report of the error.
#[derive(Clone, PartialEq, Eq, prost::Message)]
#[non_exhaustive]
pub struct RequestInfo {
    /// Names the request to those who run the service, as in its logs.
    #[prost(string, tag = "1")]
    pub request_id: String,
    /// What else helps them, such as an encrypted stack trace.
    #[prost(string, tag = "2")]
    pub serving_data: String,
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
