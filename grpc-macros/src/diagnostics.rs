//! One place that collects errors, so that a user sees all of them at once.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::Error;

/// The errors found so far.
#[derive(Default)]
pub(crate) struct Errors(Option<Error>);

impl Errors {
    /// Nothing is wrong so far.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    pub(crate) fn push(&mut self, error: Error) {
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            None => self.0 = Some(error),
        }
    }

    /// An error at one token.
    pub(crate) fn at(&mut self, span: Span, message: impl Display) {
        self.push(Error::new(span, message));
    }

    /// An error that underlines all of `tokens`.
    pub(crate) fn on(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.push(Error::new_spanned(tokens, message));
    }

    /// The value, or `None` and one error more.
    pub(crate) fn ok<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }
}

impl ToTokens for Errors {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        if let Some(error) = &self.0 {
            tokens.extend(error.to_compile_error());
        }
    }
}

/// Points at the user's code, but belongs to the macro: its locals are hygienic and no lint of the user's looks at it.
pub(crate) fn generated_at(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}

/// For what is generated of an item: the user was told of what is deprecated where they use it, and could say there that
/// it is meant.
pub(crate) fn allow_deprecated() -> TokenStream {
    let at = generated_at(Span::call_site());
    quote_spanned!(at=> #[allow(deprecated, reason = "what is deprecated is sent and served all the same")])
}

/// The candidate that `name` is most likely a misspelling of.
pub(crate) fn did_you_mean<'a, T>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a T>,
    spelling: impl Fn(&T) -> String,
) -> Option<&'a T> {
    candidates
        .into_iter()
        .map(|candidate| (edit_distance(name, &spelling(candidate)), candidate))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= (name.len() / 3).max(2))
        .map(|(_, candidate)| candidate)
}

/// "`a`, `b` and `c`".
pub(crate) fn list(words: &[impl Display]) -> String {
    match words {
        [] => String::new(),
        [only] => format!("`{only}`"),
        [first @ .., last] => {
            let first: Vec<_> = first.iter().map(|word| format!("`{word}`")).collect();
            format!("{} and `{last}`", first.join(", "))
        }
    }
}

/// Levenshtein's, over one row.
fn edit_distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, from) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in to.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (diagonal + usize::from(from != *to))
                .min(row[j] + 1)
                .min(above + 1);
            diagonal = above;
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suggest<'a>(name: &str, candidates: &'a [&'a str]) -> Option<&'a &'a str> {
        did_you_mean(name, candidates, |candidate| (*candidate).to_owned())
    }

    #[test]
    fn a_near_name_is_suggested_and_a_far_one_is_not() {
        let rpcs = ["get_feature", "list_features"];
        assert_eq!(suggest("get_featur", &rpcs), Some(&"get_feature"));
        assert_eq!(suggest("list_feature", &rpcs), Some(&"list_features"));
        assert_eq!(suggest("flush", &rpcs), None);
        assert_eq!(suggest("flush", &[]), None);
    }

    #[test]
    fn edit_distance_counts_insertions_deletions_and_substitutions() {
        assert_eq!(edit_distance("", "abc"), 3);
        assert_eq!(edit_distance("kitten", "sitting"), 3);
        assert_eq!(edit_distance("same", "same"), 0);
    }

    #[test]
    fn words_are_listed_as_in_a_sentence() {
        assert_eq!(list(&["a"]), "`a`");
        assert_eq!(list(&["a", "b", "c"]), "`a`, `b` and `c`");
    }
}
