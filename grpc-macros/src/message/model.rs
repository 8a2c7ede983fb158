use proc_macro2::{Ident, Span};
use syn::Type;

use crate::declaration::{ItemOptions, Leaf, Reserved};

/// A message, as its struct declares it.
pub(super) struct Message {
    pub(super) ident: Ident,
    pub(super) options: ItemOptions,
    pub(super) docs: String,
    pub(super) deprecated: bool,
    pub(super) reserved: Reserved,
    /// Its user writes `Debug`.
    pub(super) skip_debug: bool,
    pub(super) fields: Vec<Field>,
}

/// A field of the struct.
pub(super) struct Field {
    pub(super) ident: Ident,
    /// In the `.proto`.
    pub(super) name: String,
    pub(super) docs: String,
    pub(super) deprecated: bool,
    /// Its type, as it was written.
    pub(super) ty: Type,
    pub(super) kind: Kind,
}

pub(super) enum Kind {
    Value {
        tag: u32,
        /// Where the tag is written.
        at: Span,
        values: Values,
    },
    /// The tags are those of the enum's variants.
    Oneof(Type),
}

/// How many values a field has.
pub(super) enum Values {
    Plain(Leaf),
    Optional(Leaf),
    Repeated(Leaf),
    Map(Box<MapValues>),
}

/// A map's type, and those of its keys and values.
pub(super) struct MapValues {
    pub(super) map: Type,
    pub(super) key: Leaf,
    pub(super) value: Leaf,
}

impl Field {
    pub(super) fn tag(&self) -> Option<u32> {
        match self.kind {
            Kind::Value { tag, .. } => Some(tag),
            Kind::Oneof(_) => None,
        }
    }
}

impl Message {
    /// The fields in the order that they are written to the wire: by tag, and a oneof after the field that it follows in the
    /// struct, as its tags are not known here.
    pub(super) fn in_wire_order(&self) -> Vec<&Field> {
        let mut before = 0;
        let mut keyed: Vec<(u32, &Field)> = Vec::new();
        for field in &self.fields {
            before = field.tag().unwrap_or(before);
            keyed.push((before, field));
        }
        keyed.sort_by_key(|(key, _)| *key);
        keyed.into_iter().map(|(_, field)| field).collect()
    }
}
