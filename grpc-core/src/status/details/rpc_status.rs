use std::{error::Error as StdError, fmt};

use super::Any;
use crate::{status::Code, wire::message};

/// A status as a message: `google.rpc.Status`.
///
/// It is what `grpc-status-details-bin` holds, and what other messages hold to say how a part of them went, as in a
/// batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RpcStatus {
    /// The number of its [`Code`].
    pub code: i32,
    /// Its message.
    pub message: String,
    /// Its details.
    pub details: Vec<Any>,
}

message! {
    RpcStatus {
        1 plain int32 code;
        2 plain string message;
        3 repeated message details;
    }
}

impl prost::Name for RpcStatus {
    const PACKAGE: &'static str = "google.rpc";
    const NAME: &'static str = "Status";
}

/// Details that came with a status and cannot be read.
#[derive(Clone, Debug)]
pub struct InvalidDetails(Why);

#[derive(Clone, Debug)]
enum Why {
    Malformed(prost::DecodeError),
    Contradiction { header: Code, details: i32 },
}

impl InvalidDetails {
    pub(in crate::status) fn malformed(error: prost::DecodeError) -> Self {
        Self(Why::Malformed(error))
    }

    pub(in crate::status) fn contradiction(header: Code, details: i32) -> Self {
        Self(Why::Contradiction { header, details })
    }
}

impl fmt::Display for InvalidDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Why::Malformed(error) => write!(f, "the status's details are no google.rpc.Status: {error}"),
            Why::Contradiction { header, details } => write!(
                f,
                "the status's details contradict it: they say code {details}, and grpc-status says {} ({header})",
                header.number()
            ),
        }
    }
}

impl StdError for InvalidDetails {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.0 {
            Why::Malformed(error) => Some(error),
            Why::Contradiction { .. } => None,
        }
    }
}
