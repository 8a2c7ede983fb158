//! The two ends of the interoperability tests: our server of `interop.proto`, and theirs with their client.

pub(crate) mod interop;
pub(crate) mod python;
#[expect(unused, reason = "not every test counts bytes")]
pub(crate) mod relay;
