#![doc = include_str!("../README.md")]

// Generated code says `::grpc::…`; this makes it work inside this crate's own tests and doctests too.
extern crate self as grpc;

/// ```
/// use grpc::prelude::*;
///
/// /// How far to count.
/// #[derive(Clone, PartialEq, grpc::Message)]
/// #[grpc(package = "tally.v1")]
/// pub struct Step {
///     /// May be negative.
///     #[grpc(tag = 1, sint64)]
///     pub by: i64,
/// }
///
/// struct Counter;
///
/// /// Counts for all its clients together.
/// #[grpc::service(package = "tally.v1", name = "Tally")]
/// impl Counter {
///     pub async fn add(&self, step: Step) -> Result<Step> {
///         Ok(step)
///     }
/// }
///
/// let proto = grpc::proto_of::<Tally>();
/// assert!(proto.contains("service Tally {"));
/// assert!(proto.contains("  // May be negative.\n  sint64 by = 1;"));
/// ```
#[cfg(feature = "descriptors")]
pub use grpc_core::code_first::proto_of;
#[cfg(feature = "descriptors")]
pub use grpc_core::code_first::{Described, ProtoFile, proto_files_of};
#[cfg(feature = "testing")]
pub use grpc_core::testing;
pub use grpc_core::{
    BoxError, BoxFuture, Code, Error, Method, MethodKind, MethodRef, Result, Status, blocking,
    client::{
        self, Call, CallCredentials, Channel, ChannelBuilder, ClientCall, ClientInterceptor, IntoRequests,
        OpenCall, RequestSender, Response, Responses, StreamingCall, insecure_channel,
    },
    message::{self as codec, Codec, Compression},
    metadata::{self, Metadata},
    server::{
        self, Context, ResponseSender, Server, ServerCall, ServerHandle, ServerInterceptor, Service,
        Streaming, serve, server,
    },
    status::{FromStatus, details},
    stream::{self as streams, BoxStream, ResponseStream, channel},
    transport::{self, Address, Connector, Listener, Peer},
};
#[cfg(feature = "protos")]
pub use grpc_core::{Protos, protos};
#[cfg(feature = "__tls")]
pub use grpc_core::{
    client::secure_channel,
    transport::tls::{self, ClientTls, ServerTls},
};
/// ```
/// mod helloworld {
///     grpc::proto!("examples/proto/helloworld.proto");
/// }
///
/// let request = helloworld::HelloRequest { name: "Ada".to_owned() };
/// # let _ = request;
/// ```
#[cfg(feature = "proto")]
pub use grpc_macros::proto;
#[cfg(feature = "testing")]
pub use grpc_macros::test;
pub use grpc_macros::{Enum, Message, Oneof, Status, main, service};

/// An async generator as a response stream, or as the source of a call's requests: `yield` sends a message, `for await`
/// iterates over another stream, and `?` ends the stream with a [`Status`](struct@Status).
///
/// ```
/// use grpc::prelude::*;
///
/// fn count(to: u32) -> impl ResponseStream<u32> {
///     stream!({
///         for n in 1..=to {
///             yield n;
///         }
///     })
/// }
/// # let _ = count(3);
/// ```
#[macro_export]
macro_rules! stream {
    ($($body:tt)*) => { $crate::__private::__stream!(crate = $crate; $($body)*) };
}

/// Includes what a build script's `grpc_build::compile` wrote for a package. It takes the feature `descriptors`.
#[cfg(feature = "descriptors")]
#[macro_export]
macro_rules! include_proto {
    ($package:literal) => {
        ::core::include!(::core::concat!(
            ::core::env!("OUT_DIR"),
            "/",
            $package,
            ".rs"
        ));
    };
}

/// Includes what a build script's `grpc_build::compile` wrote for a package. It takes the feature `descriptors`.
#[cfg(not(feature = "descriptors"))]
#[macro_export]
macro_rules! include_proto {
    ($package:literal) => {
        ::core::compile_error!(
            "generated code takes the feature `descriptors` of grpc-servicer, which is on by default"
        );
    };
}

/// What a service's module usually needs: `use grpc::prelude::*;`.
pub mod prelude {
    pub use crate::{Context, ResponseStream, Result, ServerCall, Status, Streaming, stream};
}

/// The types of `google.protobuf`, for the fields of messages. `Empty` is `()`, the wrappers are scalars with
/// `#[grpc(wrapper)]`, and `SystemTime` and `Duration` of the standard library stand for `Timestamp` and `Duration`.
/// The feature `descriptors` has these here; the others are always there.
#[cfg(feature = "descriptors")]
pub mod types {
    pub use grpc_core::__prost_types::{
        Any, Duration, FieldMask, ListValue, NullValue, Struct, Timestamp, Value, value::Kind,
    };
}

/// Pages on how things work, beyond what single items say.
pub mod guide {
    #[doc = include_str!("docs/first_service.md")]
    pub mod first_service {}
    #[doc = include_str!("docs/original_document.md")]
    pub mod original_document {}
    #[doc = include_str!("docs/streaming.md")]
    pub mod streaming {}
    #[doc = include_str!("docs/metadata.md")]
    pub mod metadata {}
    #[doc = include_str!("docs/deadlines.md")]
    pub mod deadlines {}
    #[doc = include_str!("docs/code_first.md")]
    pub mod code_first {}
    #[doc = include_str!("docs/blocking.md")]
    pub mod blocking {}
    #[doc = include_str!("docs/errors.md")]
    pub mod errors {}
    #[doc = include_str!("docs/cancellation.md")]
    pub mod cancellation {}
    #[doc = include_str!("docs/compression.md")]
    pub mod compression {}
    #[doc = include_str!("docs/wire.md")]
    pub mod wire {}
    #[doc = include_str!("docs/interop.md")]
    pub mod interop {}
    #[doc = include_str!("docs/execution.md")]
    pub mod execution {}
    #[cfg(feature = "testing")]
    #[doc = include_str!("docs/testing.md")]
    pub mod testing {}
    #[doc = include_str!("docs/migrating_from_tonic.md")]
    pub mod migrating_from_tonic {}
    #[cfg(feature = "protos")]
    #[doc = include_str!("docs/protos.md")]
    pub mod protos {}
    #[doc = include_str!("docs/limits.md")]
    pub mod limits {}
    #[cfg(feature = "__tls")]
    #[doc = include_str!("docs/tls.md")]
    pub mod tls {}
}

/// What the macros and generated code expand to. Not for use by hand: it changes without notice.
#[doc(hidden)]
pub mod __private {
    #[cfg(feature = "descriptors")]
    pub use grpc_core::__prost_types as prost_types;
    #[cfg(feature = "testing")]
    pub use grpc_core::entry::Test;
    pub use grpc_core::{
        __bytes as bytes, __prost as prost, Method, MethodKind,
        blocking::{Answer, BlockingExplicit, BlockingMany, Takes},
        client::Callee,
        code_first::{self, Answered, Streamed},
        entry::Main,
        message::{Codec, Prost},
        server::{
            Dispatch, Explicit, FromCall, Incoming, Many, One, Responses, RouteOptions, Routes, Rpc, Service,
            dispatch,
        },
        status::derive as fault,
        stream::{ForAwait, generator, next, pair},
    };
    pub use grpc_macros::{__service, __stream};
    pub use std::sync::Arc;
}
