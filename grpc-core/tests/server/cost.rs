//! What calls cost in system calls: the driver answers what it has read in one write.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
};

use grpc_core::transport::{Address, Io, Listener, Peer};
use tokio::{
    io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf},
    sync::Semaphore,
};

use super::support::{BIDI, Client, Tests, UNARY, frame};

/// A pipe whose writes are counted.
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
        let written = ready!(Pin::new(&mut self.pipe).poll_write(cx, buf))?;
        self.writes.fetch_add(1, Ordering::SeqCst);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.pipe).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.pipe).poll_shutdown(cx)
    }
}

/// Has one connection.
struct Once(Option<Counted>);

impl Listener for Once {
    fn accept(&mut self) -> Pin<Box<dyn Future<Output = io::Result<(Box<dyn Io>, Peer)>> + Send + '_>> {
        Box::pin(async {
            match self.0.take() {
                Some(pipe) => Ok((Box::new(pipe) as Box<dyn Io>, Peer::new(self.local_address()))),
                None => std::future::pending().await,
            }
        })
    }

    fn local_address(&self) -> Address {
        Address::Named("counted".into())
    }
}

/// A server of these services on a pipe, its client, and how often the server has written.
async fn start(tests: Tests) -> (grpc_core::server::Server, Client, Arc<AtomicUsize>) {
    let (near, far) = tokio::io::duplex(1024 * 1024);
    let writes = Arc::new(AtomicUsize::new(0));
    let mut server = grpc_core::server::server();
    let pipe = Counted {
        pipe: far,
        writes: Arc::clone(&writes),
    };
    server.add_listener(Once(Some(pipe))).unwrap();
    server.add_service(tests);
    server.start().await.unwrap();
    let client = Client::over(([127, 0, 0, 1], 1).into(), near).await;
    // With it the settings have been exchanged.
    client.call(&UNARY, b"first").await.ok();
    (server, client, writes)
}

fn echo() -> Tests {
    Tests::new().unary(|request, _| async move { Ok(request) })
}

#[tokio::test]
async fn a_hundred_calls_that_are_read_at_once_are_answered_in_one_write() {
    let (_server, client, writes) = start(echo()).await;
    let before = writes.load(Ordering::SeqCst);
    let mut calls = Vec::new();
    // The client's connection, a task of its own, gets to write only when this one waits.
    for _ in 0..100 {
        let mut call = client.open(&UNARY).await;
        call.send(b"hello", true);
        calls.push(call);
    }
    for call in calls {
        assert_eq!(call.reply().await.ok(), ["hello"]);
    }
    let writes = writes.load(Ordering::SeqCst) - before;
    assert!((1..=3).contains(&writes), "{writes} writes");
}

#[tokio::test]
async fn a_hundred_handlers_that_are_woken_at_once_answer_in_one_write() {
    let gate = Arc::new(Semaphore::new(0));
    let waits = Arc::new(AtomicUsize::new(0));
    let (handlers_gate, counted) = (Arc::clone(&gate), Arc::clone(&waits));
    let (_server, client, writes) = start(echo().explicit(move |mut call| {
        let (gate, waits) = (Arc::clone(&handlers_gate), Arc::clone(&counted));
        async move {
            while let Some(request) = call.receive().await? {
                waits.fetch_add(1, Ordering::SeqCst);
                gate.acquire().await.unwrap().forget();
                call.send(request).await?;
            }
            Ok(())
        }
    }))
    .await;
    let mut calls = Vec::new();
    for _ in 0..100 {
        let mut call = client.open(&BIDI).await;
        call.send(b"hello", false);
        calls.push(call);
    }
    super::support::until(|| waits.load(Ordering::SeqCst) == 100).await;
    let before = writes.load(Ordering::SeqCst);
    gate.add_permits(100);
    let mut answered = Vec::new();
    for call in calls {
        let (requests, _, mut responses) = call.head().await;
        assert_eq!(responses.next().await.unwrap().unwrap(), "hello");
        answered.push((requests, responses));
    }
    // The same once more, on streams that are under way: a ping-pong of each costs no write of its own.
    let first = writes.load(Ordering::SeqCst) - before;
    gate.add_permits(100);
    let before = writes.load(Ordering::SeqCst);
    for (requests, _) in &mut answered {
        requests.send_data(frame(b"again"), false).unwrap();
    }
    for (_, responses) in &mut answered {
        assert_eq!(responses.next().await.unwrap().unwrap(), "again");
    }
    let second = writes.load(Ordering::SeqCst) - before;
    assert!((1..=4).contains(&first), "{first} writes for the first hundred");
    assert!(
        (1..=4).contains(&second),
        "{second} writes for the second hundred"
    );
}

#[tokio::test]
async fn a_call_by_itself_costs_one_write() {
    let (_server, client, writes) = start(echo()).await;
    let before = writes.load(Ordering::SeqCst);
    for _ in 0..50 {
        client.call(&UNARY, b"hello").await.ok();
    }
    let writes = writes.load(Ordering::SeqCst) - before;
    // Now and then a WINDOW_UPDATE or an acknowledgement goes by itself.
    assert!((50..=55).contains(&writes), "{writes} writes for 50 calls");
}
