//! From a target's name to the addresses that answer to it.

mod dns;
mod fixed;

use std::task::{Context, Poll};

use tokio::time::Instant;

pub use self::{dns::DnsResolver, fixed::FixedResolver};
use super::target::{Endpoint, Target};
use crate::{Status, transport::Address};

/// Finds the addresses behind a channel's name, and finds them anew when they may have changed.
///
/// It has no task of its own: the channel polls it, tells it the time and hands what it finds to the
/// [`Balancer`](super::Balancer).
pub trait Resolver: Send + 'static {
    /// A connection failed or ended: the addresses may have changed. A resolver may take its time, so as
    /// not to put load on the name service, but a result must follow.
    fn resolve_again(&mut self, now: Instant);

    /// The next list of addresses, in the order in which they should be tried.
    ///
    /// Pending while there is nothing new; wakes the task when there is. The first result comes without
    /// being asked for.
    ///
    /// # Errors
    /// Why the name could not be resolved. Calls fail with it if there are no addresses from before.
    fn poll_resolve(&mut self, cx: &mut Context<'_>, now: Instant) -> Poll<Result<Vec<Address>, Status>>;
}

/// The built-in resolver for what a target names.
pub(super) fn for_target(target: &Target) -> Box<dyn Resolver> {
    match &target.endpoint {
        Endpoint::Fixed(addresses) => Box::new(FixedResolver::new(addresses.clone())),
        Endpoint::Dns { host, port } => Box::new(DnsResolver::new(host.clone(), *port)),
    }
}
