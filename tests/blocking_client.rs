//! Clients that block: `grpc::blocking`, from plain threads and from `spawn_blocking`.

use std::{
    cell::RefCell,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use grpc::{Code, blocking, client::ConnectivityState, prelude::*};
use tokio::{
    runtime::{Builder, Runtime},
    task::{LocalSet, block_in_place, spawn_blocking},
};

use self::greet::{GreeterBlockingStub, HelloReply, HelloRequest};

mod greet {
    grpc::proto!("examples/proto/helloworld.proto");
}

/// A service that does as the names in the requests say.
struct Greeter;

#[grpc::service(contract = greet::Greeter)]
impl Greeter {
    async fn say_hello(&self, request: HelloRequest, context: Context) -> Result<HelloReply> {
        match request.name.as_str() {
            "nobody" => Err(Status::not_found("nobody")),
            "forever" => std::future::pending().await,
            "metadata" => {
                let mut metadata = grpc::Metadata::new();
                let asked = context.metadata().get("x-asked");
                metadata.append("x-heard", asked.unwrap_or("nothing"))?;
                context.set_initial_metadata(metadata.clone());
                context.set_trailing_metadata(metadata);
                Ok(reply("metadata"))
            }
            name => Ok(reply(name)),
        }
    }

    fn say_hello_stream_reply(&self, request: HelloRequest) -> impl ResponseStream<HelloReply> {
        stream!({
            for n in 1..=3 {
                yield reply(&format!("{} {n}", request.name));
            }
            match request.name.as_str() {
                "fails" => return Err(Status::aborted("after three")),
                "forever" => std::future::pending().await,
                _ => {}
            }
        })
    }

    async fn say_hello_client_stream(&self, mut requests: Streaming<HelloRequest>) -> Result<HelloReply> {
        let mut names = Vec::new();
        while let Some(request) = requests.receive().await? {
            if request.name == "enough" {
                return Err(Status::out_of_range("enough"));
            }
            names.push(request.name);
        }
        Ok(reply(&names.join(" ")))
    }

    fn say_hello_bidi_stream(&self, requests: Streaming<HelloRequest>) -> impl ResponseStream<HelloReply> {
        stream!({
            for await request in requests {
                yield reply(&request?.name);
            }
        })
    }
}

/// A server on a runtime of its own, for as long as it is held.
struct Served {
    target: String,
    _runtime: Runtime,
    _server: grpc::Server,
}

impl Served {
    fn stub(&self) -> GreeterBlockingStub {
        GreeterBlockingStub::new(&blocking::insecure_channel(&self.target))
    }
}

fn serve() -> Served {
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let guard = runtime.enter();
    let mut server = grpc::server();
    let address = server.add_insecure_port("127.0.0.1:0").unwrap();
    server.add_service(Greeter);
    runtime.block_on(server.start()).unwrap();
    drop(guard);
    Served {
        target: address.to_string(),
        _runtime: runtime,
        _server: server,
    }
}

// --- All kinds of calls -------------------------------------------------------------------------------------

#[test]
fn a_unary_call_is_waited_for() -> Result<()> {
    let (served, stub) = served();
    assert_eq!(stub.say_hello(request("Ada")).wait()?, reply("Ada"));
    let error = stub.say_hello(request("nobody")).wait().unwrap_err();
    assert_eq!((error.code(), error.message()), (Code::NotFound, "nobody"));
    drop(served);
    Ok(())
}

#[test]
fn metadata_goes_both_ways() -> Result<()> {
    let (_served, stub) = served();
    let call = stub.say_hello(request("metadata")).metadata("x-asked", "7");
    let response = call.response()?;
    assert_eq!(response.message, reply("metadata"));
    for metadata in [response.metadata, response.trailers] {
        assert_eq!(metadata.get("x-heard"), Some("7"));
    }
    Ok(())
}

#[test]
fn responses_are_received_or_iterated_over() -> Result<()> {
    let (_served, stub) = served();
    let mut replies = stub.say_hello_stream_reply(request("Ada")).wait()?;
    assert_eq!(replies.receive()?, Some(reply("Ada 1")));
    replies.metadata()?;
    assert!(replies.trailers().is_none(), "it is not over");
    let rest = replies.by_ref().collect::<Result<Vec<_>>>()?;
    assert_eq!(rest, [reply("Ada 2"), reply("Ada 3")]);
    assert!(replies.trailers().is_some());
    assert_eq!(replies.receive()?, None);

    let mut received = Vec::new();
    for reply in stub.say_hello_stream_reply(request("Bob")) {
        received.push(reply?);
    }
    assert_eq!(received, [1, 2, 3].map(|n| reply(&format!("Bob {n}"))));
    Ok(())
}

#[test]
fn an_error_is_the_last_item() {
    let (served, stub) = served();
    let codes = |call: blocking::StreamingCall<HelloReply>| -> Vec<Code> {
        call.into_iter()
            .map(|reply| reply.map_or_else(|status| status.code(), |_| Code::Ok))
            .collect()
    };
    assert_eq!(
        codes(stub.say_hello_stream_reply(request("fails"))),
        [Code::Ok, Code::Ok, Code::Ok, Code::Aborted]
    );
    drop(served);
    let late = stub
        .say_hello_stream_reply(request("late"))
        .timeout(Duration::from_secs(20));
    assert_eq!(codes(late), [Code::Unavailable]);
}

#[test]
fn requests_come_from_an_iterator_of_any_sort() -> Result<()> {
    let (_served, stub) = served();
    let names = ["Ada", "Bob"];
    assert_eq!(
        stub.say_hello_client_stream(names.map(request)).wait()?,
        reply("Ada Bob")
    );
    let good = names.map(|name| Ok::<_, Status>(request(name)));
    assert_eq!(stub.say_hello_client_stream(good).wait()?, reply("Ada Bob"));

    let (queue, queued) = mpsc::channel();
    let call = thread::spawn(move || stub.say_hello_client_stream(queued).wait());
    for name in names {
        queue.send(request(name)).unwrap();
    }
    drop(queue);
    assert_eq!(call.join().unwrap()?, reply("Ada Bob"));
    Ok(())
}

#[test]
fn an_error_of_the_requests_is_the_calls() {
    let (_served, stub) = served();
    let requests = || [Ok(request("Ada")), Err(Status::data_loss("the file ends here"))];
    let error = stub.say_hello_client_stream(requests()).wait().unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        (Code::DataLoss, "the file ends here")
    );
    let error = stub.say_hello_bidi_stream(requests()).into_iter().last();
    assert_eq!(error.unwrap().unwrap_err().code(), Code::DataLoss);
}

