use std::collections::HashMap;

use proc_macro2::Ident;
use syn::{GenericArgument, LitStr, Member, PathArguments, Type};

use super::{
    kinds,
    model::{Fault, Field, Outcome, Own, Part, Variant},
    names,
    options::{EnumOptions, Mark, MarkKind},
    parse::{Declared, DeclaredField, DeclaredVariant},
};
use crate::diagnostics::Errors;

/// What is right of it; the rest is errors.
pub(super) fn check(declared: Declared, errors: &mut Errors) -> Fault {
    let Declared {
        name,
        generics,
        options,
        variants,
    } = declared;
    if let (None, Some(metadata)) = (&options.domain, &options.metadata) {
        errors.at(metadata.span(), NO_DOMAIN);
    }
    if let Some(domain) = options
        .domain
        .as_ref()
        .filter(|domain| !is_domain(&domain.value()))
    {
        errors.on(
            domain,
            "a domain is a name such as \"tally.example.com\", without spaces",
        );
    }
    let mut reasons = HashMap::new();
    let variants = variants
        .into_iter()
        .filter_map(|variant| {
            let name = variant.name.clone();
            let outcome = if variant.options.transparent.is_some() {
                transparent(variant, errors)?
            } else {
                Outcome::Own(own(variant, &options, &mut reasons, errors)?)
            };
            Some(Variant { name, outcome })
        })
        .collect();
    Fault {
        facade: options.facade,
        name,
        generics,
        domain: options.domain,
        variants,
    }
}

fn transparent(variant: DeclaredVariant, errors: &mut Errors) -> Option<Outcome> {
    if let Some(option) = &variant.options.own {
        let message = format!("`{option}` says nothing here: the variant is the status that its field is");
        errors.at(option.span(), message);
    }
    let mut fields = variant.fields.into_iter();
    let (Some(field), None) = (fields.next(), fields.next()) else {
        errors.at(
            variant.name.span(),
            "a transparent variant has one field, which is a `Status` or turns into one",
        );
        return None;
    };
    if let Some(mark) = &field.options.mark {
        let message = format!("`{}` says nothing here: the field is the whole status", mark.name);
        errors.at(mark.name.span(), message);
    }
    let DeclaredField { member, ty, .. } = field;
    Some(Outcome::Transparent { member, ty })
}

fn own(
    variant: DeclaredVariant,
    of_enum: &EnumOptions,
    reasons: &mut HashMap<String, Ident>,
    errors: &mut Errors,
) -> Option<Own> {
    let DeclaredVariant {
        name,
        options,
        fields,
    } = variant;
    let code = options.code.or_else(|| of_enum.code.clone());
    if code.is_none() && !options.has_code && !of_enum.has_code {
        let message =
            format!("`{name}` needs a code, such as `#[grpc(code = NotFound)]`, here or on the enum");
        errors.at(name.span(), message);
    }
    if let (None, Some(option)) = (&of_enum.domain, options.reason.as_ref().map(LitStr::span)) {
        errors.at(option, NO_DOMAIN);
    }
    if let (None, Some(option)) = (&of_enum.domain, &options.metadata) {
        errors.at(option.span(), NO_DOMAIN);
    }
    if let Some(message) = options
        .message
        .as_ref()
        .filter(|message| message.value().contains(['{', '}']))
    {
        errors.on(
            message,
            "the message is sent as it stands; `Display` makes texts with fields in them",
        );
    }
    let comes_back = of_enum.domain.is_some() && options.skip.is_none();
    if let (Some(skip), Some(metadata)) = (&options.skip, &options.metadata) {
        errors.at(
            metadata.span(),
            format!("the variant is `{skip}`: its fields stay here"),
        );
    }
    let reason = if comes_back {
        names::reason(&name, options.reason.as_ref(), reasons, errors)
    } else {
        None
    };
    let place = Place {
        has_domain: of_enum.domain.is_some(),
        comes_back,
        all_carried: of_enum.metadata.is_some() || options.metadata.is_some(),
    };
    let fields: Vec<Field> = fields
        .into_iter()
        .filter_map(|field| place.field(field, errors))
        .collect();
    check_keys(&fields, errors);
    kinds::check(&fields, &options.details, comes_back, errors);
    Some(Own {
        code: code?,
        message: options.message,
        reason,
        details: options.details,
        fields,
    })
}

/// Where a field stands.
struct Place {
    has_domain: bool,
    comes_back: bool,
    all_carried: bool,
}

impl Place {
    fn field(&self, declared: DeclaredField, errors: &mut Errors) -> Option<Field> {
        let DeclaredField { member, ty, options } = declared;
        let (inner, optional) = match inside_of_option(&ty) {
            Some(inner) => (inner.clone(), true),
            None => (ty, false),
        };
        let part = match &options.mark {
            Some(Mark {
                name,
                kind: MarkKind::Metadata,
            }) if !self.has_domain => {
                errors.at(name.span(), NO_DOMAIN);
                return None;
            }
            Some(Mark {
                name,
                kind: MarkKind::Metadata,
            }) if !self.comes_back => {
                errors.at(name.span(), "the variant is `skip`: its fields stay here");
                return None;
            }
            Some(Mark {
                kind: MarkKind::Detail,
                ..
            }) => Part::Detail,
            Some(Mark {
                kind: MarkKind::RetryAfter,
                ..
            }) => Part::RetryAfter,
            Some(Mark {
                kind: MarkKind::Skip, ..
            }) => Part::Kept,
            None if !self.comes_back => Part::Kept,
            None if !self.all_carried => {
                let message = "say what becomes of this field: `#[grpc(metadata)]` sends it to the client, \
                               `#[grpc(skip)]` keeps it here";
                match &member {
                    Member::Named(name) => errors.at(name.span(), message),
                    Member::Unnamed(_) => errors.on(&inner, message),
                }
                return None;
            }
            Some(Mark {
                kind: MarkKind::Metadata,
                ..
            })
            | None => Part::Carried(names::key(&member, &inner, options.key.as_ref(), errors)?),
        };
        Some(Field {
            member,
            ty: inner,
            optional,
            part,
        })
    }
}

fn check_keys(fields: &[Field], errors: &mut Errors) {
    let mut keys: HashMap<&str, &Field> = HashMap::new();
    for field in fields {
        if let Part::Carried(key) = &field.part
            && keys.insert(key, field).is_some()
        {
            errors.on(
                &field.member,
                format!("the key `{key}` is that of another field already"),
            );
        }
    }
}

/// `T` of `Option<T>`.
fn inside_of_option(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let last = path
        .path
        .segments
        .last()
        .filter(|segment| segment.ident == "Option")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match (arguments.args.first(), arguments.args.len()) {
        (Some(GenericArgument::Type(inner)), 1) => Some(inner),
        _ => None,
    }
}

fn is_domain(domain: &str) -> bool {
    !domain.is_empty() && domain.chars().all(|c| c.is_ascii_graphic())
}

const NO_DOMAIN: &str = "this is part of an `ErrorInfo`, which needs a domain: `#[grpc(domain = \"tally.example.com\")]` on the \
                         enum";
