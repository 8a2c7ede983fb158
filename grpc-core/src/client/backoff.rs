//! When to try a connection again (gRPC connection-backoff.md). Sans-io: time comes in, instants go out.

use std::time::Duration;

use tokio::time::Instant;

/// How long a channel waits between attempts to connect (gRPC connection-backoff.md).
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct BackoffConfig {
    /// From the start of the first attempt to the start of the second; 1 s.
    pub base_delay: Duration,
    /// What each further delay is multiplied with; 1.6.
    pub multiplier: f64,
    /// The part of a delay by which it varies at random, either way; 0.2.
    pub jitter: f64,
    /// The longest delay, before jitter; 120 s.
    pub max_delay: Duration,
    /// The least time that an attempt is given; 20 s.
    pub min_connect_timeout: Duration,
}

impl Default for BackoffConfig {
    fn default() -> Self {
        Self {
            base_delay: Duration::from_secs(1),
            multiplier: 1.6,
            jitter: 0.2,
            max_delay: Duration::from_secs(120),
            min_connect_timeout: Duration::from_secs(20),
        }
    }
}

/// The delays of one subchannel.
#[derive(Debug)]
pub(super) struct Backoff {
    config: BackoffConfig,
    /// The delay after the attempt last started, before jitter; `None` before the first.
    current: Option<Duration>,
    random: fastrand::Rng,
}

/// When an attempt that starts now is to be given up, and when the next may start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AttemptTimes {
    pub(super) give_up_at: Instant,
    pub(super) retry_at: Instant,
}

impl Backoff {
    pub(super) fn new(config: BackoffConfig) -> Self {
        Self::with_random(config, fastrand::Rng::new())
    }

    fn with_random(config: BackoffConfig, random: fastrand::Rng) -> Self {
        Self {
            config,
            current: None,
            random,
        }
    }

    /// An attempt starts.
    pub(super) fn attempt(&mut self, now: Instant) -> AttemptTimes {
        let BackoffConfig {
            base_delay,
            multiplier,
            jitter,
            max_delay,
            min_connect_timeout,
        } = self.config;
        let (delay, jitter) = match self.current {
            // connection-backoff.md: the first delay is exactly INITIAL_BACKOFF.
            None => (base_delay.min(max_delay), 0.0),
            Some(last) => (max_delay.min(scale(last, multiplier)), jitter),
        };
        self.current = Some(delay);
        let factor = 1.0 + jitter * (2.0 * self.random.f64() - 1.0);
        let retry_at = later(now, scale(delay, factor));
        AttemptTimes {
            give_up_at: retry_at.max(later(now, min_connect_timeout)),
            retry_at,
        }
    }

    /// A connection was made: the next attempt is a first one again.
    pub(super) fn reset(&mut self) {
        self.current = None;
    }
}

/// `now + delay` without its panic; what may lie out of the clock's range is 30 years away.
fn later(now: Instant, delay: Duration) -> Instant {
    const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);
    now + delay.min(FAR)
}

/// `Duration::mul_f64` without its panics, which a user's own configuration could reach.
fn scale(delay: Duration, factor: f64) -> Duration {
    Duration::try_from_secs_f64(delay.as_secs_f64() * factor).unwrap_or(delay)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_by_1_6_with_jitter_up_to_120_s() {
        let now = Instant::now();
        let mut backoff = Backoff::with_random(BackoffConfig::default(), fastrand::Rng::with_seed(7));
        let first = backoff.attempt(now);
        assert_eq!(first.retry_at, now + Duration::from_secs(1));
        assert_eq!(first.give_up_at, now + Duration::from_secs(20));
        let mut expected = 1.0f64;
        let mut spread = Vec::new();
        for _ in 0..30 {
            expected = (expected * 1.6).min(120.0);
            let ratio = (backoff.attempt(now).retry_at - now).as_secs_f64() / expected;
            assert!((0.8..=1.2).contains(&ratio), "{ratio} at {expected} s");
            spread.push(ratio);
        }
        assert!(
            spread.iter().any(|r| *r < 0.95) && spread.iter().any(|r| *r > 1.05),
            "{spread:?}"
        );
        assert_eq!(backoff.current, Some(Duration::from_secs(120)));
    }

    #[test]
    fn an_attempt_gets_its_whole_delay_once_that_is_past_the_minimum() {
        let now = Instant::now();
        let config = BackoffConfig {
            jitter: 0.0,
            ..BackoffConfig::default()
        };
        let mut backoff = Backoff::new(config);
        let last = (0..20).map(|_| backoff.attempt(now)).last().unwrap();
        assert_eq!(last.give_up_at, now + Duration::from_secs(120));
    }

    #[test]
    fn times_past_the_clocks_range_do_not_panic() {
        let now = Instant::now();
        let config = BackoffConfig {
            base_delay: Duration::MAX,
            max_delay: Duration::MAX,
            min_connect_timeout: Duration::MAX,
            ..BackoffConfig::default()
        };
        let times = Backoff::new(config).attempt(now);
        assert!(times.retry_at > now + Duration::from_secs(1_000_000) && times.give_up_at >= times.retry_at);
    }

    #[test]
    fn a_success_starts_over() {
        let now = Instant::now();
        let mut backoff = Backoff::new(BackoffConfig::default());
        backoff.attempt(now);
        backoff.attempt(now);
        backoff.reset();
        assert_eq!(backoff.attempt(now).retry_at, now + Duration::from_secs(1));
    }
}
