//! TLS: our client and our server, and what each says of a peer that is not what it should be.

mod calls;
mod certificates;
mod errors;
mod files;
mod handshakes;
mod mutual;
mod service;
mod system_roots;
#[cfg(target_os = "linux")]
mod threads;
