//! A server whose handlers are counted, over pipes or TCP, and what a test wants of it afterwards.

use std::{
    future,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use grpc::{Channel, Connector, Server, prelude::*, transport::InProcess};
use tokio::{
    net::TcpStream,
    runtime::Handle,
    sync::Semaphore,
    task::yield_now,
    time::{sleep, timeout},
};

use crate::raw::{Answer, Frame, Peer, data, headers, message, request};

/// Nothing here takes this long; it only turns a hang into a failure.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) const SIZE: &str = "/hostile.Hostile/Size";
pub(crate) const BIG: &str = "/hostile.Hostile/Big";
pub(crate) const ENDLESS: &str = "/hostile.Hostile/Endless";
pub(crate) const COUNT: &str = "/hostile.Hostile/Count";
pub(crate) const SETTLE: &str = "/hostile.Hostile/Settle";
pub(crate) const IGNORE: &str = "/hostile.Hostile/Ignore";

#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "hostile")]
pub(crate) struct Blob {
    #[grpc(tag = 1)]
    pub(crate) bytes: Vec<u8>,
}

#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "hostile")]
pub(crate) struct Size {
    #[grpc(tag = 1)]
    pub(crate) bytes: u64,
}

/// Its handlers are counted while they exist.
#[derive(Default)]
pub(crate) struct Hostile {
    live: Arc<Handlers>,
}

struct Handlers {
    now: AtomicUsize,
    most: AtomicUsize,
    /// What the detached ones wait for.
    release: Semaphore,
}

impl Default for Handlers {
    fn default() -> Self {
        Self {
            now: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
            release: Semaphore::new(0),
        }
    }
}

#[grpc::service(package = "hostile", name = "Hostile")]
impl Hostile {
    /// How large it is.
    #[rpc]
    async fn size(&self, blob: Blob) -> Result<Size> {
        let _live = Live::new(&self.live);
        Ok(size(blob.bytes.len()))
    }

    /// One response of so many bytes.
    #[rpc]
    async fn big(&self, size: Size) -> Result<Blob> {
        let _live = Live::new(&self.live);
        Ok(Blob {
            bytes: vec![7; size.bytes as usize],
        })
    }

    /// Responses of so many bytes, without end.
    #[rpc]
    fn endless(&self, size: Size) -> impl ResponseStream<Blob> {
        let live = Live::new(&self.live);
        stream!({
            let _live = live;
            loop {
                yield Blob {
                    bytes: vec![7; size.bytes as usize],
                };
            }
        })
    }

    /// Goes on when its client has cancelled it, until it is let go.
    #[rpc(detached)]
    async fn settle(&self, _size: Size) -> Result<Size> {
        let _live = Live::new(&self.live);
        let _released = self.live.release.acquire().await;
        Ok(size(0))
    }

    /// How much it was, to the end.
    #[rpc]
    async fn count(&self, mut blobs: Streaming<Blob>) -> Result<Size> {
        let _live = Live::new(&self.live);
        let mut bytes = 0;
        while let Some(blob) = blobs.receive().await? {
            bytes += blob.bytes.len();
        }
        Ok(size(bytes))
    }

    /// Reads nothing and never answers.
    #[rpc]
    async fn ignore(&self, blobs: Streaming<Blob>) -> Result<Size> {
        let _live = Live::new(&self.live);
        future::pending::<()>().await;
        drop(blobs);
        Ok(size(0))
    }
}

struct Live(Arc<Handlers>);

impl Live {
    fn new(handlers: &Arc<Handlers>) -> Self {
        let now = handlers.now.fetch_add(1, Ordering::SeqCst) + 1;
        handlers.most.fetch_max(now, Ordering::SeqCst);
        Self(Arc::clone(handlers))
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::SeqCst);
    }
}

fn size(bytes: usize) -> Size {
    Size { bytes: bytes as u64 }
}

/// A server of [`Hostile`], for as long as this is held.
pub(crate) struct Target {
    pub(crate) server: Server,
    address: SocketAddr,
    inside: InProcess,
    live: Arc<Handlers>,
    /// How many tasks there were before any connection.
    tasks: usize,
}

