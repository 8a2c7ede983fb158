//! The unary calls of `examples/bench_server.rs`, on pajamax, which has no others. `--runtime` is taken and left alone: it has a thread
//! per connection.

use std::{error::Error, net::TcpListener};

use pajamax::{
    Response,
    status::{Code, Status},
};

mod bench {
    include!(concat!(env!("OUT_DIR"), "/bench.rs"));
}
mod helloworld {
    include!(concat!(env!("OUT_DIR"), "/helloworld.rs"));
}
#[path = "../../../../../examples/bench/work.rs"]
mod work;

use self::{
    bench::{Bench, BenchServer, Payload, StreamReq},
    helloworld::{Greeter, GreeterServer, HelloReply, HelloRequest},
};

struct Service;

impl Bench for Service {
    fn unary(&self, request: Payload) -> Response<Payload> {
        Ok(request)
    }

    fn server_stream(&self, _: StreamReq) -> Response<Payload> {
        no_streams()
    }

    fn client_stream(&self, _: Payload) -> Response<StreamReq> {
        no_streams()
    }

    fn bidi(&self, _: Payload) -> Response<Payload> {
        no_streams()
    }

    fn queued_stream(&self, _: StreamReq) -> Response<Payload> {
        no_streams()
    }

    fn compute(&self, _: Payload) -> Response<Payload> {
        let data = work::work().to_le_bytes().to_vec();
        Ok(Payload { data })
    }

    fn yield_once(&self, _: Payload) -> Response<Payload> {
        no_streams()
    }
}

fn no_streams<T>() -> Response<T> {
    Err(Status {
        code: Code::Unimplemented,
        message: "pajamax has none of this".to_owned(),
    })
}

impl Greeter for Service {
    fn say_hello(&self, request: HelloRequest) -> Response<HelloReply> {
        let message = format!("Hello, {}!", request.name);
        Ok(HelloReply { message })
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    // It binds by itself and does not tell where: so it is given a port that is free.
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    println!("listening on 127.0.0.1:{port}");
    pajamax::Config::new()
        .add_service(BenchServer::new(Service))
        .add_service(GreeterServer::new(Service))
        .serve(("127.0.0.1", port))?;
    Ok(())
}
