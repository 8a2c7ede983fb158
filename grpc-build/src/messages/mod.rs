//! Messages and enums as types in Rust, with the derives of prost: those that prost-build would make.

mod default;
mod enumeration;
mod field;
mod nesting;
mod oneof;
mod patterns;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorProto};

use self::{nesting::Nesting, oneof::Oneof};
use crate::{
    builder::Builder,
    code::Code,
    comments::{Comments, Docs},
    error::Error,
    externs::Externs,
    names,
};

/// What all files of a compilation have in common.
pub(crate) struct Types<'a> {
    options: &'a Builder,
    /// The types that are not generated, by their names in proto.
    externs: HashMap<String, String>,
    nesting: Nesting<'a>,
    /// Where prost is.
    prost: String,
}

/// A file whose types are generated.
pub(crate) struct File<'a> {
    types: &'a Types<'a>,
    file: &'a FileDescriptorProto,
    comments: Comments<'a>,
}

/// Where in its file a declaration is.
struct Place<'a> {
    /// The messages that it is in, outermost first.
    scope: &'a [&'a str],
    /// As `SourceCodeInfo` has it.
    path: Vec<i32>,
}

impl<'a> Types<'a> {
    pub(crate) fn new(options: &'a Builder, externs: &Externs, files: &'a [FileDescriptorProto]) -> Self {
        Self {
            options,
            externs: externs.types(files).into_iter().collect(),
            nesting: Nesting::new(files),
            prost: format!("{}::__private::prost", options.runtime),
        }
    }
}

impl<'a> File<'a> {
    pub(crate) fn new(types: &'a Types<'a>, file: &'a FileDescriptorProto) -> Self {
        Self {
            types,
            file,
            comments: Comments::new(file),
        }
    }

    /// Its types as code, to stand in its package's module.
    ///
    /// # Errors
    /// Names that would be the same in Rust.
    pub(crate) fn code(&self) -> Result<String, Error> {
        let mut code = Code::default();
        let root = Place {
            scope: &[],
            path: Vec::new(),
        };
        for (index, message) in self.file.message_type.iter().enumerate() {
            self.message(&mut code, &root.at(4, index), message)?;
        }
        for (index, enumeration) in self.file.enum_type.iter().enumerate() {
            self.enumeration(&mut code, &root.at(5, index), enumeration)?;
        }
        Ok(code.into_text())
    }

    /// The comments of what is at `path` in the file's descriptor.
    pub(crate) fn docs(&self, path: &[i32]) -> Docs {
        self.comments.of(path)
    }

    /// The path in Rust from this package's module to the type `proto`, whose name has a dot in front.
    pub(crate) fn type_path(&self, proto: &str) -> String {
        self.path_from(&[], proto)
    }

    /// The same from the module of the types in the innermost message of `scope`.
    fn path_from(&self, scope: &[&str], proto: &str) -> String {
        if let Some(rust) = self.types.externs.get(proto) {
            return rust.clone();
        }
        let package = self.file.package().split('.').filter(|part| !part.is_empty());
        let here: Vec<&str> = package.chain(scope.iter().copied()).collect();
        let mut there: Vec<&str> = proto.trim_start_matches('.').split('.').collect();
        let name = there.pop().unwrap_or_default();
        let common = here.iter().zip(&there).take_while(|(a, b)| a == b).count();
        let up = here[common..].iter().map(|_| "super".to_owned());
        let down = there[common..].iter().map(|module| names::snake(module));
        let parts: Vec<String> = up.chain(down).chain([names::upper_camel(name)]).collect();
        parts.join("::")
    }

