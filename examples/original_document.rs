//! The examples document of gRPC's AsyncIO API, row by row, as running code. Its service is `Greeter`, with `Hi` and
//! `StreamingHi`; its columns are *current* (blocking), *option 1*, *option 2* and *ideal*.
//!
//! ```sh
//! cargo run --example original_document
//! ```
//!
//! Each row starts a server, makes its calls, checks what comes back and prints a line. The guide has the same rows beside
//! the document's Python: `src/docs/original_document.md`.

use std::{
    future::Future,
    pin::pin,
    sync::mpsc::{self, SyncSender},
    thread,
    time::Duration,
};

use futures_util::StreamExt;
use grpc::{Server, Service, blocking, prelude::*, protos::json};

mod helloworld {
    grpc::proto!("tests/protos/document/hi.proto");
}
// What a file that was generated for tonic holds: nothing in it knows of this framework. It stands in for one, so that
// this repository's programs need not depend on tonic; `compat/tonic` runs files that tonic's generator did write.
#[path = "../tests/generated/mod.rs"]
mod generated;

use self::{
    generated::{GreeterClient, GreeterServer},
    helloworld::{GreeterBlockingStub, GreeterStub, HiReply, HiRequest},
};

#[grpc::main]
async fn main() -> Result<(), grpc::Error> {
    row("client unary, option 1 / 2", client_unary_option_1_and_2()).await?;
    row("client unary, ideal", client_unary_ideal()).await?;
    row("client unary, current (blocking)", client_unary_current()).await?;
    row(
        "client stream, current (queue + iterator)",
        client_stream_current(),
    )
    .await?;
    row("client stream, option 1 (`async for`)", client_stream_option_1()).await?;
    row(
        "client stream, option 2 (`send`/`receive`/`EOF`)",
        client_stream_option_2(),
    )
    .await?;
    row("client stream, ideal", client_stream_ideal()).await?;
    row("server creation, all columns", server_creation()).await?;
    row("unary handler, async", unary_handler_async()).await?;
    row("unary handler, current (sync)", unary_handler_current()).await?;
    row(
        "stream handler, generator (`async for` … `yield`)",
        stream_handler_generator(),
    )
    .await?;
    row("stream handler, queue + worker", stream_handler_queue()).await?;
    row(
        "stream handler, option 2 / ideal (`context.receive`/`send`)",
        stream_handler_option_2(),
    )
    .await?;
    row(
        "generated file, option 1 (\"untouched, only swap the implementation\") and 2 (a clean new one)",
        generated_file(),
    )
    .await
}

/// Runs a row, which checks itself.
async fn row(words: &str, run: impl Future<Output = Result<(), grpc::Error>>) -> Result<(), grpc::Error> {
    const LONGEST: Duration = Duration::from_secs(20);
    let outcome = tokio::time::timeout(LONGEST, run).await;
    let outcome = outcome.unwrap_or_else(|_| Err(grpc::Error::new(format!("not done after {LONGEST:?}"))));
    match outcome {
        Ok(()) => println!("{words}: ok"),
        Err(error) => return Err(grpc::Error::new(format!("{words}: {error}"))),
    }
    Ok(())
}

// --- The client's rows --------------------------------------------------------------------------------------

async fn client_unary_option_1_and_2() -> Result<(), grpc::Error> {
    let greeter = Running::start(Greeter).await?;
    let channel = grpc::insecure_channel(&greeter.target);
    let stub = GreeterStub::new(&channel);
    let response = stub.hi(request("Ada")).await?;
    equal(response, reply("Ada"))
}

async fn client_unary_ideal() -> Result<(), grpc::Error> {
    let greeter = Running::start(Greeter).await?;
    // Neither stub nor channel: the channel is pooled behind the function.
    let response = helloworld::greeter::hi(&greeter.target, request("Ada")).await?;
    equal(response, reply("Ada"))?;

    // Nor generated code: the .proto is read when the program runs.
    let protos = grpc::protos("tests/protos/document/hi.proto")?;
    let response = protos
        .call(&greeter.target, "helloworld.Greeter/Hi", json!({"name": "Ada"}))
        .await?;
    equal(response, json!({"message": "Hi, Ada!"}))
}

