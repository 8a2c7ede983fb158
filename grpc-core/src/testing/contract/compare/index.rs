use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto, ServiceDescriptorProto,
};

/// What a file declares, by its name within the package, in the order of declaration.
pub(super) struct Index<'a> {
    pub(super) package: &'a str,
    pub(super) services: Vec<&'a ServiceDescriptorProto>,
    /// Those inside of others too, but not the entries of maps.
    pub(super) messages: Vec<(String, &'a DescriptorProto)>,
    pub(super) enums: Vec<(String, &'a EnumDescriptorProto)>,
}

/// What a field or an rpc refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TypeName<'a> {
    /// A type of this file's package, by its name within that.
    Own(&'a str),
    /// Any other, in full.
    Other(&'a str),
}

impl<'a> Index<'a> {
    pub(super) fn of(file: &'a FileDescriptorProto) -> Self {
        let mut index = Self {
            package: file.package(),
            services: file.service.iter().collect(),
            messages: Vec::new(),
            enums: Vec::new(),
        };
        index.add(None, &file.message_type, &file.enum_type);
        index
    }

    fn add(
        &mut self,
        parent: Option<&str>,
        messages: &'a [DescriptorProto],
        enums: &'a [EnumDescriptorProto],
    ) {
        let within = |name: &str| parent.map_or_else(|| name.to_owned(), |parent| format!("{parent}.{name}"));
        for declared in enums {
            self.enums.push((within(declared.name()), declared));
        }
        for message in messages.iter().filter(|message| !is_map_entry(message)) {
            let name = within(message.name());
            self.messages.push((name.clone(), message));
            self.add(Some(&name), &message.nested_type, &message.enum_type);
        }
    }

    pub(super) fn service(&self, name: &str) -> Option<&'a ServiceDescriptorProto> {
        self.services
            .iter()
            .find(|service| service.name() == name)
            .copied()
    }

    pub(super) fn message(&self, name: &str) -> Option<&'a DescriptorProto> {
        find(&self.messages, name)
    }

    pub(super) fn enumeration(&self, name: &str) -> Option<&'a EnumDescriptorProto> {
        find(&self.enums, name)
    }

    /// The name in full.
    pub(super) fn full(&self, name: &str) -> String {
        if self.package.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.package)
        }
    }

    pub(super) fn package_name(&self) -> &'a str {
        if self.package.is_empty() {
            "(no package)"
        } else {
            self.package
        }
    }

    pub(super) fn type_name<'n>(&self, name: &'n str) -> TypeName<'n> {
        let full = name.strip_prefix('.').unwrap_or(name);
        let own = match self.package {
            "" => Some(full),
            package => full.strip_prefix(package).and_then(|rest| rest.strip_prefix('.')),
        };
        // Packages have packages inside, and files share one.
        match own {
            Some(own) if self.message(own).is_some() || self.enumeration(own).is_some() => TypeName::Own(own),
            _ => TypeName::Other(full),
        }
    }
}

fn find<'a, T>(declared: &[(String, &'a T)], name: &str) -> Option<&'a T> {
    let (_, found) = declared.iter().find(|(other, _)| other == name)?;
    Some(found)
}

fn is_map_entry(message: &DescriptorProto) -> bool {
    message
        .options
        .as_ref()
        .is_some_and(|options| options.map_entry())
}

/// The entry's key and value, if the field of this message is a map.
pub(super) fn map_entry<'a>(
    message: &'a DescriptorProto,
    field: &FieldDescriptorProto,
) -> Option<(&'a FieldDescriptorProto, &'a FieldDescriptorProto)> {
    let (_, last) = field.type_name().rsplit_once('.')?;
    let mut nested = message.nested_type.iter();
    let entry = nested.find(|nested| nested.name() == last && is_map_entry(nested))?;
    match &entry.field[..] {
        [key, value] => Some((key, value)),
        _ => None,
    }
}
