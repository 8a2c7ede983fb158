//! What `proto!` makes of the greeter, called in every client style. Calls are typed here, not made.
#![expect(dead_code, reason = "that it compiles is the test")]

use grpc::{Channel, Metadata, Result};

mod helloworld {
    grpc::proto!("examples/proto/helloworld.proto");
}
use helloworld::{GreeterStub, HelloReply, HelloRequest, greeter};

fn hello(name: &str) -> HelloRequest {
    HelloRequest {
        name: name.to_owned(),
    }
}

async fn every_call_of_a_stub(channel: &Channel) -> Result<()> {
    let stub = GreeterStub::new(channel).clone();
    let reply: HelloReply = stub.say_hello(hello("a")).await?;
    let _: Metadata = stub.say_hello(hello(&reply.message)).response().await?.trailers;

    let mut replies = stub.say_hello_stream_reply(hello("a")).await?;
    let _: Option<HelloReply> = replies.receive().await?;
    let mut call = stub.say_hello_stream_reply_call().await?;
    call.send(hello("a")).await?;

    let mut call = stub.say_hello_client_stream_call().await?;
    call.send(hello("a")).await?;
    call.done_sending().await?;

    let mut call = stub.say_hello_bidi_stream_call().await?;
    call.send(hello("a")).await?;
    let _: Option<HelloReply> = call.receive().await?;
    Ok(())
}

async fn streams_of_requests<K, R: grpc::IntoRequests<HelloRequest, K> + Clone>(
    channel: &Channel,
    requests: R,
) -> Result<()> {
    let stub = GreeterStub::new(channel);
    let _: HelloReply = stub.say_hello_client_stream(requests.clone()).await?;
    let mut replies = stub.say_hello_bidi_stream(requests.clone()).await?;
    let _: Option<HelloReply> = replies.receive().await?;
    let _: HelloReply = greeter::say_hello_client_stream("localhost:1", requests.clone()).await?;
    let _: Option<HelloReply> = greeter::say_hello_bidi_stream("localhost:1", requests)
        .await?
        .receive()
        .await?;
    Ok(())
}

async fn free_functions(channel: &Channel) -> Result<()> {
    let _: HelloReply = greeter::say_hello("localhost:50051", hello("a")).await?;
    let _: HelloReply = greeter::say_hello(channel, hello("a")).await?;
    let _: HelloReply = greeter::say_hello(String::from("localhost:50051"), hello("a")).await?;
    let _: Option<HelloReply> = greeter::say_hello_stream_reply("localhost:1", hello("a"))
        .await?
        .receive()
        .await?;
    greeter::say_hello_bidi_stream_call("localhost:1")
        .await?
        .send(hello("a"))
        .await
}

#[test]
fn a_stub_says_what_it_is() {
    fn is_debug<T: std::fmt::Debug + Clone + Send + Sync + 'static>() {}
    is_debug::<GreeterStub>();
    assert_eq!(helloworld::Greeter::NAME, "helloworld.Greeter");
}
