use base64::{Engine, prelude::BASE64_STANDARD};
use prost_reflect::{
    DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MapKey, ReflectMessage, Value as Dynamic,
};
use serde_json::{Map, Number, Value};

use super::{MAX_DEPTH, any, mask, path::Path, scalar, time, well_known};

/// The message as JSON; `root` is what it is called if that fails.
///
/// Fields that are not set, or at the default of a field without presence, are left out, and so are unknown ones.
pub(in crate::protos) fn message(message: &DynamicMessage, root: &str) -> Result<Value, String> {
    at(message, Path::Root(root), 0)
}

pub(super) fn at(message: &DynamicMessage, path: Path<'_>, depth: usize) -> Result<Value, String> {
    if depth > MAX_DEPTH {
        return Err(path.error(format_args!("more than {MAX_DEPTH} levels deep")));
    }
    let descriptor = message.descriptor();
    if let Some(name) = well_known::special_name(&descriptor) {
        return special(name, message, path, depth);
    }
    let mut out = Map::new();
    for (field, value) in message.fields() {
        if is_unknown(value, &field.kind()) {
            continue;
        }
        let here = Path::Field(&path, field.name());
        let value = field_value(value, &field, here, depth)?;
        out.insert(field.json_name().to_owned(), value);
    }
    for (extension, value) in message.extensions() {
        if is_unknown(value, &extension.kind()) {
            continue;
        }
        let name = format!("[{}]", extension.full_name());
        let value = value_or_list(value, &extension.kind(), Path::Field(&path, &name), depth)?;
        out.insert(name, value);
    }
    Ok(out.into())
}

fn field_value(
    value: &Dynamic,
    field: &FieldDescriptor,
    path: Path<'_>,
    depth: usize,
) -> Result<Value, String> {
    let (Dynamic::Map(entries), Kind::Message(entry)) = (value, field.kind()) else {
        return value_or_list(value, &field.kind(), path, depth);
    };
    let kind = entry.map_entry_value_field().kind();
    let known = entries.iter().filter(|(_, value)| !is_unknown(value, &kind));
    let entries = known.map(|(key, value)| {
        let key = map_key(key);
        let value = one(value, &kind, Path::Key(&path, &key), depth)?;
        Ok((key, value))
    });
    entries.collect::<Result<Map<_, _>, String>>().map(Into::into)
}

fn value_or_list(value: &Dynamic, kind: &Kind, path: Path<'_>, depth: usize) -> Result<Value, String> {
    let Dynamic::List(items) = value else {
        return one(value, kind, path, depth);
    };
    let items = items.iter().enumerate();
    items
        .filter(|(_, item)| !is_unknown(item, kind))
        .map(|(index, item)| one(item, kind, Path::Index(&path, index), depth))
        .collect()
}

fn one(value: &Dynamic, kind: &Kind, path: Path<'_>, depth: usize) -> Result<Value, String> {
    Ok(match value {
        Dynamic::Bool(value) => (*value).into(),
        Dynamic::I32(value) => (*value).into(),
        Dynamic::U32(value) => (*value).into(),
        // JSON's numbers are doubles to many readers, which would round these.
        Dynamic::I64(value) => value.to_string().into(),
        Dynamic::U64(value) => value.to_string().into(),
        Dynamic::F32(value) => single(*value),
        Dynamic::F64(value) => double(*value),
        Dynamic::String(value) => value.as_str().into(),
        Dynamic::Bytes(value) => BASE64_STANDARD.encode(value).into(),
        Dynamic::EnumNumber(number) => match kind {
            Kind::Enum(values) => enum_value(values, *number),
            _ => (*number).into(),
        },
        Dynamic::Message(message) => at(message, path, depth + 1)?,
        Dynamic::List(_) | Dynamic::Map(_) => return Err(path.error("a list in a list")),
    })
}

/// A number that an enum of proto2 does not declare is an unknown field (protobuf.dev "Enum Behavior"), and so is a
/// list or map of nothing else.
fn is_unknown(value: &Dynamic, kind: &Kind) -> bool {
    match (value, kind) {
        (Dynamic::EnumNumber(number), Kind::Enum(values)) => !scalar::has_number(values, *number),
        (Dynamic::List(items), kind) => !items.is_empty() && items.iter().all(|item| is_unknown(item, kind)),
        (Dynamic::Map(entries), Kind::Message(entry)) if entry.is_map_entry() => {
            let kind = entry.map_entry_value_field().kind();
            !entries.is_empty() && entries.values().all(|value| is_unknown(value, &kind))
        }
        _ => false,
    }
}

