//! Who looks at a connection's frames, and may end it.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::frames::{FrameHeader, FrameScanner, PREFACE};
use crate::transport::Io;

/// Told of the frames of a connection. It is called for each: it must be quick.
pub(crate) trait FrameObserver: Send + 'static {
    /// The kinds of the frames whose payload it looks at, and how much of it, in bytes: that is kept until it has come.
    fn shown(&self) -> &'static [(u8, usize)];

    /// The peer has sent a frame; `payload` is empty unless it is one of those that are [`shown`](FrameObserver::shown).
    /// The connection is refused with the frame that is returned, after which it is closed.
    fn read(&mut self, frame: FrameHeader, payload: &[u8]) -> Option<Vec<u8>>;

    /// A frame is sent to the peer.
    fn wrote(&mut self, _frame: FrameHeader) {}
}

/// An observer, and where in each direction it is.
pub(super) struct Watch {
    reads: FrameScanner,
    writes: FrameScanner,
    observer: Box<dyn FrameObserver>,
    /// The connection's last frame, to be sent as soon as none is under way.
    refusal: Option<Vec<u8>>,
}

impl Watch {
    /// On a server's connection the preface comes in, on a client's it goes out.
    pub(super) fn new(observer: Box<dyn FrameObserver>, is_server: bool) -> Self {
        let (reads, writes) = if is_server { (PREFACE, 0) } else { (0, PREFACE) };
        Self {
            reads: FrameScanner::new(reads).showing(observer.shown()),
            writes: FrameScanner::new(writes),
            observer,
            refusal: None,
        }
    }

    pub(super) fn read(&mut self, bytes: &[u8]) {
        let (observer, refusal) = (&mut self.observer, &mut self.refusal);
        self.reads.scan(bytes, |frame, payload| {
            if let Some(last) = observer.read(frame, payload) {
                refusal.get_or_insert(last);
            }
        });
    }

    pub(super) fn wrote(&mut self, bytes: &[u8]) {
        let observer = &mut self.observer;
        self.writes.scan(bytes, |frame, _| observer.wrote(frame));
    }

    /// True if the connection is refused.
    pub(super) fn refuses(&self) -> bool {
        self.refusal.is_some()
    }

    /// The last frame, if the connection is refused and it can be sent now.
    pub(super) fn take_refusal(&mut self) -> Option<Vec<u8>> {
        if self.writes.at_boundary() {
            self.refusal.take()
        } else {
            None
        }
    }
}

/// Sends the last frame and closes. What the peer still sends is read for a moment: closing before would reset the
/// connection, and take the frame with it.
pub(super) async fn farewell(mut io: Box<dyn Io>, last: Vec<u8>) {
    const MOMENT: Duration = Duration::from_secs(1);
    let farewell = async {
        io.write_all(&last).await?;
        io.shutdown().await?;
        let mut nothing = [0; 1024];
        while io.read(&mut nothing).await? > 0 {}
        Ok::<(), std::io::Error>(())
    };
    // The peer may be gone, which is as well.
    let _ = tokio::time::timeout(MOMENT, farewell).await;
}
