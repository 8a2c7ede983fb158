use std::{
    io::{self, IoSlice},
    mem,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{
    FrameObserver, Spawner,
    watch::{Watch, farewell},
};
use crate::transport::Io;

/// How much is read in one turn, in bytes, before the streams get theirs.
const READ_PER_TURN: usize = 64 * 1024;

/// The buffer of a connection that is quiet, and of one that fills it.
const SMALL: usize = 8 * 1024;
const LARGE: usize = 64 * 1024;

/// A connection's byte stream, as HTTP/2 reads and writes it: with room for many frames in a read, and watched.
pub(crate) struct ConnectionIo {
    inner: Box<dyn Io>,
    buffer: Box<[u8]>,
    /// The part of the buffer that has not been taken yet.
    start: usize,
    end: usize,
    /// The last read filled the buffer, so the next gets a larger one.
    filled: bool,
    turn: Arc<AtomicUsize>,
    /// The turn that `read` counts in, and the bytes read in it.
    seen: usize,
    read: usize,
    /// There was nothing more to read in this turn. HTTP/2 asks again for each stream that it has found.
    dry: bool,
    watch: Option<Watch>,
    /// The observer has refused it, and it has been ended.
    refused: bool,
    spawner: Spawner,
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
            dry: false,
            watch: None,
            refused: false,
            spawner: spawner.clone(),
        }
    }

    /// The same, with an observer of the frames.
    pub(crate) fn watched(mut self, observer: impl FrameObserver, is_server: bool) -> Self {
        self.watch = Some(Watch::new(Box::new(observer), is_server));
        self
    }

    /// Ends a connection that its observer refuses, as soon as no frame is under way to the peer. True once it
    /// has.
    fn hang_up(&mut self) -> bool {
        let Some(last) = self.watch.as_mut().and_then(Watch::take_refusal) else {
            return false;
        };
        let io = mem::replace(&mut self.inner, Box::new(tokio::io::empty()));
        self.watch = None;
        self.refused = true;
        self.spawner.spawn(Box::pin(farewell(io, last)));
        true
    }

    fn wrote(&mut self, buf: &[u8]) {
        if let Some(watch) = &mut self.watch {
            watch.wrote(buf);
        }
    }

    /// Up to so many bytes that have been read: none at the end.
    fn poll_bytes(&mut self, cx: &mut Context<'_>, most: usize) -> Poll<io::Result<&[u8]>> {
        if self.start == self.end {
            if !self.refused {
                ready!(self.poll_fill(cx))?;
            }
            if self.refused || self.hang_up() {
                return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
            }
            if self.watch.as_ref().is_some_and(Watch::refuses) {
                // Nothing more is taken from it. When the frame that is under way has left, the last one wakes the driver.
                return Poll::Pending;
            }
        }
        let start = self.start;
        self.start += (self.end - start).min(most);
        Poll::Ready(Ok(&self.buffer[start..self.start]))
    }

    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let turn = self.turn.load(Ordering::Relaxed);
        if turn != self.seen {
            (self.seen, self.read, self.dry) = (turn, 0, false);
        }
        if self.dry {
            // What has come since wakes the driver.
            return Poll::Pending;
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
        self.dry = polled.is_pending();
        if self.dry && self.buffer.len() > SMALL {
            self.buffer = vec![0; SMALL].into();
        }
        ready!(polled)?;
        if let Some(watch) = &mut self.watch {
            watch.read(&self.buffer[..read]);
        }
        (self.start, self.end) = (0, read);
        self.filled = read == self.buffer.len();
        self.read += read;
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for ConnectionIo {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let bytes = ready!(self.poll_bytes(cx, buf.remaining()))?;
        buf.put_slice(bytes);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for ConnectionIo {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.inner).poll_write(cx, buf))?;
        self.wrote(&buf[..written]);
        self.hang_up();
        Poll::Ready(Ok(written))
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
        let written = ready!(Pin::new(&mut self.inner).poll_write_vectored(cx, bufs))?;
        if self.watch.is_some() {
            let mut left = written;
            for buf in bufs {
                let taken = left.min(buf.len());
                self.wrote(&buf[..taken]);
                left -= taken;
            }
            self.hang_up();
        }
        Poll::Ready(Ok(written))
    }
}
