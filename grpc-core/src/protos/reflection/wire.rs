//! The messages of gRPC's reflection service, as far as they are used here: grpc/reflection/v1/reflection.proto in
//! gRPC's repository (doc/server-reflection.md). Those of `v1alpha` have the same numbers.

use bytes::Bytes;

use crate::{Method, MethodKind};

pub(super) static V1: Method = Method::new(
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    MethodKind::BidiStreaming,
);
pub(super) static V1_ALPHA: Method = Method::new(
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    MethodKind::BidiStreaming,
);

#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(super) struct Request {
    #[prost(oneof = "Question", tags = "3, 4, 7")]
    pub(super) question: Option<Question>,
}

#[derive(Clone, PartialEq, Eq, Hash, prost::Oneof)]
pub(super) enum Question {
    #[prost(string, tag = "3")]
    FileByFilename(String),
    #[prost(string, tag = "4")]
    FileContainingSymbol(String),
    /// What it says does not matter.
    #[prost(string, tag = "7")]
    ListServices(String),
}

#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(super) struct Response {
    #[prost(oneof = "Answer", tags = "4, 6, 7")]
    pub(super) answer: Option<Answer>,
}

#[derive(Clone, PartialEq, Eq, prost::Oneof)]
pub(super) enum Answer {
    #[prost(message, tag = "4")]
    Files(Files),
    #[prost(message, tag = "6")]
    Services(Services),
    #[prost(message, tag = "7")]
    Error(Error),
}

/// Encoded `FileDescriptorProto`s; also what a `FileDescriptorSet` is, whose field has the same number.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(super) struct Files {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    pub(super) files: Vec<Bytes>,
}

#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(super) struct Services {
    #[prost(message, repeated, tag = "1")]
    pub(super) services: Vec<Service>,
}

#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(super) struct Service {
    #[prost(string, tag = "1")]
    pub(super) name: String,
}

#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(super) struct Error {
    #[prost(int32, tag = "1")]
    pub(super) code: i32,
    #[prost(string, tag = "2")]
    pub(super) message: String,
}
