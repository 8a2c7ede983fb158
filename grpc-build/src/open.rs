use std::path::{Path, PathBuf};

use crate::{diagnostics, directories::Directories, error::Error, proto::Compiler};

/// Where to look for files, and where those asked for were found.
pub(crate) struct Found {
    pub(crate) directories: Directories,
    pub(crate) files: Vec<PathBuf>,
}

impl Found {
    pub(crate) fn new(
        root: PathBuf,
        includes: &[PathBuf],
        files: &[impl AsRef<Path>],
    ) -> Result<Self, Error> {
        if files.is_empty() {
            return Err(Error::new("no .proto file is named"));
        }
        let mut directories = Directories {
            includes: includes.iter().map(|include| root.join(include)).collect(),
            root,
        };
        let files: Vec<PathBuf> = files
            .iter()
            .map(|file| directories.find(file.as_ref()))
            .collect::<Result<_, _>>()?;
        directories.add_defaults(&files, includes.is_empty());
        Ok(Self { directories, files })
    }

    /// Reads and checks the files and all that they import.
    pub(crate) fn open(&self) -> Result<Compiler<'_>, Error> {
        let mut compiler = Compiler::new(&self.directories);
        for file in &self.files {
            let name = self.directories.name_of(file)?;
            compiler
                .open(&name)
                .map_err(|mistakes| Error::new(diagnostics::render(&mistakes, &self.directories)))?;
        }
        Ok(compiler)
    }
}

/// Where the files were read from; those that the compiler brings along are not among them.
pub(crate) fn paths(compiler: &Compiler<'_>) -> Vec<PathBuf> {
    compiler
        .files()
        .filter_map(|file| file.path.map(Path::to_owned))
        .collect()
}
