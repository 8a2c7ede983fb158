//! Keepalive enforcement: clients that ping more often than they may (gRFC A8, gRPC keepalive.md).

use std::time::Duration;

use tokio::time::Instant;

use super::options::Options;

/// Counts the PINGs of a client that come too soon after the one before.
#[derive(Debug)]
pub(super) struct PingPolicy {
    least: Duration,
    without_calls: bool,
    last: Option<Instant>,
    strikes: u8,
}

impl PingPolicy {
    /// How many PINGs may come too soon.
    const STRIKES: u8 = 2;

    /// How far apart PINGs are to be where they are not permitted at all: as TCP's own keepalive.
    const UNASKED: Duration = Duration::from_secs(2 * 60 * 60);

    pub(super) fn new(options: &Options) -> Self {
        Self {
            least: options.permit_keepalive_time,
            without_calls: options.permit_keepalive_without_calls,
            last: None,
            strikes: 0,
        }
    }

    /// A PING has come; true if it was one too many.
    pub(super) fn ping(&mut self, now: Instant, has_calls: bool) -> bool {
        let least = if has_calls || self.without_calls {
            self.least
        } else {
            self.least.max(Self::UNASKED)
        };
        let before = self.last.replace(now);
        if before.is_some_and(|before| now.saturating_duration_since(before) < least) {
            // A burst of them is read whole before it is refused.
            self.strikes = self.strikes.saturating_add(1);
        }
        self.strikes > Self::STRIKES
    }

    /// Something was sent to the client, who may measure by PINGs how fast it comes.
    pub(super) fn sent(&mut self) {
        self.strikes = 0;
        self.last = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(without_calls: bool) -> PingPolicy {
        PingPolicy {
            least: Duration::from_secs(10),
            without_calls,
            last: None,
            strikes: 0,
        }
    }

    #[test]
    fn the_third_ping_that_comes_too_soon_is_one_too_many() {
        let mut policy = policy(false);
        let start = Instant::now();
        let pings = [0, 9, 18, 27].map(|second| policy.ping(start + Duration::from_secs(second), true));
        assert_eq!(pings, [false, false, false, true]);
    }

    #[test]
    fn there_may_be_any_number_too_many() {
        let mut policy = policy(false);
        let now = Instant::now();
        assert!((0..1000).all(|ping| policy.ping(now, true) == (ping >= 3)));
    }

    #[test]
    fn pings_that_are_far_enough_apart_may_go_on_for_ever() {
        let mut policy = policy(true);
        let start = Instant::now();
        assert!((0..1000).all(|n| !policy.ping(start + Duration::from_secs(10) * n, false)));
    }

    #[test]
    fn without_calls_pings_are_to_be_hours_apart_unless_they_are_permitted() {
        let start = Instant::now();
        let pings = |policy: &mut PingPolicy| {
            [0, 1, 2, 3].map(|minute| policy.ping(start + Duration::from_secs(60 * minute), false))
        };
        assert_eq!(pings(&mut policy(false)), [false, false, false, true]);
        assert_eq!(pings(&mut policy(true)), [false; 4]);
    }

    #[test]
    fn what_the_client_gets_wipes_out_its_strikes() {
        let mut policy = policy(false);
        let now = Instant::now();
        for _ in 0..100 {
            assert!(!policy.ping(now, true) && !policy.ping(now, true) && !policy.ping(now, true));
            policy.sent();
        }
    }
}
