//! A server and a channel to it, in one process and on one thread: what a call costs on both sides, without sockets.

use std::future::Future;

use bytes::Bytes;
use grpc::{Channel, prelude::*, transport::InProcess};
use tokio::runtime::{Builder, Runtime};

/// What every call carries.
#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "bench.v1")]
pub struct Payload {
    #[grpc(tag = 1)]
    pub data: Bytes,
}

/// How many messages a stream is to have, and how large.
#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "bench.v1")]
pub struct Wanted {
    #[grpc(tag = 1)]
    pub count: u32,
    #[grpc(tag = 2)]
    pub size: u32,
}

/// The methods that are called.
pub struct Bench {
    /// To the server that this one relays to.
    relays_to: Option<BenchStub>,
}

#[grpc::service(package = "bench.v1", name = "Bench")]
impl Bench {
    /// Gives it back.
    pub async fn echo(&self, request: Payload) -> Result<Payload> {
        Ok(request)
    }

    /// Has the next server give it back: a call for a call.
    pub async fn relay(&self, request: Payload) -> Result<Payload> {
        match &self.relays_to {
            Some(next) => next.echo(request).await,
            None => Err(Status::failed_precondition("there is no next server")),
        }
    }

    /// As many messages as are wanted.
    pub fn many(&self, wanted: Wanted) -> impl ResponseStream<Payload> {
        stream!({
            let data = Bytes::from(vec![7; wanted.size as usize]);
            for _ in 0..wanted.count {
                yield Payload { data: data.clone() };
            }
        })
    }

    /// Gives each of them back.
    pub fn chat(&self, mut requests: Streaming<Payload>) -> impl ResponseStream<Payload> {
        stream!({
            while let Some(request) = requests.receive().await? {
                yield request;
            }
        })
    }
}

/// Two servers, of which the one that is called relays to the other, and their runtime.
pub struct Place {
    runtime: Runtime,
    stub: BenchStub,
    _servers: [grpc::Server; 2],
}

impl Place {
    /// Both are running, connected, and have answered calls.
    ///
    /// # Panics
    /// If they do not.
    pub fn new() -> Self {
        let runtime = Builder::new_current_thread()
            .enable_all()
            // Else what timers cost depends on which of them fall into the same millisecond.
            .start_paused(true)
            .build()
            .expect("a runtime");
        let (stub, servers) = runtime.block_on(async {
            let (last, next) = serve(None).await;
            let (first, stub) = serve(Some(next)).await;
            for _ in 0..20 {
                stub.relay(payload(10)).await.expect("an answer");
            }
            (stub, [first, last])
        });
        Self {
            runtime,
            stub,
            _servers: servers,
        }
    }

    /// Runs what calls them to its end.
    pub fn run<F: Future>(&self, calls: impl FnOnce(BenchStub) -> F) -> F::Output {
        self.runtime.block_on(calls(self.stub.clone()))
    }
}

impl Default for Place {
    fn default() -> Self {
        Self::new()
    }
}

async fn serve(relays_to: Option<BenchStub>) -> (grpc::Server, BenchStub) {
    let inside = InProcess::new("bench");
    let mut server = grpc::server();
    server.add_service(Bench { relays_to });
    server
        .add_listener(inside.listen().expect("nobody listens yet"))
        .expect("a listener");
    server.start().await.expect("a server");
    let channel: Channel = Channel::in_process(&inside).build();
    (server, BenchStub::new(&channel))
}

/// A message of this many bytes.
pub fn payload(size: usize) -> Payload {
    Payload {
        data: Bytes::from(vec![7; size]),
    }
}
