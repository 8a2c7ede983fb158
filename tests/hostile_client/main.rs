//! Clients that are broken or mean, against a server: it answers what it can, ends what it must, and serves the others.

#[cfg(target_os = "linux")]
#[path = "../support/process.rs"]
mod process;
#[path = "../support/raw/mod.rs"]
mod raw;

mod case;
mod floods;
mod frames;
mod headers;
mod hpack;
#[cfg(target_os = "linux")]
mod memory;
mod messages;
mod peer;
mod rare;
mod resets;
mod slow;
mod support;
mod together;
mod windows;
