/// Where to read more, or to do something about the error.
#[derive(Clone, PartialEq, Eq, prost::Message)]
#[non_exhaustive]
pub struct Help {
    /// The links.
    #[prost(message, repeated, tag = "1")]
    pub links: Vec<HelpLink>,
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
#[derive(Clone, PartialEq, Eq, prost::Message)]
#[non_exhaustive]
pub struct HelpLink {
    /// What it offers.
    #[prost(string, tag = "1")]
    pub description: String,
    /// Its URL.
    #[prost(string, tag = "2")]
    pub url: String,
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
