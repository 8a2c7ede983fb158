use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::{LitInt, Type, spanned::Spanned};

use super::{Attributes, Encoding, Reserved};
use crate::{
    diagnostics::{Errors, generated_at},
    facade::Facade,
};

/// The type of one value, and how it is encoded.
#[derive(Clone)]
pub(crate) struct Leaf {
    pub(crate) ty: Type,
    pub(crate) encoding: Encoding,
}

impl Leaf {
    pub(crate) fn new(ty: Type, word: Option<&Ident>, errors: &mut Errors) -> Self {
        let encoding = word.map_or_else(Encoding::default, |word| Encoding::of(word, &ty, errors));
        Self { ty, encoding }
    }

    /// The path of a method of the library's `Field`.
    pub(crate) fn method(&self, facade: &Facade, name: &str) -> TokenStream {
        let (ty, at) = (&self.ty, self.ty.span());
        let (encoding, private) = (self.encoding.path(facade, at), facade.private(at));
        let at = generated_at(at);
        let name = Ident::new(name, at);
        quote_spanned!(at=> <#ty as #private::code_first::Field<#encoding>>::#name)
    }
}

/// A field's number, and where it stands.
#[derive(Clone, Copy)]
pub(crate) struct Tag {
    pub(crate) number: u32,
    pub(crate) at: Span,
}

const LARGEST: u64 = (1 << 29) - 1;

/// The tag after all others.
pub(crate) fn free_tag(taken: impl IntoIterator<Item = u32>) -> u32 {
    let valid = taken
        .into_iter()
        .filter(|tag| (1..LARGEST).contains(&u64::from(*tag)));
    match valid.max().map_or(1, |largest| largest + 1) {
        19_000..=19_999 => 20_000,
        free => free,
    }
}

/// What `tag = N` says. Without it there is an error at the field, which names a `free` one.
pub(crate) fn tag_of(attributes: &Attributes, name: &Ident, free: u32, errors: &mut Errors) -> Option<Tag> {
    if !attributes.has("tag") {
        errors.at(
            name.span(),
            format!("`{name}` needs a tag, which it keeps for ever: `#[grpc(tag = {free})]`"),
        );
        return None;
    }
    let literal: LitInt = attributes.value("tag", &free.to_string(), errors)?;
    let number: u64 = literal
        .base10_parse()
        .map_err(|_| errors.on(&literal, "a tag is a whole number, from 1 to 536,870,911"))
        .ok()?;
    let problem = match number {
        0 => Some("tags begin at 1"),
        19_000..=19_999 => Some("the tags from 19,000 to 19,999 belong to protobuf itself"),
        1..=LARGEST => None,
        _ => Some("the largest tag is 536,870,911"),
    };
    if let Some(problem) = problem {
        errors.on(&literal, problem);
        return None;
    }
    let number = number.try_into().ok()?;
    Some(Tag {
        number,
        at: literal.span(),
    })
}

/// Nobody else has the tag: neither one of `taken`, with its name, nor what is reserved.
pub(crate) fn check_tag<'a>(
    tag: Tag,
    taken: impl IntoIterator<Item = (u32, &'a str)>,
    reserved: &Reserved,
    errors: &mut Errors,
) {
    let number = tag.number;
    if let Some((_, name)) = taken.into_iter().find(|(taken, _)| *taken == number) {
        errors.at(tag.at, format!("tag {number} is that of `{name}` already"));
    } else if reserved.has_number(number.into()) {
        errors.at(
            tag.at,
            format!("tag {number} is reserved: it must not be used again"),
        );
    }
}
