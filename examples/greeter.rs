//! A server and its client in one process: the four kinds of calls over real HTTP/2.
//!
//! ```sh
//! cargo run --example greeter
//! ```

use std::time::Duration;

use grpc::prelude::*;

mod helloworld {
    grpc::proto!("examples/proto/helloworld.proto");
}
use helloworld::{GreeterStub, HelloReply, HelloRequest};

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
    let address = server.add_insecure_port("127.0.0.1:0")?;
    server.add_service(Greeter);
    server.start().await?;
    println!("listening on {address}");

    let channel = grpc::insecure_channel(address.to_string());
    call_all_four_kinds(&GreeterStub::new(&channel)).await?;

    server.handle().stop(Duration::from_secs(1)).await;
    println!("\nall four kinds were answered");
    Ok(())
}

async fn call_all_four_kinds(greeter: &GreeterStub) -> Result<()> {
    println!("\nSayHello: one request, one reply");
    let reply = greeter.say_hello(request("Ada")).await?;
    print_reply(&reply);

    println!("\nSayHelloStreamReply: one request, many replies");
    let mut replies = greeter.say_hello_stream_reply(request("Ada")).await?;
    while let Some(reply) = replies.receive().await? {
        print_reply(&reply);
    }

    println!("\nSayHelloClientStream: many requests, one reply");
    let reply = greeter
        .say_hello_client_stream(["Ada", "Grace", "Barbara"].map(request))
        .await?;
    print_reply(&reply);

    println!("\nSayHelloBidiStream: a reply to each request, at once");
    let mut call = greeter.say_hello_bidi_stream_call().await?;
    for name in ["Ada", "Grace", "Barbara"] {
        call.send(request(name)).await?;
        if let Some(reply) = call.receive().await? {
            print_reply(&reply);
        }
    }
    call.done_sending().await?;
    while let Some(reply) = call.receive().await? {
        print_reply(&reply);
    }
    Ok(())
}

/// A request that says on the terminal that it is sent.
fn request(name: &str) -> HelloRequest {
    println!("  -> {name}");
    HelloRequest {
        name: name.to_owned(),
    }
}

fn print_reply(reply: &HelloReply) {
    println!("  <- {}", reply.message);
}
