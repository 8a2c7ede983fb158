//! The server against a raw HTTP/2 client, with handlers built as the service macro builds them.

mod cancel;
mod cardinality;
mod compression;
mod cost;
mod endings;
mod fairness;
mod header_limits;
mod headers;
mod interceptors;
mod kinds;
mod life;
mod panics;
mod pipe;
mod refusals;
mod semantics;
mod support;
mod threads;
mod wire;
