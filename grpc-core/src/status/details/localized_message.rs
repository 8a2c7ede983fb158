use crate::wire::message;

/// A text about the error in the language of the user, fit to be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LocalizedMessage {
    /// The language as BCP 47 names it, such as `fr-CH`.
    pub locale: String,
    /// The text.
    pub message: String,
}

message! {
    LocalizedMessage {
        1 plain string locale;
        2 plain string message;
    }
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
