//! When a channel has had no call for so long that it lets its connections go: a state machine without I/O.

use std::time::Duration;

use tokio::time::Instant;

/// A channel's idle time. It looks now and then whether there were calls, which costs a call nothing; so a channel
/// goes idle up to an eighth late.
#[derive(Debug)]
pub(super) struct IdleTime {
    after: Duration,
    quiet_since: Instant,
    look_at: Option<Instant>,
    /// How many calls there had been at the last look.
    begun: u64,
}

impl IdleTime {
    pub(super) fn new(after: Duration, now: Instant) -> Self {
        Self {
            after,
            quiet_since: now,
            look_at: now.checked_add(Self::step(after)),
            begun: 0,
        }
    }

    /// True if the channel, which has calls open or not, and has had `begun`, is to go idle.
    pub(super) fn is_over(&mut self, now: Instant, open: bool, begun: u64) -> bool {
        if self.look_at.is_none_or(|look_at| now < look_at) {
            return false;
        }
        self.look_at = now.checked_add(Self::step(self.after));
        if open || begun != self.begun {
            self.begun = begun;
            self.quiet_since = now;
        }
        now.saturating_duration_since(self.quiet_since) >= self.after
    }

    /// When to look.
    pub(super) fn next_timeout(&self) -> Option<Instant> {
        self.look_at
    }

    fn step(after: Duration) -> Duration {
        (after / 8).max(Duration::from_millis(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn a_channel_is_idle_after_its_time_without_calls() {
        let start = Instant::now();
        let mut idle = IdleTime::new(MINUTE * 8, start);
        let at = |minute: u32| start + MINUTE * minute;
        assert_eq!(idle.next_timeout(), Some(at(1)));
        assert!((1..8).all(|minute| !idle.is_over(at(minute), false, 0)));
        assert!(idle.is_over(at(8), false, 0));
    }

    #[test]
    fn calls_that_are_open_or_came_and_went_put_it_off() {
        let start = Instant::now();
        let mut idle = IdleTime::new(MINUTE * 8, start);
        let at = |minute: u32| start + MINUTE * minute;
        assert!((1..100).all(|minute| !idle.is_over(at(minute), true, 1)), "open");
        assert!(!idle.is_over(at(106), false, 1));
        assert!(!idle.is_over(at(107), false, 2), "came and went");
        assert!(!idle.is_over(at(114), false, 2));
        assert!(idle.is_over(at(115), false, 2));
    }

    #[test]
    fn the_longest_time_is_as_good_as_never() {
        let start = Instant::now();
        let mut idle = IdleTime::new(Duration::MAX, start);
        assert!((0..100).all(|year| !idle.is_over(start + MINUTE * 60 * 24 * 365 * year, false, 0)));
    }
}
