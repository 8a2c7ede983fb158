use bytes::Bytes;

use crate::wire::message;

/// A message packed with the name of its type: `google.protobuf.Any`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Any {
    /// Names the type behind its last `/`, such as `type.googleapis.com/google.rpc.Help`.
    pub type_url: String,
    /// The encoded message.
    pub value: Bytes,
}

message! {
    Any {
        1 plain string type_url;
        2 plain bytes value;
    }
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
