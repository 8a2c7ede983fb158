//! Names of types and paths of files.

/// `tally.v1` and `Step` are `tally.v1.Step`.
pub(super) fn join(scope: &str, name: &str) -> String {
    if scope.is_empty() {
        name.to_owned()
    } else {
        format!("{scope}.{name}")
    }
}

/// `tally.v1` → `tally/v1/tally.proto`: in the folder of its package, as buf wants it.
pub(super) fn usual_path(package: &str) -> String {
    let is_version = |part: &&str| {
        part.strip_prefix('v')
            .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
    };
    let base = package
        .rsplit('.')
        .find(|part| !part.is_empty() && !is_version(part));
    let folder: String = package
        .split('.')
        .filter(|part| !part.is_empty())
        .flat_map(|part| [part, "/"])
        .collect();
    format!("{folder}{}.proto", base.unwrap_or("code_first"))
}

#[cfg(test)]
mod tests {
    use super::usual_path;

    #[test]
    fn a_package_is_in_the_folder_of_its_name() {
        assert_eq!(usual_path("tally.v1"), "tally/v1/tally.proto");
        assert_eq!(usual_path("acme.shop.v1beta2"), "acme/shop/v1beta2/shop.proto");
        assert_eq!(usual_path("vault"), "vault/vault.proto");
        assert_eq!(usual_path(""), "code_first.proto");
    }
}
