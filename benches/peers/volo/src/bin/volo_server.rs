//! `examples/bench_server.rs`, on volo-grpc.

use tokio::net::TcpListener;
use tokio_stream::{StreamExt, wrappers::ReceiverStream};
use volo::net::incoming::DefaultIncoming;
use volo_grpc::{
    BoxStream, RecvStream, Request, Response, Status,
    server::{Server, ServiceBuilder},
};

mod generated {
    include!(concat!(env!("OUT_DIR"), "/volo_gen.rs"));
}
#[path = "../../../../../examples/bench/settings.rs"]
mod settings;
#[path = "../../../../../examples/bench/work.rs"]
mod work;

use self::{
    generated::volo_gen::{
        bench::{Bench, BenchServer, Payload, StreamReq},
        helloworld::{Greeter, GreeterServer, HelloReply, HelloRequest},
    },
    settings::Settings,
};

struct Service;

type Answer<T> = Result<Response<T>, Status>;
type Payloads = BoxStream<'static, Result<Payload, Status>>;

impl Bench for Service {
    async fn unary(&self, request: Request<Payload>) -> Answer<Payload> {
        Ok(Response::new(request.into_inner()))
    }

    async fn server_stream(&self, request: Request<StreamReq>) -> Answer<Payloads> {
        let messages = tokio_stream::iter(messages(request.get_ref())).map(Ok);
        Ok(Response::new(Box::pin(messages)))
    }

    async fn client_stream(&self, request: Request<RecvStream<Payload>>) -> Answer<StreamReq> {
        let mut requests = request.into_inner();
        let mut seen = StreamReq::default();
        while let Some(request) = requests.next().await.transpose()? {
            seen.count += 1;
            seen.size = seen.size.wrapping_add(request.data.len() as u32);
        }
        Ok(Response::new(seen))
    }

    async fn bidi(&self, request: Request<RecvStream<Payload>>) -> Answer<Payloads> {
        Ok(Response::new(Box::pin(request.into_inner())))
    }

    async fn queued_stream(&self, request: Request<StreamReq>) -> Answer<Payloads> {
        let (sender, queue) = tokio::sync::mpsc::channel(128);
        tokio::spawn(async move {
            for message in messages(request.get_ref()) {
                if sender.send(Ok(message)).await.is_err() {
                    return;
                }
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(queue))))
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

impl Greeter for Service {
    async fn say_hello(&self, request: Request<HelloRequest>) -> Answer<HelloReply> {
        let message = format!("Hello, {}!", request.get_ref().name).into();
        Ok(Response::new(HelloReply { message }))
    }
}

fn messages(request: &StreamReq) -> impl Iterator<Item = Payload> + use<> {
    let message = Payload {
        data: vec![b'x'; request.size as usize].into(),
    };
    std::iter::repeat_n(message, request.count as usize)
}

fn main() -> settings::Result<()> {
    let mut settings = Settings::from_arguments()?;
    let port: u16 = settings.take("port", 0)?;
    let runtime = settings::runtime(&settings.take("runtime", "ct".to_owned())?)?;
    settings.done()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        println!("listening on {}", listener.local_addr()?);
        Server::new()
            .add_service(ServiceBuilder::new(BenchServer::new(Service)).build())
            .add_service(ServiceBuilder::new(GreeterServer::new(Service)).build())
            .run(DefaultIncoming::from(listener))
            .await
    })
}
