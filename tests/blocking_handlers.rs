//! Handlers that block, each on a thread of its own: `#[rpc(blocking)]`.

use std::{
    future::Future,
    panic::panic_any,
    sync::{Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};

use grpc::{Code, Server, Service, blocking, prelude::*};

use self::greet::{GreeterStub, HelloReply, HelloRequest};

mod greet {
    grpc::proto!("examples/proto/helloworld.proto");
}

// --- All four kinds -----------------------------------------------------------------------------------------

struct Plain;

#[grpc::service(contract = greet::Greeter)]
impl Plain {
    #[rpc(blocking)]
    fn say_hello(&self, request: HelloRequest, context: Context) -> Result<HelloReply> {
        if request.name.is_empty() {
            return Err(Status::invalid_argument(format!("{}: who?", context.method())));
        }
        Ok(reply(&request.name))
    }

    #[rpc(blocking)]
    fn say_hello_stream_reply(&self, request: HelloRequest) -> Result<impl Iterator<Item = HelloReply>> {
        if request.name.is_empty() {
            return Err(Status::invalid_argument("who?"));
        }
        Ok((1..=3).map(move |n| self.numbered(&request.name, n)))
    }

    #[rpc(blocking)]
    fn say_hello_client_stream(&self, requests: blocking::Streaming<HelloRequest>) -> Result<HelloReply> {
        let names = requests.map(|request| Ok(request?.name));
        Ok(reply(&names.collect::<Result<Vec<_>>>()?.join(" and ")))
    }

    /// The document's `for request in request_iterator: yield response`.
    #[rpc(blocking)]
    fn say_hello_bidi_stream(
        &self,
        requests: blocking::Streaming<HelloRequest>,
    ) -> impl Iterator<Item = Result<HelloReply>> {
        requests.map(|request| Ok(self.numbered(&request?.name, 0)))
    }
}

impl Plain {
    fn numbered(&self, name: &str, n: u32) -> HelloReply {
        reply(&format!("{name} {n}"))
    }
}

#[tokio::test]
async fn a_unary_handler_answers_or_fails() -> Result<()> {
    let (_server, stub) = start(Plain).await;
    assert_eq!(stub.say_hello(request("Ada")).await?, reply("Ada"));
    let error = stub.say_hello(request("")).await.unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        (Code::InvalidArgument, "/helloworld.Greeter/SayHello: who?")
    );
    Ok(())
}

#[tokio::test]
async fn a_handler_that_iterates_answers_many_or_fails_before_the_first() -> Result<()> {
    let (_server, stub) = start(Plain).await;
    let mut replies = stub.say_hello_stream_reply(request("Ada")).await?;
    for n in 1..=3 {
        assert_eq!(replies.receive().await?, Some(reply(&format!("Ada {n}"))));
    }
    assert_eq!(replies.receive().await?, None);
    let mut replies = stub.say_hello_stream_reply(request("")).await?;
    assert_eq!(replies.receive().await.unwrap_err().code(), Code::InvalidArgument);
    Ok(())
}

#[tokio::test]
async fn a_handler_iterates_over_the_requests() -> Result<()> {
    let (_server, stub) = start(Plain).await;
    let response = stub.say_hello_client_stream(["Ada", "Bob"].map(request)).await?;
    assert_eq!(response, reply("Ada and Bob"));
    Ok(())
}

#[tokio::test]
async fn each_request_is_answered_before_the_next() -> Result<()> {
    let (_server, stub) = start(Plain).await;
    let mut call = stub.say_hello_bidi_stream_call().await?;
    for name in ["Ada", "Bob"] {
        call.send(request(name)).await?;
        assert_eq!(call.receive().await?, Some(reply(&format!("{name} 0"))));
    }
    call.done_sending().await?;
    assert_eq!(call.receive().await?, None);
    Ok(())
}

#[tokio::test]
async fn headers_leave_when_the_handler_waits_for_a_request() -> Result<()> {
    let (_server, stub) = start(Plain).await;
    let mut call = stub.say_hello_bidi_stream_call().await?;
    call.metadata().await?;
    call.done_sending().await?;
    assert_eq!(call.receive().await?, None);
    Ok(())
}

