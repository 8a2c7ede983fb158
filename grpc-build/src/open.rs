use std::path::{Path, PathBuf};

use protox::Compiler;

use crate::{diagnostics, directories::Directories, error::Error};

/// The `.proto` compiler, with the files and all that they import read and checked.
pub(crate) struct Opened {
    pub(crate) compiler: Compiler,
    pub(crate) directories: Directories,
}

impl Opened {
    /// Opens them, and says where the files asked for were found.
    pub(crate) fn new(
        root: PathBuf,
        includes: &[PathBuf],
        files: &[impl AsRef<Path>],
    ) -> Result<(Self, Vec<PathBuf>), Error> {
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

        let failed = |error: protox::Error| Error::new(diagnostics::render(&error, &directories));
        let mut compiler = Compiler::new(&directories.includes).map_err(failed)?;
        compiler
            .include_imports(true)
            .open_files(&files)
            .map_err(failed)?;
        Ok((
            Self {
                compiler,
                directories,
            },
            files,
        ))
    }
}

/// Where the files were read from; those that the compiler brings along are not among them.
pub(crate) fn paths(compiler: &Compiler) -> Vec<PathBuf> {
    compiler
        .files()
        .filter_map(|file| file.path().map(Path::to_owned))
        .collect()
}
