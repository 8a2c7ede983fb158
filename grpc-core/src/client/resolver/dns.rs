use std::{
    fmt,
    future::Future,
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::{Instant, Sleep};

use super::Resolver;
use crate::{
    BoxFuture, Status,
    client::backoff::{Backoff, BackoffConfig},
    transport::Address,
};

/// The least time between two look-ups; other gRPC implementations wait as long.
const MIN_INTERVAL: Duration = Duration::from_secs(30);

type Lookup = BoxFuture<'static, io::Result<Vec<SocketAddr>>>;

/// Looks a host name up with the system's resolver (`getaddrinfo`), again when asked to, but not more than
/// once in 30 s; a look-up that failed is repeated with the backoff of connections.
pub struct DnsResolver {
    host: String,
    port: u16,
    backoff: Backoff,
    state: State,
}

enum State {
    /// A look-up is due at this time.
    Due(Instant, Pin<Box<Sleep>>),
    LookingUp(Lookup, Instant),
    /// Nothing to do until asked; the last look-up started then.
    Resolved(Instant),
    /// Look up now.
    Start,
}

impl DnsResolver {
    /// Resolves `host` to its addresses, with this port.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        let backoff = Backoff::new(BackoffConfig::default());
        Self {
            host: host.into(),
            port,
            backoff,
            state: State::Start,
        }
    }
}

impl fmt::Debug for DnsResolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DnsResolver")
            .field("host", &self.host)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

impl Resolver for DnsResolver {
    fn resolve_again(&mut self, now: Instant) {
        if let State::Resolved(started) = self.state {
            let due = (started + MIN_INTERVAL).max(now);
            self.state = State::Due(due, Box::pin(tokio::time::sleep_until(due)));
        }
    }

    fn poll_resolve(&mut self, cx: &mut Context<'_>, now: Instant) -> Poll<Result<Vec<Address>, Status>> {
        loop {
            match &mut self.state {
                State::Resolved(_) => return Poll::Pending,
                State::Due(due, sleep) => {
                    if *due > now && sleep.as_mut().poll(cx).is_pending() {
                        return Poll::Pending;
                    }
                    self.state = State::Start;
                }
                State::Start => {
                    let name = (self.host.clone(), self.port);
                    let lookup = async move { Ok(tokio::net::lookup_host(name).await?.collect()) };
                    self.state = State::LookingUp(Box::pin(lookup), now);
                }
                State::LookingUp(lookup, started) => {
                    let found = std::task::ready!(lookup.as_mut().poll(cx));
                    let started = *started;
                    return Poll::Ready(match found {
                        Ok(found) if !found.is_empty() => {
                            self.backoff.reset();
                            self.state = State::Resolved(started);
                            Ok(interleave(found).into_iter().map(Address::from).collect())
                        }
                        found => {
                            let retry_at = self.backoff.attempt(now).retry_at;
                            self.state = State::Due(retry_at, Box::pin(tokio::time::sleep_until(retry_at)));
                            Err(match found {
                                Err(error) => {
                                    Status::unavailable(format!("resolve {:?}: {error}", self.host))
                                        .with_source(error)
                                }
                                Ok(_) => {
                                    Status::unavailable(format!("resolve {:?}: no addresses", self.host))
                                }
                            })
                        }
                    });
                }
            }
        }
    }
}

/// RFC 8305 §4: keeps the order within a family and alternates between the families, the first one first.
fn interleave(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let Some(first) = addresses.first().map(SocketAddr::is_ipv6) else {
        return addresses;
    };
    let (one, other): (Vec<_>, Vec<_>) = addresses
        .into_iter()
        .partition(|address| address.is_ipv6() == first);
    let mut merged = Vec::with_capacity(one.len() + other.len());
    let (mut one, mut other) = (one.into_iter(), other.into_iter());
    loop {
        match (one.next(), other.next()) {
            (None, None) => return merged,
            (a, b) => merged.extend(a.into_iter().chain(b)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_alternate() {
        let list = |items: &[&str]| {
            items
                .iter()
                .map(|a| a.parse().unwrap())
                .collect::<Vec<SocketAddr>>()
        };
        let found = list(&["[::1]:1", "[::2]:1", "[::3]:1", "1.1.1.1:1", "2.2.2.2:1"]);
        assert_eq!(
            interleave(found),
            list(&["[::1]:1", "1.1.1.1:1", "[::2]:1", "2.2.2.2:1", "[::3]:1"])
        );
        assert_eq!(interleave(Vec::new()), Vec::new());
    }
}
