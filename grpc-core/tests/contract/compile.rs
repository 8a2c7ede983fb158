use prost_types::FileDescriptorProto;
use protox::{
    Compiler, Error,
    file::{ChainFileResolver, File, FileResolver, GoogleFileResolver},
};

/// A case's text as a whole file: declarations alone are put into the package `p.v1`.
pub(crate) fn file(text: &str) -> String {
    if text.split_whitespace().any(|word| word == "package") {
        format!("syntax = \"proto3\";\n{text}\n")
    } else {
        format!("syntax = \"proto3\";\npackage p.v1;\n{text}\n")
    }
}

pub(crate) fn compile(text: &str) -> FileDescriptorProto {
    let mut resolver = ChainFileResolver::new();
    resolver.add(Given(text.to_owned()));
    resolver.add(GoogleFileResolver::new());
    let mut compiler = Compiler::with_file_resolver(resolver);
    compiler.include_source_info(true);
    if let Err(error) = compiler.open_file(NAME) {
        panic!("{text}\n{error:?}");
    }
    let files = compiler.file_descriptor_set().file;
    files
        .into_iter()
        .find(|file| file.name() == NAME)
        .expect("it was opened")
}

const NAME: &str = "case.proto";

struct Given(String);

impl FileResolver for Given {
    fn open_file(&self, name: &str) -> Result<File, Error> {
        if name == NAME {
            File::from_source(name, &self.0)
        } else {
            Err(Error::file_not_found(name))
        }
    }
}
