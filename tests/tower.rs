//! The seam to tower without tonic: services that speak gRPC over HTTP by themselves on a server, and a channel as
//! such a service.

#[path = "tower/client.rs"]
mod client;
#[path = "tower/propagation.rs"]
mod propagation;
#[path = "tower/server.rs"]
mod server;
#[path = "tower/support.rs"]
mod support;
