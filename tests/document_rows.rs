//! Every API style of the original gRPC AsyncIO examples document, one test per row of its table in the README.

use std::{pin::pin, thread, time::Duration};

use futures_util::StreamExt;
use grpc::{Server, Service, blocking, prelude::*, protos::json};
use tokio::sync::mpsc;

use self::{
    generated::{GreeterClient, GreeterServer},
    helloworld::{GreeterBlockingStub, GreeterStub, HiReply, HiRequest},
};

mod generated;
mod helloworld {
    grpc::proto!("tests/protos/document/hi.proto");
}

// --- The client's rows --------------------------------------------------------------------------------------

#[tokio::test]
async fn client_unary_current() -> Result<()> {
    let (_server, target) = start(Generator).await;
    on_a_thread(move || {
        let channel = blocking::insecure_channel(&target);
        let stub = GreeterBlockingStub::new(&channel);
        let response = stub.hi(request("you")).wait()?;
        assert_eq!(response, reply("you"));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn client_unary_option_1_and_2() -> Result<()> {
    let (_server, target) = start(Generator).await;
    let channel = grpc::insecure_channel(&target);
    let stub = GreeterStub::new(&channel);
    let response = stub.hi(request("you")).await?;
    assert_eq!(response, reply("you"));
    Ok(())
}

#[tokio::test]
async fn client_unary_ideal() -> Result<()> {
    let (_server, target) = start(Generator).await;
    let response = helloworld::greeter::hi(&target, request("you")).await?;
    assert_eq!(response, reply("you"));
    Ok(())
}

/// The document's `RequestIterator`.
struct RequestIterator {
    queue: std::sync::mpsc::Receiver<HiRequest>,
}

impl Iterator for RequestIterator {
    type Item = HiRequest;

    fn next(&mut self) -> Option<HiRequest> {
        self.queue.recv().ok()
    }
}

#[tokio::test]
async fn client_stream_current() -> Result<()> {
    let (_server, target) = start(Generator).await;
    on_a_thread(move || {
        let stub = GreeterBlockingStub::new(&blocking::insecure_channel(&target));
        let (request_queue, queue) = std::sync::mpsc::channel();
        let request_iterator = RequestIterator { queue };
        let response_iterator = stub.streaming_hi(request_iterator).wait()?;

        let sending = thread::spawn(move || {
            for name in ["a", "b", "c"] {
                request_queue.send(request(name)).unwrap();
            }
        });
        let mut received = Vec::new();
        for response in response_iterator {
            received.push(response?);
        }
        sending.join().unwrap();
        assert_eq!(received, ["a", "b", "c"].map(reply));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn client_stream_current_with_the_iterator_of_a_queue() -> Result<()> {
    let (_server, target) = start(Generator).await;
    on_a_thread(move || {
        let stub = GreeterBlockingStub::new(&blocking::insecure_channel(&target));
        let (request_queue, queue) = std::sync::mpsc::channel();
        // The document's `stub.StreamingHi(iter(request_queue.get, None))`: a queue ends when its senders are gone.
        let mut response_iterator = stub.streaming_hi(queue).wait()?;
        // Each request is sent once the response to the one before it is there.
        for name in ["a", "b"] {
            request_queue.send(request(name)).unwrap();
            assert_eq!(response_iterator.next().transpose()?, Some(reply(name)));
        }
        drop(request_queue);
        assert!(response_iterator.next().is_none());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn client_unary_ideal_from_a_proto_at_run_time() -> Result<(), grpc::Error> {
    let (_server, target) = start(Generator).await;
    let helloworld_protos = grpc::protos("tests/protos/document/hi.proto")?;
    let request = json!({"name": "you", "needsRespond": true});
    let response = helloworld_protos.call(&target, "Hi", request.clone()).await?;
    assert_eq!(response, json!({"message": "Hi, you!"}));
    let response = helloworld_protos
        .call(&target, "helloworld.Greeter/Hi", request)
        .await?;
    assert_eq!(response["message"], "Hi, you!");
    Ok(())
}

#[tokio::test]
async fn client_stream_current_with_an_iterator() -> Result<()> {
    let (_server, target) = start(Generator).await;
    let stub = GreeterStub::new(&grpc::insecure_channel(&target));
    let mut responses = stub.streaming_hi(["a", "b"].map(request)).await?;
    assert_eq!(responses.receive().await?, Some(reply("a")));
    assert_eq!(responses.receive().await?, Some(reply("b")));
    assert_eq!(responses.receive().await?, None);
    Ok(())
}

#[tokio::test]
async fn client_stream_current_with_a_queue() -> Result<()> {
    let (_server, target) = start(Generator).await;
    let stub = GreeterStub::new(&grpc::insecure_channel(&target));
    let (request_queue, queued) = mpsc::channel(1);
    let mut responses = stub.streaming_hi(queued).await?;

    let sending = tokio::spawn(async move {
        for name in ["a", "b", "c"] {
            request_queue.send(request(name)).await.unwrap();
        }
    });
    let mut received = Vec::new();
    while let Some(response) = responses.receive().await? {
        received.push(response);
    }
    sending.await.unwrap();
    assert_eq!(received, ["a", "b", "c"].map(reply));
    Ok(())
}

#[tokio::test]
async fn client_stream_option_1() -> Result<()> {
    let (_server, target) = start(Generator).await;
    let stub = GreeterStub::new(&grpc::insecure_channel(&target));
    let requests = stream!({
        for name in ["a", "b"] {
            yield request(name);
        }
    });
    // The document's `async for response in response_iterator`.
    let mut responses = stub.streaming_hi(requests).await?;
    let mut received = Vec::new();
    while let Some(response) = responses.next().await {
        received.push(response?);
    }
    assert_eq!(received, ["a", "b"].map(reply));
    Ok(())
}

#[tokio::test]
async fn client_stream_option_2() -> Result<()> {
    let (_server, target) = start(Generator).await;
    let stub = GreeterStub::new(&grpc::insecure_channel(&target));
    let mut call = stub.streaming_hi_call().await?;
    call.send(request("a")).await?;
    assert_eq!(call.receive().await?, Some(reply("a")));
    call.done_sending().await?;
    // The document's `grpc.EOF`.
    assert_eq!(call.receive().await?, None);
    Ok(())
}

#[tokio::test]
async fn client_stream_option_2_in_two_tasks() -> Result<()> {
    let (_server, target) = start(Generator).await;
    let stub = GreeterStub::new(&grpc::insecure_channel(&target));
    let (mut requests, mut responses) = stub.streaming_hi_call().await?.split();
    let sending = tokio::spawn(async move {
        for name in ["a", "b", "c"] {
            requests.send(request(name)).await?;
        }
        requests.done_sending().await
    });
    let receiving = tokio::spawn(async move {
        let mut received = Vec::new();
        while let Some(response) = responses.receive().await? {
            received.push(response);
        }
        Ok::<_, Status>(received)
    });
    sending.await.unwrap()?;
    assert_eq!(receiving.await.unwrap()?, ["a", "b", "c"].map(reply));
    Ok(())
}

#[tokio::test]
async fn client_stream_ideal() -> Result<()> {
    let (_server, target) = start(Generator).await;
    let mut call = helloworld::greeter::streaming_hi_call(&target).await?;
    call.send(request("a")).await?;
    assert_eq!(call.receive().await?, Some(reply("a")));
    call.done_sending().await?;
    assert_eq!(call.receive().await?, None);
    Ok(())
}

#[tokio::test]
async fn client_stream_ideal_from_a_proto_at_run_time() -> Result<(), grpc::Error> {
    let (_server, target) = start(Generator).await;
    let helloworld_protos = grpc::protos("tests/protos/document/hi.proto")?;
    let mut call = helloworld_protos.streaming_call(&target, "StreamingHi").await?;
    call.send(json!({"name": "a", "needsRespond": true})).await?;
    assert_eq!(call.receive().await?, Some(json!({"message": "Hi, a!"})));
    call.done_sending().await?;
    assert_eq!(call.receive().await?, None);
    Ok(())
}

// --- The server's rows --------------------------------------------------------------------------------------

#[tokio::test]
async fn server_creation_all_columns() -> Result<(), grpc::Error> {
    let mut server = grpc::server();
    let address = server.add_insecure_port("127.0.0.1:0")?;
    server.add_service(Generator);
    server.start().await?;

    let handle = server.handle();
    let target = address.to_string();
    let calling = async {
        let response = helloworld::greeter::hi(&target, request("you")).await;
        handle.stop(Duration::from_secs(1)).await;
        response
    };
    let (response, terminated) = tokio::join!(calling, server.wait_for_termination());
    assert_eq!(response?, reply("you"));
    terminated
}

#[tokio::test]
async fn unary_handler_async() -> Result<()> {
    let (_server, target) = start(Generator).await;
    let error = helloworld::greeter::hi(&target, request("")).await.unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        (grpc::Code::InvalidArgument, "/helloworld.Greeter/Hi: who?")
    );
    Ok(())
}

#[tokio::test]
async fn unary_handler_current() -> Result<()> {
    let (_server, target) = start(Blocking).await;
    let response = helloworld::greeter::hi(&target, request("you")).await?;
    assert_eq!(response, reply("you"));
    Ok(())
}

#[tokio::test]
async fn stream_handler_current_generator() -> Result<()> {
    responds_where_needed(Blocking).await
}

#[tokio::test]
async fn stream_handler_current_queue_and_worker() -> Result<()> {
    responds_where_needed(BlockingQueueAndWorker).await
}

#[tokio::test]
async fn stream_handler_generator() -> Result<()> {
    responds_where_needed(Generator).await
}

#[tokio::test]
async fn stream_handler_queue_and_worker() -> Result<()> {
    responds_where_needed(QueueAndWorker).await
}

#[tokio::test]
async fn stream_handler_queue_of_tokio_and_worker() -> Result<()> {
    responds_where_needed(ReceiverAndWorker).await
}

#[tokio::test]
async fn stream_handler_option_2_and_ideal() -> Result<()> {
    responds_where_needed(Explicit).await
}

/// The file is one of this shape, written by hand; in `compat/tonic` a test of this name has tonic's own.
#[tokio::test]
async fn generated_file_option_1_untouched() -> Result<()> {
    // Its server, with only the implementation swapped in, on this server; and its client on this channel.
    let mut server = grpc::server();
    let address = server.add_insecure_port("127.0.0.1:0").unwrap();
    server.add_tower_service(generated::SERVICE_NAME, GreeterServer::new(Swapped));
    server.start().await.unwrap();
    let channel = grpc::insecure_channel(address.to_string());
    let mut client = GreeterClient::new(channel.clone());

    assert_eq!(client.hi(request("you")).await, Ok(reply("you")));
    let who: Result<HiReply, _> = client.hi(request("")).await;
    assert_eq!(who, Err((3, "who?".to_owned())));
    let mut replies = client
        .streaming_hi(tokio_stream::iter(["a", "b"].map(request)))
        .await
        .unwrap();
    assert_eq!(replies.next().await, Some(Ok(reply("a"))));
    assert_eq!(replies.next().await, Some(Ok(reply("b"))));
    assert_eq!(replies.next().await, None::<Result<HiReply, _>>);

    // And either half with one of this framework's.
    let stub = GreeterStub::new(&channel);
    assert_eq!(stub.hi(request("you")).await?, reply("you"));
    assert_eq!(stub.hi(request("")).await.unwrap_err().message(), "who?");
    let (_server, target) = start(Generator).await;
    let mut client = GreeterClient::new(grpc::insecure_channel(target));
    assert_eq!(client.hi(request("you")).await, Ok(reply("you")));
    Ok(())
}

#[tokio::test]
async fn generated_file_option_2() -> Result<()> {
    // The clean new one: messages, contract, stub and free functions come from the .proto alone.
    let (_server, target) = start(Generator).await;
    let stub = GreeterStub::new(&grpc::insecure_channel(&target));
    let request = HiRequest {
        name: "you".to_owned(),
        ..Default::default()
    };
    let from_stub: HiReply = stub.clone().hi(request.clone()).await?;
    let from_function: HiReply = helloworld::greeter::hi(&target, request).await?;
    assert_eq!(from_stub, from_function);
    Ok(())
}

/// Requests that do not need a response get none, and the others get theirs before the next is sent.
async fn responds_where_needed<C, S: Service<C>>(service: S) -> Result<()> {
    let (_server, target) = start(service).await;
    let mut call = helloworld::greeter::streaming_hi_call(&target).await?;
    for name in ["a", "b", "c"] {
        call.send(HiRequest {
            name: "nobody".to_owned(),
            needs_respond: false,
        })
        .await?;
        call.send(request(name)).await?;
        assert_eq!(call.receive().await?, Some(reply(name)));
    }
    call.done_sending().await?;
    assert_eq!(call.receive().await?, None);
    Ok(())
}

// --- The handlers -------------------------------------------------------------------------------------------

struct Generator;

#[grpc::service(contract = helloworld::Greeter)]
impl Generator {
    async fn hi(&self, request: HiRequest, context: Context) -> Result<HiReply> {
        tokio::task::yield_now().await; // the document's `await some_io_operation`
        if request.name.is_empty() {
            return Err(Status::invalid_argument(format!("{}: who?", context.method())));
        }
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

struct Blocking;

#[grpc::service(contract = helloworld::Greeter)]
impl Blocking {
    #[rpc(blocking)]
    fn hi(&self, request: HiRequest, _context: Context) -> Result<HiReply> {
        thread::yield_now(); // it may block
        Ok(reply(&request.name))
    }

    // The document's `for request in request_iterator: yield response`.
    #[rpc(blocking)]
    fn streaming_hi(
        &self,
        requests: blocking::Streaming<HiRequest>,
        _context: Context,
    ) -> impl Iterator<Item = Result<HiReply>> {
        requests.filter_map(|request| match request {
            Ok(request) => request.needs_respond.then(|| Ok(reply(&request.name))),
            Err(status) => Some(Err(status)),
        })
    }
}

struct BlockingQueueAndWorker;

#[grpc::service(contract = helloworld::Greeter)]
impl BlockingQueueAndWorker {
    #[rpc(blocking)]
    fn hi(&self, request: HiRequest) -> Result<HiReply> {
        Ok(reply(&request.name))
    }

    #[rpc(blocking)]
    fn streaming_hi(&self, requests: blocking::Streaming<HiRequest>) -> std::sync::mpsc::Receiver<HiReply> {
        let (responses, queue) = std::sync::mpsc::channel();
        thread::spawn(move || {
            for request in requests {
                let request = request.unwrap();
                if request.needs_respond {
                    responses.send(reply(&request.name)).unwrap();
                }
            }
        });
        queue
    }
}

/// An implementation of the generated file's own trait.
struct Swapped;

impl generated::Greeter<HiRequest, HiReply> for Swapped {
    fn hi(&self, request: HiRequest) -> Result<HiReply, generated::Failure> {
        match request.name.as_str() {
            "" => Err((3, "who?".to_owned())),
            name => Ok(reply(name)),
        }
    }

    fn streaming_hi(&self, request: HiRequest) -> Result<Option<HiReply>, generated::Failure> {
        Ok(request.needs_respond.then(|| reply(&request.name)))
    }
}

struct QueueAndWorker;

#[grpc::service(contract = helloworld::Greeter)]
impl QueueAndWorker {
    async fn hi(&self, request: HiRequest) -> Result<HiReply> {
        Ok(reply(&request.name))
    }

    fn streaming_hi(&self, mut requests: Streaming<HiRequest>) -> impl ResponseStream<HiReply> {
        let (responses, queue) = grpc::channel(1);
        tokio::spawn(async move {
            while let Some(request) = requests.receive().await.unwrap() {
                if request.needs_respond {
                    responses.send(Ok(reply(&request.name))).await.unwrap();
                }
            }
        });
        queue
    }
}

struct ReceiverAndWorker;

#[grpc::service(contract = helloworld::Greeter)]
impl ReceiverAndWorker {
    async fn hi(&self, request: HiRequest) -> Result<HiReply> {
        Ok(reply(&request.name))
    }

    fn streaming_hi(&self, requests: Streaming<HiRequest>) -> impl ResponseStream<HiReply> {
        let (responses, queue) = mpsc::channel(1);
        tokio::spawn(async move {
            let mut requests = pin!(requests);
            while let Some(request) = requests.next().await {
                let request = request?;
                if request.needs_respond {
                    responses.send(Ok(reply(&request.name))).await.unwrap();
                }
            }
            Ok::<_, Status>(())
        });
        tokio_stream::wrappers::ReceiverStream::new(queue)
    }
}

struct Explicit;

#[grpc::service(contract = helloworld::Greeter)]
impl Explicit {
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

/// Runs what blocks on a thread where it may, while the test's runtime serves.
async fn on_a_thread(test: impl FnOnce() -> Result<()> + Send + 'static) -> Result<()> {
    tokio::task::spawn_blocking(test).await.unwrap()
}

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

/// A server of `service`, for as long as it is held, and the target that reaches it.
async fn start<C, S: Service<C>>(service: S) -> (Server, String) {
    let mut server = grpc::server();
    let address = server.add_insecure_port("127.0.0.1:0").unwrap();
    server.add_service(service);
    server.start().await.unwrap();
    (server, address.to_string())
}