#[test]
fn a_handler_is_tested_as_the_function_that_it_is() -> Result<()> {
    let requests = blocking::Streaming::from_iter(["Ada", "Bob"].map(request));
    assert_eq!(Plain.say_hello_client_stream(requests)?, reply("Ada and Bob"));
    let requests = blocking::Streaming::from_results([Ok(request("Ada")), Err(Status::cancelled("gone"))]);
    let replies: Vec<_> = Plain
        .say_hello_bidi_stream(requests)
        .map(|reply| reply.map_err(|status| status.code()))
        .collect();
    assert_eq!(replies, [Ok(reply("Ada 0")), Err(Code::Cancelled)]);
    Ok(())
}

// --- The other shapes ---------------------------------------------------------------------------------------

/// An error of the service's own.
struct Unknown(String);

impl From<Unknown> for Status {
    fn from(Unknown(name): Unknown) -> Self {
        Self::not_found(name)
    }
}

struct Shapes;

#[grpc::service(contract = greet::Greeter)]
impl Shapes {
    #[rpc(blocking)]
    fn say_hello(&self, request: HelloRequest) -> Result<HelloReply, Unknown> {
        Err(Unknown(request.name))
    }

    // A queue that a worker fills: the document's 'current API'.
    #[rpc(blocking)]
    fn say_hello_stream_reply(&self, request: HelloRequest) -> mpsc::Receiver<HelloReply> {
        let (replies, queue) = mpsc::sync_channel(0);
        thread::spawn(move || {
            for name in request.name.split(' ') {
                replies.send(reply(name)).unwrap();
            }
        });
        queue
    }

    #[rpc(blocking)]
    fn say_hello_client_stream(
        &self,
        mut call: blocking::ServerCall<HelloRequest, HelloReply>,
    ) -> Result<()> {
        let mut names = Vec::new();
        while let Some(request) = call.receive()? {
            names.push(request.name);
        }
        let method = call.context().method().to_owned();
        call.send(reply(&format!("{} by {method}", names.join(" "))))
    }

    #[rpc(blocking)]
    fn say_hello_bidi_stream(
        &self,
        call: blocking::ServerCall<HelloRequest, HelloReply>,
        _context: Context,
    ) -> Result<()> {
        let (requests, mut responses) = call.split();
        let receiving = thread::spawn(move || {
            requests
                .map(|request| Ok(request?.name))
                .collect::<Result<Vec<_>>>()
        });
        responses.send(reply("first"))?;
        let names = receiving.join().unwrap()?;
        responses.send(reply(&names.join(" ")))?;
        Err(Status::aborted("behind both"))
    }
}

#[tokio::test]
async fn an_error_of_its_own_becomes_a_status() {
    let (_server, stub) = start(Shapes).await;
    let error = stub.say_hello(request("Eve")).await.unwrap_err();
    assert_eq!((error.code(), error.message()), (Code::NotFound, "Eve"));
}

#[tokio::test]
async fn a_queue_that_a_thread_fills_is_a_response_stream() -> Result<()> {
    let (_server, stub) = start(Shapes).await;
    let mut replies = stub.say_hello_stream_reply(request("Ada Bob")).await?;
    assert_eq!(replies.receive().await?, Some(reply("Ada")));
    assert_eq!(replies.receive().await?, Some(reply("Bob")));
    assert_eq!(replies.receive().await?, None);
    Ok(())
}

#[tokio::test]
async fn a_handler_receives_and_sends_by_hand() -> Result<()> {
    let (_server, stub) = start(Shapes).await;
    let response = stub.say_hello_client_stream(["Ada", "Bob"].map(request)).await?;
    assert_eq!(
        response,
        reply("Ada Bob by /helloworld.Greeter/SayHelloClientStream")
    );

    let mut call = stub.say_hello_bidi_stream_call().await?;
    assert_eq!(call.receive().await?, Some(reply("first")));
    call.send(request("Ada")).await?;
    call.done_sending().await?;
    assert_eq!(call.receive().await?, Some(reply("Ada")));
    assert_eq!(call.receive().await.unwrap_err().code(), Code::Aborted);
    Ok(())
}

mod code_first {
    use super::*;

    type Numbers = blocking::Streaming<i64>;
    type Sum = Result<i64>;

    struct Counter(i64);

