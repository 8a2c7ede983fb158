//! What goes over the socket, counted by a listener of one's own.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use grpc_core::{
    BoxFuture,
    server::server,
    transport::{Address, Io, Listener, Peer},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf},
    sync::{Barrier, mpsc},
};

use super::support::{Client, Tests, UNARY};

/// Hands out pipes that count the writes of the server, after some errors.
struct Pipes {
    failures: u32,
    incoming: mpsc::Receiver<DuplexStream>,
    writes: Arc<AtomicUsize>,
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
            let io = Counted {
                pipe,
                writes: Arc::clone(&self.writes),
            };
            Ok((Box::new(io) as Box<dyn Io>, Peer::new(self.local_address())))
        })
    }

    fn local_address(&self) -> Address {
        Address::Named("pipe".into())
    }
}

struct Counted {
    pipe: DuplexStream,
    writes: Arc<AtomicUsize>,
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.pipe).poll_read(cx, buf)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.writes.fetch_add(1, Ordering::SeqCst);
        Pin::new(&mut self.pipe).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.writes.fetch_add(1, Ordering::SeqCst);
        Pin::new(&mut self.pipe).poll_write_vectored(cx, bufs)
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

#[tokio::test]
async fn one_write_answers_a_batch() {
    const BATCH: usize = 50;
    let (pipes, incoming) = mpsc::channel(1);
    let writes = Arc::new(AtomicUsize::new(0));
    let mut server = server();
    let address = server
        .add_listener(Pipes {
            failures: 0,
            incoming,
            writes: Arc::clone(&writes),
        })
        .unwrap();
    assert_eq!(address.to_string(), "pipe");
    // All handlers end in the same turn.
    let barrier = Arc::new(Barrier::new(BATCH));
    server.add_service(Tests::new().unary(move |request, context| {
        let barrier = Arc::clone(&barrier);
        async move {
            assert_eq!(context.peer().to_string(), "pipe");
            if request.is_empty() {
                barrier.wait().await;
            }
            Ok(request)
        }
    }));
    server.start().await.unwrap();
    let (near, far) = tokio::io::duplex(1024 * 1024);
    pipes.send(far).await.unwrap();
    let client = Client::over(([127, 0, 0, 1], 1).into(), near).await;
    client.call(&UNARY, b"hello").await.ok();
    for barrier in [false, true] {
        let before = writes.load(Ordering::SeqCst);
        let mut calls = tokio::task::JoinSet::new();
        for _ in 0..BATCH {
            let client = client.clone();
            let message: &[u8] = if barrier { b"" } else { b"hello" };
            calls.spawn(async move { client.call(&UNARY, message).await.ok().len() });
        }
        while let Some(messages) = calls.join_next().await {
            assert_eq!(messages.unwrap(), 1);
        }
        let writes = writes.load(Ordering::SeqCst) - before;
        // One for the answers; few more for windows and settings.
        assert!(writes <= 5, "{writes} writes for {BATCH} answers");
    }
}

#[tokio::test]
async fn failures_to_accept_do_not_end_a_server() {
    let (pipes, incoming) = mpsc::channel(1);
    let mut server = server();
    let listener = Pipes {
        failures: 3,
        incoming,
        writes: Arc::default(),
    };
    server.add_listener(listener).unwrap();
    server.add_service(Tests::new().unary(|request, _| async move { Ok(request) }));
    server.start().await.unwrap();
    // One that breaks off is nobody else's concern either.
    for whole in [false, true] {
        let (near, far) = tokio::io::duplex(1024 * 1024);
        pipes.send(far).await.unwrap();
        if whole {
            let client = Client::over(([127, 0, 0, 1], 1).into(), near).await;
            assert_eq!(client.call(&UNARY, b"x").await.ok(), ["x"]);
        }
    }
}
