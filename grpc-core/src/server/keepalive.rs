//! Keepalive as a server does it: PINGs to clients that have been quiet (gRPC keepalive.md).

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use h2::{Ping, PingPong};
use tokio::time::{Instant, Sleep};

use super::options::Options;

/// Pings a client that has said nothing for a while.
pub(super) struct Keepalive {
    pings: PingPong,
    interval: Duration,
    timeout: Duration,
    /// When to ping, if nothing comes; or when the answer has to be there.
    timer: Pin<Box<Sleep>>,
    /// When something was last heard, as far as it was looked at.
    last: Instant,
    waits: bool,
}

impl Keepalive {
    pub(super) fn new(options: &Options, pings: Option<PingPong>) -> Option<Self> {
        /// As good as never: what can be added to the time that it is.
        const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);
        let interval = options.keepalive_interval?.min(LONGEST);
        Some(Self {
            pings: pings?,
            interval,
            timeout: options.keepalive_timeout.min(LONGEST),
            timer: Box::pin(tokio::time::sleep(interval)),
            last: Instant::now(),
            waits: false,
        })
    }

    /// Ready if a PING has had no answer for too long. `heard`: something has come since the last look.
    pub(super) fn poll(&mut self, heard: bool, cx: &mut Context<'_>) -> Poll<()> {
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
            let due = self.last + self.interval;
            let now = Instant::now();
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
