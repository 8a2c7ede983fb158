use crate::wire::message;

/// Where to read more, or to do something about the error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Help {
    /// The links.
    pub links: Vec<HelpLink>,
}

message! {
    Help {
        1 repeated message links;
    }
}

impl Help {
    /// One link: what it offers, and its URL.
    pub fn link(description: impl Into<String>, url: impl Into<String>) -> Self {
        Self::default().and(description, url)
    }

    /// One link more.
    #[must_use]
    pub fn and(mut self, description: impl Into<String>, url: impl Into<String>) -> Self {
        self.links.push(HelpLink::new(description, url));
        self
    }
}

/// One link of a [`Help`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HelpLink {
    /// What it offers.
    pub description: String,
    /// Its URL.
    pub url: String,
}

message! {
    HelpLink {
        1 plain string description;
        2 plain string url;
    }
}

impl HelpLink {
    /// A link: what it offers, and its URL.
    pub fn new(description: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            description: description.into(),
            url: url.into(),
        }
    }
}
