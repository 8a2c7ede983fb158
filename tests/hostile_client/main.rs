//! Clients that are broken or mean, against a server: it answers what it can, ends what it must, and serves the others.

#[path = "../support/raw/mod.rs"]
mod raw;

mod peer;
mod support;