async fn client_unary_current() -> Result<(), grpc::Error> {
    let greeter = Running::start(Greeter).await?;
    on_a_thread(move || {
        let channel = blocking::insecure_channel(&greeter.target);
        let stub = GreeterBlockingStub::new(&channel);
        let response = stub.hi(request("Ada")).wait()?;
        equal(response, reply("Ada"))
    })
    .await
}

async fn client_stream_current() -> Result<(), grpc::Error> {
    let greeter = Running::start(Greeter).await?;
    on_a_thread(move || {
        let stub = GreeterBlockingStub::new(&blocking::insecure_channel(&greeter.target));
        // The document's RequestIterator: a queue, and an iterator over what comes out of it.
        let (request_iterator, queue) = RequestIterator::new();
        let response_iterator = stub.streaming_hi(request_iterator);

        let sending = thread::spawn(move || {
            for name in NAMES {
                queue.send(Some(request(name))).expect("the call takes requests");
            }
            queue.send(None).expect("the call takes requests");
        });
        let mut responses = Vec::new();
        for response in response_iterator {
            responses.push(response?);
        }
        sending.join().expect("the sending thread does not panic");
        equal(responses, NAMES.map(reply))
    })
    .await
}

/// Takes requests out of a queue until there is a `None` in it.
struct RequestIterator(mpsc::Receiver<Option<HiRequest>>);

impl RequestIterator {
    fn new() -> (Self, SyncSender<Option<HiRequest>>) {
        let (sender, receiver) = mpsc::sync_channel(16);
        (Self(receiver), sender)
    }
}

impl Iterator for RequestIterator {
    type Item = HiRequest;

    fn next(&mut self) -> Option<HiRequest> {
        self.0.recv().ok().flatten()
    }
}

async fn client_stream_option_1() -> Result<(), grpc::Error> {
    let greeter = Running::start(Greeter).await?;
    let stub = GreeterStub::new(&grpc::insecure_channel(&greeter.target));
    // An async iterator; an array, a Vec, any iterator or Stream, or a tokio receiver would do.
    let request_iterator = stream!({
        for name in NAMES {
            yield request(name);
        }
    });
    let mut response_iterator = stub.streaming_hi(request_iterator).await?;
    let mut responses = Vec::new();
    while let Some(response) = response_iterator.next().await {
        responses.push(response?);
    }
    equal(responses, NAMES.map(reply))
}

async fn client_stream_option_2() -> Result<(), grpc::Error> {
    let greeter = Running::start(Greeter).await?;
    let stub = GreeterStub::new(&grpc::insecure_channel(&greeter.target));
    let mut call = stub.streaming_hi_call().await?;
    call.send(request("Ada")).await?;
    equal(call.receive().await?, Some(reply("Ada")))?;
    call.done_sending().await?;
    equal(call.receive().await?, None) // the document's grpc.EOF
}

async fn client_stream_ideal() -> Result<(), grpc::Error> {
    let greeter = Running::start(Greeter).await?;
    let call = helloworld::greeter::streaming_hi_call(&greeter.target).await?;
    // In the document one thread sends while another receives.
    let (mut requests, mut replies) = call.split();
    let sending = tokio::spawn(async move {
        for name in NAMES {
            requests.send(request(name)).await?;
        }
        requests.done_sending().await
    });
    let mut responses = Vec::new();
    while let Some(response) = replies.receive().await? {
        responses.push(response);
    }
    sending.await.expect("the sending task does not panic")?;
    equal(responses, NAMES.map(reply))?;

    // And without generated code.
    let protos = grpc::protos("tests/protos/document/hi.proto")?;
    let mut call = protos
        .streaming_call(&greeter.target, "helloworld.Greeter/StreamingHi")
        .await?;
    call.send(json!({"name": "Ada", "needsRespond": true})).await?;
    equal(call.receive().await?, Some(json!({"message": "Hi, Ada!"})))?;
    call.done_sending().await?;
    equal(call.receive().await?, None)
}

// --- The server's rows --------------------------------------------------------------------------------------