    #[grpc::service(package = "count.v1", name = "Counter")]
    impl Counter {
        /// Answers once.
        #[rpc(blocking)]
        fn add(&self, by: i64) -> Result<i64> {
            Ok(self.0 + by)
        }

        #[rpc(blocking)]
        fn up_to(&self, last: i64) -> impl Iterator<Item = i64> {
            self.0..=last
        }

        #[rpc(blocking)]
        fn texts(&self) -> Result<Vec<String>> {
            Ok(vec!["a".to_owned(), "b".to_owned()])
        }

        #[rpc(blocking)]
        fn bytes(&self) -> Result<Vec<u8>> {
            Ok(vec![1, 2])
        }

        #[rpc(blocking)]
        fn sum(&self, numbers: blocking::Streaming<i64>) -> Result<i64> {
            numbers.sum()
        }

        #[rpc(blocking)]
        fn twice(&self, numbers: blocking::Streaming<i64>) -> Result<Box<dyn Iterator<Item = Result<i64>>>> {
            Ok(Box::new(numbers.map(|number| Ok(2 * number?))))
        }

        #[rpc(blocking, kind = client_streaming)]
        fn aliased(&self, numbers: Numbers) -> Sum {
            numbers.sum()
        }

        #[rpc(blocking)]
        fn by_hand(&self, mut call: blocking::ServerCall<i64, String>) -> Result<()> {
            while let Some(number) = call.receive()? {
                call.send(number.to_string())?;
            }
            Ok(())
        }
    }

    #[tokio::test]
    async fn all_shapes_work_without_a_contract() -> Result<()> {
        let (_server, target) = start_at(Counter(2)).await;
        let stub = CounterStub::new(&grpc::insecure_channel(target));
        assert_eq!(stub.add(3).await?, 5);
        assert_eq!(all(stub.up_to(4).await?).await?, [2, 3, 4]);
        assert_eq!(all(stub.texts().await?).await?, ["a", "b"]);
        assert_eq!(stub.bytes().await?, [1, 2]);
        assert_eq!(stub.sum([1, 2, 3]).await?, 6);
        assert_eq!(stub.aliased([1, 2, 3]).await?, 6);
        assert_eq!(all(stub.twice([1, 2]).await?).await?, [2, 4]);
        assert_eq!(all(stub.by_hand([1, 2]).await?).await?, ["1", "2"]);
        Ok(())
    }

    async fn all<M: Send + 'static>(mut replies: grpc::Responses<M>) -> Result<Vec<M>> {
        let mut received = Vec::new();
        while let Some(reply) = replies.receive().await? {
            received.push(reply);
        }
        Ok(received)
    }
}

// --- Places, cancellation, deadlines ------------------------------------------------------------------------

/// A service whose handlers wait for the test, and tell it what they saw.
struct Gated {
    gate: Mutex<mpsc::Receiver<()>>,
    seen: Mutex<mpsc::Sender<Seen>>,
    contexts: tokio::sync::mpsc::UnboundedSender<Context>,
}

#[derive(Debug, PartialEq)]
enum Seen {
    /// The iterator has given its `n`th message.
    Gave(u32),
    /// What `context.is_cancelled()` said after the gate had opened.
    Left {
        cancelled: bool,
    },
    /// How an iteration over the requests, or a send, ended.
    Ended(Option<Code>),
    Dropped,
}

impl Gated {
    fn new() -> (Self, Test) {
        let ((open, gate), (seen, saw)) = (mpsc::channel(), mpsc::channel());
        let (contexts, entered) = tokio::sync::mpsc::unbounded_channel();
        let service = Self {
            gate: Mutex::new(gate),
            seen: Mutex::new(seen),
            contexts,
        };
        (service, Test { open, saw, entered })
    }

    fn enter(&self, context: Context) {
        let _ = self.contexts.send(context);
    }

    fn tell(&self, seen: Seen) {
        // A test that has what it wants is gone.
        let _ = self.seen.lock().unwrap().send(seen);
    }

    fn wait(&self) {
        let _ = self.gate.lock().unwrap().recv();
    }
}

struct Test {
    open: mpsc::Sender<()>,
    saw: mpsc::Receiver<Seen>,
    entered: tokio::sync::mpsc::UnboundedReceiver<Context>,
}

