use proc_macro2::Ident;
use quote::ToTokens;
use syn::{Data, DeriveInput, Fields, LitStr, ext::IdentExt, parse::ParseStream};

use super::model::{Field, Kind, MapValues, Message, Values};
use crate::{
    declaration::{
        Attributes, Encoding, ItemOptions, Leaf, MapTypes, Reserved, Shape, check_name, docs, free_tag,
        is_deprecated, tag_of,
    },
    diagnostics::Errors,
};

const LARGEST_TAG: i64 = (1 << 29) - 1;

/// What can be understood of the struct; the rest is errors.
pub(super) fn parse(input: &DeriveInput, errors: &mut Errors) -> Message {
    let known: Vec<_> = ItemOptions::OPTIONS
        .into_iter()
        .chain(["reserved", "skip_debug"])
        .collect();
    let attributes = Attributes::parse(&input.attrs, &known, errors);
    let options = ItemOptions::parse(&input.ident, "a message", &attributes, errors);
    let reserved = Reserved::parse(&attributes, 1, LARGEST_TAG, errors);
    if !input.generics.params.is_empty() {
        errors.on(
            &input.generics,
            "a message cannot be generic: a .proto has no parameters",
        );
    }
    Message {
        ident: input.ident.clone(),
        options,
        docs: docs(&input.attrs),
        deprecated: is_deprecated(&input.attrs),
        reserved,
        skip_debug: attributes.flag("skip_debug", errors).is_some(),
        fields: fields(input, errors),
    }
}

fn fields(input: &DeriveInput, errors: &mut Errors) -> Vec<Field> {
    let data = match &input.data {
        Data::Struct(data) => data,
        Data::Enum(data) => {
            errors.on(
                data.enum_token,
                "a message is a struct; an enum derives `grpc::Enum`, or `grpc::Oneof` if its variants hold values",
            );
            return Vec::new();
        }
        Data::Union(data) => {
            errors.on(data.union_token, "a message is a struct");
            return Vec::new();
        }
    };
    match &data.fields {
        Fields::Named(fields) => {
            let mut free = Free::new(fields.named.iter());
            let parsed = fields
                .named
                .iter()
                .filter_map(|field| parse_field(field, &mut free, errors));
            parsed.collect()
        }
        Fields::Unit => Vec::new(),
        Fields::Unnamed(fields) => {
            errors.on(
                fields,
                "a message's fields have names: `struct Step { #[grpc(tag = 1)] by: i64 }`",
            );
            Vec::new()
        }
    }
}

/// The tags to propose to fields that have none.
struct Free(Vec<u32>);

impl Free {
    fn new<'a>(fields: impl Iterator<Item = &'a syn::Field>) -> Self {
        let tags = fields.filter_map(|field| {
            let mut ignored = Errors::default();
            let attributes = Attributes::parse(&field.attrs, &["tag"], &mut ignored);
            let tag: syn::LitInt = attributes.value("tag", "1", &mut ignored)?;
            tag.base10_parse().ok()
        });
        Self(tags.collect())
    }

    /// The next one after the largest.
    fn take(&mut self) -> u32 {
        let next = free_tag(self.0.iter().copied());
        self.0.push(next);
        next
    }
}

fn parse_field(field: &syn::Field, free: &mut Free, errors: &mut Errors) -> Option<Field> {
    let ident = field.ident.as_ref()?;
    let known: Vec<_> = ["tag", "name", "oneof", "key", "value"]
        .into_iter()
        .chain(Encoding::OPTIONS)
        .collect();
    let attributes = Attributes::parse(&field.attrs, &known, errors);
    let name = attributes
        .value::<LitStr>("name", "\"name\"", errors)
        .and_then(|name| check_name(name, "a field's name", "name", errors))
        .unwrap_or_else(|| ident.unraw().to_string());
    let kind = if attributes.flag("oneof", errors).is_some() {
        oneof(field, &attributes, errors)
    } else {
        value(field, ident, &attributes, free, errors)
    };
    Some(Field {
        ident: ident.clone(),
        name,
        docs: docs(&field.attrs),
        deprecated: is_deprecated(&field.attrs),
        ty: field.ty.clone(),
        kind: kind?,
    })
}

fn oneof(field: &syn::Field, attributes: &Attributes, errors: &mut Errors) -> Option<Kind> {
    for (option, message) in [
        ("tag", "the tags of a oneof are those of its variants"),
        ("key", "a oneof is no map"),
        ("value", "a oneof is no map"),
    ] {
        if let Some(key) = attributes.key(option) {
            errors.at(key.span(), message);
        }
    }
    if let Some(word) = Encoding::chosen(attributes, errors) {
        errors.at(word.span(), "the encodings of a oneof are said at its variants");
    }
    let mut ignored = Errors::default();
    match Shape::read(&field.ty, &mut ignored) {
        Some(Shape::Optional(ty)) => Some(Kind::Oneof(ty)),
        _ => {
            let ty = field.ty.to_token_stream();
            errors.on(
                &field.ty,
                format!("a oneof is one of its variants or none: write `Option<{ty}>`"),
            );
            None
        }
    }
}

fn value(
    field: &syn::Field,
    ident: &Ident,
    attributes: &Attributes,
    free: &mut Free,
    errors: &mut Errors,
) -> Option<Kind> {
    let proposal = if attributes.has("tag") { 1 } else { free.take() };
    let tag = tag_of(attributes, ident, proposal, errors);
    let word = Encoding::chosen(attributes, errors);
    let shape = Shape::read(&field.ty, errors);
    let is_map = matches!(shape, Some(Shape::Map(_)));
    for option in ["key", "value"] {
        if let Some(key) = attributes.key(option).filter(|_| shape.is_some() && !is_map) {
            errors.at(key.span(), format!("`{option}` is an option of maps"));
        }
    }
    let values = match shape? {
        Shape::Plain(ty) => Values::Plain(Leaf::new(ty, word.as_ref(), errors)),
        Shape::Optional(ty) => Values::Optional(Leaf::new(ty, word.as_ref(), errors)),
        Shape::Repeated(ty) => Values::Repeated(Leaf::new(ty, word.as_ref(), errors)),
        Shape::Map(types) => {
            let MapTypes { map, key, value } = *types;
            if let Some(word) = &word {
                errors.at(
                    word.span(),
                    format!("a map has an encoding for its keys and one for its values: `key = {word}` or `value = {word}`"),
                );
            }
            let any_ident = |input: ParseStream| input.call(Ident::parse_any);
            let key_word = attributes.value_with("key", "sint32", any_ident, errors);
            let value_word = attributes.value_with("value", "sint32", any_ident, errors);
            Values::Map(Box::new(MapValues {
                map,
                key: Leaf::new(key, key_word.as_ref(), errors),
                value: Leaf::new(value, value_word.as_ref(), errors),
            }))
        }
    };
    let tag = tag?;
    Some(Kind::Value {
        tag: tag.number,
        at: tag.at,
        values,
    })
}
