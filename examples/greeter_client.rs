//! Calls all four kinds of a greeter and checks its replies; ends with a failure that names what was wrong.
//!
//! ```sh
//! cargo run --example greeter_client -- --addr 127.0.0.1:50051
//! ```

use std::{env, time::Duration};

use grpc::prelude::*;

mod helloworld {
    grpc::proto!("examples/proto/helloworld.proto");
}
use helloworld::{GreeterStub, HelloReply, HelloRequest};

const NAMES: [&str; 3] = ["Ada", "Grace", "Barbara"];

/// For each call as a whole: a server that never answers is an error too.
const TIMEOUT: Duration = Duration::from_secs(10);

#[grpc::main]
async fn main() -> Result<(), grpc::Error> {
    let channel = grpc::insecure_channel(address_argument()?);
    let greeter = GreeterStub::new(&channel);

    unary(&greeter).await.map_err(in_rpc("SayHello"))?;
    server_streaming(&greeter)
        .await
        .map_err(in_rpc("SayHelloStreamReply"))?;
    client_streaming(&greeter)
        .await
        .map_err(in_rpc("SayHelloClientStream"))?;
    bidi_streaming(&greeter)
        .await
        .map_err(in_rpc("SayHelloBidiStream"))?;
    println!("all four kinds were answered");
    Ok(())
}

fn in_rpc(name: &str) -> impl FnOnce(Status) -> grpc::Error {
    move |status| grpc::Error::new(name).with_source(status)
}

async fn unary(greeter: &GreeterStub) -> Result<()> {
    for name in NAMES {
        let reply = greeter.say_hello(request(name)).timeout(TIMEOUT).await?;
        check(&reply, &[name])?;
    }
    Ok(())
}

async fn server_streaming(greeter: &GreeterStub) -> Result<()> {
    let mut replies = greeter
        .say_hello_stream_reply(request(NAMES[0]))
        .timeout(TIMEOUT)
        .await?;
    let mut count = 0;
    while let Some(reply) = replies.receive().await? {
        check(&reply, &[NAMES[0]])?;
        count += 1;
    }
    if count < 2 {
        return Err(Status::data_loss(format!(
            "several replies expected, {count} came"
        )));
    }
    Ok(())
}

async fn client_streaming(greeter: &GreeterStub) -> Result<()> {
    let reply = greeter
        .say_hello_client_stream(NAMES.map(request))
        .timeout(TIMEOUT)
        .await?;
    check(&reply, &NAMES)
}

async fn bidi_streaming(greeter: &GreeterStub) -> Result<()> {
    let mut call = greeter.say_hello_bidi_stream_call().timeout(TIMEOUT).await?;
    for name in NAMES {
        call.send(request(name)).await?;
        match call.receive().await? {
            Some(reply) => check(&reply, &[name])?,
            None => return Err(Status::data_loss(format!("no reply to {name}"))),
        }
    }
    call.done_sending().await?;
    match call.receive().await? {
        None => Ok(()),
        Some(reply) => Err(Status::data_loss(format!(
            "a reply to nothing: {:?}",
            reply.message
        ))),
    }
}

fn request(name: &str) -> HelloRequest {
    HelloRequest {
        name: name.to_owned(),
    }
}

/// Prints the reply, which must name every name.
fn check(reply: &HelloReply, names: &[&str]) -> Result<()> {
    println!("{}", reply.message);
    match names.iter().find(|name| !reply.message.contains(**name)) {
        None => Ok(()),
        Some(name) => Err(Status::data_loss(format!(
            "{:?} does not name {name}",
            reply.message
        ))),
    }
}

/// The value of `--addr`.
fn address_argument() -> Result<String, grpc::Error> {
    let mut arguments = env::args().skip(1);
    let address = match arguments.next().as_deref() {
        None => Some("127.0.0.1:50051".to_owned()),
        Some("--addr") => arguments.next(),
        Some(_) => None,
    };
    match (address, arguments.next()) {
        (Some(address), None) => Ok(address),
        _ => Err(grpc::Error::new("usage: greeter_client [--addr HOST:PORT]")),
    }
}
