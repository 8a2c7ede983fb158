/// True if an option that a user gave for `pattern` is for what is at `path`, which has a dot in front.
///
/// `.` is everything, `.a.b` that path and all below it, `b.C` every path that ends so.
pub(super) fn matches(pattern: &str, path: &str) -> bool {
    if pattern == "." || pattern == path {
        return true;
    }
    if pattern.starts_with('.') {
        path.strip_prefix(pattern)
            .is_some_and(|rest| rest.starts_with('.'))
    } else {
        !pattern.is_empty() && path.strip_suffix(pattern).is_some_and(|rest| rest.ends_with('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_a_path_or_its_beginning_or_its_end() {
        for pattern in [".", ".a", ".a.b", ".a.b.C", "C", "b.C", "a.b.C"] {
            assert!(matches(pattern, ".a.b.C"), "{pattern}");
        }
        for pattern in [
            "", "a", "b", ".b", "a.b", ".a.", ".a.b.C.d", ".a.b.", "x.C", ".A", ".",
        ] {
            assert_eq!(matches(pattern, ".a.bb.CC"), pattern == ".", "{pattern}");
        }
    }
}
