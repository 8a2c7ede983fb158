//! When a connection has been idle or alive for too long (gRFC A9): a state machine without I/O.

use std::time::Duration;

use tokio::time::Instant;

use super::options::Options;

/// The limits on one connection's life, if there are any.
#[derive(Debug)]
pub(super) struct Lifetime {
    idle: Option<Duration>,
    grace: Option<Duration>,
    idle_at: Option<Instant>,
    old_at: Option<Instant>,
    close_at: Option<Instant>,
    /// How many calls there had been at the last look.
    begun: usize,
}

/// What is to be done with the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It goes on.
    Live,
    /// Its calls finish, and it takes no more.
    Drain,
    /// It ends now, with its calls.
    Close,
}

impl Lifetime {
    /// An age that no connection reaches.
    const EVER: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

    /// `luck`, from 0 to 1, is where in its jitter this connection's age is: connections that came together are not
    /// to go together.
    pub(super) fn new(options: &Options, now: Instant, luck: f64) -> Option<Self> {
        let idle = options.max_connection_idle;
        let age = options.max_connection_age;
        if idle.is_none() && age.is_none() {
            return None;
        }
        // A9: "a random jitter of +/-10 %". What is too long to be an instant is never.
        let old_at = age
            .filter(|age| *age < Self::EVER)
            .and_then(|age| now.checked_add(age.mul_f64(0.9 + 0.2 * luck)));
        Some(Self {
            idle,
            grace: options.max_connection_age_grace,
            idle_at: idle.and_then(|idle| now.checked_add(idle)),
            old_at,
            close_at: None,
            begun: 0,
        })
    }

    /// Looks at the connection, which has calls open or not, and has had `begun`.
    pub(super) fn look(&mut self, now: Instant, open: bool, begun: usize) -> Verdict {
        if open {
            self.idle_at = None;
        } else if self.idle_at.is_none() || begun != self.begun {
            self.idle_at = self.idle.and_then(|idle| now.checked_add(idle));
        }
        self.begun = begun;
        let is_over = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        if is_over(self.close_at) {
            return Verdict::Close;
        }
        if is_over(self.old_at) {
            self.old_at = None;
            self.idle = None;
            self.idle_at = None;
            self.close_at = self.grace.and_then(|grace| now.checked_add(grace));
            return Verdict::Drain;
        }
        if is_over(self.idle_at) {
            self.idle = None;
            self.idle_at = None;
            return Verdict::Drain;
        }
        Verdict::Live
    }

    /// When to look, whatever else happens.
    pub(super) fn next_timeout(&self) -> Option<Instant> {
        [self.idle_at, self.old_at, self.close_at]
            .into_iter()
            .flatten()
            .min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn options(idle: Option<u32>, age: Option<u32>, grace: Option<u32>) -> Options {
        let seconds = |seconds: Option<u32>| seconds.map(|seconds| SECOND * seconds);
        Options {
            max_connection_idle: seconds(idle),
            max_connection_age: seconds(age),
            max_connection_age_grace: seconds(grace),
            ..Options::default()
        }
    }

    #[test]
    fn a_connection_without_limits_needs_no_looking_after() {
        assert!(Lifetime::new(&options(None, None, Some(1)), Instant::now(), 0.5).is_none());
    }

    #[test]
    fn only_the_time_without_calls_counts_as_idle() {
        let start = Instant::now();
        let mut life = Lifetime::new(&options(Some(10), None, None), start, 0.5).unwrap();
        let at = |second: u32| start + SECOND * second;
        assert_eq!(life.look(at(9), false, 0), Verdict::Live);
        assert_eq!(life.look(at(9), true, 1), Verdict::Live);
        assert_eq!(life.next_timeout(), None);
        assert_eq!(life.look(at(100), false, 1), Verdict::Live);
        assert_eq!(life.next_timeout(), Some(at(110)));
        // A call that came and went between two looks.
        assert_eq!(life.look(at(105), false, 2), Verdict::Live);
        assert_eq!(life.next_timeout(), Some(at(115)));
        assert_eq!(life.look(at(115), false, 2), Verdict::Drain);
        assert_eq!(life.look(at(116), false, 2), Verdict::Live, "once");
        assert_eq!(life.next_timeout(), None);
    }

    #[test]
    fn an_old_connection_drains_and_is_closed_after_its_grace() {
        let start = Instant::now();
        let at = |second: u32| start + SECOND * second;
        let mut life = Lifetime::new(&options(None, Some(100), Some(5)), start, 0.5).unwrap();
        assert_eq!(life.look(at(99), true, 1), Verdict::Live);
        assert_eq!(life.look(at(100), true, 1), Verdict::Drain);
        assert_eq!(life.next_timeout(), Some(at(105)));
        assert_eq!(life.look(at(104), true, 1), Verdict::Live);
        assert_eq!(life.look(at(105), true, 1), Verdict::Close);
        let mut for_ever = Lifetime::new(&options(None, Some(100), None), start, 0.5).unwrap();
        assert_eq!(for_ever.look(at(100), true, 1), Verdict::Drain);
        assert_eq!(for_ever.next_timeout(), None);
    }

    #[test]
    fn ages_are_spread_by_a_tenth_to_either_side() {
        let start = Instant::now();
        let age = |luck| {
            let life = Lifetime::new(&options(None, Some(100), None), start, luck).unwrap();
            life.next_timeout().unwrap() - start
        };
        assert_eq!(
            [age(0.0), age(1.0)].map(|age| age.as_secs_f64().round()),
            [90.0, 110.0]
        );
    }

    #[test]
    fn times_past_the_clocks_range_are_never() {
        let options = Options {
            max_connection_idle: Some(Duration::MAX),
            max_connection_age: Some(Duration::MAX),
            ..Options::default()
        };
        let life = Lifetime::new(&options, Instant::now(), 1.0).unwrap();
        assert_eq!(life.next_timeout(), None);
    }
}
