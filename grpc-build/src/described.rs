//! What makes generated messages and enums fields of messages that the code declares: where their descriptor is.

use std::fmt::Write as _;

use prost_types::{DescriptorProto, FileDescriptorProto};

use crate::{externs::Externs, names};

/// The impls for all types of a file, to stand in its package's module.
pub(crate) fn described(file: &FileDescriptorProto, externs: &Externs, runtime: &str) -> String {
    let package = file.package();
    let mut described = Described {
        externs,
        runtime,
        to_root: "super::".repeat(names::modules(package).len()),
        code: String::new(),
    };
    let scope = if package.is_empty() {
        String::new()
    } else {
        format!("{package}.")
    };
    for enumeration in &file.enum_type {
        described.enumeration(&scope, "", enumeration.name());
    }
    for message in &file.message_type {
        described.message(&scope, "", message);
    }
    described.code
}

struct Described<'a> {
    externs: &'a Externs,
    runtime: &'a str,
    to_root: String,
    code: String,
}

impl Described<'_> {
    /// A message, with those in it: they are in a module of its name.
    fn message(&mut self, scope: &str, path: &str, message: &DescriptorProto) {
        let is_entry = message
            .options
            .as_ref()
            .is_some_and(|options| options.map_entry());
        let proto = format!("{scope}{}", message.name());
        if is_entry || self.externs.covers(&format!(".{proto}")) {
            return;
        }
        let place = self.place(&proto);
        let _ = writeln!(
            self.code,
            "impl {}::__private::code_first::MessageType for {path}{} {{ {place} }}",
            self.runtime,
            names::upper_camel(message.name()),
        );
        let scope = format!("{proto}.");
        let path = format!("{path}{}::", names::snake(message.name()));
        for enumeration in &message.enum_type {
            self.enumeration(&scope, &path, enumeration.name());
        }
        for nested in &message.nested_type {
            self.message(&scope, &path, nested);
        }
    }

    fn enumeration(&mut self, scope: &str, path: &str, name: &str) {
        let proto = format!("{scope}{name}");
        if self.externs.covers(&format!(".{proto}")) {
            return;
        }
        let (place, runtime) = (self.place(&proto), self.runtime);
        let ty = format!("{path}{}", names::upper_camel(name));
        let _ = writeln!(
            self.code,
            "impl {runtime}::__private::code_first::EnumType for {ty} {{\n    \
                 {place}\n    \
                 fn describe(_: &mut {runtime}::__private::code_first::EnumBuilder) {{}}\n    \
                 fn number(&self) -> i32 {{ *self as i32 }}\n    \
                 fn from_number(number: i32) -> Self {{ \
                     <Self as ::core::convert::TryFrom<i32>>::try_from(number).unwrap_or_default() }}\n\
             }}\n\
             {runtime}::__private::code_first::__enum_value!(\
                 {ty}, {runtime}::__private::code_first, {runtime}::__private::prost);",
        );
    }

    fn place(&self, proto: &str) -> String {
        let (runtime, to_root) = (self.runtime, &self.to_root);
        format!(
            "fn place() -> {runtime}::__private::code_first::Place {{ \
             {runtime}::__private::code_first::Place::Proto {{ \
             set: {to_root}FILE_DESCRIPTOR_SET, name: {proto:?} }} }}"
        )
    }
}
