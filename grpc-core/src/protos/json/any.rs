//! `google.protobuf.Any`: the message inside, with its type beside its fields.
//!
//! A message whose descriptor is not known cannot be JSON. It is written, and read, with its bytes in `@value`, as
//! grpcurl does, for an error that hides the rest of a reply is worse.

use base64::{Engine, prelude::BASE64_STANDARD as BASE64};
use prost::Message as _;
use prost_reflect::{DynamicMessage, MessageDescriptor, ReflectMessage, Value as Dynamic};
use serde_json::{Map, Value};

use super::{
    found::{Found, Shortened},
    path::Path,
    read::Reader,
    scalar, well_known,
    write::at,
};
const TYPE: &str = "@type";
const BYTES: &str = "@value";

pub(super) fn read(
    reader: Reader,
    value: &Value,
    descriptor: &MessageDescriptor,
    path: Path<'_>,
    depth: usize,
) -> Result<DynamicMessage, String> {
    let Value::Object(fields) = value else {
        return Err(path.error(format_args!(
            "expected object with `@type`, found {}",
            Found(value)
        )));
    };
    let mut any = DynamicMessage::new(descriptor.clone());
    if fields.is_empty() {
        return Ok(any);
    }
    let at_type = Path::Field(&path, TYPE);
    let url = fields
        .get(TYPE)
        .ok_or_else(|| path.error("`@type` is missing, which says what message this is"))?;
    let url = scalar::string(url, "string", at_type)?;
    let bytes = match inner(url, descriptor) {
        Some(inner) => content(reader, fields, &inner, path, depth)?.encode_to_vec(),
        None => match fields.get(BYTES) {
            Some(bytes) if fields.len() == 2 => {
                let here = Path::Field(&path, BYTES);
                scalar::bytes(scalar::string(bytes, "base64 string", here)?, here)?
            }
            _ => {
                let what = format_args!("no message {} is known here", Shortened(url));
                return Err(at_type.error(what));
            }
        },
    };
    let set = any
        .try_set_field_by_name("type_url", Dynamic::String(url.to_owned()))
        .and_then(|()| any.try_set_field_by_name("value", Dynamic::Bytes(bytes.into())));
    set.map_err(|_| path.error("the descriptor of google.protobuf.Any is not that of the well-known type"))?;
    Ok(any)
}

fn content(
    reader: Reader,
    fields: &Map<String, Value>,
    inner: &MessageDescriptor,
    path: Path<'_>,
    depth: usize,
) -> Result<DynamicMessage, String> {
    let mut others = fields.iter().filter(|(key, _)| *key != TYPE);
    let is_empty = inner.full_name() == "google.protobuf.Empty" && fields.contains_key("value");
    if well_known::special_name(inner).is_none() && !is_empty {
        return reader.fields(others, inner, path, depth + 1);
    }
    let here = Path::Field(&path, "value");
    match (others.next(), others.next()) {
        (Some((key, value)), None) if key == "value" => reader.message(value, inner, here, depth + 1),
        _ => Err(path.error(format_args!(
            "expected `value` beside `@type`, and nothing else, for {}",
            inner.full_name()
        ))),
    }
}

pub(super) fn write(any: &DynamicMessage, path: Path<'_>, depth: usize) -> Result<Value, String> {
    let (url, bytes) = (any.get_field_by_name("type_url"), any.get_field_by_name("value"));
    let (Some(url), Some(bytes)) = (
        url.as_ref().and_then(|url| url.as_str()),
        bytes.as_ref().and_then(|bytes| bytes.as_bytes()),
    ) else {
        return Err(path.error("the descriptor of google.protobuf.Any is not that of the well-known type"));
    };
    let mut out = Map::new();
    if url.is_empty() && bytes.is_empty() {
        return Ok(out.into());
    }
    match inner(url, &any.descriptor()) {
        Some(inner) => {
            let is_special = well_known::special_name(&inner).is_some();
            let message = DynamicMessage::decode(inner, bytes.clone())
                .map_err(|error| path.error(format_args!("the message in the Any: {error}")))?;
            match at(&message, path, depth + 1)? {
                Value::Object(fields) if !is_special => out = fields,
                value => {
                    out.insert("value".to_owned(), value);
                }
            }
        }
        None => {
            out.insert(BYTES.to_owned(), BASE64.encode(bytes).into());
        }
    }
    out.insert(TYPE.to_owned(), url.into());
    Ok(out.into())
}

/// The message that the type's URL names, which is what follows its last `/`.
fn inner(url: &str, any: &MessageDescriptor) -> Option<MessageDescriptor> {
    let (_, name) = url.rsplit_once('/')?;
    any.parent_pool().get_message_by_name(name)
}
