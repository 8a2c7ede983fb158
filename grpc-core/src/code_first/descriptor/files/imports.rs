//! Files that exist as `.proto`s.

use prost::Message as _;
use prost_types::{DescriptorProto, FileDescriptorProto, FileDescriptorSet};

use super::Files;

impl Files {
    /// The index of the file that declares `name`, which is added with all that it imports.
    pub(super) fn foreign(&mut self, set: &[u8], name: &str) -> usize {
        let set = FileDescriptorSet::decode(set).unwrap_or_default();
        let Some(file) = set.file.iter().find(|file| declares(file, name)) else {
            self.problem(format!("the descriptor of `{name}` does not declare it"));
            return self.file("", None);
        };
        self.import(&set, file)
    }

    fn import(&mut self, set: &FileDescriptorSet, proto: &FileDescriptorProto) -> usize {
        let known = self
            .files
            .iter()
            .position(|file| file.proto.name() == proto.name());
        if let Some(index) = known {
            if !self.files[index].foreign {
                let path = proto.name();
                self.problem(format!(
                    "the file `{path}` is a .proto that is there already, and cannot be written out as well"
                ));
            }
            return index;
        }
        let index = self.push(proto.clone(), true);
        for dependency in &proto.dependency {
            if let Some(file) = set.file.iter().find(|file| file.name() == dependency) {
                let dependency = self.import(set, file);
                self.files[index].dependencies.insert(dependency);
            }
        }
        index
    }
}

fn declares(file: &FileDescriptorProto, name: &str) -> bool {
    let inner = match file.package() {
        "" => Some(name),
        package => name.strip_prefix(package).and_then(|rest| rest.strip_prefix('.')),
    };
    let Some((first, rest)) = inner.map(|inner| inner.split_once('.').unwrap_or((inner, ""))) else {
        return false;
    };
    let message = file.message_type.iter().find(|message| message.name() == first);
    match message {
        Some(message) => rest.is_empty() || has_nested(message, rest),
        None => {
            rest.is_empty()
                && file
                    .enum_type
                    .iter()
                    .any(|enumeration| enumeration.name() == first)
        }
    }
}

fn has_nested(message: &DescriptorProto, name: &str) -> bool {
    let (first, rest) = name.split_once('.').unwrap_or((name, ""));
    let nested = message.nested_type.iter().find(|nested| nested.name() == first);
    match nested {
        Some(nested) => rest.is_empty() || has_nested(nested, rest),
        None => rest.is_empty() && message.enum_type.iter().any(|inner| inner.name() == first),
    }
}
