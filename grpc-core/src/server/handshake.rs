use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::{driver::PREFACE, transport::Io};

/// A byte stream that tells when its client has sent HTTP/2's preface, the SETTINGS that are a part of it included (RFC 9113
/// §3.4). h2 does not.
pub(super) struct PrefaceWatch {
    inner: Box<dyn Io>,
    read: usize,
    /// How long the preface is, as far as that is known.
    length: usize,
    complete: Arc<AtomicBool>,
}

impl PrefaceWatch {
    /// The stream, and a flag that becomes true with the preface.
    pub(super) fn new(inner: Box<dyn Io>) -> (Self, Arc<AtomicBool>) {
        let complete = Arc::new(AtomicBool::new(false));
        (
            Self {
                inner,
                read: 0,
                length: SHORTEST,
                complete: Arc::clone(&complete),
            },
            complete,
        )
    }
}

impl PrefaceWatch {
    fn saw(&mut self, bytes: &[u8]) {
        for (place, byte) in (self.read..)
            .zip(bytes)
            .take_while(|(place, _)| *place < SHORTEST)
        {
            // The frame begins with its length, in three bytes.
            if let Some(place) = place.checked_sub(PREFACE)
                && place < 3
            {
                self.length += usize::from(*byte) << (8 * (2 - place));
            }
        }
        self.read += bytes.len();
        if self.read >= self.length {
            self.complete.store(true, Ordering::Relaxed);
        }
    }
}

/// A preface whose SETTINGS are empty.
const SHORTEST: usize = PREFACE + 9;

impl AsyncRead for PrefaceWatch {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.read >= self.length {
            return Pin::new(&mut self.inner).poll_read(cx, buf);
        }
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, buf))?;
        self.saw(&buf.filled()[before..]);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for PrefaceWatch {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}
