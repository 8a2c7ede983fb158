//! What is said in options: each as its name and its value, sorted by name.

use prost_types::{
    EnumOptions, EnumValueOptions, FieldDescriptorProto, FieldOptions, FileOptions, MessageOptions,
    MethodOptions, ServiceOptions,
};

use super::default_json_name;

/// The options of one declaration.
#[derive(Default)]
pub(super) struct Options(Vec<(&'static str, String)>);

impl Options {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each as `name = value`.
    pub(super) fn into_assignments(mut self) -> Vec<String> {
        self.0.sort_by_key(|(name, _)| *name);
        let assignments = self.0.into_iter();
        assignments
            .map(|(name, value)| format!("{name} = {value}"))
            .collect()
    }

    /// As they stand behind a field or a value.
    pub(super) fn in_brackets(self) -> String {
        let assignments = self.into_assignments();
        if assignments.is_empty() {
            String::new()
        } else {
            format!(" [{}]", assignments.join(", "))
        }
    }

    fn flag(mut self, name: &'static str, value: Option<bool>) -> Self {
        self.0.extend(value.map(|value| (name, value.to_string())));
        self
    }

    fn text(mut self, name: &'static str, value: Option<&String>) -> Self {
        self.0.extend(value.map(|value| (name, quote(value))));
        self
    }

    fn word(mut self, name: &'static str, value: Option<&'static str>) -> Self {
        self.0.extend(value.map(|value| (name, value.to_owned())));
        self
    }
}

pub(super) fn of_file(options: &FileOptions) -> Options {
    let optimize_for = options.optimize_for.map(|_| options.optimize_for().as_str_name());
    Options::default()
        .flag("cc_enable_arenas", options.cc_enable_arenas)
        .flag("cc_generic_services", options.cc_generic_services)
        .text("csharp_namespace", options.csharp_namespace.as_ref())
        .flag("deprecated", options.deprecated)
        .text("go_package", options.go_package.as_ref())
        .flag("java_generic_services", options.java_generic_services)
        .flag("java_multiple_files", options.java_multiple_files)
        .text("java_outer_classname", options.java_outer_classname.as_ref())
        .text("java_package", options.java_package.as_ref())
        .flag("java_string_check_utf8", options.java_string_check_utf8)
        .text("objc_class_prefix", options.objc_class_prefix.as_ref())
        .word("optimize_for", optimize_for)
        .text("php_class_prefix", options.php_class_prefix.as_ref())
        .text("php_metadata_namespace", options.php_metadata_namespace.as_ref())
        .text("php_namespace", options.php_namespace.as_ref())
        .flag("py_generic_services", options.py_generic_services)
        .text("ruby_package", options.ruby_package.as_ref())
        .text("swift_prefix", options.swift_prefix.as_ref())
}

pub(super) fn of_message(options: &MessageOptions) -> Options {
    Options::default().flag("deprecated", options.deprecated).flag(
        "no_standard_descriptor_accessor",
        options.no_standard_descriptor_accessor,
    )
}

pub(super) fn of_field(field: &FieldDescriptorProto) -> Options {
    let mut options = field
        .options
        .as_ref()
        .map_or_else(Options::default, of_field_options);
    let json_name = field.json_name.as_ref();
    if json_name.is_some_and(|json| *json != default_json_name(field.name())) && field.extendee.is_none() {
        options = options.text("json_name", json_name);
    }
    options
}

fn of_field_options(options: &FieldOptions) -> Options {
    Options::default()
        .word("ctype", options.ctype.map(|_| options.ctype().as_str_name()))
        .flag("deprecated", options.deprecated)
        .word("jstype", options.jstype.map(|_| options.jstype().as_str_name()))
        .flag("lazy", options.lazy)
        .flag("packed", options.packed)
        .flag("weak", options.weak)
}

pub(super) fn of_enum(options: &EnumOptions) -> Options {
    Options::default()
        .flag("allow_alias", options.allow_alias)
        .flag("deprecated", options.deprecated)
}

pub(super) fn of_enum_value(options: &EnumValueOptions) -> Options {
    Options::default().flag("deprecated", options.deprecated)
}

pub(super) fn of_service(options: &ServiceOptions) -> Options {
    Options::default().flag("deprecated", options.deprecated)
}

pub(super) fn of_method(options: &MethodOptions) -> Options {
    let level = options
        .idempotency_level
        .map(|_| options.idempotency_level().as_str_name());
    Options::default()
        .flag("deprecated", options.deprecated)
        .word("idempotency_level", level)
}

/// A string of the language, with its quotes.
pub(super) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_ascii_control() => quoted.push_str(&format!("\\{:03o}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
