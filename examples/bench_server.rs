//! The server that `benches/compare` measures: the services of `benches/proto`, written as anybody would write them.
//!
//! ```sh
//! cargo run --release --example bench_server -- --port 50051 --runtime mt:2
//! ```
//!
//! With port 0, the default, it picks one; it prints where it listens. `--runtime` is `ct` (one thread), `mt:N`, or `tpc:N`
//! (`Server::thread_per_core`).
//! With `--certificate FILE --key FILE` it speaks TLS.

use futures_util::{StreamExt, stream};
use grpc::{ServerTls, prelude::*};
use tokio_stream::wrappers::ReceiverStream;

mod bench {
    grpc::proto!("benches/proto/bench.proto", bytes = ["."]);
}
mod helloworld {
    grpc::proto!("benches/proto/helloworld.proto");
}
#[path = "bench/settings.rs"]
mod settings;
#[path = "bench/work.rs"]
mod work;

use self::{
    bench::{Payload, StreamReq},
    helloworld::{HelloReply, HelloRequest},
    settings::Settings,
};

struct Bench;

#[grpc::service(contract = bench::Bench)]
impl Bench {
    async fn unary(&self, request: Payload) -> Result<Payload> {
        Ok(request)
    }

    fn server_stream(&self, request: StreamReq) -> impl ResponseStream<Payload> {
        stream::iter(messages(&request)).map(Ok)
    }

    async fn client_stream(&self, mut requests: Streaming<Payload>) -> Result<StreamReq> {
        let mut seen = StreamReq::default();
        while let Some(request) = requests.receive().await? {
            seen.count += 1;
            seen.size = seen.size.wrapping_add(request.data.len() as u32);
        }
        Ok(seen)
    }

    fn bidi(&self, requests: Streaming<Payload>) -> impl ResponseStream<Payload> {
        requests
    }

    fn queued_stream(&self, request: StreamReq) -> impl ResponseStream<Payload> {
        let (sender, queue) = tokio::sync::mpsc::channel(128);
        tokio::spawn(async move {
            for message in messages(&request) {
                if sender.send(Ok(message)).await.is_err() {
                    return; // nobody waits for the rest
                }
            }
        });
        ReceiverStream::<Result<Payload>>::new(queue)
    }

    async fn compute(&self, _: Payload) -> Result<Payload> {
        let data = work::work().to_le_bytes().to_vec().into();
        Ok(Payload { data })
    }

    async fn yield_once(&self, request: Payload) -> Result<Payload> {
        tokio::task::yield_now().await;
        Ok(request)
    }
}

struct Greeter;

#[grpc::service(contract = helloworld::Greeter)]
impl Greeter {
    async fn say_hello(&self, request: HelloRequest) -> Result<HelloReply> {
        Ok(HelloReply {
            message: format!("Hello, {}!", request.name),
        })
    }
}

/// They share one buffer: what is measured is how they are sent.
fn messages(request: &StreamReq) -> impl Iterator<Item = Payload> + use<> {
    let message = Payload {
        data: vec![b'x'; request.size as usize].into(),
    };
    std::iter::repeat_n(message, request.count as usize)
}

fn main() -> settings::Result<()> {
    let mut settings = Settings::from_arguments()?;
    let port: u16 = settings.take("port", 0)?;
    let [certificate, key]: [String; 2] = [
        settings.take("certificate", String::new())?,
        settings.take("key", String::new())?,
    ];
    let runtime: String = settings.take("runtime", "ct".to_owned())?;
    // The server has N threads of its own then, and the rest of the program has one.
    let threads = runtime.strip_prefix("tpc:").map_or(Ok(0), str::parse::<usize>)?;
    let runtime = settings::runtime(if threads > 0 { "ct" } else { &runtime })?;
    settings.done()?;
    runtime.block_on(async {
        let mut server = grpc::server();
        server.thread_per_core(threads);
        let address = format!("127.0.0.1:{port}");
        let address = if certificate.is_empty() {
            server.add_insecure_port(address)?
        } else {
            server.add_secure_port(address, ServerTls::from_pem_files(certificate, key)?)?
        };
        server.add_service(Bench);
        server.add_service(Greeter);
        server.start().await?;
        println!("listening on {address}");
        Ok(server.wait_for_termination().await?)
    })
}
