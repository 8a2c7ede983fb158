//! The two ends of the interoperability tests: our server of `interop.proto`, and theirs with their client.

pub(crate) mod blocking;
mod compression;
pub(crate) mod details;
pub(crate) mod interop;
pub(crate) mod python;
mod relay;
