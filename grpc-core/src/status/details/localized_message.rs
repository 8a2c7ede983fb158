/// A text about the error in the language of the user, fit to be shown.
#[derive(Clone, PartialEq, Eq, prost::Message)]
#[non_exhaustive]
pub struct LocalizedMessage {
    /// The language as BCP 47 names it, such as `fr-CH`.
    #[prost(string, tag = "1")]
    pub locale: String,
    /// The text.
    #[prost(string, tag = "2")]
    pub message: String,
}

impl LocalizedMessage {
    /// A text in this language.
    pub fn new(locale: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            locale: locale.into(),
            message: message.into(),
        }
    }
}
