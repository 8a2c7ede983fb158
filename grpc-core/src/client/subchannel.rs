//! The life of one address's connection: a state machine without I/O (gRPC connectivity-semantics-and-api.md).

use tokio::time::Instant;

use super::backoff::{AttemptTimes, Backoff, BackoffConfig};

/// The state of a channel or of one of its subchannels (gRPC connectivity-semantics-and-api.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConnectivityState {
    /// Not connected, and not trying to: the next call changes that.
    Idle,
    /// Making a connection; calls wait for it.
    Connecting,
    /// Connected.
    Ready,
    /// The last attempt failed; calls fail at once, unless they wait for ready.
    TransientFailure,
    /// The channel is gone.
    Shutdown,
}

/// One address's connection, seen from outside: what state it is in, and until when.
#[derive(Debug)]
pub(super) struct Subchannel {
    state: State,
    backoff: Backoff,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle,
    Connecting(AttemptTimes),
    Ready,
    Failed { retry_at: Instant },
}

/// What the passing of time did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timeout {
    /// The attempt has taken too long; it is to be dropped and reported as failed.
    GiveUp,
    /// The backoff is over: the subchannel is idle.
    BackoffOver,
}

impl Subchannel {
    pub(super) fn new(config: BackoffConfig) -> Self {
        Self {
            state: State::Idle,
            backoff: Backoff::new(config),
        }
    }

    #[cfg(test)]
    pub(super) fn state(&self) -> ConnectivityState {
        match self.state {
            State::Idle => ConnectivityState::Idle,
            State::Connecting(_) => ConnectivityState::Connecting,
            State::Ready => ConnectivityState::Ready,
            State::Failed { .. } => ConnectivityState::TransientFailure,
        }
    }

    /// Asks for a connection; says whether an attempt is to start now. Only an idle subchannel starts one.
    pub(super) fn connect(&mut self, now: Instant) -> bool {
        if self.state != State::Idle {
            return false;
        }
        self.state = State::Connecting(self.backoff.attempt(now));
        true
    }

    /// The attempt has succeeded.
    pub(super) fn connected(&mut self) {
        self.backoff.reset();
        self.state = State::Ready;
    }

    /// The attempt has failed.
    pub(super) fn failed(&mut self, now: Instant) {
        if let State::Connecting(times) = self.state {
            self.state = State::Failed {
                retry_at: times.retry_at.max(now),
            };
        }
    }

    /// The connection has ended, or takes no more calls; false if there was none.
    pub(super) fn lost(&mut self) -> bool {
        let was_ready = self.state == State::Ready;
        if was_ready {
            self.state = State::Idle;
        }
        was_ready
    }

    /// When [`Subchannel::handle_timeout`] has something to do.
    pub(super) fn next_timeout(&self) -> Option<Instant> {
        match self.state {
            State::Connecting(times) => Some(times.give_up_at),
            State::Failed { retry_at } => Some(retry_at),
            State::Idle | State::Ready => None,
        }
    }

    /// Lets time pass.
    pub(super) fn handle_timeout(&mut self, now: Instant) -> Option<Timeout> {
        match self.state {
            State::Connecting(times) if times.give_up_at <= now => {
                self.failed(now);
                Some(Timeout::GiveUp)
            }
            State::Failed { retry_at } if retry_at <= now => {
                self.state = State::Idle;
                Some(Timeout::BackoffOver)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn failures_back_off_from_the_start_of_the_attempt() {
        let start = Instant::now();
        let mut subchannel = Subchannel::new(BackoffConfig::default());
        assert!(subchannel.connect(start));
        assert!(!subchannel.connect(start), "one attempt at a time");
        subchannel.failed(start + Duration::from_millis(300));
        assert_eq!(subchannel.state(), ConnectivityState::TransientFailure);
        assert!(!subchannel.connect(start), "backing off");
        assert_eq!(subchannel.next_timeout(), Some(start + Duration::from_secs(1)));
        assert_eq!(
            subchannel.handle_timeout(start + Duration::from_millis(999)),
            None
        );
        assert_eq!(
            subchannel.handle_timeout(start + Duration::from_secs(1)),
            Some(Timeout::BackoffOver)
        );
        assert_eq!(subchannel.state(), ConnectivityState::Idle);
    }

    #[test]
    fn an_attempt_that_hangs_is_given_up_and_may_be_retried_at_once() {
        let start = Instant::now();
        let mut subchannel = Subchannel::new(BackoffConfig::default());
        subchannel.connect(start);
        let late = start + Duration::from_secs(20);
        assert_eq!(subchannel.handle_timeout(late), Some(Timeout::GiveUp));
        assert_eq!(subchannel.handle_timeout(late), Some(Timeout::BackoffOver));
    }

    #[test]
    fn a_lost_connection_is_idle_and_connects_without_delay() {
        let start = Instant::now();
        let mut subchannel = Subchannel::new(BackoffConfig::default());
        subchannel.connect(start);
        subchannel.connected();
        assert_eq!(subchannel.next_timeout(), None);
        assert!(subchannel.lost() && !subchannel.lost());
        assert_eq!(subchannel.state(), ConnectivityState::Idle);
        assert!(subchannel.connect(start));
    }
}
