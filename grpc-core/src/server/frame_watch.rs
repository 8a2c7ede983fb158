use std::sync::{Arc, atomic::Ordering};

use tokio::time::Instant;

use super::{
    connection::Connection,
    pings::PingPolicy,
    unread::{Room, Unread},
};
use crate::driver::{FrameHeader, FrameObserver, HeaderLimit};

/// A server's look at the frames of a connection.
pub(super) struct FrameWatch {
    connection: Arc<Connection>,
    pings: PingPolicy,
    unread: Unread,
    last_stream: u32,
}

impl FrameWatch {
    pub(super) fn new(connection: &Arc<Connection>) -> Self {
        let options = &connection.shared.options;
        Self {
            connection: Arc::clone(connection),
            pings: PingPolicy::new(options),
            unread: Unread::new(options.connection_window),
            last_stream: 0,
        }
    }

    fn ping(&mut self) -> Option<Vec<u8>> {
        let has_calls = self.connection.calls.are_open();
        // gRFC A8.
        self.pings
            .ping(Instant::now(), has_calls)
            .then(|| self.refuse(b"too_many_pings"))
    }

    fn data(&mut self, length: usize) -> Option<Vec<u8>> {
        match self.unread.data(length, &self.connection.taken) {
            Room::Enough => None,
            Room::Full => {
                let peer = &self.connection.peer;
                tracing::debug!(%peer, "more memory is full of unread requests than the window has room for");
                self.connection.drain();
                None
            }
            Room::None => Some(self.refuse(b"too_much_unread")),
        }
    }

    /// GOAWAY (RFC 9113 §6.8) with ENHANCE_YOUR_CALM.
    fn refuse(&self, why: &'static [u8]) -> Vec<u8> {
        const ENHANCE_YOUR_CALM: u32 = 0xb;
        let peer = &self.connection.peer;
        tracing::debug!(%peer, why = %why.escape_ascii(), "a client is refused");
        self.connection.heard.refused.store(true, Ordering::Relaxed);
        let length = 8 + why.len() as u8;
        let mut frame = vec![0, 0, length, FrameHeader::GOAWAY, 0, 0, 0, 0, 0];
        frame.extend(self.last_stream.to_be_bytes());
        frame.extend(ENHANCE_YOUR_CALM.to_be_bytes());
        frame.extend(why);
        frame
    }
}

impl FrameObserver for FrameWatch {
    fn shown(&self) -> &'static [(u8, usize)] {
        &[HeaderLimit::SHOWN]
    }

    fn read(&mut self, frame: FrameHeader, payload: &[u8]) -> Option<Vec<u8>> {
        let heard = &self.connection.heard;
        heard.anything.store(true, Ordering::Relaxed);
        heard.lately.store(true, Ordering::Relaxed);
        if frame.kind == FrameHeader::DATA && frame.length > 0 {
            return self.data(frame.length);
        }
        self.unread.other(frame.length);
        match frame.kind {
            FrameHeader::HEADERS => self.last_stream = self.last_stream.max(frame.stream),
            FrameHeader::SETTINGS => self.connection.header_limit.note(frame, payload),
            FrameHeader::PING if frame.flags & FrameHeader::ACK != 0 => {
                heard.pong.store(true, Ordering::Relaxed);
            }
            FrameHeader::PING => return self.ping(),
            _ => {}
        }
        None
    }

    fn wrote(&mut self, frame: FrameHeader) {
        if matches!(frame.kind, FrameHeader::DATA | FrameHeader::HEADERS) {
            self.pings.sent();
        }
    }
}
