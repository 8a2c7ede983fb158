use proc_macro2::Span;

use super::model::Enumeration;
use crate::diagnostics::Errors;

/// Numbers and names. That no two variants have one number is rustc's rule already.
pub(super) fn check(enumeration: &Enumeration, errors: &mut Errors) {
    let Enumeration {
        ident,
        reserved,
        values,
        ..
    } = enumeration;
    match values.first() {
        Some(first) if first.number != 0 => errors.at(
            first.at,
            "the first value of an enum is zero, which a field has that is not set: put `Unspecified = 0` before it",
        ),
        None if errors.is_empty() => errors.at(
            ident.span(),
            "an enum has a value of zero, which a field has that is not set: `Unspecified = 0`",
        ),
        _ => {}
    }
    let mut names: Vec<&str> = Vec::new();
    for value in values {
        if reserved.has_number(value.number.into()) {
            let number = value.number;
            errors.at(
                value.at,
                format!("the number {number} is reserved: it must not be used again"),
            );
        }
        let aliases = value.aliases.iter().map(|(name, at)| (name, *at));
        let all = [(&value.name, value.ident.span())].into_iter().chain(aliases);
        for (name, at) in all {
            check_name(name, at, &names, enumeration, errors);
            names.push(name);
        }
    }
}

fn check_name(name: &str, at: Span, before: &[&str], enumeration: &Enumeration, errors: &mut Errors) {
    if !enumeration.reserved.allows_name(name, at, errors) {
        return;
    }
    if before.contains(&name) {
        errors.at(at, format!("the name `{name}` is that of another value already"));
    }
}
