//! A server to measure: `bench_server tonic|generated|native`. It prints its port and serves until it is killed.
//!
//! The same answer to the same request, by generated code on tonic's server, by generated code on ours, and by a service
//! of ours.

use std::{env, error::Error};

use grpc::prelude::*;
use grpc_servicer_compat_tonic::{
    generated::echo::{
        self as generated,
        echo_server::{Echo, EchoServer, SERVICE_NAME},
    },
    native::echo as native,
};
use tokio_stream::{Empty, StreamExt, wrappers::TcpListenerStream};

struct Generated;

type NoStream = Empty<Result<generated::Pong, tonic::Status>>;

#[tonic::async_trait]
impl Echo for Generated {
    async fn unary(
        &self,
        request: tonic::Request<generated::Ping>,
    ) -> Result<tonic::Response<generated::Pong>, tonic::Status> {
        let generated::Ping { text, payload, .. } = request.into_inner();
        Ok(tonic::Response::new(generated::Pong { text, payload }))
    }

    type ListStream = NoStream;

    async fn list(
        &self,
        _: tonic::Request<generated::Ping>,
    ) -> Result<tonic::Response<NoStream>, tonic::Status> {
        Err(tonic::Status::unimplemented("not measured"))
    }

    async fn collect(
        &self,
        _: tonic::Request<tonic::Streaming<generated::Ping>>,
    ) -> Result<tonic::Response<generated::Pong>, tonic::Status> {
        Err(tonic::Status::unimplemented("not measured"))
    }

    type ChatStream = NoStream;

    async fn chat(
        &self,
        _: tonic::Request<tonic::Streaming<generated::Ping>>,
    ) -> Result<tonic::Response<NoStream>, tonic::Status> {
        Err(tonic::Status::unimplemented("not measured"))
    }
}

struct Native;

#[grpc::service(contract = native::Echo)]
impl Native {
    async fn unary(&self, ping: native::Ping) -> Result<native::Pong> {
        let native::Ping { text, payload, .. } = ping;
        Ok(native::Pong { text, payload })
    }

    async fn list(&self, _: native::Ping) -> Result<impl ResponseStream<native::Pong>> {
        Err::<grpc::BoxStream<'_, native::Pong>, _>(Status::unimplemented("not measured"))
    }

    async fn collect(&self, _: Streaming<native::Ping>) -> Result<native::Pong> {
        Err(Status::unimplemented("not measured"))
    }

    async fn chat(&self, _: Streaming<native::Ping>) -> Result<impl ResponseStream<native::Pong>> {
        Err::<grpc::BoxStream<'_, native::Pong>, _>(Status::unimplemented("not measured"))
    }
}

// One thread, so that what is counted is the work and not how it is shared out.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let which = env::args().nth(1).unwrap_or_default();
    if which == "tonic" {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("{}", listener.local_addr()?.port());
        let incoming = TcpListenerStream::new(listener).map(|connection| {
            let connection = connection?;
            connection.set_nodelay(true)?;
            Ok::<_, std::io::Error>(connection)
        });
        tonic::transport::Server::builder()
            .add_service(EchoServer::new(Generated))
            .serve_with_incoming(incoming)
            .await?;
        return Ok(());
    }
    let mut server = grpc::server();
    let address = server.add_insecure_port("127.0.0.1:0")?;
    match which.as_str() {
        "generated" => server.add_tower_service(SERVICE_NAME, EchoServer::new(Generated)),
        "native" => server.add_service(Native),
        _ => return Err("usage: bench_server tonic|generated|native".into()),
    };
    println!("{}", address.port());
    server.serve().await?;
    Ok(())
}
