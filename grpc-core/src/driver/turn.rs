use std::time::{Duration, Instant};

use tokio::task::coop;

/// How long streams are polled before the connection gets to write what they have answered, in polls that are almost slow:
/// usually a millisecond.
const LONGEST: u32 = 40;

/// The clock is read once in this many polls: a poll of a small unary call takes about 2 µs.
const POLLS_PER_LOOK: u32 = 8;

/// How often a turn pauses. Tokio's cooperative budget is that of a task, and each stream uses it up that has a channel of a hundred messages: as
/// many of them as fill a write go into one (measured: 100 B messages from channels, 0.85 → 1.08 of tonic's per second of CPU).
const MOST_PAUSES: u32 = 4;

/// The budget of one turn: tokio's cooperative budget, which all streams of a connection share, and time.
pub(super) struct Turn {
    /// What one poll may take on average before its streams are those that compute, and hold up the others.
    limit: Duration,
    polls: u32,
    clock: Option<Clock>,
    over: bool,
    slow: bool,
    /// It has taken as long as it may.
    late: bool,
    pauses: u32,
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
            late: false,
            pauses: 0,
        }
    }

    /// True if it is over only because tokio's budget is spent: it goes on with a new one, once other tasks have had their turn, and the
    /// connection writes after that.
    pub(super) fn pauses(&mut self) -> bool {
        let pauses = self.over && !self.slow && !self.late && self.pauses < MOST_PAUSES;
        self.pauses += u32::from(pauses);
        pauses
    }

    /// It goes on: the time that others took meanwhile is none of its streams'.
    pub(super) fn resumed(mut self) -> Self {
        self.over = false;
        if let Some(clock) = &mut self.clock {
            clock.last_look = Instant::now();
        }
        self
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
        self.late = now - clock.started > self.limit * LONGEST;
        self.slow || self.late
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