fn enum_value(values: &EnumDescriptor, number: i32) -> Value {
    if values.full_name() == "google.protobuf.NullValue" {
        return Value::Null;
    }
    match values.get_value(number) {
        Some(value) => value.name().into(),
        None => number.into(),
    }
}

fn map_key(key: &MapKey) -> String {
    match key {
        MapKey::Bool(key) => key.to_string(),
        MapKey::I32(key) => key.to_string(),
        MapKey::I64(key) => key.to_string(),
        MapKey::U32(key) => key.to_string(),
        MapKey::U64(key) => key.to_string(),
        MapKey::String(key) => key.clone(),
    }
}

fn double(value: f64) -> Value {
    match Number::from_f64(value) {
        Some(number) => number.into(),
        None if value.is_nan() => "NaN".into(),
        None if value > 0.0 => "Infinity".into(),
        None => "-Infinity".into(),
    }
}

/// With the digits that tell it from other floats, not those of the double next to it: 0.1 and not 0.10000000149.
fn single(value: f32) -> Value {
    double(value.to_string().parse().unwrap_or_else(|_| f64::from(value)))
}

/// The messages that JSON has a form of its own for.
fn special(name: &str, message: &DynamicMessage, path: Path<'_>, depth: usize) -> Result<Value, String> {
    let fields = Fields { message, path, depth };
    match name {
        "Any" => any::write(message, path, depth),
        "Timestamp" => {
            let (seconds, nanos) = fields.time()?;
            let text = time::format_timestamp(seconds, nanos).ok_or_else(|| {
                path.error(format_args!(
                    "a timestamp out of range, {seconds} s and {nanos} ns"
                ))
            })?;
            Ok(text.into())
        }
        "Duration" => {
            let (seconds, nanos) = fields.time()?;
            let text = time::format_duration(seconds, nanos).ok_or_else(|| {
                path.error(format_args!(
                    "a duration out of range, {seconds} s and {nanos} ns"
                ))
            })?;
            Ok(text.into())
        }
        "FieldMask" => {
            let paths = fields.get("paths")?;
            let paths = paths.as_list().unwrap_or_default().iter();
            let text = mask::format(paths.filter_map(Dynamic::as_str));
            text.map(Into::into)
                .map_err(|mask| path.error(format_args!("no form in JSON for {mask:?} in a field mask")))
        }
        "Struct" => fields.value("fields"),
        "ListValue" => fields.value("values"),
        "Value" => match message.fields().next() {
            // Canonical JSON cannot say these, and a string would be read as one.
            Some((_, Dynamic::F64(number))) if !number.is_finite() => Err(path.error(format_args!(
                "{number} has no form in JSON in a google.protobuf.Value"
            ))),
            Some((field, _)) => fields.value(field.name()),
            None => Ok(Value::Null),
        },
        _ => fields.value("value"),
    }
}

/// Fields by name. Where descriptors come from a stranger, a well-known name may be that of something else.
struct Fields<'a> {
    message: &'a DynamicMessage,
    path: Path<'a>,
    depth: usize,
}

impl Fields<'_> {
    fn get(&self, name: &str) -> Result<std::borrow::Cow<'_, Dynamic>, String> {
        self.message
            .get_field_by_name(name)
            .ok_or_else(|| self.stranger())
    }

    fn time(&self) -> Result<(i64, i32), String> {
        let (seconds, nanos) = (self.get("seconds")?, self.get("nanos")?);
        seconds
            .as_i64()
            .zip(nanos.as_i32())
            .ok_or_else(|| self.stranger())
    }

    fn value(&self, name: &str) -> Result<Value, String> {
        let field = self.message.descriptor().get_field_by_name(name);
        let field = field.ok_or_else(|| self.stranger())?;
        field_value(&self.message.get_field(&field), &field, self.path, self.depth)
    }

    fn stranger(&self) -> String {
        let name = self.message.descriptor().full_name().to_owned();
        self.path.error(format_args!(
            "the descriptor of {name} is not that of the well-known type"
        ))
    }
}