impl Target {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(set: impl FnOnce(&mut Server)) -> Self {
        let service = Hostile::default();
        let live = Arc::clone(&service.live);
        let inside = InProcess::new("hostile");
        let mut server = grpc::server();
        set(&mut server);
        server.add_listener(inside.listen().unwrap()).unwrap();
        let address = server.add_insecure_port("127.0.0.1:0").unwrap();
        server.add_service(service);
        server.start().await.unwrap();
        Self {
            server,
            address: address.socket_addr().unwrap(),
            inside,
            live,
            tasks: tasks(),
        }
    }

    /// A client over TCP that has begun.
    pub(crate) async fn peer(&self) -> Peer<TcpStream> {
        Peer::client(self.tcp().await).await
    }

    pub(crate) async fn tcp(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// A pipe, for tests under paused time, which sockets do not keep.
    pub(crate) async fn pipe(&self) -> Box<dyn grpc::transport::Io> {
        self.inside.connect(&self.inside.address()).await.unwrap().0
    }

    /// How many handlers there are.
    pub(crate) fn live(&self) -> usize {
        self.live.now.load(Ordering::SeqCst)
    }

    /// How many there have been at a time.
    pub(crate) fn most(&self) -> usize {
        self.live.most.load(Ordering::SeqCst)
    }

    /// How many tasks there are for connections and calls, if nothing but the server has any in this runtime.
    pub(crate) fn tasks(&self) -> usize {
        tasks() - self.tasks
    }

    /// Lets the handlers go that go on by themselves.
    pub(crate) fn release(&self) {
        self.live.release.close();
    }

    /// Panics unless another connection is served.
    pub(crate) async fn still_serves(&self) {
        let channel = Channel::in_process(&self.inside).build();
        let stub = HostileStub::new(&channel);
        let reply = timeout(PATIENCE, stub.size(Blob { bytes: vec![0; 5] })).await;
        assert_eq!(reply.expect("another call is answered").unwrap(), size(5));
    }

    /// Waits until no handler is left.
    pub(crate) async fn is_idle(&self) {
        self.is_idle_within(PATIENCE).await;
    }

    pub(crate) async fn is_idle_within(&self, limit: Duration) {
        let idle = async {
            // Under paused time it passes; it is not what is waited for.
            while self.live() > 0 {
                sleep(Duration::from_millis(10)).await;
            }
        };
        assert!(
            timeout(limit, idle).await.is_ok(),
            "{} handlers are left",
            self.live()
        );
    }
}

fn tasks() -> usize {
    Handle::current().metrics().num_alive_tasks()
}

/// Waits, but not for ever.
pub(crate) async fn until(what: &str, done: impl Fn() -> bool) {
    let waiting = async {
        while !done() {
            yield_now().await;
        }
    };
    assert!(
        timeout(PATIENCE, waiting).await.is_ok(),
        "it never came to be that {what}"
    );
}

/// A whole call of `Size` with a message of so many bytes.
pub(crate) fn sized(stream: u32, bytes: usize) -> [Frame; 2] {
    [
        headers(stream, request(SIZE)),
        data(stream, &message(&blob(bytes))).ending(),
    ]
}

/// A whole call with a [`Size`].
pub(crate) fn asks(stream: u32, path: &str, bytes: usize) -> [Frame; 2] {
    let size = prost::Message::encode_to_vec(&Size { bytes: bytes as u64 });
    [
        headers(stream, request(path)),
        data(stream, &message(&size)).ending(),
    ]
}

/// A [`Blob`] of so many bytes, encoded.
pub(crate) fn blob(bytes: usize) -> Vec<u8> {
    prost::Message::encode_to_vec(&Blob {
        bytes: vec![7; bytes],
    })
}

/// Panics unless the call went well.
pub(crate) fn is_ok(answer: &Answer) {
    let outcome = (answer.http_status(), answer.grpc_status(), answer.reset);
    assert_eq!(outcome, (Some("200"), Some("0"), None), "{answer:?}");
}
