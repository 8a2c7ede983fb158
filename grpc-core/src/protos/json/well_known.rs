//! The messages of `google.protobuf` that JSON has a form of its own for.

use std::collections::HashMap;

use prost_reflect::{DynamicMessage, Kind, MapKey, MessageDescriptor, ReflectMessage, Value as Dynamic};
use serde_json::Value;

use super::{any, found::Found, mask, path::Path, read::Reader, scalar, time};

/// The simple name of a message that has a form of its own.
pub(super) fn special_name(descriptor: &MessageDescriptor) -> Option<&str> {
    let name = descriptor.full_name().strip_prefix("google.protobuf.")?;
    matches!(
        name,
        "Any"
            | "Timestamp"
            | "Duration"
            | "FieldMask"
            | "Struct"
            | "Value"
            | "ListValue"
            | "DoubleValue"
            | "FloatValue"
            | "Int64Value"
            | "UInt64Value"
            | "Int32Value"
            | "UInt32Value"
            | "BoolValue"
            | "StringValue"
            | "BytesValue"
    )
    .then_some(name)
}

/// The message, if it is one of these.
pub(super) fn read(
    reader: Reader,
    value: &Value,
    descriptor: &MessageDescriptor,
    path: Path<'_>,
    depth: usize,
) -> Result<Option<DynamicMessage>, String> {
    let Some(name) = special_name(descriptor) else {
        return Ok(None);
    };
    let mut message = Builder {
        message: DynamicMessage::new(descriptor.clone()),
        path,
    };
    match name {
        "Any" => return any::read(reader, value, descriptor, path, depth).map(Some),
        "Timestamp" => {
            let expected = r#"a timestamp such as "2024-01-31T23:59:59.5Z", of the years 1 to 9999"#;
            message.set_time(parsed(value, time::parse_timestamp, expected, path)?)?;
        }
        "Duration" => {
            let expected = r#"a duration such as "1.5s", of at most ten thousand years"#;
            message.set_time(parsed(value, time::parse_duration, expected, path)?)?;
        }
        "FieldMask" => {
            let expected = r#"a field mask such as "userName,homeAddress.city""#;
            let paths = parsed(value, mask::parse, expected, path)?;
            message.set(
                "paths",
                Dynamic::List(paths.into_iter().map(Dynamic::String).collect()),
            )?;
        }
        "Struct" => {
            let Value::Object(entries) = value else {
                return Err(path.error(format_args!("expected object, found {}", Found(value))));
            };
            let kind = message.map_value_kind("fields")?;
            let fields: Result<HashMap<MapKey, Dynamic>, String> = entries
                .iter()
                .map(|(key, value)| {
                    let value = reader.value(value, &kind, Path::Key(&path, key), depth)?;
                    Ok((MapKey::String(key.clone()), value))
                })
                .collect();
            message.set("fields", Dynamic::Map(fields?))?;
        }
        "ListValue" => {
            let Value::Array(items) = value else {
                return Err(path.error(format_args!("expected array, found {}", Found(value))));
            };
            let kind = message.kind("values")?;
            let values: Result<Vec<Dynamic>, String> = items
                .iter()
                .enumerate()
                .map(|(index, item)| reader.value(item, &kind, Path::Index(&path, index), depth))
                .collect();
            message.set("values", Dynamic::List(values?))?;
        }
        "Value" => {
            let (field, value) = match value {
                Value::Null => ("null_value", Dynamic::EnumNumber(0)),
                Value::Bool(value) => ("bool_value", Dynamic::Bool(*value)),
                Value::Number(number) => ("number_value", Dynamic::F64(number.as_f64().unwrap_or(f64::NAN))),
                Value::String(text) => ("string_value", Dynamic::String(text.clone())),
                Value::Array(_) | Value::Object(_) => {
                    let field = if value.is_array() {
                        "list_value"
                    } else {
                        "struct_value"
                    };
                    (field, reader.value(value, &message.kind(field)?, path, depth)?)
                }
            };
            message.set(field, value)?;
        }
        // A wrapper is what it wraps.
        _ => {
            let kind = message.kind("value")?;
            message.set("value", reader.value(value, &kind, path, depth)?)?;
        }
    }
    Ok(Some(message.message))
}

/// A string in a format of its own.
fn parsed<T>(
    value: &Value,
    parse: impl FnOnce(&str) -> Option<T>,
    expected: &str,
    path: Path<'_>,
) -> Result<T, String> {
    let text = scalar::string(value, expected, path)?;
    parse(text).ok_or_else(|| path.error(format_args!("expected {expected}, found {}", Found(value))))
}

/// Sets fields by name. Where descriptors come from a stranger, a well-known name may be that of something else.
struct Builder<'a> {
    message: DynamicMessage,
    path: Path<'a>,
}

impl Builder<'_> {
    fn set(&mut self, field: &str, value: Dynamic) -> Result<(), String> {
        self.message
            .try_set_field_by_name(field, value)
            .map_err(|_| self.stranger())
    }

    fn set_time(&mut self, (seconds, nanos): (i64, i32)) -> Result<(), String> {
        self.set("seconds", Dynamic::I64(seconds))?;
        self.set("nanos", Dynamic::I32(nanos))
    }

    fn kind(&self, field: &str) -> Result<Kind, String> {
        let field = self.message.descriptor().get_field_by_name(field);
        field.map(|field| field.kind()).ok_or_else(|| self.stranger())
    }

    fn map_value_kind(&self, field: &str) -> Result<Kind, String> {
        match self.kind(field)? {
            Kind::Message(entry) if entry.is_map_entry() => Ok(entry.map_entry_value_field().kind()),
            _ => Err(self.stranger()),
        }
    }

    fn stranger(&self) -> String {
        let name = self.message.descriptor().full_name().to_owned();
        self.path.error(format_args!(
            "the descriptor of {name} is not that of the well-known type"
        ))
    }
}
