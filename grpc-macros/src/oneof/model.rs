use proc_macro2::Ident;

use crate::{
    declaration::{Leaf, Tag},
    facade::Facade,
};

/// An enum whose variants are fields of a message.
pub(super) struct Oneof {
    pub(super) ident: Ident,
    pub(super) facade: Facade,
    pub(super) docs: String,
    /// Its user writes `Debug`.
    pub(super) skip_debug: bool,
    pub(super) variants: Vec<Variant>,
}

pub(super) struct Variant {
    pub(super) ident: Ident,
    /// In the `.proto`.
    pub(super) name: String,
    pub(super) docs: String,
    pub(super) deprecated: bool,
    pub(super) tag: Tag,
    pub(super) leaf: Leaf,
}
