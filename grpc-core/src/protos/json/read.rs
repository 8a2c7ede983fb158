use std::collections::HashMap;

use prost_reflect::{
    DescriptorPool, DynamicMessage, ExtensionDescriptor, FieldDescriptor, Kind, MessageDescriptor,
    Value as Dynamic,
};
use serde_json::{Map, Value};

use super::{MAX_DEPTH, found::Found, path::Path, scalar, well_known};
use crate::protos::near::did_you_mean;

/// Makes messages of JSON.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::protos) struct Reader {
    /// Also takes what Rust types serialize to but canonical JSON has not: `bytes` as an array of numbers.
    pub(in crate::protos) lenient: bool,
}

impl Reader {
    /// The message, which `root` is the name of in messages.
    pub(in crate::protos) fn read(
        self,
        value: &Value,
        descriptor: &MessageDescriptor,
        root: &str,
    ) -> Result<DynamicMessage, String> {
        self.message(value, descriptor, Path::Root(root), 0)
    }

    pub(super) fn message(
        self,
        value: &Value,
        descriptor: &MessageDescriptor,
        path: Path<'_>,
        depth: usize,
    ) -> Result<DynamicMessage, String> {
        if depth >= MAX_DEPTH {
            return Err(path.error(format_args!("more than {MAX_DEPTH} levels deep")));
        }
        if let Some(message) = well_known::read(self, value, descriptor, path, depth)? {
            return Ok(message);
        }
        let Value::Object(fields) = value else {
            let expected = format_args!(
                "expected object ({}), found {}",
                descriptor.full_name(),
                Found(value)
            );
            return Err(path.error(expected));
        };
        self.fields(fields.iter(), descriptor, path, depth)
    }

    /// The message with these fields.
    pub(super) fn fields<'a>(
        self,
        fields: impl Iterator<Item = (&'a String, &'a Value)>,
        descriptor: &MessageDescriptor,
        path: Path<'_>,
        depth: usize,
    ) -> Result<DynamicMessage, String> {
        let mut message = DynamicMessage::new(descriptor.clone());
        let mut given = Given::default();
        for (key, value) in fields {
            let here = Path::Field(&path, key);
            match find(descriptor, key) {
                Some(Member::Field(field)) => {
                    given.add(&field, key, value, here)?;
                    if let Some(value) = self.field(value, &field, here, depth)? {
                        message.set_field(&field, value);
                    }
                }
                Some(Member::Extension(extension)) => {
                    if let Some(value) = self.extension(value, &extension, here, depth)? {
                        message.set_extension(&extension, value);
                    }
                }
                None => {
                    let names = names(descriptor);
                    let near = did_you_mean(key, names.iter().map(String::as_str));
                    let what = format_args!("no such field of {}{near}", descriptor.full_name());
                    return Err(here.error(what));
                }
            }
        }
        Ok(message)
    }

    /// The field's value; `None` if it is null, which says the same as no field at all.
    fn field(
        self,
        value: &Value,
        field: &FieldDescriptor,
        path: Path<'_>,
        depth: usize,
    ) -> Result<Option<Dynamic>, String> {
        if field.is_map() {
            return match value {
                Value::Null => Ok(None),
                Value::Object(entries) => self.map(entries, &field.kind(), path, depth).map(Some),
                other => Err(path.error(format_args!("expected object (a map), found {}", Found(other)))),
            };
        }
        self.value_or_list(value, &field.kind(), field.is_list(), path, depth)
    }

    fn extension(
        self,
        value: &Value,
        extension: &ExtensionDescriptor,
        path: Path<'_>,
        depth: usize,
    ) -> Result<Option<Dynamic>, String> {
        self.value_or_list(value, &extension.kind(), extension.is_list(), path, depth)
    }

    fn value_or_list(
        self,
        value: &Value,
        kind: &Kind,
        is_list: bool,
        path: Path<'_>,
        depth: usize,
    ) -> Result<Option<Dynamic>, String> {
        match value {
            Value::Null if is_list || !takes_null(kind) => Ok(None),
            _ if !is_list => self.value(value, kind, path, depth).map(Some),
            Value::Array(items) => {
                let items = items.iter().enumerate();
                items
                    .map(|(index, item)| self.value(item, kind, Path::Index(&path, index), depth))
                    .collect::<Result<_, _>>()
                    .map(|items| Some(Dynamic::List(items)))
            }
            other => Err(path.error(format_args!("expected array, found {}", Found(other)))),
        }
    }

    fn map(
        self,
        entries: &Map<String, Value>,
        entry: &Kind,
        path: Path<'_>,
        depth: usize,
    ) -> Result<Dynamic, String> {
        let Kind::Message(entry) = entry else {
            return Err(path.error("its descriptor is not that of a map"));
        };
        let (key_kind, value_kind) = (
            entry.map_entry_key_field().kind(),
            entry.map_entry_value_field().kind(),
        );
        let mut map = HashMap::with_capacity(entries.len());
        for (key, value) in entries {
            let here = Path::Key(&path, key);
            let key = scalar::map_key(key, &key_kind, here)?;
            let value = self.value(value, &value_kind, here, depth)?;
            if map.insert(key, value).is_some() {
                return Err(here.error("the same key as an earlier one"));
            }
        }
        Ok(Dynamic::Map(map))
    }

    pub(super) fn value(
        self,
        value: &Value,
        kind: &Kind,
        path: Path<'_>,
        depth: usize,
    ) -> Result<Dynamic, String> {
        match kind {
            Kind::Message(descriptor) => self
                .message(value, descriptor, path, depth + 1)
                .map(Dynamic::Message),
            Kind::Bytes if self.lenient && value.is_array() => scalar::byte_list(value, path),
            scalar => scalar::read(value, scalar, path),
        }
    }
}

