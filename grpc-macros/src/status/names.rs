//! The names that an error goes by on the wire, as AIP-193 wants them.

use std::collections::HashMap;

use proc_macro2::Ident;
use syn::{LitStr, Member, Type, ext::IdentExt};

use crate::diagnostics::Errors;

/// AIP-193: `[A-Z][A-Z0-9_]+[A-Z0-9]`, at most 63 characters, unique within the domain.
pub(super) fn reason(
    variant: &Ident,
    given: Option<&LitStr>,
    reasons: &mut HashMap<String, Ident>,
    errors: &mut Errors,
) -> Option<String> {
    let reason = given.map_or_else(|| upper_snake_case(&variant.unraw().to_string()), LitStr::value);
    let span = given.map_or_else(|| variant.span(), LitStr::span);
    let fits = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    if !(3..=63).contains(&reason.len())
        || !reason.chars().all(fits)
        || !reason.starts_with(|c: char| c.is_ascii_uppercase())
        || reason.ends_with('_')
    {
        let message = format!(
            "`{reason}` is no reason: 3 to 63 characters of UPPER_SNAKE_CASE are, such as `#[grpc(reason = \"NOT_THERE\")]`"
        );
        errors.at(span, message);
        return None;
    }
    if let Some(other) = reasons.get(&reason) {
        errors.at(
            span,
            format!("the reason `{reason}` is that of `{other}` already"),
        );
        return None;
    }
    reasons.insert(reason.clone(), variant.clone());
    Some(reason)
}

/// AIP-193: `[a-z][a-zA-Z0-9-_]+`, at most 64 characters, better in lowerCamelCase.
pub(super) fn key(member: &Member, ty: &Type, given: Option<&LitStr>, errors: &mut Errors) -> Option<String> {
    let key = match (given, member) {
        (Some(given), _) => given.value(),
        (None, Member::Named(name)) => lower_camel_case(&name.unraw().to_string()),
        (None, Member::Unnamed(_)) => {
            errors.on(
                ty,
                "a field without a name needs a key, such as `#[grpc(metadata = \"account\")]`",
            );
            return None;
        }
    };
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !(2..=64).contains(&key.len())
        || !key.chars().all(fits)
        || !key.starts_with(|c: char| c.is_ascii_lowercase())
    {
        let message = format!(
            "`{key}` is no key: 2 to 64 characters of lowerCamelCase are, such as `#[grpc(metadata = \"itemCount\")]`"
        );
        match given {
            Some(given) => errors.on(given, message),
            None => errors.on(member, message),
        }
        return None;
    }
    Some(key)
}

/// `NoAccount` → `NO_ACCOUNT`, `HTTPError2` → `HTTP_ERROR2`.
fn upper_snake_case(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (i, letter) in letters.iter().enumerate() {
        let begins_word = letter.is_uppercase()
            && i > 0
            && letters[i - 1] != '_'
            && (!letters[i - 1].is_uppercase() || letters.get(i + 1).is_some_and(|next| next.is_lowercase()));
        if begins_word {
            out.push('_');
        }
        out.extend(letter.to_uppercase());
    }
    out
}

/// `item_count` → `itemCount`
fn lower_camel_case(name: &str) -> String {
    let mut words = name.split('_').filter(|word| !word.is_empty());
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut out, word| {
        let mut letters = word.chars();
        out.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        out.push_str(letters.as_str());
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_and_keys_are_made_from_names() {
        for (name, reason) in [
            ("NoAccount", "NO_ACCOUNT"),
            ("HTTPError", "HTTP_ERROR"),
            ("Full", "FULL"),
            ("Sha256Wrong", "SHA256_WRONG"),
        ] {
            assert_eq!(upper_snake_case(name), reason);
        }
        for (name, key) in [
            ("item_count", "itemCount"),
            ("account", "account"),
            ("_a_b", "aB"),
        ] {
            assert_eq!(lower_camel_case(name), key);
        }
    }
}
