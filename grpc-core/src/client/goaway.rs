//! What a server says when it closes a connection: h2 keeps it to itself until the calls end.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use h2::Reason;

use super::{status::Named, streams::Streams};
use crate::driver::{FrameHeader, FrameObserver, HeaderLimit};

/// How often a channel pings its servers: what it was told, doubled for each connection that was closed because
/// that was too often (gRFC A8).
#[derive(Debug)]
pub(super) struct KeepaliveTime {
    told: Option<Duration>,
    doublings: AtomicU32,
}

impl KeepaliveTime {
    pub(super) fn new(told: Option<Duration>) -> Self {
        Self {
            told,
            doublings: AtomicU32::new(0),
        }
    }

    /// For the next connection.
    pub(super) fn current(&self) -> Option<Duration> {
        let factor = 1u32
            .checked_shl(self.doublings.load(Ordering::Relaxed))
            .unwrap_or(u32::MAX);
        // It is added to the clock's time.
        self.told
            .map(|told| told.saturating_mul(factor).min(Self::LONGEST))
    }

    const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

    fn double(&self) {
        self.doublings.fetch_add(1, Ordering::Relaxed);
        tracing::warn!(
            interval = ?self.current(),
            "a server closed its connection because of too many keepalive pings; they come less often now"
        );
    }
}

/// A client's look at the frames of a connection.
pub(super) struct GoAwayWatch {
    keepalive: Arc<KeepaliveTime>,
    doubled: bool,
    streams: Arc<Streams>,
}

impl GoAwayWatch {
    pub(super) fn new(keepalive: &Arc<KeepaliveTime>, streams: &Arc<Streams>) -> Self {
        Self {
            keepalive: Arc::clone(keepalive),
            doubled: false,
            streams: Arc::clone(streams),
        }
    }
}

impl FrameObserver for GoAwayWatch {
    fn shown(&self) -> &'static [(u8, usize)] {
        &[(FrameHeader::GOAWAY, HEAD + LONGEST_TEXT), HeaderLimit::SHOWN]
    }

    fn read(&mut self, frame: FrameHeader, payload: &[u8]) -> Option<Vec<u8>> {
        self.streams.heard.store(true, Ordering::Relaxed);
        self.streams.header_limit.note(frame, payload);
        if frame.kind == FrameHeader::GOAWAY
            && let Some((head, debug)) = payload.split_first_chunk::<HEAD>()
        {
            // RFC 9113 §6.8: the last stream, the code, and then text.
            let [a, b, c, d, code @ ..] = *head;
            let last_stream = u32::from_be_bytes([a & 0x7f, b, c, d]);
            let code = Reason::from(u32::from_be_bytes(code));
            if code == Reason::ENHANCE_YOUR_CALM && debug == b"too_many_pings" && !self.doubled {
                self.doubled = true;
                self.keepalive.double();
            }
            self.streams.set_goaway(text(last_stream, code, debug));
        }
        None
    }
}

/// The last stream and the code, in bytes.
const HEAD: usize = 8;

/// How much is kept of the text behind them, in bytes.
const LONGEST_TEXT: usize = 200;

fn text(last_stream: u32, code: Reason, debug: &[u8]) -> String {
    let code = Named(code);
    if debug.is_empty() {
        return format!("GOAWAY, {code} (last stream {last_stream})");
    }
    let debug = String::from_utf8_lossy(debug);
    format!("GOAWAY, {code}: {debug:?} (last stream {last_stream})")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::streams::Slot;

    const GOAWAY: FrameHeader = FrameHeader {
        kind: FrameHeader::GOAWAY,
        flags: 0,
        stream: 0,
        length: 0,
    };

    #[test]
    fn too_many_pings_double_the_interval_once_for_each_connection() {
        let time = Arc::new(KeepaliveTime::new(Some(Duration::from_secs(10))));
        let streams = Arc::new(Streams::new(1));
        for seconds in [20, 40] {
            let mut watch = GoAwayWatch::new(&time, &streams);
            watch.read(GOAWAY, b"\0\0\0\x01\0\0\0\x0btoo_many_pings");
            watch.read(GOAWAY, b"\0\0\0\x01\0\0\0\x0btoo_many_pings");
            assert_eq!(time.current(), Some(Duration::from_secs(seconds)));
        }
        for other in [
            &b"\0\0\0\x01\0\0\0\0graceful"[..],
            b"\0\0\0\x01\0\0\0\x0bcalm down",
            b"\0\0",
        ] {
            GoAwayWatch::new(&time, &streams).read(GOAWAY, other);
        }
        assert_eq!(time.current(), Some(Duration::from_secs(40)));
    }

    #[test]
    fn what_the_server_says_is_kept_for_the_calls() {
        let time = Arc::new(KeepaliveTime::new(None));
        let streams = Arc::new(Streams::new(1));
        GoAwayWatch::new(&time, &streams).read(GOAWAY, b"\0\0\0\x01\0\0\0\0going\n down");
        let said = Slot::new(streams).goaway();
        assert_eq!(
            said.as_deref(),
            Some("GOAWAY, NO_ERROR: \"going\\n down\" (last stream 1)")
        );
    }

    #[test]
    fn an_interval_stays_in_the_clocks_range_however_often_it_is_doubled() {
        let time = KeepaliveTime::new(Some(Duration::from_secs(10)));
        (0..40).for_each(|_| time.double());
        assert_eq!(time.current(), Some(KeepaliveTime::LONGEST));
        assert_eq!(KeepaliveTime::new(None).current(), None);
    }
}
