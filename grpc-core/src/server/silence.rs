//! Clients that have gone silent where HTTP/2 would wait for them without end: a state machine without I/O.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use tokio::time::Instant;

use super::options::Options;

/// What a connection's client has said since it was last asked, noted by who sees its frames.
#[derive(Debug, Default)]
pub(super) struct Heard {
    pub(super) anything: AtomicBool,
    /// The same, for keepalive's own looks.
    pub(super) lately: AtomicBool,
    pub(super) pong: AtomicBool,
    /// It has said too much, and is only to be told so.
    pub(super) refused: AtomicBool,
}

/// How long a client may be silent.
///
/// Keepalive ends the calls of a client that does not answer its pings. Then h2 says goodbye, and waits until that has
/// left: if the client does not read, for ever. A graceful shutdown waits for an answer likewise.
#[derive(Debug)]
pub(super) struct Silence {
    /// Keepalive's interval and timeout, in [`Silence::TICKS`] parts.
    tick: Option<Duration>,
    silent: u32,
    next: Option<Instant>,
    pong: Duration,
    pong_until: Option<Instant>,
    refused_until: Option<Instant>,
}

impl Silence {
    /// What is read is looked at this often within keepalive's time, and not noted with a time at each read.
    const TICKS: u32 = 8;

    pub(super) fn new(options: &Options, now: Instant) -> Self {
        let tick = options
            .keepalive_interval
            .and_then(|interval| interval.checked_add(options.keepalive_timeout))
            .map(|alive| alive / Self::TICKS);
        Self {
            tick,
            silent: 0,
            next: tick.and_then(|tick| now.checked_add(tick)),
            pong: options.keepalive_timeout,
            pong_until: None,
            refused_until: None,
        }
    }

    /// The client is asked whether it has heard that the connection is to end.
    pub(super) fn ask(&mut self, now: Instant, heard: &Heard) {
        heard.pong.store(false, Ordering::Relaxed);
        self.pong_until = now.checked_add(self.pong);
    }

    /// True if the connection is to be given up.
    pub(super) fn look(&mut self, now: Instant, heard: &Heard, has_calls: bool) -> bool {
        let is_over = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        if heard.refused.load(Ordering::Relaxed) && self.refused_until.is_none() {
            self.refused_until = now.checked_add(self.pong);
        }
        if is_over(self.refused_until) {
            return true;
        }
        if is_over(self.pong_until) {
            self.pong_until = None;
            if !heard.pong.load(Ordering::Relaxed) {
                if !has_calls {
                    return true;
                }
                self.pong_until = now.checked_add(self.pong);
            }
        }
        if is_over(self.next) {
            self.next = self.tick.and_then(|tick| now.checked_add(tick));
            if heard.anything.swap(false, Ordering::Relaxed) {
                self.silent = 0;
            } else {
                self.silent += 1;
            }
        }
        // One more: it is keepalive that ends it, if it can.
        self.silent > Self::TICKS
    }

    /// When to look, whatever else happens.
    pub(super) fn next_timeout(&self) -> Option<Instant> {
        [self.next, self.pong_until, self.refused_until]
            .into_iter()
            .flatten()
            .min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn silence(interval: Option<Duration>) -> (Silence, Instant) {
        let options = Options {
            keepalive_interval: interval,
            keepalive_timeout: SECOND * 20,
            ..Options::default()
        };
        let now = Instant::now();
        (Silence::new(&options, now), now)
    }

    /// When it is given up, if a frame comes every so often.
    fn given_up(silence: &mut Silence, start: Instant, every: Option<Duration>) -> Option<Duration> {
        let heard = Heard::default();
        let mut frame = every.map(|every| start + every);
        while let Some(now) = silence.next_timeout()
            && now < start + SECOND * 10_000
        {
            while let Some(at) = frame
                && at <= now
            {
                heard.anything.store(true, Ordering::Relaxed);
                frame = every.map(|every| at + every);
            }
            if silence.look(now, &heard, true) {
                return Some(now - start);
            }
        }
        None
    }

    #[test]
    fn a_client_is_given_up_a_little_after_keepalive_has_done_so() {
        let (mut silence, start) = silence(Some(SECOND * 60));
        assert_eq!(given_up(&mut silence, start, None), Some(SECOND * 90));
    }

    #[test]
    fn a_client_that_answers_keepalive_is_never_given_up() {
        let (mut silence, start) = silence(Some(SECOND * 60));
        assert_eq!(given_up(&mut silence, start, Some(SECOND * 80)), None);
    }

    #[test]
    fn without_keepalive_a_client_may_be_silent_for_ever() {
        for interval in [None, Some(Duration::MAX)] {
            let (silence, _) = silence(interval);
            assert_eq!(silence.next_timeout(), None);
        }
    }

    #[test]
    fn a_client_that_does_not_answer_a_goodbye_is_given_up_unless_it_has_calls() {
        let (mut silence, start) = silence(None);
        let heard = Heard::default();
        let at = |second: u32| start + SECOND * second;
        silence.ask(start, &heard);
        assert_eq!(silence.next_timeout(), Some(at(20)));
        assert!(!silence.look(at(20), &heard, true));
        assert!(!silence.look(at(39), &heard, false));
        assert!(silence.look(at(40), &heard, false));
    }

    #[test]
    fn a_client_that_answers_a_goodbye_is_left_to_its_calls() {
        let (mut silence, start) = silence(None);
        let heard = Heard::default();
        silence.ask(start, &heard);
        heard.pong.store(true, Ordering::Relaxed);
        assert!(!silence.look(start + SECOND * 20, &heard, false));
        assert_eq!(silence.next_timeout(), None);
    }

    #[test]
    fn a_client_that_is_refused_has_so_long_to_read_why() {
        let (mut silence, start) = silence(None);
        let heard = Heard::default();
        heard.refused.store(true, Ordering::Relaxed);
        assert!(!silence.look(start, &heard, true));
        assert_eq!(silence.next_timeout(), Some(start + SECOND * 20));
        assert!(silence.look(start + SECOND * 20, &heard, true));
    }
}
