//! The runtime of the `grpc-servicer` framework. Users depend on the `grpc-servicer` package, whose library
//! is named `grpc`, and find everything there.

pub mod blocking;
pub mod client;
#[doc(hidden)]
pub mod code_first;
mod current;
mod driver;
#[doc(hidden)]
pub mod entry;
mod error;
mod future;
pub mod message;
pub mod metadata;
mod method;
#[cfg(test)]
mod pieces;
#[cfg(feature = "descriptors")]
#[doc(hidden)]
pub mod proto_text;
#[cfg(feature = "protos")]
pub mod protos;
pub mod server;
pub mod status;
pub mod stream;
#[cfg(feature = "testing")]
pub mod testing;
mod timeout;
pub mod transport;
mod wire;

// The function, beside the module of the same name.
#[cfg(feature = "protos")]
pub use self::protos::{Protos, protos};
pub use self::{
    error::{BoxError, Error},
    future::BoxFuture,
    method::{Method, MethodKind, MethodRef},
    status::{Code, Result, Status},
};

// For generated code, so that its crate needs no dependency on these.
#[cfg(feature = "descriptors")]
#[doc(hidden)]
pub use prost_types as __prost_types;
#[doc(hidden)]
pub use {bytes as __bytes, prost as __prost};
