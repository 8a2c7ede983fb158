use proc_macro2::{Ident, Span};

use crate::declaration::{ItemOptions, Reserved};

/// An enum of named numbers.
pub(super) struct Enumeration {
    pub(super) ident: Ident,
    pub(super) options: ItemOptions,
    pub(super) docs: String,
    pub(super) deprecated: bool,
    pub(super) reserved: Reserved,
    pub(super) values: Vec<Value>,
    /// The variant that holds numbers which no other has.
    pub(super) unknown: Option<Ident>,
}

/// A variant with a number.
pub(super) struct Value {
    pub(super) ident: Ident,
    /// In the `.proto`, with the enum's prefix.
    pub(super) name: String,
    /// Further names of the number, and where they are said.
    pub(super) aliases: Vec<(String, Span)>,
    pub(super) number: i32,
    /// Where the number is written, or the variant.
    pub(super) at: Span,
    pub(super) docs: String,
    pub(super) deprecated: bool,
}
