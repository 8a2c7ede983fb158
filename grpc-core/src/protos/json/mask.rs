//! Field masks as text: paths in lowerCamelCase, with commas between them.

/// The paths, as they are in the message; `None` if it is no field mask.
pub(super) fn parse(text: &str) -> Option<Vec<String>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    text.split(',').map(snake_case).collect()
}

/// The text; the first path that would not be read again as it is, if there is one.
pub(super) fn format<'a>(paths: impl Iterator<Item = &'a str>) -> Result<String, &'a str> {
    let mut out = String::new();
    for path in paths {
        let camel = camel_case(path);
        if path.is_empty() || snake_case(&camel).as_deref() != Some(path) {
            return Err(path);
        }
        if !out.is_empty() {
            out.push(',');
        }
        out.push_str(&camel);
    }
    Ok(out)
}

fn snake_case(path: &str) -> Option<String> {
    let is_path = |letter: char| letter.is_ascii_alphanumeric() || letter == '.';
    if path.is_empty() || !path.chars().all(is_path) {
        return None;
    }
    let mut out = String::with_capacity(path.len() + 4);
    for letter in path.chars() {
        if letter.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    Some(out)
}

fn camel_case(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut is_upper = false;
    for letter in path.chars() {
        match letter {
            '_' => is_upper = true,
            _ if is_upper => {
                out.push(letter.to_ascii_uppercase());
                is_upper = false;
            }
            _ => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_change_their_case_both_ways() {
        let paths = ["user_name", "home_address.zip_code", "x"];
        let text = "userName,homeAddress.zipCode,x";
        assert_eq!(parse(text).unwrap(), paths);
        assert_eq!(format(paths.into_iter()).unwrap(), text);
        assert_eq!(parse("").unwrap(), [""; 0]);
        assert_eq!(format([].into_iter()).unwrap(), "");
    }

    #[test]
    fn what_would_not_come_back_as_it_is_is_refused() {
        for text in ["user_name", "a,,b", ",", "a b", "*"] {
            assert_eq!(parse(text), None, "{text}");
        }
        for path in ["userName", "a__b", "a_", "a_1", ""] {
            assert_eq!(format([path].into_iter()), Err(path));
        }
    }
}
