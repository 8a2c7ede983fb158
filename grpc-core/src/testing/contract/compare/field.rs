use prost_types::{
    DescriptorProto, FieldDescriptorProto, FieldOptions,
    field_descriptor_proto::{Label, Type},
};

use super::{
    Breaks, Difference, Versions, enumeration,
    index::{Index, TypeName, map_entry},
    message::{self, Pairs},
};
use crate::proto_text::default_json_name;

/// A field with the message that it is in.
type Field<'a> = (&'a DescriptorProto, &'a FieldDescriptorProto);

impl Versions<'_> {
    /// Two fields of one number.
    pub(super) fn field(
        &self,
        at: &str,
        old: Field<'_>,
        new: Field<'_>,
        pairs: &mut Pairs,
        found: &mut Vec<Difference>,
    ) {
        let number = old.1.number();
        let mut push = |breaks, what: String| found.push(Difference::new(breaks, at, what));
        if old.1.name() != new.1.name() {
            let breaks = if json_name(old.1) == json_name(new.1) {
                Breaks::Code
            } else {
                Breaks::Json
            };
            push(breaks, format!("field {number} renamed to {}", new.1.name()));
        } else if json_name(old.1) != json_name(new.1) {
            let (from, to) = (json_name(old.1), json_name(new.1));
            push(
                Breaks::Json,
                format!("field {number} renamed in JSON from {from} to {to}"),
            );
        }
        let (from, to) = (describe(&self.old, old), describe(&self.new, new));
        let breaks = self
            .types(old, new, pairs)
            .into_iter()
            .chain(cardinality(old, new))
            .min();
        if let Some(breaks) = breaks {
            let (from, to) = if from == to {
                (describe_kind(old.1, &from), describe_kind(new.1, &to))
            } else {
                (from, to)
            };
            let bytes = if breaks == Breaks::Wire {
                ""
            } else {
                ", which reads the same bytes"
            };
            push(
                breaks,
                format!("field {number} changed from {from} to {to}{bytes}"),
            );
        }
        if let Some((breaks, what)) = oneofs(old, new) {
            push(breaks, format!("field {number} {what}"));
        }
        let is_deprecated = |field: &FieldDescriptorProto| {
            let options: Option<&FieldOptions> = field.options.as_ref();
            options.is_some_and(FieldOptions::deprecated)
        };
        if is_deprecated(old.1) != is_deprecated(new.1) {
            push(
                Breaks::Nothing,
                message::deprecated(is_deprecated(new.1)).to_owned(),
            );
        }
    }

    /// What the change of the type breaks, if it has changed.
    fn types(&self, old: Field<'_>, new: Field<'_>, pairs: &mut Pairs) -> Option<Breaks> {
        match (map_entry(old.0, old.1), map_entry(new.0, new.1)) {
            (Some((old_key, old_value)), Some((new_key, new_value))) => {
                let key = self.types((old.0, old_key), (new.0, new_key), pairs);
                let value = self.types((old.0, old_value), (new.0, new_value), pairs);
                key.into_iter().chain(value).min()
            }
            // Entries of a map are messages on the wire, and what they are may be spelt out; in JSON they are an object.
            (Some((key, value)), None) => Some(spelt_out((key, value), &self.new, new.1)),
            (None, Some((key, value))) => Some(spelt_out((key, value), &self.old, old.1)),
            (None, None) => self.plain_types(old.1, new.1, pairs),
        }
    }

    fn plain_types(
        &self,
        old: &FieldDescriptorProto,
        new: &FieldDescriptorProto,
        pairs: &mut Pairs,
    ) -> Option<Breaks> {
        let names = (
            self.old.type_name(old.type_name()),
            self.new.type_name(new.type_name()),
        );
        match (old.r#type(), new.r#type(), names) {
            (Type::Message, Type::Message, names) => match names {
                (old, new) if old == new => None,
                (TypeName::Own(old), TypeName::Own(new)) if self.reads_the_same_within(old, new, pairs) => {
                    Some(Breaks::Code)
                }
                _ => Some(Breaks::Wire),
            },
            (Type::Enum, Type::Enum, names) => match names {
                (old, new) if old == new => None,
                (TypeName::Own(old), TypeName::Own(new)) => Some(self.enum_types(old, new)),
                _ => Some(Breaks::Wire),
            },
            (old, new, _) if old == new => None,
            (old, new, _) if !wire(old, new) => Some(Breaks::Wire),
            (old, new, _) if in_json(old) != in_json(new) => Some(Breaks::Json),
            _ => Some(Breaks::Code),
        }
    }

    /// One enum in the place of another.
    fn enum_types(&self, old: &str, new: &str) -> Breaks {
        let (Some(old), Some(new)) = (self.old.enumeration(old), self.new.enumeration(new)) else {
            return Breaks::Wire;
        };
        let mut found = Vec::new();
        enumeration::compare("", old, new, &mut found);
        let worst = found.iter().map(|difference| difference.breaks).min();
        worst.map_or(Breaks::Code, |worst| worst.min(Breaks::Code))
    }
}

