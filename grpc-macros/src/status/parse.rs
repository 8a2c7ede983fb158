use proc_macro2::{Ident, TokenStream};
use syn::{Error, Generics, Item, Member, Type};

use super::options::{EnumOptions, FieldOptions, VariantOptions};
use crate::diagnostics::Errors;

/// The enum as it was written.
pub(super) struct Declared {
    pub(super) name: Ident,
    pub(super) generics: Generics,
    pub(super) options: EnumOptions,
    pub(super) variants: Vec<DeclaredVariant>,
}

pub(super) struct DeclaredVariant {
    pub(super) name: Ident,
    pub(super) options: VariantOptions,
    pub(super) fields: Vec<DeclaredField>,
}

pub(super) struct DeclaredField {
    pub(super) member: Member,
    pub(super) ty: Type,
    pub(super) options: FieldOptions,
}

impl Declared {
    /// # Errors
    /// If it is no enum. What else is wrong is in `errors`.
    pub(super) fn parse(item: TokenStream, errors: &mut Errors) -> syn::Result<Self> {
        let item = match syn::parse2(item)? {
            Item::Enum(item) => item,
            Item::Struct(item) => return Err(not_an_enum(&item.ident)),
            Item::Union(item) => return Err(not_an_enum(&item.ident)),
            other => return Err(Error::new_spanned(other, NOT_AN_ENUM)),
        };
        if item.variants.is_empty() {
            errors.at(
                item.ident.span(),
                "an enum without variants is no error that could occur",
            );
        }
        let options = EnumOptions::parse(&item.attrs, errors);
        let variants = item.variants.into_iter().map(|variant| {
            let options = VariantOptions::parse(&variant.attrs, errors);
            let members: Vec<Member> = variant.fields.members().collect();
            let fields = variant
                .fields
                .into_iter()
                .zip(members)
                .map(|(field, member)| DeclaredField {
                    member,
                    options: FieldOptions::parse(&field.attrs, errors),
                    ty: field.ty,
                });
            DeclaredVariant {
                name: variant.ident,
                options,
                fields: fields.collect(),
            }
        });
        Ok(Self {
            name: item.ident,
            generics: item.generics,
            options,
            variants: variants.collect(),
        })
    }
}

fn not_an_enum(name: &Ident) -> Error {
    Error::new(name.span(), NOT_AN_ENUM)
}

const NOT_AN_ENUM: &str = "`#[derive(grpc::Status)]` goes on an enum, whose variants are the errors";