impl Test {
    /// The context of the next call whose handler begins.
    async fn entered(&mut self) -> Context {
        self.entered.recv().await.unwrap()
    }

    /// Waits for the next thing that a handler tells, while the runtime runs.
    async fn saw(&self) -> Seen {
        loop {
            if let Ok(seen) = self.saw.try_recv() {
                return seen;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

#[grpc::service(contract = greet::Greeter)]
impl Gated {
    #[rpc(blocking)]
    fn say_hello(&self, request: HelloRequest, context: Context) -> Result<HelloReply> {
        match request.name.as_str() {
            "quick" => return Ok(reply("quick")),
            "panic" => panic!("on purpose"),
            "bomb" => panic_any(Bomb),
            _ => {}
        }
        self.enter(context.clone());
        self.wait();
        let cancelled = context.is_cancelled();
        self.tell(Seen::Left { cancelled });
        Ok(reply(&request.name))
    }

    #[rpc(blocking)]
    fn say_hello_stream_reply(
        &self,
        request: HelloRequest,
        context: Context,
    ) -> impl Iterator<Item = Result<HelloReply>> {
        self.enter(context);
        let dropped = Dropped(self);
        (1..).map(move |n| {
            let _ = &dropped;
            assert_ne!(request.name, "panic");
            self.tell(Seen::Gave(n));
            if request.name == "gated" {
                self.wait();
            }
            Ok(reply(&"x".repeat(10_000)))
        })
    }

    #[rpc(blocking)]
    fn say_hello_client_stream(
        &self,
        mut requests: blocking::Streaming<HelloRequest>,
        context: Context,
    ) -> Result<HelloReply> {
        self.enter(context);
        let error = loop {
            match requests.next() {
                Some(Ok(_)) => {}
                Some(Err(status)) => break Some(status.code()),
                None => break None,
            }
        };
        assert!(requests.next().is_none(), "an error is the last of an iterator");
        self.tell(Seen::Ended(error));
        Ok(reply("end"))
    }

    #[rpc(blocking)]
    fn say_hello_bidi_stream(&self, mut call: blocking::ServerCall<HelloRequest, HelloReply>) -> Result<()> {
        self.enter(call.context().clone());
        self.wait();
        self.tell(Seen::Ended(
            call.send(reply("late")).err().map(|error| error.code()),
        ));
        self.tell(Seen::Ended(call.receive().err().map(|error| error.code())));
        Ok(())
    }
}

/// Tells when an iterator is dropped.
struct Dropped<'a>(&'a Gated);

impl Drop for Dropped<'_> {
    fn drop(&mut self) {
        self.0.tell(Seen::Dropped);
    }
}

/// Panics again where what a panic was called with is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(thread::panicking(), "again");
    }
}

/// A server of a [`Gated`] with so many places.
async fn gated(places: usize) -> (Server, GreeterStub, Test) {
    let (service, test) = Gated::new();
    let mut server = grpc::server();
    server.max_blocking(places).add_service(service);
    let address = server.add_insecure_port("127.0.0.1:0").unwrap();
    server.start().await.unwrap();
    let stub = GreeterStub::new(&grpc::insecure_channel(address.to_string()));
    (server, stub, test)
}

