use std::collections::HashSet;

use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorProto};

/// What names mean in a file: its own types, and those of other files that it mentions.
pub(super) struct Names {
    package: String,
    types: HashSet<String>,
    /// Everything that a name can go through: packages, messages, services.
    scopes: HashSet<String>,
    /// To protoc an rpc hides a type of the same name from the rpcs of its service.
    methods: HashSet<String>,
}

impl Names {
    pub(super) fn of(file: &FileDescriptorProto) -> Self {
        let mut names = Self {
            package: file.package().to_owned(),
            types: HashSet::new(),
            scopes: HashSet::new(),
            methods: HashSet::new(),
        };
        names.add_scopes(file.package());
        for message in &file.message_type {
            names.declare_message(file.package(), message);
        }
        for declared in &file.enum_type {
            names.add_type(&join(file.package(), declared.name()));
        }
        for service in &file.service {
            let name = join(file.package(), service.name());
            for method in &service.method {
                names.methods.insert(join(&name, method.name()));
                names.mention(method.input_type());
                names.mention(method.output_type());
            }
            names.scopes.insert(name);
        }
        names.mention_all(&file.extension);
        names
    }

    /// The shortest name that means the type inside of `scope`: a package, a message or a service.
    ///
    /// Types of other packages are named in full, which is how people write them.
    pub(super) fn short(&self, scope: &str, type_name: &str) -> String {
        let Some(full) = type_name.strip_prefix('.') else {
            return type_name.to_owned();
        };
        let inside = match &*self.package {
            "" => Some(full),
            package => full.strip_prefix(package).and_then(|rest| rest.strip_prefix('.')),
        };
        let mut candidates = inside.map(suffixes).unwrap_or_default();
        candidates.push(full);
        let means_it = |name: &&str| self.resolve(scope, name).as_deref() == Some(full);
        candidates
            .into_iter()
            .find(means_it)
            .map_or_else(|| type_name.to_owned(), str::to_owned)
    }

    /// As protoc does: the first part of the name is looked for from the inside out, and where it is found the rest has
    /// to be too.
    fn resolve(&self, scope: &str, name: &str) -> Option<String> {
        let (first, rest) = match name.split_once('.') {
            Some((first, rest)) => (first, Some(rest)),
            None => (name, None),
        };
        let mut scope = scope;
        loop {
            let found = join(scope, first);
            match rest {
                None if self.methods.contains(&found) => return None,
                None if self.types.contains(&found) => return Some(found),
                Some(rest) if self.scopes.contains(&found) => {
                    return Some(join(&found, rest)).filter(|found| self.types.contains(found));
                }
                _ if scope.is_empty() => return None,
                _ => scope = parent(scope),
            }
        }
    }

    fn declare_message(&mut self, scope: &str, message: &DescriptorProto) {
        let name = join(scope, message.name());
        self.add_type(&name);
        self.scopes.insert(name.clone());
        for nested in &message.nested_type {
            self.declare_message(&name, nested);
        }
        for declared in &message.enum_type {
            self.add_type(&join(&name, declared.name()));
        }
        self.mention_all(&message.field);
        self.mention_all(&message.extension);
    }

    fn mention_all(&mut self, fields: &[FieldDescriptorProto]) {
        for field in fields {
            self.mention(field.type_name());
            self.mention(field.extendee());
        }
    }

    fn mention(&mut self, type_name: &str) {
        if let Some(full) = type_name.strip_prefix('.') {
            self.add_type(full);
        }
    }

    fn add_type(&mut self, full: &str) {
        self.types.insert(full.to_owned());
        self.add_scopes(parent(full));
    }

    fn add_scopes(&mut self, scope: &str) {
        let mut scope = scope;
        while !scope.is_empty() {
            self.scopes.insert(scope.to_owned());
            scope = parent(scope);
        }
    }
}

/// From the last part alone to the whole name.
fn suffixes(full: &str) -> Vec<&str> {
    let starts = full.match_indices('.').map(|(dot, _)| dot + 1);
    let mut suffixes: Vec<&str> = std::iter::once(0)
        .chain(starts)
        .map(|start| &full[start..])
        .collect();
    suffixes.reverse();
    suffixes
}

pub(super) fn join(scope: &str, name: &str) -> String {
    if scope.is_empty() {
        name.to_owned()
    } else {
        format!("{scope}.{name}")
    }
}

fn parent(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(parent, _)| parent)
}
