use std::{env, path::PathBuf};

use super::{Protos, cache};
use crate::Error;

/// Which `.proto` files to read: [`Protos::builder`].
#[derive(Clone, Debug, Default)]
#[must_use = "nothing is read until `load` is called"]
pub struct ProtosBuilder {
    files: Vec<PathBuf>,
    includes: Vec<PathBuf>,
}

impl ProtosBuilder {
    /// Adds a file, by its path from the current directory or from one of the include directories.
    pub fn file(mut self, path: impl Into<PathBuf>) -> Self {
        self.files.push(path.into());
        self
    }

    /// Adds several.
    pub fn files<P: Into<PathBuf>>(mut self, paths: impl IntoIterator<Item = P>) -> Self {
        self.files.extend(paths.into_iter().map(Into::into));
        self
    }

    /// Adds a directory in which imports are looked for, behind those added before.
    ///
    /// Without any, they are looked for beside the file that is read, then in the current directory.
    pub fn include(mut self, directory: impl Into<PathBuf>) -> Self {
        self.includes.push(directory.into());
        self
    }

    /// Reads the files, and all that they import.
    ///
    /// What was made of the same files in the same directories is kept, and given again as long as none of the files
    /// that it came from, imported ones included, has changed: its length, and the time of its last modification, are
    /// looked at each time. It is for small numbers of files: of more than 64 different loads, the one not used for longest is
    /// forgotten.
    ///
    /// # Errors
    /// A file that is missing or wrong, with its path, line and column.
    pub fn load(self) -> Result<Protos, Error> {
        let root =
            env::current_dir().map_err(|error| Error::new("the current directory").with_source(error))?;
        cache::load(root, self.files, self.includes)
    }
}
