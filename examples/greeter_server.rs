//! The greeter as a server of its own. Ctrl-C or SIGTERM stops it gracefully.
//!
//! ```sh
//! cargo run --example greeter_server -- --addr 127.0.0.1:50051
//! ```

use std::env;

use grpc::prelude::*;

mod helloworld {
    grpc::proto!("examples/proto/helloworld.proto");
}
use helloworld::{HelloReply, HelloRequest};

struct Greeter;

#[grpc::service(contract = helloworld::Greeter)]
impl Greeter {
    async fn say_hello(&self, request: HelloRequest) -> Result<HelloReply> {
        Ok(reply("Hello", &request.name))
    }

    fn say_hello_stream_reply(&self, request: HelloRequest) -> impl ResponseStream<HelloReply> {
        stream!({
            for greeting in ["Hello", "Welcome", "Goodbye"] {
                yield reply(greeting, &request.name);
            }
        })
    }

    async fn say_hello_client_stream(&self, mut requests: Streaming<HelloRequest>) -> Result<HelloReply> {
        let mut names = Vec::new();
        while let Some(request) = requests.receive().await? {
            names.push(request.name);
        }
        Ok(reply("Hello", &names.join(", ")))
    }

    fn say_hello_bidi_stream(&self, requests: Streaming<HelloRequest>) -> impl ResponseStream<HelloReply> {
        stream!({
            for await request in requests {
                yield reply("Hello", &request?.name);
            }
        })
    }
}

fn reply(greeting: &str, name: &str) -> HelloReply {
    HelloReply {
        message: format!("{greeting}, {name}!"),
    }
}

#[grpc::main]
async fn main() -> Result<(), grpc::Error> {
    let mut server = grpc::server();
    let address = server.add_insecure_port(address_argument()?)?;
    server.add_service(Greeter);
    server.start().await?;
    println!("listening on {address}");
    server.wait_for_termination().await
}

/// The value of `--addr`; port 0 picks a free one.
fn address_argument() -> Result<String, grpc::Error> {
    let mut arguments = env::args().skip(1);
    let address = match arguments.next().as_deref() {
        None => Some("127.0.0.1:50051".to_owned()),
        Some("--addr") => arguments.next(),
        Some(_) => None,
    };
    match (address, arguments.next()) {
        (Some(address), None) => Ok(address),
        _ => Err(grpc::Error::new("usage: greeter_server [--addr HOST:PORT]")),
    }
}
