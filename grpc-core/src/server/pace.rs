//! What is known of how long a method's handler keeps the thread that polls it.

use std::{
    sync::atomic::{AtomicU8, Ordering},
    time::{Duration, Instant},
};

use crate::driver::{Inspection, Place};

/// A poll that takes this long keeps tokio's other tasks from their thread.
const LONG: Duration = Duration::from_millis(10);

/// A poll that takes so many times what is slow, or a millisecond, is better off elsewhere from the start. Of those that take less a turn has a few, then
/// finds out, and has the rest elsewhere: their answers share a write.
const APART: u32 = 8;
const APART_AT_MOST: Duration = Duration::from_millis(1);

/// The verdict on a method, from those polls of its handlers that are timed.
///
/// Quick methods are timed only while their connection takes long over its streams, others always: they may become quick.
#[derive(Debug, Default)]
pub(super) struct Pace {
    slow: Strikes,
    long: Strikes,
}

impl Pace {
    /// Where the method's next call is to run.
    pub(super) fn place(&self) -> Place {
        if !self.slow.are_out() {
            Place::Inside
        } else if self.long.are_out() {
            Place::Aside
        } else {
            Place::Outside
        }
    }

    /// Polls a handler by `poll`, and times it if that is worth the two looks at the clock.
    pub(super) fn time<T>(&self, inspection: &Inspection, poll: impl FnOnce() -> T) -> T {
        if !inspection.is_on() && !self.slow.are_out() {
            return poll();
        }
        let started = Instant::now();
        let polled = poll();
        self.note(started.elapsed(), inspection.limit());
        polled
    }

    fn note(&self, taken: Duration, limit: Duration) {
        self.slow
            .note(taken > limit.max(APART_AT_MOST.min(limit * APART)));
        self.long.note(taken > LONG);
    }
}

/// Out after two, as long as there is one in eight polls, and until there have been many without one.
///
/// Threads that count at the same time may lose one another's counts: there are others to come.
#[derive(Debug, Default)]
struct Strikes(AtomicU8);

impl Strikes {
    const STRIKE: u8 = 8;
    const OUT: u8 = 2 * Self::STRIKE;
    /// Beside the score.
    const ARE_OUT: u8 = 0x80;
    const MOST: u8 = 0x7f;

    fn are_out(&self) -> bool {
        self.0.load(Ordering::Relaxed) & Self::ARE_OUT != 0
    }

    fn note(&self, strike: bool) {
        let before = self.0.load(Ordering::Relaxed);
        let mut score = before & Self::MOST;
        score = if strike {
            (score + Self::STRIKE).min(Self::MOST)
        } else {
            score.saturating_sub(1)
        };
        let out = score >= Self::OUT || (before & Self::ARE_OUT != 0 && score > 0);
        let after = score | if out { Self::ARE_OUT } else { 0 };
        if after != before {
            self.0.store(after, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_micros(25);
    const QUICK: Duration = Duration::from_micros(2);
    const SLOW: Duration = Duration::from_micros(250);

    #[test]
    fn a_method_is_slow_after_two_slow_polls_and_quick_again_after_many_quick_ones() {
        let pace = Pace::default();
        pace.note(SLOW, LIMIT);
        assert_eq!(
            pace.place(),
            Place::Inside,
            "the scheduler may have taken its time"
        );
        pace.note(SLOW, LIMIT);
        assert_eq!(pace.place(), Place::Outside);
        for _ in 0..15 {
            pace.note(QUICK, LIMIT);
        }
        assert_eq!(pace.place(), Place::Outside);
        pace.note(QUICK, LIMIT);
        assert_eq!(pace.place(), Place::Inside);
    }

    #[test]
    fn a_poll_in_eight_keeps_a_method_slow_and_one_in_a_hundred_does_not_make_it_slow() {
        let pace = Pace::default();
        for n in 0..10_000 {
            pace.note(if n % 100 == 0 { SLOW } else { QUICK }, LIMIT);
            assert_eq!(pace.place(), Place::Inside);
        }
        for _ in 0..2 {
            pace.note(SLOW, LIMIT);
        }
        for n in 0..10_000 {
            pace.note(if n % 8 == 0 { SLOW } else { QUICK }, LIMIT);
            assert_eq!(pace.place(), Place::Outside);
        }
    }

    #[test]
    fn a_method_that_keeps_its_thread_for_long_runs_aside() {
        let pace = Pace::default();
        for _ in 0..2 {
            pace.note(LONG * 2, LIMIT);
        }
        assert_eq!(pace.place(), Place::Aside);
        for _ in 0..20 {
            pace.note(SLOW, LIMIT);
        }
        assert_eq!(pace.place(), Place::Outside, "it has become better than that");
    }

    #[test]
    fn polls_are_timed_only_under_inspection_or_once_they_are_slow() {
        let (pace, inspection) = (Pace::default(), Inspection::default());
        let long = || std::thread::sleep(Duration::from_millis(1));
        for _ in 0..3 {
            pace.time(&inspection, long);
        }
        assert_eq!(pace.place(), Place::Inside);
        inspection.start(LIMIT);
        for _ in 0..2 {
            pace.time(&inspection, long);
        }
        inspection.stop();
        assert_eq!(pace.place(), Place::Outside);
        for _ in 0..200 {
            pace.time(&inspection, || ());
        }
        assert_eq!(pace.place(), Place::Inside);
    }
}
