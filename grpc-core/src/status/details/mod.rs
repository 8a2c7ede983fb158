//! What more a status can say of an error, for programs to read: the types of `google.rpc`.
//!
//! [`Status::with_detail`](crate::Status::with_detail) adds one, [`Status::detail`](crate::Status::detail) reads one. On
//! the wire they are a `google.rpc.Status` in the trailer `grpc-status-details-bin`, as in the other implementations of
//! gRPC. Their fields are those of `google/rpc/error_details.proto` and `google/rpc/status.proto` as googleapis
//! has them in 2026.

mod any;
mod bad_request;
mod debug_info;
mod detail;
mod error_detail;
mod error_info;
mod help;
mod localized_message;
mod precondition_failure;
mod quota_failure;
mod request_info;
mod resource_info;
mod retry_info;
mod rpc_status;

pub use self::{
    any::Any,
    bad_request::{BadRequest, FieldViolation},
    debug_info::DebugInfo,
    detail::Detail,
    error_detail::ErrorDetail,
    error_info::ErrorInfo,
    help::{Help, HelpLink},
    localized_message::LocalizedMessage,
    precondition_failure::{PreconditionFailure, PreconditionViolation},
    quota_failure::{QuotaFailure, QuotaViolation},
    request_info::RequestInfo,
    resource_info::ResourceInfo,
    retry_info::RetryInfo,
    rpc_status::{InvalidDetails, RpcStatus},
};

#[cfg(test)]
mod tests;