/// What has been given of a message so far.
#[derive(Default)]
struct Given<'a> {
    fields: HashMap<u32, &'a str>,
    oneofs: HashMap<String, &'a str>,
}

impl<'a> Given<'a> {
    /// Refuses a field that is given under both of its names, and a second field of a oneof.
    fn add(
        &mut self,
        field: &FieldDescriptor,
        key: &'a str,
        value: &Value,
        path: Path<'_>,
    ) -> Result<(), String> {
        if let Some(earlier) = self.fields.insert(field.number(), key) {
            return Err(path.error(format_args!("the same field as `{earlier}`, which is given too")));
        }
        let Some(oneof) = field.containing_oneof() else {
            return Ok(());
        };
        if value.is_null() && !takes_null(&field.kind()) {
            return Ok(());
        }
        match self.oneofs.insert(oneof.name().to_owned(), key) {
            Some(earlier) => Err(path.error(format_args!(
                "the oneof `{}` has `{earlier}` already; only one of its fields may be given",
                oneof.name()
            ))),
            None => Ok(()),
        }
    }
}

enum Member {
    Field(FieldDescriptor),
    Extension(ExtensionDescriptor),
}

/// A field goes by its JSON name and by its own, an extension by `[its.full.name]`.
fn find(descriptor: &MessageDescriptor, key: &str) -> Option<Member> {
    if let Some(name) = key.strip_prefix('[').and_then(|key| key.strip_suffix(']')) {
        let extension = pool(descriptor).get_extension_by_name(name)?;
        return (extension.containing_message() == *descriptor).then_some(Member::Extension(extension));
    }
    descriptor
        .get_field_by_json_name(key)
        .or_else(|| descriptor.get_field_by_name(key))
        .map(Member::Field)
}

fn pool(descriptor: &MessageDescriptor) -> &DescriptorPool {
    descriptor.parent_pool()
}

fn names(descriptor: &MessageDescriptor) -> Vec<String> {
    descriptor.fields().map(|field| field.name().to_owned()).collect()
}

/// Null is a value of these two, and otherwise the same as no value.
fn takes_null(kind: &Kind) -> bool {
    match kind {
        Kind::Message(message) => message.full_name() == "google.protobuf.Value",
        Kind::Enum(values) => values.full_name() == "google.protobuf.NullValue",
        _ => false,
    }
}