#[tokio::test]
async fn a_call_too_many_fails_at_once() -> Result<()> {
    let (_server, stub, mut test) = gated(1).await;
    let first = tokio::spawn(stub.say_hello(request("first")));
    test.entered().await;

    let error = stub.say_hello(request("second")).await.unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        (
            Code::ResourceExhausted,
            "no place for another blocking handler: Server::max_blocking is 1"
        )
    );
    test.open.send(()).unwrap();
    assert_eq!(first.await.unwrap()?, reply("first"));
    // A place is free before its call is answered: one after the other, calls never meet.
    for _ in 0..100 {
        stub.say_hello(request("quick")).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_call_that_blocks_holds_up_no_other_of_its_connection() -> Result<()> {
    let (_server, stub, mut test) = gated(2).await;
    let first = tokio::spawn(stub.say_hello(request("first")));
    test.entered().await;
    assert_eq!(stub.say_hello(request("quick")).await?, reply("quick"));
    test.open.send(()).unwrap();
    assert_eq!(first.await.unwrap()?, reply("first"));
    Ok(())
}

#[tokio::test]
async fn a_cancelled_handler_is_told_and_keeps_its_place() -> Result<()> {
    let (_server, stub, mut test) = gated(1).await;
    let first = tokio::spawn(stub.say_hello(request("first")));
    let context = test.entered().await;
    first.abort();
    context.cancelled().await;
    let error = stub.say_hello(request("second")).await.unwrap_err();
    assert_eq!(error.code(), Code::ResourceExhausted);
    test.open.send(()).unwrap();
    assert_eq!(test.saw().await, Seen::Left { cancelled: true });
    eventually(async || stub.say_hello(request("quick")).await.is_ok()).await;
    Ok(())
}

#[tokio::test]
async fn a_deadline_answers_its_client_at_once() -> Result<()> {
    let (_server, stub, mut test) = gated(1).await;
    let error = stub
        .say_hello(request("slow"))
        .timeout(Duration::from_millis(100))
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::DeadlineExceeded);
    test.entered().await.cancelled().await;
    test.open.send(()).unwrap();
    assert_eq!(test.saw().await, Seen::Left { cancelled: true });
    Ok(())
}

#[tokio::test]
async fn a_cancellation_ends_the_wait_for_a_request() -> Result<()> {
    let (_server, stub, mut test) = gated(1).await;
    let call = stub.say_hello_client_stream_call().await?;
    test.entered().await;
    drop(call);
    assert_eq!(test.saw().await, Seen::Ended(Some(Code::Cancelled)));
    Ok(())
}

#[tokio::test]
async fn a_deadline_ends_the_wait_for_a_request() -> Result<()> {
    let (_server, stub, mut test) = gated(1).await;
    let mut call = stub
        .say_hello_client_stream_call()
        .timeout(Duration::from_millis(100))
        .await?;
    test.entered().await;
    assert_eq!(call.receive().await.unwrap_err().code(), Code::DeadlineExceeded);
    assert_eq!(test.saw().await, Seen::Ended(Some(Code::Cancelled)));
    Ok(())
}

#[tokio::test]
async fn after_a_cancellation_sending_and_receiving_fail() -> Result<()> {
    let (_server, stub, mut test) = gated(1).await;
    let call = stub.say_hello_bidi_stream_call().await?;
    let context = test.entered().await;
    drop(call);
    context.cancelled().await;
    test.open.send(()).unwrap();
    assert_eq!(test.saw().await, Seen::Ended(Some(Code::Cancelled)));
    assert_eq!(test.saw().await, Seen::Ended(Some(Code::Cancelled)));
    Ok(())
}

#[tokio::test]
async fn after_a_cancellation_an_iterator_is_dropped_at_its_next_message() -> Result<()> {
    let (_server, stub, mut test) = gated(1).await;
    let replies = stub.say_hello_stream_reply(request("gated")).await?;
    assert_eq!(test.saw().await, Seen::Gave(1));
    drop(replies);
    test.entered().await.cancelled().await;
    test.open.send(()).unwrap();
    assert_eq!(test.saw().await, Seen::Dropped);
    Ok(())
}

#[tokio::test]
async fn an_iterator_waits_while_its_client_does_not_read() -> Result<()> {
    let (_server, stub, test) = gated(1).await;
    let mut replies = stub.say_hello_stream_reply(request("fast")).await?;
    replies.metadata().await?;
    // What the windows and buffers of both sides hold, and no more: far from what it gives in this time.
    let mut given = 0;
    let mut quiet = 0;
    while quiet < 20 {
        quiet += 1;
        while let Ok(Seen::Gave(n)) = test.saw.try_recv() {
            (given, quiet) = (n, 0);
        }
        assert!(given < 1000, "it was asked for {given} messages of 10 kB");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    for _ in 0..given {
        assert!(replies.receive().await?.is_some());
    }
    assert!(
        matches!(test.saw().await, Seen::Gave(n) if n > given),
        "it goes on"
    );
    drop(replies);
    while test.saw().await != Seen::Dropped {}
    Ok(())
}

#[tokio::test]
async fn a_panic_is_internal_for_its_call_only() -> Result<()> {
    let (_server, stub, _test) = gated(1).await;
    for name in ["panic", "bomb"] {
        let error = stub.say_hello(request(name)).await.unwrap_err();
        assert_eq!(
            (error.code(), error.message()),
            (Code::Internal, "the handler panicked")
        );
    }
    let mut replies = stub.say_hello_stream_reply(request("panic")).await?;
    assert_eq!(replies.receive().await.unwrap_err().code(), Code::Internal);
    assert_eq!(stub.say_hello(request("quick")).await?, reply("quick"));
    Ok(())
}

#[tokio::test]
async fn a_graceful_stop_waits_for_blocking_handlers() -> Result<()> {
    let (server, stub, mut test) = gated(1).await;
    let call = tokio::spawn(stub.say_hello(request("last")));
    test.entered().await;
    let handle = server.handle();
    let stopping = tokio::spawn(async move { handle.stop(Duration::from_secs(30)).await });
    // Too short a time could only let it pass.
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!stopping.is_finished());
    test.open.send(()).unwrap();
    assert_eq!(call.await.unwrap()?, reply("last"));
    stopping.await.unwrap();
    Ok(())
}

