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
    field::{Leaf, Tag, check_tag, tag_of},
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
            lines.extend(text.value().split('\n').map(|line| {
                let line = line.trim_end();
                if line.is_empty() || line.starts_with(' ') {
                    line.to_owned()
                } else {
                    format!(" {line}")
                }
            }));
        }
    }
    let blank = |line: &String| line.is_empty();
    let start = lines.iter().take_while(|line| blank(line)).count();
    let end = lines.iter().rev().take_while(|line| blank(line)).count();
    let lines = lines.get(start..lines.len() - end).unwrap_or_default();
    lines.join("\n")
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
