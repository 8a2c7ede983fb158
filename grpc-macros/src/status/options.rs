//! What stands in `#[grpc(…)]` on the enum, a variant, and a field.

use proc_macro2::Ident;
use syn::{Attribute, Error, Expr, LitStr, Token, parse::ParseStream};

use super::{attribute::each, code::code};
use crate::{diagnostics::Errors, facade::Facade};

/// On the enum.
#[derive(Default)]
pub(super) struct EnumOptions {
    pub(super) facade: Facade,
    pub(super) code: Option<Ident>,
    /// There is one, though it may be wrong.
    pub(super) has_code: bool,
    pub(super) domain: Option<LitStr>,
    pub(super) metadata: Option<Ident>,
}

/// On a variant.
#[derive(Default)]
pub(super) struct VariantOptions {
    pub(super) code: Option<Ident>,
    /// There is one, though it may be wrong.
    pub(super) has_code: bool,
    pub(super) reason: Option<LitStr>,
    pub(super) message: Option<LitStr>,
    pub(super) details: Vec<Expr>,
    pub(super) metadata: Option<Ident>,
    pub(super) transparent: Option<Ident>,
    pub(super) skip: Option<Ident>,
    /// The first option that says something of the variant's own status.
    pub(super) own: Option<Ident>,
}

/// On a field.
#[derive(Default)]
pub(super) struct FieldOptions {
    pub(super) mark: Option<Mark>,
    /// What was given for the key.
    pub(super) key: Option<LitStr>,
}

/// What a field says that it is, and where it says so.
pub(super) struct Mark {
    pub(super) name: Ident,
    pub(super) kind: MarkKind,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum MarkKind {
    Metadata,
    Detail,
    RetryAfter,
    Skip,
}

impl EnumOptions {
    pub(super) fn parse(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut parsed = Self::default();
        each(
            attributes,
            &["code", "domain", "metadata", "crate"],
            errors,
            |key, input| {
                parsed.has_code |= key == "code";
                match key.to_string().as_str() {
                    "code" => set(&mut parsed.code, key, code(input)?)?,
                    "domain" => set(&mut parsed.domain, key, value(input)?)?,
                    "metadata" => set(&mut parsed.metadata, key, key.clone())?,
                    _ => {
                        input.parse::<Token![=]>()?;
                        parsed.facade = Facade::parse(input)?;
                    }
                }
                Ok(())
            },
        );
        parsed
    }
}

impl VariantOptions {
    const NAMES: [&str; 7] = [
        "code",
        "reason",
        "message",
        "detail",
        "metadata",
        "transparent",
        "skip",
    ];

    pub(super) fn parse(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut parsed = Self::default();
        each(attributes, &Self::NAMES, errors, |key, input| {
            if key == "transparent" {
                return set(&mut parsed.transparent, key, key.clone());
            }
            parsed.own.get_or_insert_with(|| key.clone());
            parsed.has_code |= key == "code";
            match key.to_string().as_str() {
                "code" => set(&mut parsed.code, key, code(input)?),
                "reason" => set(&mut parsed.reason, key, value(input)?),
                "message" => set(&mut parsed.message, key, value(input)?),
                "metadata" => set(&mut parsed.metadata, key, key.clone()),
                "skip" => set(&mut parsed.skip, key, key.clone()),
                _ => {
                    input.parse::<Token![=]>()?;
                    parsed.details.push(input.parse()?);
                    Ok(())
                }
            }
        });
        parsed
    }
}

impl FieldOptions {
    pub(super) fn parse(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut parsed = Self::default();
        each(
            attributes,
            &["metadata", "detail", "retry_after", "skip"],
            errors,
            |key, input| {
                let kind = match key.to_string().as_str() {
                    "metadata" => MarkKind::Metadata,
                    "detail" => MarkKind::Detail,
                    "retry_after" => MarkKind::RetryAfter,
                    _ => MarkKind::Skip,
                };
                if kind == MarkKind::Metadata && input.peek(Token![=]) {
                    parsed.key = Some(value(input)?);
                }
                if let Some(other) = &parsed.mark {
                    return Err(Error::new(
                        key.span(),
                        format!("the field is `{}` already", other.name),
                    ));
                }
                parsed.mark = Some(Mark {
                    name: key.clone(),
                    kind,
                });
                Ok(())
            },
        );
        parsed
    }
}

fn set<T>(slot: &mut Option<T>, key: &Ident, value: T) -> syn::Result<()> {
    if slot.is_some() {
        return Err(Error::new(key.span(), format!("`{key}` is said twice")));
    }
    *slot = Some(value);
    Ok(())
}

fn value(input: ParseStream) -> syn::Result<LitStr> {
    input.parse::<Token![=]>()?;
    input.parse()
}
