use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::Type;

use super::{Attributes, shape};
use crate::{
    diagnostics::{Errors, generated_at, list},
    facade::Facade,
};

/// How a value is encoded, where its type leaves a choice: the name of a marker type of the library.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Encoding(&'static str);

impl Default for Encoding {
    fn default() -> Self {
        Self("Natural")
    }
}

/// Each word with the type that it encodes and the marker for it.
const WORDS: [(&str, &str, &str); 15] = [
    ("int32", "i32", "Natural"),
    ("int64", "i64", "Natural"),
    ("uint32", "u32", "Natural"),
    ("uint64", "u64", "Natural"),
    ("bool", "bool", "Natural"),
    ("float", "f32", "Natural"),
    ("double", "f64", "Natural"),
    ("string", "String", "Natural"),
    ("bytes", "Vec<u8>", "Natural"),
    ("sint32", "i32", "Sint32"),
    ("sint64", "i64", "Sint64"),
    ("fixed32", "u32", "Fixed32"),
    ("fixed64", "u64", "Fixed64"),
    ("sfixed32", "i32", "Sfixed32"),
    ("sfixed64", "i64", "Sfixed64"),
];

impl Encoding {
    /// The options that choose one, for a list of all options.
    pub(crate) const OPTIONS: [&str; 16] = [
        "int32", "int64", "uint32", "uint64", "bool", "float", "double", "string", "bytes", "sint32",
        "sint64", "fixed32", "fixed64", "sfixed32", "sfixed64", "wrapper",
    ];

    /// What the options choose, with the word that does; an error if they choose twice.
    pub(crate) fn chosen(attributes: &Attributes, errors: &mut Errors) -> Option<Ident> {
        let mut chosen: Option<Ident> = None;
        for word in Self::OPTIONS {
            let Some(key) = attributes.flag(word, errors) else {
                continue;
            };
            match &chosen {
                Some(first) => errors.at(
                    key.span(),
                    format!("a field has one encoding, and this has `{first}` and `{key}`"),
                ),
                None => chosen = Some(key.clone()),
            }
        }
        chosen
    }

    /// What `word` says of a value of type `ty`; an error at the word if it does not fit.
    pub(crate) fn of(word: &Ident, ty: &Type, errors: &mut Errors) -> Self {
        let scalar = shape::scalar(ty);
        if word == "wrapper" {
            return Self("Wrapped");
        }
        let Some((name, fitting, marker)) = WORDS.into_iter().find(|(name, ..)| word == name) else {
            let words: Vec<_> = WORDS.iter().map(|(name, ..)| name).collect();
            errors.at(
                word.span(),
                format!("`{word}` is no encoding; they are {}", list(&words)),
            );
            return Self::default();
        };
        // An alias of a number can be looked through by the compiler alone.
        let fits = match scalar {
            Some(scalar) => scalar == fitting,
            None => marker != "Natural",
        };
        if !fits {
            let found = shape::spelling(ty);
            let choices = scalar.map(|scalar| {
                let fitting = WORDS.iter().filter(|(_, rust, _)| *rust == scalar);
                let words: Vec<_> = fitting.map(|(name, ..)| name).collect();
                format!(", which can be {}", list(&words))
            });
            errors.at(
                word.span(),
                format!(
                    "`{name}` is an encoding of `{fitting}`, and this is `{found}`{}",
                    choices.unwrap_or_default()
                ),
            );
        }
        Self(marker)
    }

    /// The marker type.
    pub(crate) fn path(self, facade: &Facade, at: Span) -> TokenStream {
        let private = facade.private(at);
        let at = generated_at(at);
        let marker = Ident::new(self.0, at);
        quote_spanned!(at=> #private::code_first::#marker)
    }
}
