use std::path::{Path, PathBuf};

use crate::{
    error::Error,
    open::{self, Found},
};

/// What `.proto` files declare, without any code made of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Descriptors {
    /// An encoded `google.protobuf.FileDescriptorSet` of the files and all that they import, imported ones first, with
    /// comments and positions.
    pub set: Vec<u8>,
    /// Where the files were read from, imported ones included.
    pub files: Vec<PathBuf>,
    /// Where a file would have been read from, had it been there: should one appear, it hides one of `files`.
    pub missing: Vec<PathBuf>,
}

/// Compiles `files` and everything they import to descriptors only, for use at run time.
///
/// Relative paths start at `root`. Imports are looked for in `includes`, in this order; without any, beside the
/// file that is compiled, then in `root`.
///
/// # Errors
/// A `.proto` that is missing or wrong, with file, line and column.
pub fn descriptors(
    root: impl Into<PathBuf>,
    includes: &[PathBuf],
    files: &[impl AsRef<Path>],
) -> Result<Descriptors, Error> {
    let found = Found::new(root.into(), includes, files)?;
    let compiler = found.open()?;
    let missing = compiler
        .files()
        .flat_map(|file| {
            let includes = found.directories.includes.iter();
            let candidates = includes.map(move |include| include.join(file.name));
            candidates.take_while(move |candidate| Some(candidate.as_path()) != file.path)
        })
        .collect();
    Ok(Descriptors {
        set: compiler.encode(),
        files: open::paths(&compiler),
        missing,
    })
}