async fn server_creation() -> Result<(), grpc::Error> {
    let mut server = grpc::server();
    let address = server.add_insecure_port("127.0.0.1:0")?;
    server.add_service(Greeter);
    server.start().await?;

    let handle = server.handle();
    let calling = async {
        let response = helloworld::greeter::hi(address.to_string(), request("Ada")).await;
        handle.stop(Duration::from_secs(1)).await;
        response
    };
    let (response, terminated) = tokio::join!(calling, server.wait_for_termination());
    terminated?;
    equal(response?, reply("Ada"))
}

struct Greeter;

#[grpc::service(contract = helloworld::Greeter)]
impl Greeter {
    async fn hi(&self, request: HiRequest, _context: Context) -> Result<HiReply> {
        tokio::task::yield_now().await; // the document's `await some_io_operation`
        Ok(reply(&request.name))
    }

    fn streaming_hi(&self, requests: Streaming<HiRequest>) -> impl ResponseStream<HiReply> {
        stream!({
            for await request in requests {
                let request = request?;
                if request.needs_respond {
                    yield reply(&request.name);
                }
            }
        })
    }
}

async fn unary_handler_async() -> Result<(), grpc::Error> {
    says_hi(Greeter).await
}

async fn stream_handler_generator() -> Result<(), grpc::Error> {
    responds_where_needed(Greeter).await?;
    // The generator of the current API: an iterator made from an iterator.
    responds_where_needed(BlockingGreeter).await
}

/// Handlers of the current API, each on a thread.
struct BlockingGreeter;

#[grpc::service(contract = helloworld::Greeter)]
impl BlockingGreeter {
    #[rpc(blocking)]
    fn hi(&self, request: HiRequest, _context: Context) -> Result<HiReply> {
        thread::sleep(Duration::from_millis(1)); // it may block
        Ok(reply(&request.name))
    }

    #[rpc(blocking)]
    fn streaming_hi(
        &self,
        requests: blocking::Streaming<HiRequest>,
    ) -> impl Iterator<Item = Result<HiReply>> {
        requests
            .filter(|request| request.as_ref().map_or(true, |request| request.needs_respond))
            .map(|request| Ok(reply(&request?.name)))
    }
}

async fn unary_handler_current() -> Result<(), grpc::Error> {
    says_hi(BlockingGreeter).await
}

async fn stream_handler_queue() -> Result<(), grpc::Error> {
    responds_where_needed(GreeterWithWorker).await?;
    responds_where_needed(BlockingGreeterWithWorker).await
}

/// A task fills the queue whose other end is the response stream.
struct GreeterWithWorker;

#[grpc::service(contract = helloworld::Greeter)]
impl GreeterWithWorker {
    async fn hi(&self, request: HiRequest) -> Result<HiReply> {
        Ok(reply(&request.name))
    }

    fn streaming_hi(&self, requests: Streaming<HiRequest>) -> impl ResponseStream<HiReply> {
        let (responses, queue) = grpc::channel(16);
        tokio::spawn(async move {
            let mut requests = pin!(requests);
            while let Some(Ok(request)) = requests.next().await {
                if request.needs_respond && responses.send(Ok(reply(&request.name))).await.is_err() {
                    break; // the call is over
                }
            }
        });
        queue
    }
}

/// The same with a thread, as the document has it in its first column.
struct BlockingGreeterWithWorker;

#[grpc::service(contract = helloworld::Greeter)]
impl BlockingGreeterWithWorker {
    #[rpc(blocking)]
    fn hi(&self, request: HiRequest) -> Result<HiReply> {
        Ok(reply(&request.name))
    }

    #[rpc(blocking)]
    fn streaming_hi(&self, requests: blocking::Streaming<HiRequest>) -> mpsc::Receiver<HiReply> {
        let (responses, queue) = mpsc::sync_channel(16);
        thread::spawn(move || {
            for request in requests.map_while(Result::ok) {
                if request.needs_respond && responses.send(reply(&request.name)).is_err() {
                    break; // the call is over
                }
            }
        });
        queue
    }
}

async fn stream_handler_option_2() -> Result<(), grpc::Error> {
    responds_where_needed(GreeterByHand).await
}

struct GreeterByHand;

#[grpc::service(contract = helloworld::Greeter)]
impl GreeterByHand {
    async fn hi(&self, request: HiRequest) -> Result<HiReply> {
        Ok(reply(&request.name))
    }

