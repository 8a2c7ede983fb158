use bytes::Bytes;

/// A message packed with the name of its type: `google.protobuf.Any`.
#[derive(Clone, PartialEq, Eq, prost::Message)]
#[non_exhaustive]
pub struct Any {
    /// Names the type behind its last `/`, such as `type.googleapis.com/google.rpc.Help`.
    #[prost(string, tag = "1")]
    pub type_url: String,
    /// The encoded message.
    #[prost(bytes = "bytes", tag = "2")]
    pub value: Bytes,
}

impl Any {
    /// A message that has been encoded already.
    pub fn new(type_url: impl Into<String>, value: impl Into<Bytes>) -> Self {
        Self {
            type_url: type_url.into(),
            value: value.into(),
        }
    }

    /// The full name of the message's type, such as `google.rpc.Help`.
    pub fn type_name(&self) -> &str {
        self.type_url
            .rsplit_once('/')
            .map_or(&*self.type_url, |(_, name)| name)
    }
}