/// How the field is written in a .proto, without its name.
fn describe(index: &Index<'_>, (message, field): Field<'_>) -> String {
    let type_of = |field: &FieldDescriptorProto| match field.r#type() {
        Type::Message | Type::Enum | Type::Group => match index.type_name(field.type_name()) {
            TypeName::Own(name) | TypeName::Other(name) => name.to_owned(),
        },
        scalar => scalar.as_str_name().trim_start_matches("TYPE_").to_lowercase(),
    };
    if let Some((key, value)) = map_entry(message, field) {
        return format!("map<{}, {}>", type_of(key), type_of(value));
    }
    match field.label() {
        Label::Repeated => format!("repeated {}", type_of(field)),
        Label::Required => format!("required {}", type_of(field)),
        _ if field.proto3_optional() => format!("optional {}", type_of(field)),
        _ => type_of(field),
    }
}

/// As [`describe`], of a message and an enum of one name.
fn describe_kind(field: &FieldDescriptorProto, name: &str) -> String {
    let kind = match field.r#type() {
        Type::Enum => "enum",
        _ => "message",
    };
    format!("the {kind} {name}")
}

/// What the change between one and many, or in telling whether there is one, breaks.
fn cardinality(old: Field<'_>, new: Field<'_>) -> Option<Breaks> {
    let many = |field: &FieldDescriptorProto| field.label() == Label::Repeated;
    let required = |field: &FieldDescriptorProto| field.label() == Label::Required;
    // Where the bytes of many can be read as one at all, the others are lost.
    if many(old.1) != many(new.1) || required(old.1) != required(new.1) {
        return Some(Breaks::Wire);
    }
    (old.1.proto3_optional() != new.1.proto3_optional()
        && real_oneof(old).is_none()
        && real_oneof(new).is_none())
    .then_some(Breaks::Code)
}

/// protobuf.dev, "Updating A Message Type": what reads the bytes of what.
fn wire(old: Type, new: Type) -> bool {
    let is_integer = |kind: Type| matches!(kind, Type::Int32 | Type::Uint32 | Type::Int64 | Type::Uint64);
    match (old, new) {
        (Type::Bool, new) => is_integer(new),
        (old, Type::Bool) => is_integer(old),
        (Type::Enum, new) => is_integer(new),
        (old, Type::Enum) => is_integer(old),
        (Type::Sint32 | Type::Sint64, Type::Sint32 | Type::Sint64)
        | (Type::Fixed32 | Type::Sfixed32, Type::Fixed32 | Type::Sfixed32)
        | (Type::Fixed64 | Type::Sfixed64, Type::Fixed64 | Type::Sfixed64)
        // The other way round, old bytes need not be text.
        | (Type::String, Type::Bytes) => true,
        (old, new) => is_integer(old) && is_integer(new),
    }
}

