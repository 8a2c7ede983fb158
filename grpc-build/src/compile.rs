use std::path::{Path, PathBuf};

use prost::Message as _;
use prost_types::{FileDescriptorProto, FileDescriptorSet};

use crate::{
    builder::Builder,
    docs,
    error::Error,
    open::{self, Found},
};

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

impl Compiled {
    pub(crate) fn new(options: &Builder, files: &[impl AsRef<Path>]) -> Result<Self, Error> {
        let found = Found::new(options.root_dir(), &options.includes, files)?;
        let compiler = found.open()?;
        let set = FileDescriptorSet::decode(&compiler.encode()[..]);
        let mut files = set.map_err(|error| Error::new(error.to_string()))?.file;
        files.iter_mut().for_each(docs::defuse);

        let mut packages: Vec<String> = Vec::new();
        for path in &found.files {
            let name = found.directories.name_of(path)?;
            let package = compiler.package(&name);
            if !packages.iter().any(|known| known == package) {
                packages.push(package.to_owned());
            }
        }
        let paths = open::paths(&compiler);
        Ok(Self {
            files,
            descriptor_set: compiler.encode_without_source_info(),
            paths,
            packages,
        })
    }
}
