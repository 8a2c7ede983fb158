//! What the contract says: [`Files`] collects the descriptors of all types that can be reached from one.

mod described;
mod enumeration;
mod files;
mod message;
mod oneof;
mod service;

pub use self::{
    described::{Described, Encoded, ProtoFile, proto_files_of, proto_of},
    enumeration::EnumBuilder,
    files::{Comment, FieldType, Files, Place},
    message::{FieldName, MessageBuilder},
    oneof::OneofBuilder,
    service::{Probe, RpcMessage, ServiceBuilder, Undescribed},
};
