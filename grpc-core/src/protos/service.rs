use std::fmt;

use prost_reflect::ServiceDescriptor;

use super::{comments, find, method::DynamicMethod};
use crate::Result;

/// A service that descriptors describe.
#[derive(Clone)]
pub struct DynamicService(ServiceDescriptor);

impl DynamicService {
    /// `package.Service`.
    pub fn name(&self) -> &str {
        self.0.full_name()
    }

    /// What its `.proto` says about it, if that came along: descriptors by reflection are mostly without comments.
    pub fn comment(&self) -> Option<String> {
        comments::comment(self.0.parent_file_descriptor_proto(), self.0.path())
    }

    /// Its methods, in the order of the `.proto`.
    pub fn methods(&self) -> impl ExactSizeIterator<Item = DynamicMethod> + '_ {
        self.0.methods().map(DynamicMethod::new)
    }

    /// Its method of this name.
    ///
    /// # Errors
    /// INVALID_ARGUMENT if there is none, with the methods that may have been meant.
    pub fn method(&self, name: &str) -> Result<DynamicMethod> {
        find::method_of(&self.0, name).map(DynamicMethod::new)
    }

    /// All that is known about it.
    pub fn descriptor(&self) -> &ServiceDescriptor {
        &self.0
    }

    pub(super) fn new(descriptor: ServiceDescriptor) -> Self {
        Self(descriptor)
    }
}

impl fmt::Debug for DynamicService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DynamicService").field(&self.name()).finish()
    }
}
