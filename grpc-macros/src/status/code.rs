use proc_macro2::Ident;
use syn::{Error, Token, ext::IdentExt, parse::ParseStream};

use crate::diagnostics::{did_you_mean, list};

/// `= NotFound`, a variant of `Code`.
pub(super) fn code(input: ParseStream) -> syn::Result<Ident> {
    input.parse::<Token![=]>()?;
    let code = input
        .call(Ident::parse_any)
        .map_err(|error| Error::new(error.span(), "expected a code's name, such as `NotFound`"))?;
    if code == "Ok" {
        return Err(Error::new(code.span(), "`Ok` is the code of what is no error"));
    }
    if CODES.iter().any(|name| code == name) {
        return Ok(code);
    }
    let camel_case: String = code.to_string().split('_').map(capitalized).collect();
    let message = match did_you_mean(&camel_case, &CODES, |name| (*name).to_owned()) {
        Some(name) => format!("unknown code `{code}`; did you mean `{name}`?"),
        None => format!("unknown code `{code}`; the codes are {}", list(&CODES)),
    };
    Err(Error::new(code.span(), message))
}

/// `NOT` → `Not`; what has small letters stays as it is.
fn capitalized(word: &str) -> String {
    if word.chars().any(char::is_lowercase) && !word.starts_with(char::is_lowercase) {
        return word.to_owned();
    }
    let mut letters = word.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first
        .into_iter()
        .chain(letters.map(|letter| letter.to_ascii_lowercase()))
        .collect()
}

const CODES: [&str; 16] = [
    "Cancelled",
    "Unknown",
    "InvalidArgument",
    "DeadlineExceeded",
    "NotFound",
    "AlreadyExists",
    "PermissionDenied",
    "ResourceExhausted",
    "FailedPrecondition",
    "Aborted",
    "OutOfRange",
    "Unimplemented",
    "Internal",
    "Unavailable",
    "DataLoss",
    "Unauthenticated",
];
