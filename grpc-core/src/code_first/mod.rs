//! Contracts that the code declares: messages, enums, oneofs and services whose `.proto` is written out from them.
//!
//! The derives expand to two things. What goes over the wire is an impl of `prost::Message`, made of the methods of
//! [`Field`] over [`Value`]s. What the contract says is a descriptor, which
//! [`Files`] collects over all types that can be reached from one.

mod described;
mod enumeration;
mod field;
mod files;
mod handler;
mod message;
mod oneof;
mod scalar;
mod service;
mod value;
mod well_known;

pub use self::{
    described::{Described, Encoded, ProtoFile, proto_files_of, proto_of},
    enumeration::{EnumBuilder, EnumType, UnknownNumber},
    field::{Field, Map, MapField, MapKey},
    files::{Comment, FieldType, Files, Place},
    handler::{Answered, Streamed},
    message::{FieldName, MessageBuilder, MessageType},
    oneof::{OneofBuilder, OneofType, has_name, has_tag, overlap},
    service::{Probe, RpcMessage, ServiceBuilder, Undescribed},
    value::{Fixed32, Fixed64, Natural, Sfixed32, Sfixed64, Sint32, Sint64, Value, Wrapped},
};

pub use crate::__enum_value;
