use prost_types::{
    FieldDescriptorProto,
    field_descriptor_proto::{Label, Type},
};

use super::{File, default, patterns};
use crate::{code::Code, names};

impl File<'_> {
    /// A field of the message `proto`, which is in `scope`.
    pub(super) fn field(&self, code: &mut Code, scope: &[&str], proto: &str, field: &FieldDescriptorProto) {
        let prost = &self.types.prost;
        let is_optional = self.is_optional(field);
        let is_boxed = self.types.nesting.is_boxed(proto, field);
        let is_repeated = field.label() == Label::Repeated;

        let mut options = self.type_option(scope, field);
        if field.r#type() == Type::Bytes {
            options.push_str(if self.is_shared(proto, field) {
                " = \"bytes\""
            } else {
                " = \"vec\""
            });
        }
        match field.label() {
            Label::Optional if is_optional => options.push_str(", optional"),
            Label::Optional => {}
            Label::Required => options.push_str(", required"),
            Label::Repeated => options.push_str(", repeated"),
        }
        if is_repeated && can_be_packed(field.r#type()) && !self.is_packed(field) {
            options.push_str(", packed = \"false\"");
        }
        if is_boxed {
            options.push_str(", boxed");
        }
        let default = field
            .default_value
            .as_deref()
            .map(|value| format!(", default = \"{}\"", default::literal(field, value)))
            .unwrap_or_default();

        let mut ty = self.rust_type(scope, proto, field);
        if is_boxed {
            ty = format!("{prost}::alloc::boxed::Box<{ty}>");
        }
        if is_repeated {
            ty = format!("{prost}::alloc::vec::Vec<{ty}>");
        } else if is_optional {
            ty = format!("::core::option::Option<{ty}>");
        }
        if is_deprecated(field) {
            code.line("#[deprecated]");
        }
        code.line(format_args!(
            "#[prost({options}, tag = \"{}\"{default})]",
            field.number()
        ));
        code.line(format_args!("pub {}: {ty},", names::snake(field.name())));
    }

    pub(super) fn map_field(
        &self,
        code: &mut Code,
        scope: &[&str],
        proto: &str,
        field: &FieldDescriptorProto,
        key: &FieldDescriptorProto,
        value: &FieldDescriptorProto,
    ) {
        let value_option = match value.r#type() {
            Type::Enum => format!("enumeration({})", self.path_from(scope, value.type_name())),
            _ => self.type_option(scope, value),
        };
        code.line(format_args!(
            "#[prost(map = \"{}, {value_option}\", tag = \"{}\")]",
            self.type_option(scope, key),
            field.number(),
        ));
        code.line(format_args!(
            "pub {}: ::std::collections::HashMap<{}, {}>,",
            names::snake(field.name()),
            self.rust_type(scope, proto, key),
            self.rust_type(scope, proto, value),
        ));
    }

    /// The type of one value, before it is boxed or in a list.
    pub(super) fn rust_type(&self, scope: &[&str], proto: &str, field: &FieldDescriptorProto) -> String {
        let prost = &self.types.prost;
        let ty = match field.r#type() {
            Type::Float => "f32",
            Type::Double => "f64",
            Type::Uint32 | Type::Fixed32 => "u32",
            Type::Uint64 | Type::Fixed64 => "u64",
            Type::Int32 | Type::Sfixed32 | Type::Sint32 | Type::Enum => "i32",
            Type::Int64 | Type::Sfixed64 | Type::Sint64 => "i64",
            Type::Bool => "bool",
            Type::String => return format!("{prost}::alloc::string::String"),
            Type::Bytes if self.is_shared(proto, field) => return format!("{prost}::bytes::Bytes"),
            Type::Bytes => return format!("{prost}::alloc::vec::Vec<u8>"),
            Type::Group | Type::Message => return self.path_from(scope, field.type_name()),
        };
        ty.to_owned()
    }

    /// How a value is on the wire, in the words of prost's derive.
    pub(super) fn type_option(&self, scope: &[&str], field: &FieldDescriptorProto) -> String {
        let option = match field.r#type() {
            Type::Enum => {
                return format!("enumeration = \"{}\"", self.path_from(scope, field.type_name()));
            }
            Type::Float => "float",
            Type::Double => "double",
            Type::Int32 => "int32",
            Type::Int64 => "int64",
            Type::Uint32 => "uint32",
            Type::Uint64 => "uint64",
            Type::Sint32 => "sint32",
            Type::Sint64 => "sint64",
            Type::Fixed32 => "fixed32",
            Type::Fixed64 => "fixed64",
            Type::Sfixed32 => "sfixed32",
            Type::Sfixed64 => "sfixed64",
            Type::Bool => "bool",
            Type::String => "string",
            Type::Bytes => "bytes",
            Type::Group => "group",
            Type::Message => "message",
        };
        option.to_owned()
    }

    /// True for `bytes` that the user wants to share the received buffer.
    fn is_shared(&self, proto: &str, field: &FieldDescriptorProto) -> bool {
        let path = format!("{proto}.{}", field.name());
        let patterns = &self.types.options.bytes;
        patterns.iter().any(|pattern| patterns::matches(pattern, &path))
    }

    fn is_optional(&self, field: &FieldDescriptorProto) -> bool {
        let has_presence = field.r#type() == Type::Message || !self.is_proto3();
        field.proto3_optional() || field.label() == Label::Optional && has_presence
    }

    fn is_packed(&self, field: &FieldDescriptorProto) -> bool {
        let said = field.options.as_ref().and_then(|options| options.packed);
        said.unwrap_or_else(|| self.is_proto3())
    }

    fn is_proto3(&self) -> bool {
        self.file.syntax() == "proto3"
    }
}

pub(super) fn is_deprecated(field: &FieldDescriptorProto) -> bool {
    field.options.as_ref().is_some_and(|options| options.deprecated())
}

fn can_be_packed(ty: Type) -> bool {
    !matches!(ty, Type::String | Type::Bytes | Type::Message | Type::Group)
}
