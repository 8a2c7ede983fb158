//! What the printer of .proto files writes: one canonical text, which compiles to the same descriptor again.

use std::{fs, path::Path};

use grpc_core::proto_text::print;
use prost_types::{DescriptorProto, FileDescriptorProto};
use protox::{
    Compiler, Error,
    file::{ChainFileResolver, File, FileResolver, GoogleFileResolver, IncludeFileResolver},
};

// --- The text -----------------------------------------------------------------------------------------------

#[test]
fn a_canonical_file_is_printed_as_it_is() {
    let path = "grpc-core/tests/protos/kitchen_sink.proto";
    let text = fs::read_to_string(root().join(path)).unwrap();
    assert_same(&print(&compile(path)).unwrap(), &text);
}

#[test]
fn any_other_file_is_printed_in_canonical_form() {
    let printed = print(&compile("grpc-core/tests/protos/messy.proto")).unwrap();
    let canonical = root().join("grpc-core/tests/protos/messy.canonical.proto");
    assert_same(&printed, &fs::read_to_string(canonical).unwrap());
}

#[test]
fn a_descriptor_without_comments_or_json_names_is_printed() {
    let mut file = compile("grpc-core/tests/protos/messy.proto");
    file.source_code_info = None;
    for field in file
        .message_type
        .iter_mut()
        .flat_map(|message| &mut message.field)
    {
        field.json_name = None;
    }
    let text = print(&file).unwrap();
    assert!(!text.contains("//"), "{text}");
    assert!(!text.contains("json_name"), "{text}");
}

// --- There and back -----------------------------------------------------------------------------------------

#[test]
fn what_is_printed_compiles_to_the_same_descriptor() {
    let mut count = 0;
    for path in corpus() {
        let file = compile(&path);
        if file.syntax() != "proto3" {
            continue;
        }
        count += 1;
        let text = print(&file).unwrap();
        let again = compile_text(&path, &text);
        assert_eq!(normal(&again), normal(&file), "{path} is printed as\n{text}");
        assert_same(&print(&again).unwrap(), &text);
    }
    assert!(count >= 25, "only {count} files of the corpus are there");
}

#[test]
fn what_is_not_proto3_is_refused_with_a_reason() {
    let with = |change: &dyn Fn(&mut FileDescriptorProto)| {
        let mut file = compile("grpc-core/tests/protos/kitchen_sink.proto");
        file.name = Some("sink.proto".to_owned());
        change(&mut file);
        print(&file).unwrap_err().to_string()
    };
    let sink = "print sink.proto: kitchen.sink.v1";
    for (error, expected) in [
        (
            with(&|file| file.syntax = None),
            "print sink.proto: it is proto2, and only proto3 can be printed".to_owned(),
        ),
        (
            with(&|file| file.syntax = Some("editions".to_owned())),
            "print sink.proto: its syntax is \"editions\", and only proto3 can be printed".to_owned(),
        ),
        (
            with(&|file| file.message_type[0].field[0].label = Some(2)),
            format!("{sink}.Everything.f_double is required, and proto3 has no such fields"),
        ),
        (
            with(&|file| file.message_type[0].field[0].r#type = Some(10)),
            format!("{sink}.Everything.f_double is a group, and proto3 has none"),
        ),
        (
            with(&|file| file.message_type[0].field[0].r#type = None),
            format!("{sink}.Everything.f_double has no type"),
        ),
        (
            with(&|file| file.message_type[0].field[0].default_value = Some("1".to_owned())),
            format!("{sink}.Everything.f_double has a default value, and proto3 has none"),
        ),
        (
            with(&|file| file.message_type[0].field[0].oneof_index = Some(99)),
            format!("{sink}.Everything.f_double is in a oneof that is not there"),
        ),
        (
            with(&|file| file.message_type[0].field[0].proto3_optional = Some(true)),
            format!("{sink}.Everything.f_double is optional, and in no oneof of its own"),
        ),
    ] {
        assert_eq!(error, expected);
    }
}

/// The paths that files are imported by.
fn corpus() -> Vec<String> {
    let mut paths: Vec<String> = [
        "any",
        "api",
        "descriptor",
        "duration",
        "empty",
        "field_mask",
        "source_context",
        "struct",
        "timestamp",
        "type",
        "wrappers",
    ]
    .map(|name| format!("google/protobuf/{name}.proto"))
    .into();
    for folder in ["tests", "examples", "grpc-core/tests/protos"] {
        find(&root().join(folder), &mut paths);
    }
    paths
}

fn find(folder: &Path, paths: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            let path = path.strip_prefix(root()).unwrap();
            paths.push(path.to_str().unwrap().replace('\\', "/"));
        }
    }
}

fn compile(path: &str) -> FileDescriptorProto {
    compile_with(path, resolver(path))
}

fn compile_text(path: &str, text: &str) -> FileDescriptorProto {
    let mut resolver = ChainFileResolver::new();
    resolver.add(Given {
        name: path.to_owned(),
        text: text.to_owned(),
    });
    resolver.add(self::resolver(path));
    compile_with(path, resolver)
}

fn compile_with(path: &str, resolver: impl FileResolver + 'static) -> FileDescriptorProto {
    let mut compiler = Compiler::with_file_resolver(resolver);
    compiler.include_source_info(true);
    match compiler.open_file(path) {
        Ok(_) => {}
        Err(error) => panic!("{path}: {error:?}"),
    }
    let files = compiler.file_descriptor_set().file;
    files
        .into_iter()
        .find(|file| file.name() == path)
        .expect("it was opened")
}

/// Imports are looked for from the root, and from every folder on the file's way.
fn resolver(path: &str) -> ChainFileResolver {
    let mut resolver = ChainFileResolver::new();
    for folder in Path::new(path).ancestors().skip(1) {
        resolver.add(IncludeFileResolver::new(root().join(folder)));
    }
    resolver.add(GoogleFileResolver::new());
    resolver
}

struct Given {
    name: String,
    text: String,
}

impl FileResolver for Given {
    fn open_file(&self, name: &str) -> Result<File, Error> {
        if name == self.name {
            File::from_source(name, &self.text)
        } else {
            Err(Error::file_not_found(name))
        }
    }
}

/// Without what the text does not say: comments, and the order of what has none.
fn normal(file: &FileDescriptorProto) -> FileDescriptorProto {
    let mut file = file.clone();
    file.source_code_info = None;
    let public: Vec<String> = file
        .public_dependency
        .iter()
        .map(|&index| file.dependency[usize::try_from(index).unwrap()].clone())
        .collect();
    file.dependency.sort();
    file.public_dependency = public
        .iter()
        .filter_map(|path| file.dependency.iter().position(|other| other == path))
        .map(|index| i32::try_from(index).unwrap())
        .collect();
    file.message_type.iter_mut().for_each(sort_nested);
    file
}

/// The entries of maps are where the maps are, in the source.
fn sort_nested(message: &mut DescriptorProto) {
    message.nested_type.sort_by(|a, b| a.name().cmp(b.name()));
    message.nested_type.iter_mut().for_each(sort_nested);
}

fn assert_same(text: &str, expected: &str) {
    assert!(text == expected, "it is printed as\n{text}");
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}
