use proc_macro2::Ident;
use syn::{
    Data, DeriveInput, Fields, LitStr, Token, Type, Variant, bracketed, ext::IdentExt, parse::ParseStream,
    punctuated::Punctuated, spanned::Spanned, token,
};

use super::model::{Enumeration, Value};
use crate::{
    declaration::{
        Attributes, ItemOptions, Reserved, check_name, docs, is_deprecated, number, scalar, shouty,
    },
    diagnostics::Errors,
};

/// What can be understood of the enum; the rest is errors.
pub(super) fn parse(input: &DeriveInput, errors: &mut Errors) -> Enumeration {
    let known: Vec<_> = ItemOptions::OPTIONS
        .into_iter()
        .chain(["reserved", "prefix"])
        .collect();
    let attributes = Attributes::parse(&input.attrs, &known, errors);
    let options = ItemOptions::parse(&input.ident, "an enum", &attributes, errors);
    let reserved = Reserved::parse(&attributes, i32::MIN.into(), i32::MAX.into(), errors);
    let prefix = attributes
        .value::<LitStr>("prefix", "\"COLOR_\"", errors)
        .map_or_else(|| format!("{}_", shouty(&options.name)), |prefix| prefix.value());
    if !input.generics.params.is_empty() {
        errors.on(
            &input.generics,
            "an enum cannot be generic: a .proto has no parameters",
        );
    }
    let mut enumeration = Enumeration {
        ident: input.ident.clone(),
        options,
        docs: docs(&input.attrs),
        deprecated: is_deprecated(&input.attrs),
        reserved,
        values: Vec::new(),
        unknown: None,
    };
    match &input.data {
        Data::Enum(data) => variants(&data.variants, &prefix, &mut enumeration, errors),
        Data::Struct(data) => errors.on(
            data.struct_token,
            "`grpc::Enum` goes on an enum; a struct derives `grpc::Message`",
        ),
        Data::Union(data) => errors.on(data.union_token, "`grpc::Enum` goes on an enum"),
    }
    enumeration
}

fn variants(
    variants: &Punctuated<Variant, Token![,]>,
    prefix: &str,
    enumeration: &mut Enumeration,
    errors: &mut Errors,
) {
    let mut next = Some(0);
    for variant in variants {
        let attributes = Attributes::parse(&variant.attrs, &["name", "alias", "unknown"], errors);
        // As rustc counts: after a number that cannot be read, nothing is said of those that follow.
        let (number, at) = match &variant.discriminant {
            None => (next, variant.ident.span()),
            Some((_, expression)) => {
                let literal = number(expression);
                if literal.is_none() {
                    errors.on(expression, "an enum's numbers are written out: `Red = 1`");
                }
                (literal, expression.span())
            }
        };
        next = number.and_then(|number| number.checked_add(1));
        if attributes.flag("unknown", errors).is_some() {
            unknown(variant, enumeration, errors);
            continue;
        }
        if !matches!(variant.fields, Fields::Unit) {
            errors.on(
                &variant.fields,
                "an enum's values hold nothing: if these do, derive `grpc::Oneof`; to hold unknown numbers, mark one \
                 variant `#[grpc(unknown)]`",
            );
            continue;
        }
        let name = value_name(&variant.ident, &attributes, prefix, errors);
        let aliases = aliases(&attributes, errors);
        let Some(number) = number else { continue };
        let Ok(number) = i32::try_from(number) else {
            errors.at(at, "an enum's numbers have 32 bits, with a sign");
            continue;
        };
        enumeration.values.push(Value {
            ident: variant.ident.clone(),
            name,
            aliases,
            number,
            at,
            docs: docs(&variant.attrs),
            deprecated: is_deprecated(&variant.attrs),
        });
    }
}

fn unknown(variant: &Variant, enumeration: &mut Enumeration, errors: &mut Errors) {
    let holds_a_number = match &variant.fields {
        Fields::Unnamed(fields) => {
            fields.unnamed.len() == 1 && fields.unnamed.first().is_some_and(|field| is_i32(&field.ty))
        }
        _ => false,
    };
    if !holds_a_number {
        let ident = &variant.ident;
        errors.on(
            variant,
            format!("the variant for unknown numbers holds the number: `{ident}(i32)`"),
        );
    } else if let Some(first) = &enumeration.unknown {
        errors.at(
            variant.ident.span(),
            format!("`{first}` is the variant for unknown numbers already"),
        );
    }
    // After a mistake, too: nothing is said of its absence.
    enumeration.unknown = Some(variant.ident.clone());
}

fn is_i32(ty: &Type) -> bool {
    scalar(ty) == Some("i32")
}

/// `Red` of `Color` is `COLOR_RED`: a .proto's values share one scope with their enum.
fn value_name(ident: &Ident, attributes: &Attributes, prefix: &str, errors: &mut Errors) -> String {
    let given = attributes
        .value::<LitStr>("name", "\"COLOR_RED\"", errors)
        .and_then(|name| check_name(name, "a value's name", "COLOR_RED", errors));
    given.unwrap_or_else(|| {
        let name = shouty(&ident.unraw().to_string());
        if name.starts_with(prefix) {
            name
        } else {
            format!("{prefix}{name}")
        }
    })
}

/// One name, or several in brackets.
fn aliases(attributes: &Attributes, errors: &mut Errors) -> Vec<(String, proc_macro2::Span)> {
    let parse = |input: ParseStream| {
        if input.peek(token::Bracket) {
            let content;
            bracketed!(content in input);
            return Punctuated::<LitStr, Token![,]>::parse_terminated(&content);
        }
        Ok([input.parse::<LitStr>()?].into_iter().collect())
    };
    let names = attributes.value_with("alias", "\"COLOR_CRIMSON\"", parse, errors);
    let mut aliases = Vec::new();
    for name in names.into_iter().flatten() {
        let at = name.span();
        aliases.extend(check_name(name, "a value's name", "COLOR_CRIMSON", errors).map(|name| (name, at)));
    }
    aliases
}
