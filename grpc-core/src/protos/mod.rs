//! Calls without generated code: services that are described by a `.proto` read at run time, by a `FileDescriptorSet`, or by
//! the reflection of a live server, and messages as JSON, as serde types or as [`DynamicMessage`]s.
//!
//! [`protos()`] and [`Protos`] are where to begin.

mod builder;
mod cache;
mod codec;
mod comments;
mod find;
mod json;
mod method;
mod near;
mod pool;
mod reflection;
mod service;
mod set;
mod typed;

use std::path::Path;

#[doc(no_inline)]
pub use prost_reflect::{
    self, DescriptorPool, DynamicMessage, MessageDescriptor, MethodDescriptor, ServiceDescriptor,
};
#[doc(no_inline)]
pub use prost_types::FileDescriptorSet;
#[doc(no_inline)]
pub use serde_json::{self, Value, json};

pub use self::{
    builder::ProtosBuilder,
    codec::{DynamicCodec, from_json, to_json},
    method::DynamicMethod,
    reflection::Reflection,
    service::DynamicService,
    set::Protos,
    typed::{from_message, to_message},
};
use crate::Error;

/// What the `.proto` at this path describes, and all that it imports: services that can be called.
///
/// Imports are looked for beside the file and in the current directory; [`Protos::builder`] takes other directories, and
/// several files. The same files are compiled once: see [`ProtosBuilder::load`].
///
/// ```no_run
/// # use grpc_core as grpc;
/// use grpc::protos::json;
///
/// # async fn calls() -> Result<(), grpc::Error> {
/// let protos = grpc::protos("helloworld.proto")?;
/// let reply = protos
///     .call("localhost:50051", "helloworld.Greeter/SayHello", json!({"name": "you"}))
///     .await?;
/// println!("{}", reply["message"]);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// A file that is missing or wrong, with its path, line and column: `helloworld.proto:3:7: what is wrong`.
pub fn protos(path: impl AsRef<Path>) -> Result<Protos, Error> {
    Protos::builder().file(path.as_ref()).load()
}
