/// The resource that the error is about.
#[derive(Clone, PartialEq, Eq, prost::Message)]
#[non_exhaustive]
pub struct ResourceInfo {
    /// Its kind, such as `file`, or the URL of its type.
    #[prost(string, tag = "1")]
    pub resource_type: String,
    /// Its name.
    #[prost(string, tag = "2")]
    pub resource_name: String,
    /// Who owns it, such as `project:7`; may be empty.
    #[prost(string, tag = "3")]
    pub owner: String,
    /// What went wrong with it, such as the permission that is missing.
    #[prost(string, tag = "4")]
    pub description: String,
}

impl ResourceInfo {
    /// The resource of this kind and name.
    pub fn new(resource_type: impl Into<String>, resource_name: impl Into<String>) -> Self {
        Self {
            resource_type: resource_type.into(),
            resource_name: resource_name.into(),
            ..Self::default()
        }
    }

    /// The same with its owner.
    #[must_use]
    pub fn with_owner(mut self, owner: impl Into<String>) -> Self {
        self.owner = owner.into();
        self
    }

    /// The same with what went wrong.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }
}
