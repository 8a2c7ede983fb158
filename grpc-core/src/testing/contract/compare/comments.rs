use std::collections::BTreeMap;

use prost_types::{DescriptorProto, EnumDescriptorProto, FileDescriptorProto, source_code_info::Location};

use super::{Breaks, Difference};

/// Declarations of both versions whose comments differ.
pub(super) fn compare(old: &FileDescriptorProto, new: &FileDescriptorProto) -> Vec<Difference> {
    let (old_names, new_names) = (names(old), names(new));
    let (old, new) = (of(old), of(new));
    let both = old_names
        .into_iter()
        .filter_map(|(name, old_path)| Some((old_path, new_names.get(&name)?, name)));
    both.filter(|(old_path, new_path, _)| old.get(&old_path[..]) != new.get(&new_path[..]))
        .map(|(_, _, name)| Difference::new(Breaks::Nothing, name, "the comment changed"))
        .collect()
}

/// The comments that lead declarations, line by line and without the space around, by path.
fn of(file: &FileDescriptorProto) -> BTreeMap<&[i32], Vec<&str>> {
    let locations = file.source_code_info.iter().flat_map(|info| &info.location);
    let comments = locations.filter_map(|location: &Location| {
        let comment = location.leading_comments.as_deref()?;
        let lines: Vec<&str> = comment.trim().lines().map(str::trim).collect();
        (!lines.is_empty()).then_some((&location.path[..], lines))
    });
    comments.collect()
}

/// Where each declaration is in the file, as in [`Location::path`].
fn names(file: &FileDescriptorProto) -> BTreeMap<String, Vec<i32>> {
    let mut names = BTreeMap::new();
    for (index, service) in numbered(&file.service) {
        let name = join(file.package(), service.name());
        for (method, declared) in numbered(&service.method) {
            names.insert(join(&name, declared.name()), vec![6, index, 2, method]);
        }
        names.insert(name, vec![6, index]);
    }
    messages(file.package(), &[4], &file.message_type, &mut names);
    enums(file.package(), &[5], &file.enum_type, &mut names);
    names
}

fn messages(scope: &str, path: &[i32], declared: &[DescriptorProto], names: &mut BTreeMap<String, Vec<i32>>) {
    for (index, message) in numbered(declared) {
        let (name, path) = (join(scope, message.name()), [path, &[index]].concat());
        for (index, field) in numbered(&message.field) {
            names.insert(join(&name, field.name()), [&path[..], &[2, index]].concat());
        }
        for (index, oneof) in numbered(&message.oneof_decl) {
            names.insert(join(&name, oneof.name()), [&path[..], &[8, index]].concat());
        }
        messages(&name, &[&path[..], &[3]].concat(), &message.nested_type, names);
        enums(&name, &[&path[..], &[4]].concat(), &message.enum_type, names);
        names.insert(name, path);
    }
}

fn enums(
    scope: &str,
    path: &[i32],
    declared: &[EnumDescriptorProto],
    names: &mut BTreeMap<String, Vec<i32>>,
) {
    for (index, declared) in numbered(declared) {
        let (name, path) = (join(scope, declared.name()), [path, &[index]].concat());
        for (index, value) in numbered(&declared.value) {
            names.insert(join(&name, value.name()), [&path[..], &[2, index]].concat());
        }
        names.insert(name, path);
    }
}

fn numbered<T>(items: &[T]) -> impl Iterator<Item = (i32, &T)> {
    (0..).zip(items)
}

fn join(scope: &str, name: &str) -> String {
    if scope.is_empty() {
        name.to_owned()
    } else {
        format!("{scope}.{name}")
    }
}