    fn message(&self, code: &mut Code, place: &Place<'_>, message: &'a DescriptorProto) -> Result<(), Error> {
        let proto = self.full_name(place.scope, message.name());
        if self.types.externs.contains_key(&proto) {
            return Ok(());
        }
        let ident = names::upper_camel(message.name());
        let oneofs = Oneof::all(message);

        self.comments.of(&place.path).write(code);
        self.attributes(code, &proto);
        let derives = self.types.nesting.message_derives(&proto);
        self.derive(code, &derives.list(), "Message");
        code.open(format_args!("pub struct {ident}"));
        for (index, field) in message.field.iter().enumerate() {
            if field.oneof_index.is_none() || field.proto3_optional() {
                self.comments.of(&place.inner(2, index)).write(code);
                match map_entry(message, field) {
                    Some([key, value]) => self.map_field(code, place.scope, &proto, field, key, value),
                    None => self.field(code, place.scope, &proto, field),
                }
            }
        }
        for oneof in &oneofs {
            self.comments.of(&place.inner(8, oneof.index)).write(code);
            oneof.write_field(code, &names::snake(message.name()));
        }
        code.close();

        let nested: Vec<_> = message
            .nested_type
            .iter()
            .enumerate()
            .filter(|(_, nested)| !is_map_entry(nested))
            .collect();
        if !nested.is_empty() || !message.enum_type.is_empty() || !oneofs.is_empty() {
            let scope = [place.scope, &[message.name()]].concat();
            let place = Place {
                scope: &scope,
                path: place.path.clone(),
            };
            code.line(format_args!(
                "/// Nested message and enum types in `{}`.",
                message.name()
            ));
            code.open(format_args!("pub mod {}", names::snake(message.name())));
            for (index, nested) in nested {
                self.message(code, &place.at(3, index), nested)?;
            }
            for (index, enumeration) in message.enum_type.iter().enumerate() {
                self.enumeration(code, &place.at(4, index), enumeration)?;
            }
            for oneof in &oneofs {
                self.oneof(code, &place, &proto, oneof);
            }
            code.close();
        }
        self.name(code, &ident, message.name(), &proto);
        Ok(())
    }

    /// What tells a message its own name: such messages can be details of a status.
    fn name(&self, code: &mut Code, ident: &str, name: &str, proto: &str) {
        let prost = &self.types.prost;
        let full = proto.trim_start_matches('.');
        code.open(format_args!("impl {prost}::Name for {ident}"));
        code.line(format_args!("const NAME: &'static str = {name:?};"));
        code.line(format_args!(
            "const PACKAGE: &'static str = {:?};",
            self.file.package()
        ));
        for (function, value) in [("full_name", full), ("type_url", &format!("/{full}"))] {
            code.line(format_args!(
                "fn {function}() -> {prost}::alloc::string::String {{ {value:?}.into() }}"
            ));
        }
        code.close();
    }

    fn derive(&self, code: &mut Code, derives: &str, of_prost: &str) {
        let prost = &self.types.prost;
        code.line(format_args!("#[derive({derives}, {prost}::{of_prost})]"));
        code.line(format_args!("#[prost(prost_path = {prost:?})]"));
    }

    /// The user's own attributes for a type.
    fn attributes(&self, code: &mut Code, proto: &str) {
        for (pattern, attribute) in &self.types.options.type_attributes {
            if patterns::matches(pattern, proto) {
                code.line(attribute);
            }
        }
    }

    /// With a dot in front.
    fn full_name(&self, scope: &[&str], name: &str) -> String {
        let package = self.file.package().split('.').filter(|part| !part.is_empty());
        package
            .chain(scope.iter().copied())
            .chain([name])
            .fold(String::new(), |full, part| format!("{full}.{part}"))
    }
}

impl Place<'_> {
    /// The place of the declaration at `index` in the list `list` of this one, in the same scope.
    fn at(&self, list: i32, index: usize) -> Self {
        Place {
            path: self.inner(list, index),
            ..*self
        }
    }

    fn inner(&self, list: i32, index: usize) -> Vec<i32> {
        // No descriptor has more than fit into its own length.
        let index = i32::try_from(index).unwrap_or(i32::MAX);
        [&self.path[..], &[list, index]].concat()
    }
}

/// The key and the value of a field that is a map.
fn map_entry<'a>(
    message: &'a DescriptorProto,
    field: &FieldDescriptorProto,
) -> Option<[&'a FieldDescriptorProto; 2]> {
    let name = field.type_name().rsplit('.').next()?;
    let mut entries = message.nested_type.iter().filter(|nested| is_map_entry(nested));
    match &entries.find(|entry| entry.name() == name)?.field[..] {
        [key, value] => Some([key, value]),
        _ => None,
    }
}

fn is_map_entry(message: &DescriptorProto) -> bool {
    message
        .options
        .as_ref()
        .is_some_and(|options| options.map_entry())
}
