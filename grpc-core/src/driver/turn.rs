use std::time::{Duration, Instant};

use tokio::task::coop;

/// How long streams are polled before the connection gets to write what they have answered, in polls that are almost slow:
/// usually a millisecond.
const LONGEST: u32 = 40;

/// The clock is read once in this many polls: a poll of a small unary call takes about 2 µs.
const POLLS_PER_LOOK: u32 = 8;

/// The budget of one turn: tokio's cooperative budget, which all streams of a connection share, and time.
pub(super) struct Turn {
    /// What one poll may take on average before its streams are those that compute, and hold up the others.
    limit: Duration,
    polls: u32,
    clock: Option<Clock>,
    over: bool,
    slow: bool,
}

struct Clock {
    started: Instant,
    last_look: Instant,
    /// How many polls there had been then.
    polls: u32,
}

impl Turn {
    pub(super) fn new(limit: Duration) -> Self {
        Self {
            limit,
            polls: 0,
            clock: None,
            over: false,
            slow: false,
        }
    }

    /// True if another stream may be polled.
    pub(super) fn goes_on(&mut self) -> bool {
        if self.over || self.polls == 0 {
            return !self.over;
        }
        if self.polls.is_multiple_of(POLLS_PER_LOOK) {
            self.over |= self.look();
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

    /// No stream is polled in it any more.
    pub(super) fn end(&mut self) {
        if !self.slow {
            self.look();
        }
    }

    /// True if its streams compute. Before the end that means that it is over because of that.
    pub(super) fn is_slow(&self) -> bool {
        self.slow
    }

    /// Reads the clock: true if the turn has taken long enough.
    fn look(&mut self) -> bool {
        let Some(clock) = &mut self.clock else {
            return false;
        };
        let now = Instant::now();
        let polls = self.polls - clock.polls;
        self.slow = polls > 0 && now - clock.last_look > self.limit * polls;
        clock.last_look = now;
        clock.polls = self.polls;
        self.slow || now - clock.started > self.limit * LONGEST
    }
}

impl Clock {
    fn start() -> Self {
        let now = Instant::now();
        Self {
            started: now,
            last_look: now,
            polls: 0,
        }
    }
}
