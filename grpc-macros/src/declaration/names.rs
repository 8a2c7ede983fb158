//! Names in a `.proto` for names in Rust.

use syn::LitStr;

use crate::diagnostics::Errors;

/// `NotFound` → `NOT_FOUND`
pub(crate) fn shouty(name: &str) -> String {
    words(name)
        .iter()
        .map(|word| word.to_ascii_uppercase())
        .collect::<Vec<_>>()
        .join("_")
}

/// `NotFound` → `not_found`
pub(crate) fn snake(name: &str) -> String {
    shouty(name).to_ascii_lowercase()
}

/// As protobuf names a field in JSON: `not_found` → `notFound`. Two fields must not have one such name.
pub(crate) fn json(name: &str) -> String {
    let mut parts = name.split('_');
    let mut json = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut chars = part.chars();
        json.extend(chars.next().map(|first| first.to_ascii_uppercase()));
        json.push_str(chars.as_str());
    }
    json
}

/// The name that an option gives, or an error at it.
pub(crate) fn check_name(name: LitStr, what: &str, example: &str, errors: &mut Errors) -> Option<String> {
    let value = name.value();
    if is_name(&value) {
        return Some(value);
    }
    errors.on(name, format!("{what} is an identifier, such as \"{example}\""));
    None
}

pub(crate) fn is_name(name: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphabetic() || c == '_';
    name.starts_with(is_letter) && name.chars().all(|c| is_letter(c) || c.is_ascii_digit())
}

/// A word begins at a capital after a small letter or a digit, and at the last capital of several before a small letter.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let chars: Vec<char> = name.chars().collect();
    for (index, &char) in chars.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| chars[before]);
        let after = chars.get(index + 1);
        let begins = char.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_numeric()
                    || (before.is_uppercase() && after.is_some_and(|after| after.is_lowercase()))
            });
        if begins || char == '_' {
            words.push(String::new());
        }
        if char != '_'
            && let Some(word) = words.last_mut()
        {
            word.push(char);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_into_words_where_a_reader_does() {
        for (name, expected) in [
            ("Red", "RED"),
            ("NotFound", "NOT_FOUND"),
            ("HTTPServer", "HTTP_SERVER"),
            ("V2List", "V2_LIST"),
            ("Already_Cut", "ALREADY_CUT"),
        ] {
            assert_eq!(shouty(name), expected);
        }
        assert_eq!(snake("NotFound"), "not_found");
    }

    #[test]
    fn names_in_json_are_those_of_protobufs_compiler() {
        assert_eq!(json("not_found"), "notFound");
        assert_eq!(json("a__b_1"), "aB1");
    }
}
