use std::path::{Path, PathBuf};

use prost_types::FileDescriptorProto;

use crate::{
    builder::Builder,
    docs,
    error::Error,
    open::{self, Opened},
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
        let (Opened { mut compiler, .. }, files) = Opened::new(options.root_dir(), &options.includes, files)?;
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
        let paths = open::paths(&compiler);
        Ok(Self {
            files: set.file,
            descriptor_set,
            paths,
            packages,
        })
    }
}
