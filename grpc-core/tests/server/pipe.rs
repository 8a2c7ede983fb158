//! A listener for pipes that count what a server does with them.

use std::{
    collections::BTreeMap,
    io::{self, IoSlice},
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
};

use grpc_core::{
    BoxFuture,
    server::{Server, server},
    transport::{Address, Io, Listener, Peer},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf},
    sync::mpsc,
};

use super::support::{Client, Tests, UNARY};

/// Kinds of frames (RFC 9113 §6).
pub(crate) const RST_STREAM: u8 = 0x3;
pub(crate) const WINDOW_UPDATE: u8 = 0x8;

/// What a server has done, over all of its pipes.
#[derive(Default)]
pub(crate) struct Counts {
    writes: AtomicUsize,
    /// How often it found nothing more to read: once in each turn of a connection.
    polls: AtomicUsize,
    frames: Mutex<Frames>,
}

/// The frames that were written, by their kinds.
#[derive(Default)]
struct Frames {
    partial: Vec<u8>,
    of_kind: BTreeMap<u8, usize>,
}

impl Counts {
    pub(crate) fn writes(&self) -> usize {
        self.writes.load(Ordering::SeqCst)
    }

    pub(crate) fn polls(&self) -> usize {
        self.polls.load(Ordering::SeqCst)
    }

    pub(crate) fn frames(&self, kind: u8) -> usize {
        let frames = self.frames.lock().unwrap();
        frames.of_kind.get(&kind).copied().unwrap_or_default()
    }
}

impl Frames {
    fn wrote(&mut self, bytes: &[u8]) {
        self.partial.extend_from_slice(bytes);
        while let &[a, b, c, kind, _, _, _, _, _, ref rest @ ..] = &self.partial[..] {
            let length = u32::from_be_bytes([0, a, b, c]) as usize;
            if rest.len() < length {
                return;
            }
            *self.of_kind.entry(kind).or_default() += 1;
            self.partial.drain(..9 + length);
        }
    }
}

/// Hands out pipes, after some errors.
pub(crate) struct Pipes {
    pub(crate) failures: u32,
    pub(crate) incoming: mpsc::Receiver<DuplexStream>,
    pub(crate) counts: Arc<Counts>,
}

impl Listener for Pipes {
    fn accept(&mut self) -> BoxFuture<'_, io::Result<(Box<dyn Io>, Peer)>> {
        Box::pin(async {
            if self.failures > 0 {
                self.failures -= 1;
                return Err(io::Error::other("too many open files"));
            }
            let Some(pipe) = self.incoming.recv().await else {
                return std::future::pending().await;
            };
            let counts = Arc::clone(&self.counts);
            let io = Box::new(Counted { pipe, counts });
            Ok((io as Box<dyn Io>, Peer::new(self.local_address())))
        })
    }

    fn local_address(&self) -> Address {
        Address::Named("pipe".into())
    }
}

struct Counted {
    pipe: DuplexStream,
    counts: Arc<Counts>,
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.pipe).poll_read(cx, buf);
        if read.is_pending() {
            self.counts.polls.fetch_add(1, Ordering::SeqCst);
        }
        read
    }
}

impl AsyncWrite for Counted {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(buf)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.pipe).poll_write_vectored(cx, bufs))?;
        self.counts.writes.fetch_add(1, Ordering::SeqCst);
        let mut frames = self.counts.frames.lock().unwrap();
        let mut left = written;
        for buf in bufs {
            let taken = left.min(buf.len());
            frames.wrote(&buf[..taken]);
            left -= taken;
        }
        drop(frames);
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.pipe.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.pipe).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.pipe).poll_shutdown(cx)
    }
}

/// A server of these services, so many clients that are connected to it, each by a pipe, and what it has done.
pub(crate) async fn start(tests: Tests, clients: usize) -> (Server, Vec<Client>, Arc<Counts>) {
    let counts = Arc::<Counts>::default();
    let (pipes, incoming) = mpsc::channel(1);
    let mut server = server();
    let listener = Pipes {
        failures: 0,
        incoming,
        counts: Arc::clone(&counts),
    };
    assert_eq!(server.add_listener(listener).unwrap().to_string(), "pipe");
    server.add_service(tests);
    server.start().await.unwrap();
    let mut connected = Vec::new();
    for _ in 0..clients {
        let (near, far) = tokio::io::duplex(1024 * 1024);
        pipes.send(far).await.unwrap();
        let client = Client::over(([127, 0, 0, 1], 1).into(), near).await;
        // With it the settings have been exchanged.
        client.call(&UNARY, b"first").await.ok();
        connected.push(client);
    }
    (server, connected, counts)
}
