//! What protox makes of files.

use std::path::{Path, PathBuf};

use protox::prost_reflect::{DynamicMessage, Value};

use crate::{compare, files};

pub(crate) fn theirs(includes: &[PathBuf], file: &Path) -> Result<Vec<u8>, protox::Error> {
    let mut compiler = protox::Compiler::new(includes)?;
    compiler.include_imports(true).open_files([file])?;
    Ok(compiler.encode_file_descriptor_set())
}

#[test]
fn the_files_of_the_repository_are_read_as_protox_reads_them() {
    for (includes, file) in files::of_repository() {
        let ours = compare::ours(&includes, &file).unwrap();
        let theirs = theirs(&includes, &file).unwrap();
        let schema = compare::schema(&ours);
        let [ours, theirs] = [ours, theirs].map(|set| compare::files(&schema, &set));
        let names = |files: &std::collections::BTreeMap<String, _>| files.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&ours), names(&theirs));
        for (name, ours) in ours {
            // This has floats as defaults, which protox does not write as protoc does.
            if name == "everything.proto" {
                continue;
            }
            let [ours, theirs] = [&ours, &theirs[&name]].map(without_empty_options);
            compare::assert_same(&ours, &theirs, &name);
        }
    }
}

/// protox has no options of a method that ends in `{}`, which protoc has.
fn without_empty_options(file: &DynamicMessage) -> DynamicMessage {
    let mut file = file.clone();
    let services = file.get_field_by_name_mut("service").and_then(Value::as_list_mut);
    for service in services.into_iter().flatten().filter_map(Value::as_message_mut) {
        let methods = service
            .get_field_by_name_mut("method")
            .and_then(Value::as_list_mut);
        for method in methods.into_iter().flatten().filter_map(Value::as_message_mut) {
            let options = method.get_field_by_name("options");
            let is_empty = options.is_some_and(|options| {
                options
                    .as_message()
                    .is_some_and(|options| options.fields().count() == 0)
            });
            if is_empty {
                method.clear_field_by_name("options");
            }
        }
    }
    file
}
