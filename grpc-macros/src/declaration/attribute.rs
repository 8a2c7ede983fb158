use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::{
    Attribute, Error, Meta, Token,
    ext::IdentExt,
    parse::{Parse, ParseStream, Parser},
};

use crate::diagnostics::{Errors, did_you_mean, list};

/// What stands in the `#[grpc(…)]`s of an item, field or variant.
pub(crate) struct Attributes(Vec<Entry>);

/// `key`, or `key = value`.
struct Entry {
    key: Ident,
    value: Option<TokenStream>,
}

impl Attributes {
    /// What can be understood of them: a mistake in one option leaves the others.
    pub(crate) fn parse(attributes: &[Attribute], known: &[&str], errors: &mut Errors) -> Self {
        let mut entries: Vec<Entry> = Vec::new();
        for attribute in attributes
            .iter()
            .filter(|attribute| attribute.path().is_ident("grpc"))
        {
            let Meta::List(list) = &attribute.meta else {
                errors.on(attribute, "expected `#[grpc(…)]`");
                continue;
            };
            for option in split(list.tokens.clone()) {
                let Some(entry) = errors.ok(Entry::parse.parse2(option)) else {
                    continue;
                };
                if !known.iter().any(|name| entry.key == name) {
                    errors.at(entry.key.span(), unknown(&entry.key, known));
                } else if entries.iter().any(|other| other.key == entry.key) {
                    errors.at(entry.key.span(), format!("`{}` is given twice", entry.key));
                } else {
                    entries.push(entry);
                }
            }
        }
        Self(entries)
    }

    /// The key, if it is there and has no value.
    pub(crate) fn flag(&self, key: &str, errors: &mut Errors) -> Option<&Ident> {
        let entry = self.entry(key)?;
        if let Some(value) = &entry.value {
            errors.on(value, format!("`{key}` takes no value"));
        }
        Some(&entry.key)
    }

    /// The value of `key = value`, which may look like `example`.
    pub(crate) fn value<T: Parse>(&self, key: &str, example: &str, errors: &mut Errors) -> Option<T> {
        self.value_with(key, example, T::parse, errors)
    }

    pub(crate) fn value_with<T>(
        &self,
        key: &str,
        example: &str,
        parse: impl FnOnce(ParseStream) -> syn::Result<T>,
        errors: &mut Errors,
    ) -> Option<T> {
        let entry = self.entry(key)?;
        let Some(value) = entry.value.clone().filter(|value| !value.is_empty()) else {
            errors.at(
                entry.key.span(),
                format!("`{key}` needs a value, such as `{key} = {example}`"),
            );
            return None;
        };
        let parsed = parse.parse2(value.clone());
        parsed
            .map_err(|_| errors.on(value, format!("expected `{key} = {example}`")))
            .ok()
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.entry(key).is_some()
    }

    pub(crate) fn key(&self, key: &str) -> Option<&Ident> {
        self.entry(key).map(|entry| &entry.key)
    }

    fn entry(&self, key: &str) -> Option<&Entry> {
        self.0.iter().find(|entry| entry.key == key)
    }
}

impl Entry {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let key = input.call(Ident::parse_any)?;
        if input.is_empty() {
            return Ok(Self { key, value: None });
        }
        if !input.peek(Token![=]) {
            let rest: TokenStream = input.parse()?;
            return Err(Error::new_spanned(
                rest,
                format!("expected `{key}` or `{key} = …`"),
            ));
        }
        input.parse::<Token![=]>()?;
        Ok(Self {
            key,
            value: Some(input.parse()?),
        })
    }
}

/// The options between the commas.
fn split(tokens: TokenStream) -> Vec<TokenStream> {
    let mut options = vec![TokenStream::new()];
    for tree in tokens {
        match (&tree, options.last_mut()) {
            (TokenTree::Punct(punct), _) if punct.as_char() == ',' => options.push(TokenStream::new()),
            (_, Some(option)) => option.extend([tree]),
            (_, None) => {}
        }
    }
    options.retain(|option| !option.is_empty());
    options
}

fn unknown(key: &Ident, known: &[&str]) -> String {
    match did_you_mean(&key.to_string(), known, |name| (*name).to_owned()) {
        Some(near) => format!("unknown option `{key}`; did you mean `{near}`?"),
        None => format!("unknown option `{key}`; the options are {}", list(known)),
    }
}
