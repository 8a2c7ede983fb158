use std::{
    env, fs,
    path::{Path, PathBuf},
};

use crate::{compile::Compiled, error::Error, generate};

/// Compiles `.proto` files to one Rust file in `OUT_DIR`, with the default options.
///
/// # Errors
/// As [`Builder::compile`].
pub fn compile(files: &[impl AsRef<Path>]) -> Result<PathBuf, Error> {
    configure().compile(files)
}

/// The options of a compilation, all at their defaults.
pub fn configure() -> Builder {
    Builder::default()
}

/// The options of a compilation. `grpc::proto!` has the same ones under the same names.
#[derive(Clone, Debug)]
#[must_use = "options do nothing until `compile` is called"]
pub struct Builder {
    root: Option<PathBuf>,
    pub(crate) includes: Vec<PathBuf>,
    pub(crate) type_attributes: Vec<(String, String)>,
    pub(crate) bytes: Vec<String>,
    pub(crate) extern_paths: Vec<(String, String)>,
    pub(crate) runtime: String,
    out_dir: Option<PathBuf>,
    file_name: Option<String>,
}

/// What [`Builder::generate`] made.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Generated {
    /// The Rust code, to be placed in a module.
    pub code: String,
    /// The files it was made from, imported ones included: a change of any of them asks for new code.
    pub files: Vec<PathBuf>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            root: None,
            includes: Vec::new(),
            type_attributes: Vec::new(),
            bytes: Vec::new(),
            extern_paths: Vec::new(),
            runtime: "::grpc".to_owned(),
            out_dir: None,
            file_name: None,
        }
    }
}

impl Builder {
    /// Adds directories in which `import`s are looked for, in this order.
    ///
    /// Without any, they are looked for beside the file that is compiled, then in the crate's root.
    pub fn includes<P: Into<PathBuf>>(mut self, directories: impl IntoIterator<Item = P>) -> Self {
        self.includes.extend(directories.into_iter().map(Into::into));
        self
    }

    /// Puts an attribute on the Rust type of a message, enum or oneof: `("helloworld.HelloRequest",
    /// "#[derive(Eq)]")`. The path `.` means all types, a package means all types in it.
    pub fn type_attribute(mut self, path: impl Into<String>, attribute: impl Into<String>) -> Self {
        self.type_attributes.push((path.into(), attribute.into()));
        self
    }

    /// Several [`Builder::type_attribute`]s.
    pub fn type_attributes<P: Into<String>, A: Into<String>>(
        mut self,
        attributes: impl IntoIterator<Item = (P, A)>,
    ) -> Self {
        self.type_attributes.extend(
            attributes
                .into_iter()
                .map(|(path, attribute)| (path.into(), attribute.into())),
        );
        self
    }

    /// Makes `bytes` fields a `bytes::Bytes`, which shares the received buffer instead of copying from it.
    /// Each path is a field, a message or a package; `.` means all fields.
    pub fn bytes<P: Into<String>>(mut self, paths: impl IntoIterator<Item = P>) -> Self {
        self.bytes.extend(paths.into_iter().map(Into::into));
        self
    }

    /// Uses the Rust types at `rust` for those under the proto path `proto` (`.google.type`) instead of
    /// generating them. The Rust path starts with `::` or `crate::`.
    pub fn extern_path(mut self, proto: impl Into<String>, rust: impl Into<String>) -> Self {
        self.extern_paths.push((proto.into(), rust.into()));
        self
    }

    /// Several [`Builder::extern_path`]s.
    pub fn extern_paths<P: Into<String>, R: Into<String>>(
        mut self,
        paths: impl IntoIterator<Item = (P, R)>,
    ) -> Self {
        self.extern_paths
            .extend(paths.into_iter().map(|(proto, rust)| (proto.into(), rust.into())));
        self
    }

    /// Where generated code finds the runtime, if that is not `::grpc` (the option `crate` of the macros).
    pub fn runtime(mut self, path: impl Into<String>) -> Self {
        self.runtime = path.into();
        self
    }

    /// The directory that relative paths start from, if that is not the crate's root.
    pub fn root(mut self, directory: impl Into<PathBuf>) -> Self {
        self.root = Some(directory.into());
        self
    }

    /// Where [`Builder::compile`] writes, if that is not cargo's `OUT_DIR`.
    pub fn out_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.out_dir = Some(directory.into());
        self
    }

    /// The name, without `.rs`, of the file that [`Builder::compile`] writes, if that is not the package of
    /// the first `.proto`.
    pub fn file_name(mut self, name: impl Into<String>) -> Self {
        self.file_name = Some(name.into());
        self
    }

    /// Compiles `files` and everything they import into one Rust file, and returns its path.
    ///
    /// The file is `<package>.rs` in `OUT_DIR`, for `grpc::include_proto!("<package>")`, once in a crate. Tells
    /// cargo to run the build script again when any of the `.proto` files changes.
    ///
    /// # Errors
    /// A `.proto` that is missing or wrong, with file, line and column; an option that makes no sense; a file
    /// that cannot be written; no `OUT_DIR` outside a build script.
    pub fn compile(&self, files: &[impl AsRef<Path>]) -> Result<PathBuf, Error> {
        let compiled = Compiled::new(self, files)?;
        let name = match &self.file_name {
            Some(name) => name.clone(),
            None if compiled.packages[0].is_empty() => "_".to_owned(),
            None => compiled.packages[0].clone(),
        };
        let directory = match &self.out_dir {
            Some(directory) => self.root_dir().join(directory),
            None => env::var_os("OUT_DIR").map(PathBuf::from).ok_or_else(|| {
                Error::new("OUT_DIR is not set: call this from a build script, or set `out_dir`")
            })?,
        };
        let unique = format!("{}/{name}", env::var("CARGO_PKG_NAME").unwrap_or_default());
        let code = generate::generate(self, &compiled, &unique)?;
        let path = directory.join(format!("{name}.rs"));
        // Left alone if it says the same already, so that nothing after it is built again.
        if fs::read_to_string(&path).is_ok_and(|written| written == code) {
            return Ok(compiled.announce(path));
        }
        fs::write(&path, code).map_err(|error| Error::io(format_args!("write {}", path.display()), error))?;
        Ok(compiled.announce(path))
    }

    /// Compiles `files` and everything they import, and returns the code instead of writing it.
    ///
    /// `unique` tells this code from all other that is generated for the same crate, as macros share one
    /// namespace: the place of the macro call, or the name of the file that the code will be in.
    ///
    /// # Errors
    /// As [`Builder::compile`].
    pub fn generate(&self, files: &[impl AsRef<Path>], unique: &str) -> Result<Generated, Error> {
        let compiled = Compiled::new(self, files)?;
        let code = generate::generate(self, &compiled, unique)?;
        Ok(Generated {
            code,
            files: compiled.paths,
        })
    }

    pub(crate) fn root_dir(&self) -> PathBuf {
        let manifest_dir = || env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        self.root
            .clone()
            .or_else(manifest_dir)
            .unwrap_or_else(|| PathBuf::from("."))
    }
}

impl Compiled {
    /// Tells cargo what the build script depends on.
    fn announce(&self, written: PathBuf) -> PathBuf {
        for path in &self.paths {
            println!("cargo:rerun-if-changed={}", path.display());
        }
        written
    }
}
