//! `examples/bench_server.rs`, on tonic.

use std::{error::Error, pin::Pin};

use tokio_stream::{Stream, StreamExt, wrappers::ReceiverStream};
use tonic::{
    Request, Response, Status, Streaming,
    transport::{Server, server::TcpIncoming},
};

mod bench {
    tonic::include_proto!("bench");
}
mod helloworld {
    tonic::include_proto!("helloworld");
}
#[path = "../../../../../examples/bench/settings.rs"]
mod settings;
#[path = "../../../../../examples/bench/work.rs"]
mod work;

use self::{
    bench::{
        Payload, StreamReq,
        bench_server::{Bench, BenchServer},
    },
    helloworld::{
        HelloReply, HelloRequest,
        greeter_server::{Greeter, GreeterServer},
    },
    settings::Settings,
};

struct Service;

type Answer<T> = Result<Response<T>, Status>;
type Payloads = Pin<Box<dyn Stream<Item = Result<Payload, Status>> + Send>>;

#[tonic::async_trait]
impl Bench for Service {
    async fn unary(&self, request: Request<Payload>) -> Answer<Payload> {
        Ok(Response::new(request.into_inner()))
    }

    type ServerStreamStream = Payloads;

    async fn server_stream(&self, request: Request<StreamReq>) -> Answer<Payloads> {
        let messages = tokio_stream::iter(messages(request.get_ref())).map(Ok);
        Ok(Response::new(Box::pin(messages)))
    }

    async fn client_stream(&self, request: Request<Streaming<Payload>>) -> Answer<StreamReq> {
        let mut requests = request.into_inner();
        let mut seen = StreamReq::default();
        while let Some(request) = requests.message().await? {
            seen.count += 1;
            seen.size = seen.size.wrapping_add(request.data.len() as u32);
        }
        Ok(Response::new(seen))
    }

    type BidiStream = Streaming<Payload>;

    async fn bidi(&self, request: Request<Streaming<Payload>>) -> Answer<Streaming<Payload>> {
        Ok(Response::new(request.into_inner()))
    }

    type QueuedStreamStream = ReceiverStream<Result<Payload, Status>>;

    async fn queued_stream(&self, request: Request<StreamReq>) -> Answer<Self::QueuedStreamStream> {
        let (sender, queue) = tokio::sync::mpsc::channel(128);
        tokio::spawn(async move {
            for message in messages(request.get_ref()) {
                if sender.send(Ok(message)).await.is_err() {
                    return;
                }
            }
        });
        Ok(Response::new(ReceiverStream::new(queue)))
    }

    async fn compute(&self, _: Request<Payload>) -> Answer<Payload> {
        let data = work::work().to_le_bytes().to_vec().into();
        Ok(Response::new(Payload { data }))
    }

    async fn yield_once(&self, request: Request<Payload>) -> Answer<Payload> {
        tokio::task::yield_now().await;
        Ok(Response::new(request.into_inner()))
    }
}

#[tonic::async_trait]
impl Greeter for Service {
    async fn say_hello(&self, request: Request<HelloRequest>) -> Answer<HelloReply> {
        let message = format!("Hello, {}!", request.get_ref().name);
        Ok(Response::new(HelloReply { message }))
    }
}

fn messages(request: &StreamReq) -> impl Iterator<Item = Payload> + use<> {
    let message = Payload {
        data: vec![b'x'; request.size as usize].into(),
    };
    std::iter::repeat_n(message, request.count as usize)
}

/// A server that speaks TLS, if it is given a certificate and its key.
#[cfg(feature = "tls")]
fn secured(settings: &mut Settings) -> settings::Result<Server> {
    use tonic::transport::{Identity, ServerTlsConfig};

    let certificate: String = settings.take("certificate", String::new())?;
    let key: String = settings.take("key", String::new())?;
    if certificate.is_empty() {
        return Ok(Server::builder());
    }
    let identity = Identity::from_pem(std::fs::read(certificate)?, std::fs::read(key)?);
    Ok(Server::builder().tls_config(ServerTlsConfig::new().identity(identity))?)
}

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut settings = Settings::from_arguments()?;
    let port: u16 = settings.take("port", 0)?;
    let runtime = settings::runtime(&settings.take("runtime", "ct".to_owned())?)?;
    #[cfg(feature = "tls")]
    let mut builder = secured(&mut settings)?;
    #[cfg(not(feature = "tls"))]
    let mut builder = Server::builder();
    settings.done()?;
    runtime.block_on(async {
        let incoming = TcpIncoming::bind(([127, 0, 0, 1], port).into())?.with_nodelay(Some(true));
        println!("listening on {}", incoming.local_addr()?);
        builder
            .add_service(BenchServer::new(Service))
            .add_service(GreeterServer::new(Service))
            .serve_with_incoming(incoming)
            .await?;
        Ok(())
    })
}
