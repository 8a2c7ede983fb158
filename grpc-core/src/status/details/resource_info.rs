use crate::wire::message;

/// The resource that the error is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResourceInfo {
    /// Its kind, such as `file`, or the URL of its type.
    pub resource_type: String,
    /// Its name.
    pub resource_name: String,
    /// Who owns it, such as `project:7`; may be empty.
    pub owner: String,
    /// What went wrong with it, such as the permission that is missing.
    pub description: String,
}

message! {
    ResourceInfo {
        1 plain string resource_type;
        2 plain string resource_name;
        3 plain string owner;
        4 plain string description;
    }
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
