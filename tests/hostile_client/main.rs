//! Clients that are broken or mean, against a server: it answers what it can, ends what it must, and serves the others.

#[path = "../support/raw/mod.rs"]
mod raw;

mod case;
mod floods;
mod frames;
mod headers;
mod hpack;
mod messages;
mod peer;
mod rare;
mod resets;
mod slow;
mod support;
mod windows;
