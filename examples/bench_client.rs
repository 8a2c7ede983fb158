//! The client that `benches/compare` measures, and measures servers with. It checks every answer, and prints a line of JSON.
//!
//! ```sh
//! cargo run --release --example bench_client -- --port 50051 --mode unary --callers 100 --calls 300000
//! cargo run --release --example bench_client -- --port 50051 --mode unary --callers 20 --connections 5 --rate 20000
//! ```
//!
//! | flag | default | |
//! |---|---|---|
//! | `--port` | 50051 | on 127.0.0.1 |
//! | `--runtime` | `ct` | or `mt:N` |
//! | `--roots` | none | with this file of certificates it speaks TLS |
//! | `--mode` | `unary` | `echo`, `compute`, `yield`, `connect` (a connection for every call), `bidi`, `server-stream`, `queued-stream`, `client-stream`, or `hold` |
//! | `--callers` | 1 | calls at a time |
//! | `--connections` | 1 | that the callers share |
//! | `--calls` | 1000 | all together; in mode `bidi`, round trips |
//! | `--warm-up` | 0 | calls before those, which do not count |
//! | `--rate` | 0 | calls a second (an open loop), in the modes of unary calls; 0 is as fast as they are answered |
//! | `--size` | 0 | bytes in a message |
//! | `--messages` | 1000 | in a call, in the modes of streams |

mod bench {
    grpc::proto!("benches/proto/bench.proto", bytes = ["."]);
}
mod helloworld {
    grpc::proto!("benches/proto/helloworld.proto");
}
#[path = "bench/hold.rs"]
mod hold;
#[path = "bench/load.rs"]
mod load;
#[path = "bench/report.rs"]
mod report;
#[path = "bench/settings.rs"]
mod settings;

use std::future::Future;

use bytes::Bytes;
use grpc::{Channel, ClientTls, Responses, tls::Roots};

use self::{
    bench::{BenchStub, Payload, StreamReq},
    helloworld::{GreeterStub, HelloRequest},
    load::Load,
    report::Report,
    settings::{Result, Settings},
};

fn main() -> Result<()> {
    let mut settings = Settings::from_arguments()?;
    let runtime = settings::runtime(&settings.take("runtime", "ct".to_owned())?)?;
    let mode: String = settings.take("mode", "unary".to_owned())?;
    let plan = Plan::take(&mut settings)?;
    settings.done()?;
    runtime.block_on(async {
        if mode == "hold" {
            return hold::hold(&plan.channels(), plan.callers).await;
        }
        println!("{}", measure(&mode, &plan).await?);
        Ok(())
    })
}

/// What to do, but for the kind of call.
struct Plan {
    server: Server,
    callers: usize,
    connections: usize,
    load: Load,
    size: u32,
    messages: u32,
}

impl Plan {
    fn take(settings: &mut Settings) -> Result<Self> {
        Ok(Self {
            server: Server::take(settings)?,
            callers: settings.take("callers", 1)?,
            connections: settings.take("connections", 1)?,
            load: Load::take(settings)?,
            size: settings.take("size", 0)?,
            messages: settings.take("messages", 1000)?,
        })
    }

    fn channels(&self) -> Vec<Channel> {
        (0..self.connections).map(|_| self.server.channel()).collect()
    }

    async fn run<F>(&self, call: impl Fn(&Channel) -> F + Clone + Send + 'static) -> Result<Report>
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        self.load.run(self.callers(call)).await
    }

    /// What makes the calls: a caller after the other takes the next connection.
    fn callers<F, C>(&self, call: C) -> Vec<impl Fn() -> F + Clone + use<F, C>>
    where
        C: Fn(&Channel) -> F + Clone,
    {
        let channels = self.channels();
        let caller = |channel: &Channel| {
            let (call, channel) = (call.clone(), channel.clone());
            move || call(&channel)
        };
        channels.iter().cycle().take(self.callers).map(caller).collect()
    }

    fn payload(&self) -> Payload {
        Payload {
            data: Bytes::from(vec![b'x'; self.size as usize]),
        }
    }
}

/// Who is called.
#[derive(Clone)]
struct Server {
    target: String,
    tls: Option<ClientTls>,
}

impl Server {
    fn take(settings: &mut Settings) -> Result<Self> {
        let port: u16 = settings.take("port", 50051)?;
        let roots: String = settings.take("roots", String::new())?;
        let tls = match &*roots {
            "" => None,
            file => Some(ClientTls::new().roots(Roots::from_pem_file(file)?)),
        };
        let target = format!("127.0.0.1:{port}");
        Ok(Self { target, tls })
    }

