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
    scratch::Scratch,
    shared::POLLS_PER_TURN,
    watch::{Watch, farewell},
    write_buffer::WriteBuffer,
};
use crate::transport::Io;

/// How much is read in one turn, in bytes, before the streams get theirs.
const READ_PER_TURN: usize = 64 * 1024;

/// A connection's byte stream, as HTTP/2 reads and writes it: with room for many frames in a read and in a write, and watched.
pub(crate) struct ConnectionIo {
    inner: Box<dyn Io>,
    /// Only while there is something to read.
    buffer: Option<Scratch>,
    /// The part of the buffer that has not been taken yet.
    start: usize,
    end: usize,
    /// What is to leave with the next flush, or before.
    out: WriteBuffer,
    /// The next flush is that of a single frame, and another follows.
    holds: bool,
    polls: Arc<AtomicUsize>,
    /// The poll of the link that this is known of, and the bytes read in its turn.
    seen: usize,
    read: usize,
    /// There was nothing more to read in this poll. HTTP/2 asks again for each stream that it has found.
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
            buffer: None,
            start: 0,
            end: 0,
            out: WriteBuffer::default(),
            holds: false,
            polls: spawner.polls(),
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
        let Some(refusal) = self.watch.as_mut().and_then(Watch::take_refusal) else {
            return false;
        };
        let mut last = self.out.take();
        last.extend(refusal);
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
        let buffer = self.buffer.as_deref().unwrap_or_default();
        Poll::Ready(Ok(&buffer[start..self.start]))
    }

    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let poll = self.polls.load(Ordering::Relaxed);
        if poll != self.seen {
            if poll / POLLS_PER_TURN != self.seen / POLLS_PER_TURN {
                self.read = 0;
            }
            (self.seen, self.dry) = (poll, false);
        }
        if self.dry {
            // What has come since wakes the driver.
            return Poll::Pending;
        }
        if self.read >= READ_PER_TURN {
            self.buffer = None;
            // More may be there: in the driver's next turn.
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        // Given back unless there is something in it.
        let mut scratch = self.buffer.take().unwrap_or_else(Scratch::take);
        let mut buffer = ReadBuf::new(&mut scratch);
        let polled = Pin::new(&mut self.inner).poll_read(cx, &mut buffer);
        self.dry = polled.is_pending();
        ready!(polled)?;
        let read = buffer.filled().len();
        if let Some(watch) = &mut self.watch {
            watch.read(&scratch[..read]);
        }
        self.buffer = Some(scratch);
        (self.start, self.end) = (0, read);
        self.read += read;
        Poll::Ready(Ok(()))
    }

    fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.out.poll_write(&mut self.inner, cx, &[]).map_ok(drop)
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
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(buf)])
    }

    /// h2 has a reason of its own to flush once all has left that it had. A frame of DATA that it does not copy, it hands over as two pieces and flushes at
    /// once, whether there are more or not: that flush waits for the one that follows.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if mem::take(&mut self.holds) {
            return Poll::Ready(Ok(()));
        }
        ready!(self.poll_drain(cx))?;
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_drain(cx))?;
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
        let this = &mut *self;
        this.holds = bufs.len() > 1 && this.out.hold(bufs);
        let written = if this.holds {
            bufs.iter().map(|buf| buf.len()).sum()
        } else {
            ready!(this.out.poll_write(&mut this.inner, cx, bufs))?
        };
        if this.watch.is_some() {
            let mut left = written;
            for buf in bufs {
                let taken = left.min(buf.len());
                this.wrote(&buf[..taken]);
                left -= taken;
            }
            this.hang_up();
        }
        Poll::Ready(Ok(written))
    }
}
