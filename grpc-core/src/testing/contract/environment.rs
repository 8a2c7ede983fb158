use std::{env, path::PathBuf};

/// Set to anything but `0`, it has files written anew.
pub(super) const UPDATE: &str = "GRPC_UPDATE_PROTOS";

/// What a check goes by besides the code.
#[derive(Clone, Debug)]
pub(super) struct Environment {
    /// Where relative paths begin: the root of the crate under test.
    pub(super) root: PathBuf,
    /// Files are to be written anew.
    pub(super) update: bool,
    /// This is a build that nobody looks at, and which changes no files.
    pub(super) ci: bool,
}

impl Environment {
    /// That of this process. Cargo tells tests where their crate is.
    pub(super) fn current() -> Self {
        Self {
            root: env::var_os("CARGO_MANIFEST_DIR")
                .map(PathBuf::from)
                .unwrap_or_default(),
            update: is_set(UPDATE),
            ci: is_set("CI"),
        }
    }
}

fn is_set(name: &str) -> bool {
    env::var_os(name).is_some_and(|value| !["", "0", "false"].iter().any(|no| value == *no))
}