    /// A channel of its own: it shares no connection with another.
    fn channel(&self) -> Channel {
        match &self.tls {
            None => grpc::insecure_channel(&self.target),
            Some(tls) => grpc::secure_channel(&self.target, tls.clone()),
        }
    }
}

async fn measure(mode: &str, plan: &Plan) -> Result<Report> {
    let (payload, messages) = (plan.payload(), plan.messages);
    let request = StreamReq {
        count: messages,
        size: plan.size,
    };
    match mode {
        "unary" => plan.run(move |channel| hello(GreeterStub::new(channel))).await,
        "connect" => {
            let server = plan.server.clone();
            plan.run(move |_| hello(GreeterStub::new(&server.channel())))
                .await
        }
        "echo" => {
            plan.run(move |channel| echo(BenchStub::new(channel), payload.clone()))
                .await
        }
        "compute" => plan.run(move |channel| compute(BenchStub::new(channel))).await,
        "yield" => {
            plan.run(move |channel| yield_once(BenchStub::new(channel), payload.clone()))
                .await
        }
        "server-stream" => {
            plan.run(move |channel| server_stream(BenchStub::new(channel), request))
                .await
        }
        "queued-stream" => {
            plan.run(move |channel| queued_stream(BenchStub::new(channel), request))
                .await
        }
        "client-stream" => {
            plan.run(move |channel| client_stream(BenchStub::new(channel), payload.clone(), messages))
                .await
        }
        "bidi" => {
            // A call of each caller's, which is all its round trips.
            let callers = plan.callers as u64;
            let trips = plan.load.calls / callers;
            let load = Load {
                calls: callers,
                ..plan.load
            };
            let call = move |channel: &Channel| bidi(BenchStub::new(channel), payload.clone(), trips);
            let mut report = load.run(plan.callers(call)).await?;
            report.calls = callers * trips;
            Ok(report)
        }
        other => Err(format!("there is no mode {other:?}").into()),
    }
}

async fn hello(stub: GreeterStub) -> Result<()> {
    let name = "world".to_owned();
    let reply = stub.say_hello(HelloRequest { name }).await?;
    check(reply.message == "Hello, world!", || {
        format!("{reply:?} in answer to world")
    })
}

async fn echo(stub: BenchStub, payload: Payload) -> Result<()> {
    let reply = stub.unary(payload.clone()).await?;
    check(reply == payload, || "another payload than was sent".to_owned())
}

async fn compute(stub: BenchStub) -> Result<()> {
    let size = stub.compute(Payload::default()).await?.data.len();
    check(size == 8, || format!("{size} bytes were computed"))
}

async fn yield_once(stub: BenchStub, payload: Payload) -> Result<()> {
    let reply = stub.yield_once(payload.clone()).await?;
    check(reply == payload, || "another payload than was sent".to_owned())
}

async fn bidi(stub: BenchStub, payload: Payload, trips: u64) -> Result<()> {
    let mut call = stub.bidi_call().await?;
    for trip in 0..trips {
        call.send(payload.clone()).await?;
        let reply = call.receive().await?;
        check(reply.as_ref() == Some(&payload), || {
            format!("{reply:?} in round trip {trip}")
        })?;
    }
    call.done_sending().await?;
    let rest = call.receive().await?;
    check(rest.is_none(), || format!("{rest:?} in answer to nothing"))
}

async fn server_stream(stub: BenchStub, request: StreamReq) -> Result<()> {
    drain(stub.server_stream(request).await?, &request).await
}

async fn queued_stream(stub: BenchStub, request: StreamReq) -> Result<()> {
    drain(stub.queued_stream(request).await?, &request).await
}

async fn drain(mut replies: Responses<Payload>, request: &StreamReq) -> Result<()> {
    let mut count = 0;
    while let Some(reply) = replies.receive().await? {
        let size = reply.data.len();
        check(size == request.size as usize, || {
            format!("a message of {size} bytes")
        })?;
        count += 1;
    }
    check(count == request.count, || {
        format!("{count} messages of {}", request.count)
    })
}

async fn client_stream(stub: BenchStub, payload: Payload, messages: u32) -> Result<()> {
    let size = (payload.data.len() as u32).wrapping_mul(messages);
    let requests = std::iter::repeat_n(payload, messages as usize);
    let seen = stub.client_stream(requests).await?;
    check(seen.count == messages && seen.size == size, || {
        format!("the server saw {} messages and {} bytes", seen.count, seen.size)
    })
}

fn check(holds: bool, otherwise: impl FnOnce() -> String) -> Result<()> {
    if holds { Ok(()) } else { Err(otherwise().into()) }
}
