//! Protocol Buffers' mapping to JSON (protobuf.dev "ProtoJSON Format"), both ways. A mistake names where it is.
//!
//! It is done here, and not by prost-reflect's serde implementation, because that says what is wrong but not where,
//! and lists maps in no particular order.

mod any;
mod found;
mod mask;
mod path;
mod read;
mod scalar;
mod time;
mod well_known;
mod write;

pub(super) use self::{read::Reader, write::message as write};

/// True for a message that is something else in JSON than an object of its fields.
pub(super) fn has_own_form(message: &prost_reflect::MessageDescriptor) -> bool {
    well_known::special_name(message).is_some()
}

/// How deep messages, lists and maps may be inside of one another. It is prost's limit, too.
const MAX_DEPTH: usize = 100;
