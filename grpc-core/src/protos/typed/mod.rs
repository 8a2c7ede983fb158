//! Messages out of and into the types that serde knows.

mod de;
mod error;
mod fields;
mod ser;

use prost_reflect::{DynamicMessage, MessageDescriptor};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use self::{de::Node, ser::Tree};
use super::json;
use crate::{Result, Status};

/// A message out of any type that serializes. Structs give their fields by the names in the `.proto` or by their JSON
/// names, `bytes` as bytes, strings in base64 or arrays of numbers, and a oneof as an enum. In errors it is called `request`.
///
/// # Errors
/// INVALID_ARGUMENT, with the place in the message and what is wrong there.
pub fn to_message<T: Serialize + ?Sized>(message: &MessageDescriptor, value: &T) -> Result<DynamicMessage> {
    let value = value
        .serialize(Tree)
        .map_err(|error| Status::invalid_argument(format!("request: {error}")).with_source(error))?;
    // `()` is the message without any field set.
    let value = if value.is_null() {
        Value::Object(Map::new())
    } else {
        value
    };
    let reader = json::Reader { lenient: true };
    reader
        .read(&value, message, "request")
        .map_err(Status::invalid_argument)
}

/// Any type that deserializes out of a message, which gives each part in the form that the type asks for: fields by the
/// names in the `.proto` or by their JSON names, with their defaults where they are not set; integers of 64 bits as
/// numbers or as strings; enum values by name or as numbers; `bytes` as bytes, arrays of numbers or strings in base64;
/// well-known types as strings or as structs of their fields, and wrappers as what they wrap. A type that does not say what it
/// wants, such as a map, gets the names in the `.proto`, and numbers. In errors the message is called `reply`.
///
/// # Errors
/// INTERNAL, with the place in the message, where the type does not take what is there.
pub fn from_message<T: DeserializeOwned>(message: DynamicMessage) -> Result<T> {
    T::deserialize(Node::message(message)).map_err(|error| Status::internal(error.to_string()))
}
