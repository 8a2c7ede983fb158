//! Keepalive: PINGs to peers that have been quiet (gRPC keepalive.md).

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use h2::{Ping, PingPong};
use tokio::time::{Instant, Sleep};

/// Pings a peer that has said nothing for a while.
pub(crate) struct Keepalive {
    pings: PingPong,
    interval: Duration,
    timeout: Duration,
    /// When to ping, if nothing comes; or when the answer has to be there.
    timer: Pin<Box<Sleep>>,
    /// When something was last heard, as far as it was looked at.
    last: Instant,
    waits: bool,
    was_used: bool,
}

impl Keepalive {
    /// `None` without an interval.
    pub(crate) fn new(
        interval: Option<Duration>,
        timeout: Duration,
        pings: Option<PingPong>,
    ) -> Option<Self> {
        /// As good as never: what can be added to the time that it is.
        const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);
        let interval = interval?.min(LONGEST);
        Some(Self {
            pings: pings?,
            interval,
            timeout: timeout.min(LONGEST),
            timer: Box::pin(tokio::time::sleep(interval)),
            last: Instant::now(),
            waits: false,
            was_used: true,
        })
    }

    /// Ready if a PING has had no answer for too long. `heard`: something has come since the last look. `is_used`: there is a
    /// reason to ping.
    pub(crate) fn poll(&mut self, heard: bool, is_used: bool, cx: &mut Context<'_>) -> Poll<()> {
        if !std::mem::replace(&mut self.was_used, is_used) && is_used {
            // Of what was quiet while nothing was to be heard, nothing can be said.
            self.last = Instant::now();
        }
        loop {
            if self.waits {
                match self.pings.poll_pong(cx) {
                    Poll::Ready(Ok(_)) => {
                        self.waits = false;
                        self.last = Instant::now();
                        self.timer.as_mut().reset(self.last + self.interval);
                    }
                    // The connection is at its end, and tells by itself.
                    Poll::Ready(Err(_)) => return Poll::Pending,
                    Poll::Pending => return self.timer.as_mut().poll(cx),
                }
            }
            if heard {
                self.last = Instant::now();
            }
            ready!(self.timer.as_mut().poll(cx));
            let now = Instant::now();
            if !is_used {
                self.last = now;
            }
            let due = self.last + self.interval;
            if due > now {
                self.timer.as_mut().reset(due);
                continue;
            }
            if self.pings.send_ping(Ping::opaque()).is_err() {
                return Poll::Pending;
            }
            self.waits = true;
            self.timer.as_mut().reset(now + self.timeout);
        }
    }
}
