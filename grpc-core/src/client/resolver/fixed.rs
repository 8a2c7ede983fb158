use std::task::{Context, Poll};

use tokio::time::Instant;

use super::Resolver;
use crate::{Status, transport::Address};

/// A list of addresses that never changes.
#[derive(Debug)]
pub struct FixedResolver {
    addresses: Vec<Address>,
    told: bool,
}

impl FixedResolver {
    /// Resolves to these addresses, in this order.
    pub fn new(addresses: impl IntoIterator<Item = Address>) -> Self {
        Self {
            addresses: addresses.into_iter().collect(),
            told: false,
        }
    }
}

impl Resolver for FixedResolver {
    fn resolve_again(&mut self, _now: Instant) {}

    fn poll_resolve(&mut self, _cx: &mut Context<'_>, _now: Instant) -> Poll<Result<Vec<Address>, Status>> {
        if std::mem::replace(&mut self.told, true) {
            Poll::Pending
        } else {
            Poll::Ready(Ok(self.addresses.clone()))
        }
    }
}
