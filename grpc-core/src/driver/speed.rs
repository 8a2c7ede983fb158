use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// A poll of a small unary call takes 1 to 2 µs.
const SLOW: Duration = Duration::from_micros(25);

/// How long the connection itself takes for one stream: the measure of what takes long on this machine, which may be
/// slow as a whole (a debug build, an emulator).
#[derive(Debug, Default)]
pub(super) struct Speed {
    turns: u32,
    per_stream: Option<Duration>,
}

impl Speed {
    /// The first turns are measured, of which some are slower than any later one, and a few of those that follow.
    const FIRST: u32 = 8;
    const EVERY: u32 = 64;

    /// A turn begins. The time, if it is to be measured.
    pub(super) fn start(&mut self) -> Option<Instant> {
        self.turns = self.turns.wrapping_add(1);
        (self.turns < Self::FIRST || self.turns.is_multiple_of(Self::EVERY)).then(Instant::now)
    }

    /// The connection has read so many streams since then.
    pub(super) fn note(&mut self, started: Instant, streams: usize) {
        let Ok(streams) = u32::try_from(streams) else {
            return;
        };
        if streams > 0 {
            let taken = started.elapsed() / streams;
            self.per_stream = Some(self.per_stream.map_or(taken, |least| least.min(taken)));
        }
    }

    /// A poll of a stream that takes longer than this is that of one that computes.
    pub(super) fn slow(&self) -> Duration {
        /// It is less than one, even in a debug build.
        const TIMES: u32 = 8;
        SLOW.max(self.per_stream.unwrap_or_default() * TIMES)
    }
}

/// Whether it is worth timing what the streams of a connection do: the driver has seen some of them compute.
#[derive(Debug, Default)]
pub(crate) struct Inspection {
    on: AtomicBool,
    /// In nanoseconds; zero before the first.
    limit: AtomicU64,
}

impl Inspection {
    /// True while polls are to be timed.
    pub(crate) fn is_on(&self) -> bool {
        self.on.load(Ordering::Relaxed)
    }

    /// What a poll may take.
    pub(crate) fn limit(&self) -> Duration {
        SLOW.max(Duration::from_nanos(self.limit.load(Ordering::Relaxed)))
    }

    pub(crate) fn start(&self, limit: Duration) {
        self.limit
            .store(limit.as_nanos().try_into().unwrap_or(u64::MAX), Ordering::Relaxed);
        self.on.store(true, Ordering::Relaxed);
    }

    pub(crate) fn stop(&self) {
        self.on.store(false, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_slow_depends_on_how_fast_the_connection_is() {
        let mut speed = Speed::default();
        assert_eq!(speed.slow(), Duration::from_micros(25));
        let started = Instant::now();
        speed.note(started - Duration::from_millis(100), 10);
        let slow = speed.slow();
        assert!(slow >= Duration::from_millis(80), "{slow:?}");
        speed.note(started, 0);
        assert_eq!(speed.slow(), slow, "no stream, no measure");
        speed.note(Instant::now(), 1000);
        assert!(speed.slow() < slow, "the fastest counts");
    }

    #[test]
    fn the_first_turns_are_measured_and_few_of_the_others() {
        let mut speed = Speed::default();
        let measured = (0..6400).filter(|_| speed.start().is_some()).count();
        assert_eq!(measured, 7 + 100);
    }
}