#[tokio::test]
async fn after_the_grace_period_a_stop_does_not_wait_for_them() {
    let (server, stub, mut test) = gated(1).await;
    let call = tokio::spawn(stub.say_hello(request("stuck")));
    test.entered().await;
    let begun = Instant::now();
    server.handle().stop(Duration::from_millis(50)).await;
    server.wait_for_termination().await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(20));
    assert_eq!(call.await.unwrap().unwrap_err().code(), Code::Unavailable);
    test.open.send(()).unwrap();
    assert_eq!(test.saw().await, Seen::Left { cancelled: true });
}

#[tokio::test]
async fn what_would_block_says_so_in_async_code() -> Result<()> {
    struct Leaks(tokio::sync::mpsc::UnboundedSender<blocking::ServerCall<HelloRequest, HelloReply>>);
    #[grpc::service(contract = greet::Greeter)]
    impl Leaks {
        #[rpc(blocking)]
        fn say_hello(&self, request: HelloRequest) -> Result<HelloReply> {
            Ok(reply(&request.name))
        }

        #[rpc(blocking)]
        fn say_hello_stream_reply(&self, _request: HelloRequest) -> Vec<HelloReply> {
            vec![]
        }

        #[rpc(blocking)]
        fn say_hello_client_stream(
            &self,
            _requests: blocking::Streaming<HelloRequest>,
        ) -> Result<HelloReply> {
            Ok(reply(""))
        }

        #[rpc(blocking)]
        fn say_hello_bidi_stream(&self, call: blocking::ServerCall<HelloRequest, HelloReply>) -> Result<()> {
            self.0.send(call).map_err(|_| Status::aborted("nobody wants it"))
        }
    }
    let (sender, mut leaked) = tokio::sync::mpsc::unbounded_channel();
    let (_server, stub) = start(Leaks(sender)).await;
    let _call = stub.say_hello_bidi_stream_call().await?;
    let mut call = leaked.recv().await.unwrap();
    for error in [call.receive().unwrap_err(), call.send(reply("")).unwrap_err()] {
        assert_eq!(error.code(), Code::FailedPrecondition);
        assert!(error.message().contains("spawn_blocking"), "{error}");
    }
    Ok(())
}

// --- Helpers ------------------------------------------------------------------------------------------------

async fn eventually<F: Future<Output = bool>>(mut holds: impl FnMut() -> F) {
    while !holds().await {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn request(name: &str) -> HelloRequest {
    HelloRequest {
        name: name.to_owned(),
    }
}

fn reply(message: &str) -> HelloReply {
    HelloReply {
        message: message.to_owned(),
    }
}

async fn start<S: Service<greet::Greeter>>(service: S) -> (Server, GreeterStub) {
    let (server, target) = start_at(service).await;
    (server, GreeterStub::new(&grpc::insecure_channel(target)))
}

/// A server of `service`, for as long as it is held, and the target that reaches it.
async fn start_at<C, S: Service<C>>(service: S) -> (Server, String) {
    let mut server = grpc::server();
    let address = server.add_insecure_port("127.0.0.1:0").unwrap();
    server.add_service(service);
    server.start().await.unwrap();
    (server, address.to_string())
}
