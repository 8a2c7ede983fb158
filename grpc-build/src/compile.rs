use std::path::{Path, PathBuf};

use prost_types::FileDescriptorProto;
use protox::Compiler;

use crate::{builder::Builder, diagnostics, docs, error::Error};

/// What the `.proto` compiler made of the files.
pub(crate) struct Compiled {
    /// Every file, imported ones first, with comments and positions.
    pub(crate) files: Vec<FileDescriptorProto>,
    /// All of them as an encoded `FileDescriptorSet`, without comments and positions.
    pub(crate) descriptor_set: Vec<u8>,
    /// Where they were read from; those that the compiler brings along are not among them.
    pub(crate) paths: Vec<PathBuf>,
    /// The packages of the files asked for, in their order, each once; never empty.
    pub(crate) packages: Vec<String>,
}

/// Where files are looked for, and how they are called in messages.
pub(crate) struct Directories {
    root: PathBuf,
    includes: Vec<PathBuf>,
}

impl Compiled {
    pub(crate) fn new(options: &Builder, files: &[impl AsRef<Path>]) -> Result<Self, Error> {
        if files.is_empty() {
            return Err(Error::new("no .proto file is named"));
        }
        let mut directories = Directories {
            root: options.root_dir(),
            includes: options
                .includes
                .iter()
                .map(|include| options.root_dir().join(include))
                .collect(),
        };
        let files: Vec<PathBuf> = files
            .iter()
            .map(|file| directories.find(file.as_ref()))
            .collect::<Result<_, _>>()?;
        directories.add_defaults(&files, options.includes.is_empty());

        let failed = |error: protox::Error| Error::new(diagnostics::render(&error, &directories));
        let mut compiler = Compiler::new(&directories.includes).map_err(failed)?;
        compiler
            .include_imports(true)
            .open_files(&files)
            .map_err(failed)?;
        let descriptor_set = compiler.include_source_info(false).encode_file_descriptor_set();
        let mut set = compiler.include_source_info(true).file_descriptor_set();

        set.file.iter_mut().for_each(docs::defuse);

        let mut packages: Vec<String> = Vec::new();
        for path in &files {
            let file = compiler.files().find(|file| file.path() == Some(path));
            let package = file.and_then(|file| set.file.iter().find(|found| found.name() == file.name()));
            let package = package.map_or("", FileDescriptorProto::package);
            if !packages.iter().any(|known| known == package) {
                packages.push(package.to_owned());
            }
        }
        let paths = compiler
            .files()
            .filter_map(|file| file.path().map(Path::to_owned))
            .collect();
        Ok(Self {
            files: set.file,
            descriptor_set,
            paths,
            packages,
        })
    }
}

impl Directories {
    /// The file at `path`: from the root, or else from an include directory.
    fn find(&self, path: &Path) -> Result<PathBuf, Error> {
        let mut candidates = vec![self.root.join(path)];
        candidates.extend(self.includes.iter().map(|include| include.join(path)));
        candidates.dedup();
        if let Some(found) = candidates.iter().find(|candidate| candidate.is_file()) {
            return Ok(found.clone());
        }
        let looked: Vec<String> = candidates.iter().map(|path| path.display().to_string()).collect();
        Err(Error::new(format!(
            "{}: no such file; looked for {}",
            path.display(),
            looked.join(", ")
        )))
    }

    /// Every file is below some include directory; without any named by the user, the root is one too.
    fn add_defaults(&mut self, files: &[PathBuf], with_root: bool) {
        for file in files {
            if let Some(parent) = file.parent()
                && !self.includes.iter().any(|include| file.starts_with(include))
            {
                self.includes.push(parent.to_owned());
            }
        }
        if with_root && !self.includes.contains(&self.root) {
            self.includes.push(self.root.clone());
        }
    }

    /// The path of the file that `import` names.
    pub(crate) fn resolve(&self, import: &str) -> Option<PathBuf> {
        self.includes
            .iter()
            .map(|include| include.join(import))
            .find(|path| path.is_file())
    }

    /// A path as the user would write it.
    pub(crate) fn show(&self, path: &Path) -> String {
        let shown = path.strip_prefix(&self.root).unwrap_or(path);
        if shown.as_os_str().is_empty() {
            ".".to_owned()
        } else {
            shown.display().to_string()
        }
    }

    pub(crate) fn show_includes(&self) -> String {
        let shown: Vec<String> = self.includes.iter().map(|include| self.show(include)).collect();
        shown.join(", ")
    }
}