    async fn streaming_hi(&self, mut call: ServerCall<HiRequest, HiReply>) -> Result<()> {
        while let Some(request) = call.receive().await? {
            if request.needs_respond {
                call.send(reply(&request.name)).await?;
            }
        }
        Ok(())
    }
}

async fn generated_file() -> Result<(), grpc::Error> {
    // Option 1: its server on this server, and its client on this channel, both untouched.
    let mut server = grpc::server();
    let address = server.add_insecure_port("127.0.0.1:0")?;
    server.add_tower_service(generated::SERVICE_NAME, GreeterServer::new(Implementation));
    server.start().await?;
    let mut client = GreeterClient::new(grpc::insecure_channel(address.to_string()));
    equal(client.hi(request("Ada")).await, Ok(reply("Ada")))?;
    let requests = tokio_stream::iter(NAMES.map(request));
    let Ok(replies) = client.streaming_hi::<_, HiReply>(requests).await else {
        return Err(grpc::Error::new("StreamingHi failed"));
    };
    equal(
        replies.collect::<Vec<_>>().await,
        NAMES.map(|name| Ok(reply(name))),
    )?;

    // Option 2: the clean new one is the module `helloworld`, with messages, contract, stubs and functions.
    let stub = GreeterStub::new(&grpc::insecure_channel(address.to_string()));
    equal(stub.hi(request("Ada")).await?, reply("Ada"))
}

/// The one thing in option 1 that is not generated.
struct Implementation;

impl generated::Greeter<HiRequest, HiReply> for Implementation {
    fn hi(&self, request: HiRequest) -> Result<HiReply, generated::Failure> {
        Ok(reply(&request.name))
    }

    fn streaming_hi(&self, request: HiRequest) -> Result<Option<HiReply>, generated::Failure> {
        Ok(request.needs_respond.then(|| reply(&request.name)))
    }
}

// --- What the rows share ------------------------------------------------------------------------------------

const NAMES: [&str; 3] = ["Ada", "Grace", "Barbara"];

fn request(name: &str) -> HiRequest {
    HiRequest {
        name: name.to_owned(),
        needs_respond: true,
    }
}

fn reply(name: &str) -> HiReply {
    HiReply {
        message: format!("Hi, {name}!"),
    }
}

/// A server of one service, for as long as it is held.
struct Running {
    target: String,
    _server: Server,
}

impl Running {
    async fn start<C, S: Service<C>>(service: S) -> Result<Self, grpc::Error> {
        let mut server = grpc::server();
        let address = server.add_insecure_port("127.0.0.1:0")?;
        server.add_service(service);
        server.start().await?;
        Ok(Self {
            target: address.to_string(),
            _server: server,
        })
    }
}

/// The blocking API is for threads, not for async code.
async fn on_a_thread(
    row: impl FnOnce() -> Result<(), grpc::Error> + Send + 'static,
) -> Result<(), grpc::Error> {
    tokio::task::spawn_blocking(row)
        .await
        .unwrap_or_else(|error| Err(grpc::Error::new(error.to_string())))
}

async fn says_hi<C, S: Service<C>>(service: S) -> Result<(), grpc::Error> {
    let greeter = Running::start(service).await?;
    let response = helloworld::greeter::hi(&greeter.target, request("Ada")).await?;
    equal(response, reply("Ada"))
}

/// A request that needs no response gets none, and the others get theirs before the next is sent.
async fn responds_where_needed<C, S: Service<C>>(service: S) -> Result<(), grpc::Error> {
    let greeter = Running::start(service).await?;
    let mut call = helloworld::greeter::streaming_hi_call(&greeter.target).await?;
    for name in NAMES {
        let silent = HiRequest {
            needs_respond: false,
            ..request("nobody")
        };
        call.send(silent).await?;
        call.send(request(name)).await?;
        equal(call.receive().await?, Some(reply(name)))?;
    }
    call.done_sending().await?;
    equal(call.receive().await?, None)
}

fn equal<T: std::fmt::Debug + PartialEq<E>, E: std::fmt::Debug>(
    got: T,
    expected: E,
) -> Result<(), grpc::Error> {
    if got == expected {
        Ok(())
    } else {
        Err(grpc::Error::new(format!("expected {expected:?}, got {got:?}")))
    }
}
