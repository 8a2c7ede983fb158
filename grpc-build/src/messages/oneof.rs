use prost_types::{DescriptorProto, FieldDescriptorProto};

use super::{File, Place, field};
use crate::{code::Code, names};

pub(super) struct Oneof<'a> {
    /// In its message.
    pub(super) index: usize,
    name: &'a str,
    ident: String,
    /// With their indexes in the message.
    fields: Vec<(usize, &'a FieldDescriptorProto)>,
}

impl<'a> Oneof<'a> {
    /// Those of a message that were written as such: `optional` makes others.
    pub(super) fn all(message: &'a DescriptorProto) -> Vec<Self> {
        let nested = message.nested_type.iter().map(|nested| nested.name());
        let nested = nested.chain(message.enum_type.iter().map(|nested| nested.name()));
        let taken: Vec<String> = nested.map(names::upper_camel).collect();
        let oneofs = message.oneof_decl.iter().enumerate().map(|(index, oneof)| {
            let mut ident = names::upper_camel(oneof.name());
            if taken.contains(&ident) {
                ident.push_str("OneOf");
            }
            let fields = message.field.iter().enumerate().filter(|(_, field)| {
                let its = field.oneof_index.and_then(|its| usize::try_from(its).ok());
                its == Some(index) && !field.proto3_optional()
            });
            Self {
                index,
                name: oneof.name(),
                ident,
                fields: fields.collect(),
            }
        });
        oneofs.filter(|oneof| !oneof.fields.is_empty()).collect()
    }

    /// The field that holds it, in a message whose types are in `module`.
    pub(super) fn write_field(&self, code: &mut Code, module: &str) {
        let ty = format!("{module}::{}", self.ident);
        let tags: Vec<String> = self
            .fields
            .iter()
            .map(|(_, field)| field.number().to_string())
            .collect();
        code.line(format_args!(
            "#[prost(oneof = \"{ty}\", tags = \"{}\")]",
            tags.join(", ")
        ));
        code.line(format_args!(
            "pub {}: ::core::option::Option<{ty}>,",
            names::snake(self.name)
        ));
    }
}

impl File<'_> {
    /// The oneof's type, in the module of the types in the message `proto`, which is at `place`.
    pub(super) fn oneof(&self, code: &mut Code, place: &Place<'_>, proto: &str, oneof: &Oneof<'_>) {
        let prost = &self.types.prost;
        let nesting = &self.types.nesting;
        let derives = nesting.derives(proto, oneof.fields.iter().map(|&(_, field)| field));

        self.comments.of(&place.inner(8, oneof.index)).write(code);
        self.attributes(code, &format!("{proto}.{}", oneof.name));
        self.derive(code, &derives.list(), "Oneof");
        code.open(format_args!("pub enum {}", oneof.ident));
        for &(index, field) in &oneof.fields {
            self.comments.of(&place.inner(2, index)).write(code);
            if field::is_deprecated(field) {
                code.line("#[deprecated]");
            }
            code.line(format_args!(
                "#[prost({}, tag = \"{}\")]",
                self.type_option(place.scope, field),
                field.number()
            ));
            let mut ty = self.rust_type(place.scope, proto, field);
            if nesting.is_boxed(proto, field) {
                ty = format!("{prost}::alloc::boxed::Box<{ty}>");
            }
            code.line(format_args!("{}({ty}),", names::upper_camel(field.name())));
        }
        code.close();
    }
}
