use proc_macro2::Ident;
use syn::{Expr, Generics, LitStr, Member, Type};

use crate::facade::Facade;

/// An enum of errors that is ready to be expanded.
pub(super) struct Fault {
    pub(super) facade: Facade,
    pub(super) name: Ident,
    pub(super) generics: Generics,
    /// With it, a status can be turned into the enum again.
    pub(super) domain: Option<LitStr>,
    pub(super) variants: Vec<Variant>,
}

pub(super) struct Variant {
    pub(super) name: Ident,
    pub(super) outcome: Outcome,
}

/// What status a variant is.
pub(super) enum Outcome {
    /// The one that its only field is.
    Transparent {
        member: Member,
        ty: Type,
    },
    Own(Own),
}

/// A status of the variant's own.
pub(super) struct Own {
    /// The variant of `Code`.
    pub(super) code: Ident,
    /// In place of the text that the error has.
    pub(super) message: Option<LitStr>,
    /// `None` for a variant that the client does not get back.
    pub(super) reason: Option<String>,
    /// Expressions.
    pub(super) details: Vec<Expr>,
    pub(super) fields: Vec<Field>,
}

pub(super) struct Field {
    pub(super) member: Member,
    /// Without the `Option` that may be around it.
    pub(super) ty: Type,
    pub(super) optional: bool,
    pub(super) part: Part,
}

/// What becomes of a field.
#[derive(Clone, PartialEq)]
pub(super) enum Part {
    /// It goes into `ErrorInfo.metadata` under this key.
    Carried(String),
    /// It is a detail.
    Detail,
    /// It is the delay of a `RetryInfo`.
    RetryAfter,
    /// It stays here.
    Kept,
}

impl Fault {
    /// A client can turn a status into it.
    pub(super) fn comes_back(&self) -> bool {
        self.domain.is_some() || !self.has_own()
    }

    /// Not all variants are transparent.
    pub(super) fn has_own(&self) -> bool {
        let own = |variant: &Variant| matches!(variant.outcome, Outcome::Own(_));
        self.variants.iter().any(own)
    }
}
