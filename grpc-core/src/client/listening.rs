//! What a server says first, or why it never says anything.

use std::{
    io::{self, ErrorKind},
    pin::Pin,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::{driver::FrameHeader, transport::Io};

/// What came first of a connection: the server's SETTINGS, or an error.
#[derive(Default)]
pub(super) struct First {
    heard: AtomicBool,
    failure: OnceLock<String>,
}

impl First {
    pub(super) fn was_heard(&self) -> bool {
        self.heard.load(Ordering::Relaxed)
    }

    /// Why they were not heard.
    pub(super) fn failure(&self) -> Option<&str> {
        self.failure.get().map(String::as_str)
    }
}

/// Notes when the server has said what it has to say first, or why it never did.
pub(super) struct Listening {
    io: Box<dyn Io>,
    first: Arc<First>,
    heard: bool,
    preface: Preface,
    /// The error of a write whose reason is still to be read.
    unexplained: Option<io::Error>,
}

impl Listening {
    pub(super) fn new(io: Box<dyn Io>, first: Arc<First>) -> Self {
        Self {
            io,
            first,
            heard: false,
            preface: Preface::default(),
            unexplained: None,
        }
    }

    fn noted<T>(&self, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if let Poll::Ready(Err(error)) = &polled
            && !self.heard
        {
            self.first.failure.get_or_init(|| error.to_string());
        }
        polled
    }

    fn poll_to_write<T>(
        &mut self,
        cx: &mut Context<'_>,
        write: impl FnOnce(Pin<&mut dyn Io>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        let polled = match self.unexplained.take() {
            Some(error) => Poll::Ready(Err(error)),
            None => write(Pin::new(&mut *self.io), cx),
        };
        let polled = match polled {
            Poll::Ready(Err(error)) if !self.heard && is_closed(&error) => {
                Poll::Ready(Err(ready!(self.poll_reason(cx, error))))
            }
            polled => polled,
        };
        self.noted(polled)
    }

    /// Why the server has closed. One that refuses a client says so first, in an alert of TLS, which is there to be read
    /// when a write finds that nobody listens any more.
    fn poll_reason(&mut self, cx: &mut Context<'_>, error: io::Error) -> Poll<io::Error> {
        let mut said = [0; 1];
        let mut said = ReadBuf::new(&mut said);
        match Pin::new(&mut self.io).poll_read(cx, &mut said) {
            Poll::Ready(Err(reason)) if !is_closed(&reason) => Poll::Ready(reason),
            Poll::Ready(_) => Poll::Ready(error),
            Poll::Pending => {
                self.unexplained = Some(error);
                Poll::Pending
            }
        }
    }
}

/// It says that the connection is gone, and not why. What is left to be read then has an end.
fn is_closed(error: &io::Error) -> bool {
    use ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset)
}

impl AsyncRead for Listening {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buf.filled().len();
        let polled = Pin::new(&mut this.io).poll_read(cx, buf);
        let said = &buf.filled()[before..];
        if !said.is_empty() && !this.heard {
            match this.preface.read(said) {
                Ok(whole) => this.heard = whole,
                Err(why) => {
                    let error = io::Error::new(ErrorKind::InvalidData, why);
                    return this.noted(Poll::Ready(Err(error)));
                }
            }
            this.first.heard.store(this.heard, Ordering::Relaxed);
        }
        this.noted(polled)
    }
}

/// A server's first frame, as it comes: SETTINGS (RFC 9113 §3.4). Before they are whole, its limit on streams is not known.
#[derive(Default)]
struct Preface {
    header: [u8; FrameHeader::LENGTH],
    have: usize,
    /// What is missing of the frame, once its header is there.
    missing: usize,
}

impl Preface {
    /// True once all of it is there.
    ///
    /// # Errors
    /// It is something else.
    fn read(&mut self, mut said: &[u8]) -> Result<bool, String> {
        if self.have < self.header.len() {
            let taken = said.len().min(self.header.len() - self.have);
            self.header[self.have..self.have + taken].copy_from_slice(&said[..taken]);
            self.have += taken;
            said = &said[taken..];
            if let Some(why) = not_http2(&self.header[..self.have]) {
                return Err(why.to_owned());
            }
            if self.have < self.header.len() {
                return Ok(false);
            }
            let frame = FrameHeader::parse(self.header);
            let length = frame.length;
            if frame.kind != FrameHeader::SETTINGS || frame.flags & FrameHeader::ACK != 0 {
                let kind = frame.kind;
                return Err(format!(
                    "the server's first frame is of type {kind:#x}, and not its SETTINGS: it may not speak HTTP/2"
                ));
            }
            self.missing = length;
        }
        self.missing = self.missing.saturating_sub(said.len());
        Ok(self.missing == 0)
    }
}

/// What a server speaks that says this first: as an HTTP/2 frame it would be longer than any may be, which h2 says as soon as
/// it has the length.
fn not_http2(said: &[u8]) -> Option<&'static str> {
    const LONGEST: [u8; 3] = [0x00, 0x40, 0x00];
    // RFC 8446 §5.1: an alert, and the version.
    if said.starts_with(&[0x15, 0x03]) {
        return Some("the server speaks TLS, and this channel is in plain text");
    }
    match said.first_chunk() {
        Some(b"HTT") => Some("the server answers in HTTP/1, and gRPC takes HTTP/2"),
        Some(length) if *length > LONGEST => Some("the server does not speak HTTP/2"),
        _ => None,
    }
}

impl AsyncWrite for Listening {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_to_write(cx, |io, cx| io.poll_write(cx, buf))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_to_write(cx, |io, cx| io.poll_flush(cx))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_to_write(cx, |io, cx| io.poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}
