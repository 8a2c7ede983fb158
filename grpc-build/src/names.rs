//! Names in Rust for names in `.proto`, the same ones that prost-build gives.

use heck::{ToSnakeCase as _, ToUpperCamelCase as _};

pub(crate) fn snake(name: &str) -> String {
    escape(name.to_snake_case())
}

pub(crate) fn upper_camel(name: &str) -> String {
    escape(name.to_upper_camel_case())
}

/// The modules of a package, outermost first.
pub(crate) fn modules(package: &str) -> Vec<String> {
    package
        .split('.')
        .filter(|part| !part.is_empty())
        .map(snake)
        .collect()
}

/// The name without the mark of a raw identifier.
pub(crate) fn plain(ident: &str) -> &str {
    ident.strip_prefix("r#").unwrap_or(ident)
}

/// `name`, with as many underscores at its end as make it none of the `taken`.
pub(crate) fn free(name: &str, taken: impl Fn(&str) -> bool) -> String {
    let mut name = name.to_owned();
    while taken(&name) {
        name = format!("{}_", plain(&name));
    }
    name
}

/// What is a name in Rust, raw if need be.
pub(crate) fn escape(name: String) -> String {
    match name.as_str() {
        // Not even as raw identifiers.
        "_" | "self" | "Self" | "super" | "crate" | "extern" => name + "_",
        name if KEYWORDS.contains(&name) => format!("r#{name}"),
        _ if name.starts_with(|first: char| first.is_numeric()) => format!("_{name}"),
        _ => name,
    }
}

#[rustfmt::skip]
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else",
    "enum", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
    "move", "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "true", "try",
    "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_become_raw_identifiers_or_get_an_underscore() {
        assert_eq!(snake("Type"), "r#type");
        assert_eq!(snake("Crate"), "crate_");
        assert_eq!(upper_camel("self"), "Self_");
        assert_eq!(snake("GetURL"), "get_url");
        assert_eq!(modules("google.type"), ["google", "r#type"]);
    }

    #[test]
    fn a_taken_name_gets_underscores() {
        assert_eq!(free("new", |name| name == "new"), "new_");
        assert_eq!(
            free("r#type", |name| ["r#type", "type_"].contains(&name)),
            "type__"
        );
    }
}