/// Types that have one form in JSON have one number here (protobuf.dev, "ProtoJSON Format").
fn in_json(kind: Type) -> u8 {
    match kind {
        Type::Int32 | Type::Uint32 | Type::Sint32 | Type::Fixed32 | Type::Sfixed32 => 0,
        Type::Int64 | Type::Uint64 | Type::Sint64 | Type::Fixed64 | Type::Sfixed64 => 1,
        Type::Float | Type::Double => 2,
        Type::Bool => 3,
        Type::String => 4,
        Type::Bytes => 5,
        Type::Enum => 6,
        Type::Message | Type::Group => 7,
    }
}

/// A map, and a field in its place that may be of messages like the map's entries.
fn spelt_out(
    (key, value): (&FieldDescriptorProto, &FieldDescriptorProto),
    index: &Index<'_>,
    field: &FieldDescriptorProto,
) -> Breaks {
    let TypeName::Own(name) = index.type_name(field.type_name()) else {
        return Breaks::Wire;
    };
    let same = |entry: &FieldDescriptorProto, field: Option<&FieldDescriptorProto>| {
        field.is_some_and(|field| {
            (entry.r#type(), entry.type_name(), entry.label())
                == (field.r#type(), field.type_name(), field.label())
        })
    };
    let is_entry = index.message(name).is_some_and(|message| {
        let by_number = |number| message.field.iter().find(|field| field.number() == number);
        same(key, by_number(1)) && same(value, by_number(2))
    });
    if is_entry && field.label() == Label::Repeated {
        Breaks::Json
    } else {
        Breaks::Wire
    }
}

/// What moving into a oneof, or out of one, breaks.
fn oneofs(old: Field<'_>, new: Field<'_>) -> Option<(Breaks, String)> {
    match (real_oneof(old), real_oneof(new)) {
        (None, None) => None,
        (None, Some(into)) => {
            // Alone in it, or with fields that are new as well, it excludes nothing that it could stand beside before.
            let others = members(new.0, into);
            let safe = others
                .iter()
                .all(|&number| number == old.1.number() || !has_number(old.0, number));
            let breaks = if safe { Breaks::Code } else { Breaks::Wire };
            Some((breaks, format!("moved into the oneof {}", name_of(new.0, into))))
        }
        (Some(from), None) => {
            let others = members(old.0, from);
            let breaks = if others.len() == 1 {
                Breaks::Code
            } else {
                Breaks::Wire
            };
            Some((breaks, format!("moved out of the oneof {}", name_of(old.0, from))))
        }
        (Some(from), Some(to)) => {
            let kept = |message: &DescriptorProto, oneof, other: &DescriptorProto| {
                let mut numbers = members(message, oneof);
                numbers.retain(|&number| has_number(other, number));
                numbers.sort_unstable();
                numbers
            };
            let same = kept(old.0, from, new.0) == kept(new.0, to, old.0);
            let (from, to) = (name_of(old.0, from), name_of(new.0, to));
            match (same, from == to) {
                (true, true) => None,
                (true, false) => Some((Breaks::Code, format!("is in the oneof {to}, which was {from}"))),
                // Told of those that have come or gone.
                (false, true) => None,
                (false, false) => Some((Breaks::Wire, format!("moved from the oneof {from} to {to}"))),
            }
        }
    }
}

/// Not that which `optional` makes.
fn real_oneof((_, field): Field<'_>) -> Option<i32> {
    field.oneof_index.filter(|_| !field.proto3_optional())
}

/// The numbers of a oneof's fields.
fn members(message: &DescriptorProto, oneof: i32) -> Vec<i32> {
    let fields = message.field.iter();
    fields
        .filter(|field| real_oneof((message, field)) == Some(oneof))
        .map(FieldDescriptorProto::number)
        .collect()
}

fn has_number(message: &DescriptorProto, number: i32) -> bool {
    message.field.iter().any(|field| field.number() == number)
}

fn name_of(message: &DescriptorProto, oneof: i32) -> &str {
    usize::try_from(oneof)
        .ok()
        .and_then(|index| message.oneof_decl.get(index))
        .map_or("", |oneof| oneof.name())
}

fn json_name(field: &FieldDescriptorProto) -> String {
    match &field.json_name {
        Some(name) => name.clone(),
        None => default_json_name(field.name()),
    }
}
