use proc_macro2::Ident;
use syn::{Data, DeriveInput, Fields, LitInt, LitStr, ext::IdentExt};

use super::model::{Oneof, Variant};
use crate::{
    declaration::{
        Attributes, Encoding, Inside, Leaf, check_name, docs, free_tag, is_deprecated, read_leaf, snake,
        tag_of,
    },
    diagnostics::Errors,
    facade::Facade,
};

/// What can be understood of the enum; the rest is errors.
pub(super) fn parse(input: &DeriveInput, errors: &mut Errors) -> Oneof {
    let attributes = Attributes::parse(&input.attrs, &["crate", "skip_debug"], errors);
    let facade = attributes
        .value_with("crate", "my::grpc", Facade::parse, errors)
        .unwrap_or_default();
    if !input.generics.params.is_empty() {
        errors.on(
            &input.generics,
            "a oneof cannot be generic: a .proto has no parameters",
        );
    }
    let mut oneof = Oneof {
        ident: input.ident.clone(),
        facade,
        docs: docs(&input.attrs),
        skip_debug: attributes.flag("skip_debug", errors).is_some(),
        variants: Vec::new(),
    };
    let data = match &input.data {
        Data::Enum(data) => data,
        Data::Struct(data) => {
            errors.on(
                data.struct_token,
                "a oneof is an enum; a struct derives `grpc::Message`",
            );
            return oneof;
        }
        Data::Union(data) => {
            errors.on(data.union_token, "a oneof is an enum");
            return oneof;
        }
    };
    let mut taken = tags(data);
    for variant in &data.variants {
        oneof.variants.extend(parse_variant(variant, &mut taken, errors));
    }
    if data.variants.is_empty() {
        errors.at(input.ident.span(), "a oneof has at least one variant");
    }
    oneof
}

/// The tags that are given.
fn tags(data: &syn::DataEnum) -> Vec<u32> {
    let tags = data.variants.iter().filter_map(|variant| {
        let mut ignored = Errors::default();
        let tag: LitInt =
            Attributes::parse(&variant.attrs, &["tag"], &mut ignored).value("tag", "1", &mut ignored)?;
        tag.base10_parse().ok()
    });
    tags.collect()
}

fn parse_variant(variant: &syn::Variant, taken: &mut Vec<u32>, errors: &mut Errors) -> Option<Variant> {
    let known: Vec<_> = ["tag", "name"].into_iter().chain(Encoding::OPTIONS).collect();
    let attributes = Attributes::parse(&variant.attrs, &known, errors);
    let free = free_tag(taken.iter().copied());
    if !attributes.has("tag") {
        taken.push(free);
    }
    let tag = tag_of(&attributes, &variant.ident, free, errors);
    let word: Option<Ident> = Encoding::chosen(&attributes, errors);
    let name = attributes
        .value::<LitStr>("name", "\"name\"", errors)
        .and_then(|name| check_name(name, "a field's name", "name", errors))
        .unwrap_or_else(|| snake(&variant.ident.unraw().to_string()));
    let ident = &variant.ident;
    let field = match &variant.fields {
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => fields.unnamed.first()?,
        Fields::Unit => {
            errors.at(
                ident.span(),
                format!("a variant holds one value: `{ident}(())` holds `google.protobuf.Empty`"),
            );
            return None;
        }
        fields => {
            errors.on(
                fields,
                "a variant holds one value: give these a message of their own",
            );
            return None;
        }
    };
    for attribute in &field.attrs {
        if attribute.path().is_ident("grpc") {
            errors.on(attribute, "the options go on the variant");
        }
    }
    read_leaf(&field.ty, Inside::Oneof, errors)?;
    let leaf = Leaf::new(field.ty.clone(), word.as_ref(), errors);
    Some(Variant {
        ident: ident.clone(),
        name,
        docs: docs(&variant.attrs),
        deprecated: is_deprecated(&variant.attrs),
        tag: tag?,
        leaf,
    })
}