#[test]
fn an_iterator_of_requests_that_panics_cancels_its_call() {
    let (_served, stub) = served();
    let requests = (0..2).map(|n| {
        assert_eq!(n, 0, "on purpose");
        request("Ada")
    });
    let error = stub.say_hello_client_stream(requests).wait().unwrap_err();
    assert_eq!(error.code(), Code::Cancelled);
}

#[test]
fn requests_may_wait_for_what_becomes_of_the_responses() -> Result<()> {
    let (_served, stub) = served();
    // Ping-pong: each request is made from the response before it, by the thread that receives.
    let (next, requests) = mpsc::sync_channel(1);
    next.send(request("0")).unwrap();
    let mut replies = stub.say_hello_bidi_stream(requests).wait()?;
    for n in 0..100 {
        assert_eq!(replies.receive()?, Some(reply(&n.to_string())));
        next.send(request(&(n + 1).to_string())).unwrap();
    }
    drop(next);
    assert_eq!(replies.receive()?, Some(reply("100")));
    assert_eq!(replies.receive()?, None);
    Ok(())
}

#[test]
fn requests_are_sent_while_nobody_receives() -> Result<()> {
    let (_served, stub) = served();
    let (sent, is_sent) = mpsc::channel();
    let requests = (0..3).map(move |n| {
        sent.send(n).unwrap();
        request(&n.to_string())
    });
    let replies = stub.say_hello_bidi_stream(requests).wait()?;
    assert_eq!(is_sent.iter().collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!(replies.count(), 3);
    Ok(())
}

#[test]
fn the_documents_queue_is_a_source_of_requests() -> Result<()> {
    let (_served, stub) = served();
    // `iter(request_queue.get, None)`
    let (request_queue, queue) = mpsc::channel::<Option<HelloRequest>>();
    let responses = stub
        .say_hello_bidi_stream(std::iter::from_fn(move || queue.recv().ok().flatten()))
        .wait()?;
    let sending = thread::spawn(move || {
        for name in ["a", "b"] {
            request_queue.send(Some(request(name))).unwrap();
        }
        request_queue.send(None).unwrap();
        request_queue
    });
    assert_eq!(responses.collect::<Result<Vec<_>>>()?, ["a", "b"].map(reply));
    sending.join().unwrap();
    Ok(())
}

#[test]
fn a_call_is_made_by_hand_on_one_thread_or_two() -> Result<()> {
    let (_served, stub) = served();
    let mut call = stub.say_hello_bidi_stream_call().wait()?;
    call.metadata()?;
    call.send(request("a"))?;
    assert_eq!(call.receive()?, Some(reply("a")));
    call.done_sending();
    assert_eq!(call.receive()?, None);
    assert!(call.trailers().is_some());
    let error = call.send(request("b")).unwrap_err();
    assert_eq!(error.code(), Code::FailedPrecondition);

    let (mut requests, responses) = stub.say_hello_bidi_stream_call().wait()?.split();
    let sending = thread::spawn(move || {
        for name in ["a", "b", "c"] {
            requests.send(request(name))?;
        }
        Ok::<_, Status>(())
    });
    let receiving = thread::spawn(|| responses.collect::<Result<Vec<_>>>());
    sending.join().unwrap()?;
    assert_eq!(receiving.join().unwrap()?, ["a", "b", "c"].map(reply));
    Ok(())
}

#[test]
fn a_call_with_one_response_is_made_by_hand() -> Result<()> {
    let (_served, stub) = served();
    let mut call = stub.say_hello_client_stream_call().wait()?;
    call.send(request("Ada"))?;
    call.done_sending();
    assert_eq!(call.receive()?, Some(reply("Ada")));
    assert_eq!(call.receive()?, None);
    Ok(())
}

mod code_first {
    use super::*;

    struct Counter;

    #[grpc::service(package = "count.v1", name = "Counter")]
    impl Counter {
        /// Adds one.
        #[rpc]
        async fn next(&self, number: i64) -> Result<i64> {
            Ok(number + 1)
        }

        #[rpc(blocking)]
        fn twice(&self, numbers: blocking::Streaming<i64>) -> impl Iterator<Item = Result<i64>> {
            numbers.map(|number| Ok(2 * number?))
        }
    }

    #[test]
    fn a_service_without_a_contract_has_a_blocking_stub() -> Result<()> {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let mut server = grpc::server();
        let guard = runtime.enter();
        let address = server.add_insecure_port("127.0.0.1:0").unwrap();
        server.add_service(Counter);
        runtime.block_on(server.start()).unwrap();
        drop(guard);
        let serving = thread::spawn(move || runtime.block_on(server.wait_for_termination()).map(|()| server));

        let stub = CounterBlockingStub::new(&blocking::insecure_channel(address.to_string()));
        assert_eq!(stub.next(1).wait()?, 2);
        assert_eq!(stub.twice([1, 2]).wait()?.collect::<Result<Vec<_>>>()?, [2, 4]);
        let mut call = stub.twice_call().wait()?;
        call.send(5)?;
        assert_eq!(call.receive()?, Some(10));
        assert!(!serving.is_finished());
        Ok(())
    }
}

// --- How a call ends ----------------------------------------------------------------------------------------

#[test]
fn a_deadline_ends_every_kind_of_wait() -> Result<()> {
    let (_served, stub) = served();
    let soon = Duration::from_millis(50);
    let late = |error: Status| assert_eq!(error.code(), Code::DeadlineExceeded);
    late(
        stub.say_hello(request("forever"))
            .timeout(soon)
            .wait()
            .unwrap_err(),
    );
    let stream = stub.say_hello_stream_reply(request("forever")).timeout(soon);
    late(stream.into_iter().last().unwrap().unwrap_err());
    // Also where the iterator blocks: nothing will ever come from it.
    let (_queue, queued) = mpsc::channel::<HelloRequest>();
    late(
        stub.say_hello_client_stream(queued)
            .timeout(soon)
            .wait()
            .unwrap_err(),
    );
    let (_queue, queued) = mpsc::channel::<HelloRequest>();
    let chat = stub.say_hello_bidi_stream(queued).timeout(soon);
    late(chat.into_iter().next().unwrap().unwrap_err());
    let mut call = stub.say_hello_bidi_stream_call().timeout(soon).wait()?;
    late(call.receive().unwrap_err());
    late(call.send(request("late")).unwrap_err());
    Ok(())
}

#[test]
fn an_answer_ends_the_wait_while_the_iterator_blocks() {
    let (_served, stub) = served();
    let (queue, queued) = mpsc::channel();
    queue.send(request("enough")).unwrap();
    let error = stub.say_hello_client_stream(queued).wait().unwrap_err();
    assert_eq!(error.code(), Code::OutOfRange);
    // The thread of the requests learns it with the next one, and lets go of the queue.
    while queue.send(request("more")).is_ok() {
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn dropping_the_responses_ends_the_sending() -> Result<()> {
    let (_served, stub) = served();
    let (queue, queued) = mpsc::channel();
    let mut replies = stub.say_hello_bidi_stream(queued).wait()?;
    queue.send(request("a")).unwrap();
    assert_eq!(replies.receive()?, Some(reply("a")));
    drop(replies);
    while queue.send(request("more")).is_ok() {
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

#[test]
fn a_call_is_cancelled_by_hand_from_another_thread() -> Result<()> {
    let (_served, stub) = served();
    let mut replies = stub.say_hello_stream_reply(request("forever")).wait()?;
    let canceller = replies.canceller();
    let (received, all_received) = mpsc::channel();
    let receiving = thread::spawn(move || {
        for _ in 0..3 {
            replies.receive()?;
        }
        received.send(()).unwrap();
        replies.receive()
    });
    all_received.recv().unwrap();
    canceller.cancel();
    assert_eq!(receiving.join().unwrap().unwrap_err().code(), Code::Cancelled);

    let mut call = stub.say_hello_bidi_stream_call().wait()?;
    call.cancel();
    assert_eq!(call.receive().unwrap_err().code(), Code::Cancelled);
    assert_eq!(call.send(request("a")).unwrap_err().code(), Code::Cancelled);
    Ok(())
}

// --- From where it may be called ----------------------------------------------------------------------------

#[test]
fn many_threads_share_a_stub() {
    let (_served, stub) = served();
    thread::scope(|scope| {
        for number in 0..16 {
            let stub = &stub;
            scope.spawn(move || {
                for n in 0..20 {
                    let name = format!("{number} {n}");
                    assert_eq!(stub.say_hello(request(&name)).wait().unwrap(), reply(&name));
                    let chat = stub.say_hello_bidi_stream([request(&name)]);
                    assert_eq!(
                        chat.into_iter().map(Result::unwrap).collect::<Vec<_>>(),
                        [reply(&name)]
                    );
                }
            });
        }
    });
}

#[test]
fn one_configuration_serves_both() -> Result<()> {
    let (served, _stub) = served();
    let builder = || grpc::Channel::builder(&served.target).max_receive_message_size(8);
    let channel = builder().build();
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let long = || request("a name that is too long");
    let code = |error: Status| assert_eq!(error.code(), Code::ResourceExhausted);

    let stub = greet::GreeterStub::new(&channel);
    code(
        runtime
            .block_on(stub.say_hello(long()).into_future())
            .unwrap_err(),
    );
    let blocking = blocking::Channel::from(&channel);
    code(
        GreeterBlockingStub::new(&blocking)
            .say_hello(long())
            .wait()
            .unwrap_err(),
    );
    let back = greet::GreeterStub::new(blocking.as_async());
    code(
        runtime
            .block_on(back.say_hello(long()).into_future())
            .unwrap_err(),
    );

    let built = builder().build_blocking();
    assert_eq!(built.state(), ConnectivityState::Idle);
    let stub = GreeterBlockingStub::new(&built);
    assert_eq!(stub.say_hello(request("a")).wait()?, reply("a"));
    assert_eq!(built.state(), ConnectivityState::Ready);
    Ok(())
}

#[test]
fn it_works_inside_of_spawn_blocking_and_block_in_place() {
    let (_served, stub) = served();
    for runtime in runtimes() {
        let inside = stub.clone();
        let answer = runtime.block_on(async {
            spawn_blocking(move || inside.say_hello(request("a")).wait())
                .await
                .unwrap()
        });
        assert_eq!(answer.unwrap(), reply("a"));
    }
    let [_, many] = runtimes();
    let inside = stub.clone();
    let task =
        async { tokio::spawn(async move { block_in_place(|| inside.say_hello(request("a")).wait()) }).await };
    assert_eq!(many.block_on(task).unwrap().unwrap(), reply("a"));
}

#[test]
fn in_async_code_every_wait_is_an_error() -> Result<()> {
    let (_served, stub) = served();
    let refused = |error: Status| {
        assert_eq!(error.code(), Code::FailedPrecondition);
        assert!(
            error.message().contains("async API") && error.message().contains("spawn_blocking"),
            "{error}"
        );
    };
    let all = || {
        refused(stub.say_hello(request("a")).wait().unwrap_err());
        refused(stub.say_hello(request("a")).response().unwrap_err());
        refused(stub.say_hello_stream_reply(request("a")).wait().unwrap_err());
        refused(stub.say_hello_client_stream([request("a")]).wait().unwrap_err());
        refused(stub.say_hello_bidi_stream([request("a")]).wait().unwrap_err());
        refused(stub.say_hello_bidi_stream_call().wait().unwrap_err());
        let first = stub.say_hello_stream_reply(request("a")).into_iter().next();
        refused(first.unwrap().unwrap_err());
    };
    let mut call = stub.say_hello_bidi_stream_call().wait()?;
    for runtime in runtimes() {
        runtime.block_on(async {
            all();
            refused(call.send(request("a")).unwrap_err());
            refused(call.receive().unwrap_err());
            refused(call.metadata().unwrap_err());
        });
        LocalSet::new().block_on(&runtime, async { all() });
    }
    // It is refused, and not broken.
    call.send(request("a"))?;
    assert_eq!(call.receive()?, Some(reply("a")));
    Ok(())
}

#[test]
fn in_async_code_it_may_be_dropped_and_cancelled() -> Result<()> {
    let (_served, stub) = served();
    for runtime in runtimes() {
        let call = stub.say_hello_bidi_stream_call().wait()?;
        let replies = stub.say_hello_stream_reply(request("forever")).wait()?;
        let stub = stub.clone();
        runtime.block_on(async move {
            replies.cancel();
            drop((call, replies, stub));
        });
    }
    assert_eq!(stub.say_hello(request("a")).wait()?, reply("a"));
    Ok(())
}

/// A panic there would end the program.
#[test]
fn a_call_in_a_destructor_of_a_thread_local_works_or_fails() -> Result<()> {
    struct Last(GreeterBlockingStub, mpsc::Sender<Result<HelloReply>>);

    impl Drop for Last {
        fn drop(&mut self) {
            self.1.send(self.0.say_hello(request("last")).wait()).unwrap();
        }
    }

    thread_local! {
        static LAST: RefCell<Option<Last>> = const { RefCell::new(None) };
    }

    let (_served, stub) = served();
    let (sender, outcomes) = mpsc::channel();
    for has_called in [false, true] {
        let (stub, sender) = (stub.clone(), sender.clone());
        let thread = thread::spawn(move || {
            LAST.set(Some(Last(stub.clone(), sender)));
            // This sets up thread-locals that are gone before the one above is.
            has_called.then(|| stub.say_hello(request("a")).wait())
        });
        thread.join().unwrap().transpose()?;
    }
    assert_eq!(outcomes.recv().unwrap()?, reply("last"));
    let error = outcomes.recv().unwrap().unwrap_err();
    assert_eq!(error.code(), Code::FailedPrecondition);
    assert!(error.message().contains("thread-locals"), "{error}");
    Ok(())
}

/// A panic there would end the program.
#[test]
fn the_state_of_a_channel_is_known_in_a_destructor_of_a_thread_local_too() -> Result<()> {
    struct Last(blocking::Channel, mpsc::Sender<ConnectivityState>);

    impl Drop for Last {
        fn drop(&mut self) {
            self.1.send(self.0.state()).unwrap();
        }
    }

    thread_local! {
        static LAST: RefCell<Option<Last>> = const { RefCell::new(None) };
    }

    let (served, _) = served();
    let channel = blocking::insecure_channel(&served.target);
    let (sender, states) = mpsc::channel();
    for expected in [ConnectivityState::Idle, ConnectivityState::Ready] {
        let (channel, sender) = (channel.clone(), sender.clone());
        let thread = thread::spawn(move || {
            LAST.set(Some(Last(channel.clone(), sender)));
            // This sets up thread-locals that are gone before the one above is.
            let stub = GreeterBlockingStub::new(&channel);
            (expected == ConnectivityState::Ready).then(|| stub.say_hello(request("a")).wait())
        });
        thread.join().unwrap().transpose()?;
        assert_eq!(states.recv().unwrap(), expected);
    }
    Ok(())
}

#[test]
fn a_blocking_handler_makes_blocking_calls() -> Result<()> {
    struct Relay(GreeterBlockingStub);

    #[grpc::service(package = "relay", name = "Relay")]
    impl Relay {
        #[rpc(blocking)]
        fn relay(&self, name: String) -> Result<String> {
            Ok(self.0.say_hello(request(&name)).wait()?.message)
        }

        #[rpc(blocking)]
        fn chat(&self, names: blocking::Streaming<String>) -> Result<impl Iterator<Item = Result<String>>> {
            let requests = names.map(|name| Ok::<_, Status>(request(&name?)));
            let replies = self.0.say_hello_bidi_stream(requests).wait()?;
            Ok(replies.map(|reply| Ok(reply?.message)))
        }
    }

    let (_served, stub) = served();
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let guard = runtime.enter();
    let mut server = grpc::server();
    let address = server.add_insecure_port("127.0.0.1:0").unwrap();
    server.add_service(Relay(stub));
    runtime.block_on(server.start()).unwrap();
    drop(guard);
    let relay = RelayBlockingStub::new(&blocking::insecure_channel(address.to_string()));
    assert_eq!(relay.relay("Ada".to_owned()).wait()?, "Ada");
    let names = ["Ada", "Bob"].map(str::to_owned);
    assert_eq!(
        relay.chat(names.clone()).wait()?.collect::<Result<Vec<_>>>()?,
        names
    );
    Ok(())
}

#[test]
fn a_call_waits_for_its_server() -> Result<()> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let stub = GreeterBlockingStub::new(&blocking::insecure_channel(address.to_string()));
    let begun = Instant::now();
    let error = stub.say_hello(request("a")).wait().unwrap_err();
    assert_eq!(error.code(), Code::Unavailable);
    let error = stub
        .say_hello(request("a"))
        .wait_for_ready()
        .timeout(Duration::from_millis(50))
        .wait()
        .unwrap_err();
    assert_eq!(error.code(), Code::DeadlineExceeded);
    assert!(begun.elapsed() >= Duration::from_millis(50));
    Ok(())
}

// --- Helpers ------------------------------------------------------------------------------------------------

fn served() -> (Served, GreeterBlockingStub) {
    let served = serve();
    let stub = served.stub();
    (served, stub)
}

fn runtimes() -> [Runtime; 2] {
    let mut one = Builder::new_current_thread();
    let mut many = Builder::new_multi_thread();
    [&mut one, many.worker_threads(1)].map(|builder| builder.enable_all().build().unwrap())
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
