//! What the derives of messages, enums and oneofs have in common.

mod attribute;
mod encoding;
mod field;
mod names;
mod place;
mod reserved;
mod shape;

use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::{Attribute, Expr, ExprLit, Lit, Meta};

pub(crate) use self::{
    attribute::Attributes,
    encoding::Encoding,
    field::{Leaf, Tag, check_tag, free_tag, tag_of},
    names::{check_name, json, shouty, snake},
    place::{ItemOptions, Place, check_file, optional},
    reserved::{Reserved, number},
    shape::{Inside, MapTypes, Shape, read_leaf, scalar},
};
use crate::{diagnostics::generated_at, facade::Facade};

/// A doc comment, each line with the space in front, as protobuf's compiler keeps comments.
pub(crate) fn docs(attributes: &[Attribute]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for attribute in attributes {
        if let Meta::NameValue(meta) = &attribute.meta
            && meta.path.is_ident("doc")
            && let Expr::Lit(ExprLit {
                lit: Lit::Str(text), ..
            }) = &meta.value
        {
            lines.extend(unindented(&text.value()));
        }
    }
    let blank = |line: &String| line.is_empty();
    let start = lines.iter().take_while(|line| blank(line)).count();
    let end = lines.iter().rev().take_while(|line| blank(line)).count();
    let lines = lines.get(start..lines.len() - end).unwrap_or_default();
    lines.join("\n")
}

/// The lines of one attribute, each with one space in front; a block comment's without their indentation and their stars.
fn unindented(text: &str) -> Vec<String> {
    let mut lines: Vec<&str> = text.split('\n').map(str::trim_end).collect();
    let rest = lines.get_mut(1..).unwrap_or_default();
    let filled = || text.split('\n').skip(1).filter(|line| !line.trim().is_empty());
    if filled().next().is_some() && filled().all(|line| line.trim_start().starts_with('*')) {
        for line in rest.iter_mut() {
            *line = line.trim_start().trim_start_matches('*');
        }
    } else {
        let indentation = filled().map(|line| line.len() - line.trim_start().len()).min();
        for line in rest.iter_mut() {
            *line = line.get(indentation.unwrap_or(0)..).unwrap_or_default();
        }
    }
    let spaced = lines.into_iter().map(|line| {
        if line.is_empty() || line.starts_with(' ') {
            line.to_owned()
        } else {
            format!(" {line}")
        }
    });
    spaced.collect()
}

/// It has `#[deprecated]`.
pub(crate) fn is_deprecated(attributes: &[Attribute]) -> bool {
    attributes
        .iter()
        .any(|attribute| attribute.path().is_ident("deprecated"))
}

/// The library's `Comment`, as an expression.
pub(crate) fn comment(facade: &Facade, docs: &str, deprecated: bool, at: proc_macro2::Span) -> TokenStream {
    let private = facade.private(at);
    quote_spanned! {generated_at(at)=>
        #private::code_first::Comment { docs: #docs, deprecated: #deprecated }
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::docs;

    #[test]
    fn docs_are_lines_with_a_space_in_front_however_they_were_written() {
        for attribute in [
            parse_quote!(#[doc = " One.\n\n   Two.\n     Three.\n   "]),
            parse_quote!(#[doc = " One.\n   *\n   * Two.\n   *   Three.\n   "]),
            parse_quote!(#[doc = "One.\n\nTwo.\n  Three."]),
        ] {
            let lines = docs(&[attribute]);
            assert!(lines.starts_with(" One.\n\n Two.\n"), "{lines:?}");
            assert!(lines.ends_with(" Three."), "{lines:?}");
        }
        assert_eq!(docs(&[]), "");
    }
}
