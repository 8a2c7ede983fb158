use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::Spawner;
use crate::transport::Io;

/// How much is read in one turn, in bytes, before the streams get theirs.
const READ_PER_TURN: usize = 64 * 1024;

/// The buffer of a connection that is quiet, and of one that fills it.
const SMALL: usize = 8 * 1024;
const LARGE: usize = 64 * 1024;

/// A connection's byte stream as hyper wants it.
pub(crate) struct ConnectionIo {
    inner: Box<dyn Io>,
    buffer: Box<[u8]>,
    /// The part of the buffer that hyper has not taken yet.
    start: usize,
    end: usize,
    /// The last read filled the buffer, so the next gets a larger one.
    filled: bool,
    turn: Arc<AtomicUsize>,
    /// The turn that `read` counts in, and the bytes read in it.
    seen: usize,
    read: usize,
}

impl ConnectionIo {
    pub(crate) fn new(inner: Box<dyn Io>, spawner: &Spawner) -> Self {
        Self {
            inner,
            buffer: vec![0; SMALL].into(),
            start: 0,
            end: 0,
            filled: false,
            turn: spawner.turn(),
            seen: 0,
            read: 0,
        }
    }

    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let turn = self.turn.load(Ordering::Relaxed);
        if turn != self.seen {
            (self.seen, self.read) = (turn, 0);
        }
        if self.read >= READ_PER_TURN {
            // More may be there: in the driver's next turn.
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.filled && self.buffer.len() < LARGE {
            self.buffer = vec![0; LARGE].into();
        }
        let mut buffer = ReadBuf::new(&mut self.buffer);
        let polled = Pin::new(&mut self.inner).poll_read(cx, &mut buffer);
        let read = buffer.filled().len();
        if polled.is_pending() && self.buffer.len() > SMALL {
            self.buffer = vec![0; SMALL].into();
        }
        ready!(polled)?;
        (self.start, self.end) = (0, read);
        self.filled = read == self.buffer.len();
        self.read += read;
        Poll::Ready(Ok(()))
    }
}

impl hyper::rt::Read for ConnectionIo {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut buf: hyper::rt::ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.start == this.end {
            ready!(this.poll_fill(cx))?;
        }
        let taken = (this.end - this.start).min(buf.remaining());
        buf.put_slice(&this.buffer[this.start..this.start + taken]);
        this.start += taken;
        Poll::Ready(Ok(()))
    }
}

impl hyper::rt::Write for ConnectionIo {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, bufs)
    }
}
