use std::time::{Duration, Instant};

use tokio::task::coop;

/// How long streams are polled before the connection gets to write what they have answered.
const LONGEST: Duration = Duration::from_millis(1);

/// The clock is read once in this many polls: a poll of a small unary call takes about 2 µs.
const POLLS_PER_LOOK: u32 = 8;

/// So many polls taking longer than this are of streams that compute, and hold up the others.
const SLOW: Duration = Duration::from_micros(200);

/// The budget of one turn: tokio's cooperative budget, which all streams of a connection share, and time.
#[derive(Default)]
pub(super) struct Turn {
    polls: u32,
    clock: Option<Clock>,
    over: bool,
    slow: bool,
}

struct Clock {
    started: Instant,
    last_look: Instant,
}

impl Turn {
    /// True if another stream may be polled.
    pub(super) fn goes_on(&mut self) -> bool {
        if self.over || self.polls == 0 {
            return !self.over;
        }
        if self.polls.is_multiple_of(POLLS_PER_LOOK) {
            self.look();
        }
        // A stream that is polled without budget left is told to wait, whatever it has: leave it queued.
        self.over |= !coop::has_budget_remaining();
        !self.over
    }

    /// A stream is about to be polled.
    pub(super) fn poll(&mut self) {
        self.polls += 1;
        self.clock.get_or_insert_with(Clock::start);
    }

    pub(super) fn has_polled(&self) -> bool {
        self.polls > 0
    }

    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// True if it is over because its streams compute.
    pub(super) fn is_slow(&self) -> bool {
        self.slow
    }

    fn look(&mut self) {
        let Some(clock) = &mut self.clock else { return };
        let now = Instant::now();
        self.slow = now - clock.last_look > SLOW;
        self.over = self.slow || now - clock.started > LONGEST;
        clock.last_look = now;
    }
}

impl Clock {
    fn start() -> Self {
        let now = Instant::now();
        Self {
            started: now,
            last_look: now,
        }
    }
}
