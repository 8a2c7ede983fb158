//! What the calls of a handler take over from the call that it handles: its deadline, its cancellation, and metadata
//! that the channel names.
//!
//! Every test is a chain: the test calls a relay, whose handler calls the leaf.

use std::{
    future,
    sync::{Arc, Mutex},
    time::Duration,
};

use grpc::{
    BoxFuture, ChannelBuilder, Code, Metadata, blocking,
    client::{ActiveCall, CallHead, ClientInterceptor},
    prelude::*,
    server::{Next, ServerInterceptor},
    testing,
};
use tokio::{
    sync::{Notify, mpsc},
    task::JoinHandle,
    time::{sleep, timeout},
};

use self::tally::Number;

mod tally {
    grpc::proto!("tests/protos/calls/tally.proto");
}

// --- The deadline -------------------------------------------------------------------------------------------

#[grpc::test(start_paused = true)]
async fn a_handlers_calls_have_its_deadline() -> Result<()> {
    let chain = Chain::new(|leaf, _| async move {
        sleep(secs(1)).await;
        leaf.remaining(n(0)).await
    });
    let seen = chain.relay.run(n(0)).timeout(secs(5)).await?;
    assert!((3_900..=4_000).contains(&seen.value), "{seen:?}");
    assert_eq!(chain.relay.run(n(0)).await?, NO_DEADLINE);
    Ok(())
}

#[grpc::test(start_paused = true)]
async fn the_shorter_deadline_counts() -> Result<()> {
    let shorter = Chain::new(|leaf, _| async move { leaf.remaining(n(0)).timeout(secs(2)).await });
    let seen = shorter.relay.run(n(0)).timeout(secs(5)).await?;
    assert!((1_900..=2_000).contains(&seen.value), "{seen:?}");
    let longer = Chain::new(|leaf, _| async move { leaf.remaining(n(0)).timeout(secs(9)).await });
    let seen = longer.relay.run(n(0)).timeout(secs(5)).await?;
    assert!((4_900..=5_000).contains(&seen.value), "{seen:?}");
    Ok(())
}

#[grpc::test(start_paused = true)]
async fn an_independent_call_has_its_own_deadline_only() -> Result<()> {
    let none = Chain::new(|leaf, _| async move { leaf.remaining(n(0)).independent().await });
    assert_eq!(none.relay.run(n(0)).timeout(secs(5)).await?, NO_DEADLINE);
    let own = Chain::new(|leaf, _| async move { leaf.remaining(n(0)).independent().timeout(secs(9)).await });
    let seen = own.relay.run(n(0)).timeout(secs(5)).await?;
    assert!((8_900..=9_000).contains(&seen.value), "{seen:?}");
    Ok(())
}

#[grpc::test(start_paused = true)]
async fn a_spawned_task_inherits_in_a_scope_only() -> Result<()> {
    let bare =
        Chain::new(|leaf, _| async move { joined(tokio::spawn(leaf.remaining(n(0)).into_future())).await });
    assert_eq!(bare.relay.run(n(0)).timeout(secs(5)).await?, NO_DEADLINE);
    let scoped = Chain::new(|leaf, context| async move {
        let call = async move { leaf.remaining(n(0)).await };
        joined(tokio::spawn(context.scope(call))).await
    });
    let seen = scoped.relay.run(n(0)).timeout(secs(5)).await?;
    assert!((4_900..=5_000).contains(&seen.value), "{seen:?}");
    Ok(())
}

#[grpc::test(start_paused = true)]
async fn handlers_of_every_shape_pass_it_on() -> Result<()> {
    let chain = Chain::new(|leaf, _| async move { leaf.remaining(n(0)).await });
    let is_five_seconds = |seen: Number| (4_900..=5_000).contains(&seen.value);
    assert!(is_five_seconds(
        chain.relay.on_a_task(n(0)).timeout(secs(5)).await?
    ));
    let mut streamed = chain.relay.streamed(n(0)).timeout(secs(5)).await?;
    for _ in 0..2 {
        // One in the first poll, one in a later.
        let seen = streamed.receive().await?.expect("two of them");
        assert!(is_five_seconds(seen), "{seen:?}");
    }
    let mut by_hand = chain.relay.by_hand_call().timeout(secs(5)).await?;
    by_hand.send(n(0)).await?;
    assert!(is_five_seconds(by_hand.receive().await?.expect("an answer")));
    Ok(())
}

#[grpc::test(start_paused = true)]
async fn calls_that_take_turns_on_one_connection_keep_apart() -> Result<()> {
    let chain = Chain::new(|leaf, _| async move {
        let mut seen = leaf.remaining(n(0)).await?;
        for _ in 0..20 {
            tokio::task::yield_now().await;
            seen = leaf.remaining(n(0)).await?;
        }
        Ok(seen)
    });
    let (five, nine, none) = tokio::join!(
        chain.relay.run(n(0)).timeout(secs(5)),
        chain.relay.run(n(0)).timeout(secs(9)),
        chain.relay.run(n(0)),
    );
    let (five, nine) = (five?.value, nine?.value);
    assert!((4_900..=5_000).contains(&five), "{five}");
    assert!((8_900..=9_000).contains(&nine), "{nine}");
    assert_eq!(none?, NO_DEADLINE);
    Ok(())
}

#[grpc::test(start_paused = true)]
async fn a_handler_that_panics_leaves_nothing_behind() -> Result<()> {
    let chain = Chain::new(|leaf, context| async move {
        let seen = leaf.remaining(n(0)).await?;
        assert!(context.deadline().is_none(), "on purpose");
        Ok(seen)
    });
    let error = chain.relay.run(n(0)).timeout(secs(5)).await.unwrap_err();
    assert_eq!(error.code(), Code::Internal);
    assert_eq!(chain.relay.run(n(0)).await?, NO_DEADLINE);
    Ok(())
}

#[grpc::test(start_paused = true)]
async fn an_interceptor_is_inside_too() -> Result<()> {
    struct Asks(LeafStub);

    impl ServerInterceptor for Asks {
        fn intercept<'a>(&'a self, _: Context, _: Next<'a>) -> BoxFuture<'a, Result<()>> {
            Box::pin(async move {
                let seen = self.0.remaining(n(0)).await?;
                Err(Status::aborted(seen.value.to_string()))
            })
        }
    }

    let (leaf, _events) = Leaf::new();
    let mut server = grpc::server();
    server.add_interceptor(Asks(LeafStub::new(&testing::connect(leaf))));
    server.add_service(Leaf::new().0);
    let stub = LeafStub::new(&testing::connect_server(server).build());
    let error = stub.remaining(n(0)).timeout(secs(5)).await.unwrap_err();
    assert_eq!(error.code(), Code::Aborted);
    let seen: i64 = error.message().parse().expect("a number");
    assert!((4_900..=5_000).contains(&seen), "{seen}");
    Ok(())
}

// --- The end ------------------------------------------------------------------------------------------------

#[grpc::test]
async fn a_cancelled_call_ends_calls_of_every_kind_on_other_tasks() {
    for kind in KINDS {
        let mut chain = Chain::new(move |leaf, context| async move {
            let call = wait_at(leaf, kind);
            joined(tokio::spawn(context.scope(call))).await
        });
        let call = tokio::spawn(chain.relay.run(n(0)).into_future());
        assert_eq!(chain.event().await, Event::Began);
        call.abort();
        assert_eq!(chain.event().await, Event::Dropped, "{kind:?}");
    }
}

#[grpc::test]
async fn a_call_that_is_ended_with_the_handlers_call_says_so() {
    let (told, mut outcome) = mpsc::unbounded_channel();
    let mut chain = Chain::new(move |leaf, context| {
        let told = told.clone();
        async move {
            tokio::spawn(context.scope(async move {
                let first = leaf.wait(n(0)).await;
                // Too late for it to begin.
                let second = leaf.wait(n(0)).await;
                told.send((first, second)).unwrap();
            }));
            future::pending().await
        }
    });
    let call = tokio::spawn(chain.relay.run(n(0)).into_future());
    assert_eq!(chain.event().await, Event::Began);
    call.abort();
    let (first, second) = outcome.recv().await.expect("the outcomes");
    for error in [first.unwrap_err(), second.unwrap_err()] {
        assert_eq!(error.code(), Code::Cancelled);
        assert_eq!(
            error.message(),
            "the incoming call that this call was made for was cancelled"
        );
    }
    assert_eq!(chain.event().await, Event::Dropped);
    assert!(chain.events.try_recv().is_err(), "the second never came");
}

#[grpc::test(start_paused = true)]
async fn a_call_that_runs_out_of_the_handlers_time_says_so() {
    let (told, mut outcome) = mpsc::unbounded_channel();
    let chain = Chain::new(move |leaf, context| {
        let told = told.clone();
        async move {
            tokio::spawn(context.scope(async move { told.send(leaf.wait(n(0)).await).unwrap() }));
            future::pending().await
        }
    });
    let error = chain.relay.run(n(0)).timeout(secs(5)).await.unwrap_err();
    assert_eq!(error.code(), Code::DeadlineExceeded);
    let error = outcome.recv().await.expect("the outcome").unwrap_err();
    assert_eq!(error.code(), Code::DeadlineExceeded);
    assert!(
        error
            .message()
            .contains("the incoming call that this call was made for"),
        "{error}"
    );
}

#[grpc::test]
async fn responses_that_a_handler_has_given_away_end_with_its_call() {
    let mut chain = Chain::new(|leaf, _| async move {
        let mut responses = leaf.ticks(n(0)).await?;
        joined(tokio::spawn(async move {
            while responses.receive().await?.is_some() {}
            Ok(n(0))
        }))
        .await
    });
    let call = tokio::spawn(chain.relay.run(n(0)).into_future());
    assert_eq!(chain.event().await, Event::Began);
    call.abort();
    assert_eq!(chain.event().await, Event::Dropped);
}

#[grpc::test]
async fn what_is_not_in_a_scope_or_is_independent_goes_on() {
    let mut chain = Chain::new(|leaf, context| async move {
        let bare = tokio::spawn(leaf.wait(n(0)).into_future());
        let independent = async move { leaf.wait(n(0)).independent().await };
        let independent = tokio::spawn(context.scope(independent));
        joined(bare).await?;
        joined(independent).await
    });
    let call = tokio::spawn(chain.relay.run(n(0)).into_future());
    assert_eq!(chain.event().await, Event::Began);
    assert_eq!(chain.event().await, Event::Began);
    call.abort();
    chain.relay_is_dropped().await;
    chain.leaf.gate.notify_waiters();
    assert_eq!(chain.event().await, Event::Answered);
    assert_eq!(chain.event().await, Event::Answered);
}

#[grpc::test]
async fn a_handler_that_has_answered_ends_nothing() -> Result<()> {
    let mut chain = Chain::new(|leaf, context| async move {
        let call = async move { leaf.wait(n(0)).await };
        tokio::spawn(context.scope(call));
        Ok(n(7))
    });
    assert_eq!(chain.relay.run(n(0)).await?, n(7));
    assert_eq!(chain.event().await, Event::Began);
    chain.leaf.gate.notify_waiters();
    assert_eq!(chain.event().await, Event::Answered);
    Ok(())
}

#[grpc::test]
async fn what_must_finish_is_not_ended() {
    let mut shielded = Chain::new(|leaf, context| async move {
        let call = async move { leaf.wait(n(0)).await };
        context.shield(call).await
    });
    let call = tokio::spawn(shielded.relay.run(n(0)).timeout(secs(60)).into_future());
    shielded.expect_to_finish(call).await;

    let mut detached = Chain::new(|leaf, _| async move { leaf.wait(n(0)).await });
    let call = tokio::spawn(detached.relay.detached(n(0)).timeout(secs(60)).into_future());
    detached.expect_to_finish(call).await;

    let mut scoped = Chain::new(|leaf, context| async move {
        let call = async move { leaf.wait(n(0)).await };
        joined(tokio::spawn(context.scope(call))).await
    });
    let call = tokio::spawn(scoped.relay.detached(n(0)).timeout(secs(60)).into_future());
    scoped.expect_to_finish(call).await;
}

#[grpc::test(start_paused = true)]
async fn what_must_finish_has_no_deadline() -> Result<()> {
    let shielded = Chain::new(|leaf, context| async move {
        let call = async move { leaf.remaining(n(0)).await };
        context.shield(call).await
    });
    assert_eq!(shielded.relay.run(n(0)).timeout(secs(5)).await?, NO_DEADLINE);
    let detached = Chain::new(|leaf, _| async move { leaf.remaining(n(0)).await });
    assert_eq!(detached.relay.detached(n(0)).timeout(secs(5)).await?, NO_DEADLINE);
    Ok(())
}

#[grpc::test]
async fn a_call_that_still_waits_to_be_sent_is_ended_too() {
    struct Waits;

    impl ClientInterceptor for Waits {
        fn intercept<'a>(
            &'a self,
            _: CallHead,
            _: grpc::client::Next<'a>,
        ) -> BoxFuture<'a, Result<ActiveCall>> {
            Box::pin(future::pending())
        }
    }

    // Nobody listens on port 1.
    let unconnected = grpc::Channel::builder("127.0.0.1:1").build();
    let held_up = grpc::Channel::builder("127.0.0.1:1").interceptor(Waits).build();
    for channel in [unconnected, held_up] {
        let (told, mut outcome) = mpsc::unbounded_channel();
        let chain = Chain::new(move |_, context| {
            let (told, leaf) = (told.clone(), LeafStub::new(&channel));
            async move {
                tokio::spawn(context.scope(async move {
                    told.send(None).unwrap();
                    let ended = leaf.wait(n(0)).wait_for_ready().await;
                    told.send(Some(ended.unwrap_err().code())).unwrap();
                }));
                future::pending().await
            }
        });
        let call = tokio::spawn(chain.relay.run(n(0)).into_future());
        assert_eq!(outcome.recv().await, Some(None));
        call.abort();
        assert_eq!(outcome.recv().await, Some(Some(Code::Cancelled)));
    }
}

// --- Blocking handlers --------------------------------------------------------------------------------------

#[grpc::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blocking_handlers_calls_have_its_deadline() -> Result<()> {
    let chain = Chain::new(|_, _| async { Ok(n(0)) });
    for stub in [Shape::Blocking, Shape::Async] {
        let seen = chain.relay.blocking(n(stub as i64)).timeout(secs(60)).await?;
        assert!((50_000..=60_000).contains(&seen.value), "{seen:?}");
        assert_eq!(chain.relay.blocking(n(stub as i64)).await?, NO_DEADLINE);
    }
    Ok(())
}

#[grpc::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blocking_handler_whose_call_is_cancelled_is_not_left_waiting_for_its_calls() {
    let mut chain = Chain::new(|_, _| async { Ok(n(0)) });
    let call = tokio::spawn(chain.relay.blocking(n(Shape::Waiting as i64)).into_future());
    assert_eq!(chain.event().await, Event::Began);
    call.abort();
    assert_eq!(chain.event().await, Event::Dropped);
    chain.relay_is_dropped().await;
}

// --- Metadata -----------------------------------------------------------------------------------------------

#[grpc::test]
async fn metadata_that_the_channel_names_is_sent_on() -> Result<()> {
    let channel = |builder: ChannelBuilder| builder.propagate_metadata(["x-request-id", "x-trace-bin"]);
    let chain = Chain::over(channel, |leaf, context| async move {
        leaf.remaining(n(0)).independent().await?;
        let call = async move { leaf.remaining(n(0)).metadata("x-own", "1").await };
        context.shield(call).await
    });
    let call = chain.relay.run(n(0)).metadata("x-request-id", "a");
    let call = call.metadata("x-request-id", "b").metadata("x-secret", "s");
    call.metadata("x-trace-bin", vec![0, 255]).await?;
    let seen = chain.leaf.seen.lock().unwrap().split_off(0);
    assert_eq!(seen.len(), 2);
    for seen in &seen {
        assert_eq!(seen.get_all("x-request-id").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(seen.get_bin("x-trace-bin").as_deref(), Some(&[0, 255][..]));
        assert!(!seen.contains_key("x-secret"));
    }
    assert_eq!(seen[1].get("x-own"), Some("1"));
    Ok(())
}

#[grpc::test]
async fn a_call_that_sets_the_key_itself_keeps_its_own_value() -> Result<()> {
    let channel = |builder: ChannelBuilder| builder.propagate_metadata(["x-request-id"]);
    let chain = Chain::over(channel, |leaf, _| async move {
        leaf.remaining(n(0)).metadata("x-request-id", "own").await
    });
    chain.relay.run(n(0)).metadata("x-request-id", "a").await?;
    let seen = chain.leaf.seen.lock().unwrap();
    assert_eq!(seen[0].get_all("x-request-id").collect::<Vec<_>>(), ["own"]);
    Ok(())
}

#[grpc::test]
async fn no_metadata_is_sent_on_by_default() -> Result<()> {
    let chain = Chain::new(|leaf, _| async move { leaf.remaining(n(0)).await });
    chain.relay.run(n(0)).metadata("x-request-id", "a").await?;
    assert!(!chain.leaf.seen.lock().unwrap()[0].contains_key("x-request-id"));
    Ok(())
}

#[grpc::test]
async fn a_key_that_cannot_be_sent_on_is_the_error_of_every_call() {
    for (key, why) in [
        ("grpc-timeout", "the key is reserved for gRPC and HTTP"),
        ("X-Id", "'X' cannot be in a key"),
    ] {
        let (leaf, _events) = Leaf::new();
        let mut server = grpc::server();
        server.add_service(leaf);
        let channel = testing::connect_server(server).propagate_metadata([key]).build();
        let error = LeafStub::new(&channel).remaining(n(0)).await.unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument);
        assert!(
            error
                .message()
                .starts_with(&format!("propagate_metadata: metadata {key:?}: {why}")),
            "{error}"
        );
    }
}

// --- The chain ----------------------------------------------------------------------------------------------

const NO_DEADLINE: Number = Number { value: -1 };

#[derive(Clone, Copy, Debug, PartialEq)]
enum Event {
    Began,
    Answered,
    Dropped,
}

/// The end of the chain.
struct Leaf {
    events: mpsc::UnboundedSender<Event>,
    gate: Notify,
    seen: Mutex<Vec<Metadata>>,
}

#[grpc::service(package = "chain", name = "Leaf")]
impl Leaf {
    /// Milliseconds until its deadline.
    #[rpc]
    async fn remaining(&self, _: Number, context: Context) -> Result<Number> {
        self.seen.lock().unwrap().push(context.metadata().clone());
        let left = context.time_remaining();
        Ok(left.map_or(NO_DEADLINE, |left| n(i64::try_from(left.as_millis()).unwrap())))
    }

    /// Until the gate opens.
    #[rpc]
    async fn wait(&self, number: Number) -> Result<Number> {
        let mut running = self.begin();
        self.gate.notified().await;
        running.outcome = Event::Answered;
        Ok(number)
    }

    #[rpc]
    fn ticks(&self, number: Number) -> impl ResponseStream<Number> {
        stream!({
            let _running = self.begin();
            yield number;
            future::pending::<()>().await;
        })
    }

    #[rpc]
    async fn sum(&self, mut numbers: Streaming<Number>) -> Result<Number> {
        let _running = self.begin();
        while numbers.receive().await?.is_some() {}
        future::pending().await
    }

    #[rpc]
    async fn by_hand(&self, mut call: ServerCall<Number, Number>) -> Result<()> {
        let _running = self.begin();
        while let Some(number) = call.receive().await? {
            call.send(number).await?;
        }
        Ok(())
    }
}

impl Leaf {
    fn new() -> (Arc<Self>, mpsc::UnboundedReceiver<Event>) {
        let (events, receiver) = mpsc::unbounded_channel();
        let (gate, seen) = (Notify::new(), Mutex::default());
        (Arc::new(Self { events, gate, seen }), receiver)
    }

    fn begin(&self) -> Running {
        self.events.send(Event::Began).unwrap();
        Running {
            outcome: Event::Dropped,
            events: self.events.clone(),
        }
    }
}

struct Running {
    outcome: Event,
    events: mpsc::UnboundedSender<Event>,
}

impl Drop for Running {
    fn drop(&mut self) {
        // The test may be over.
        let _ = self.events.send(self.outcome);
    }
}

type Handler = Box<dyn Fn(LeafStub, Context) -> BoxFuture<'static, Result<Number>> + Send + Sync>;

/// The middle of the chain: its handlers do what the test says.
struct Relay {
    leaf: LeafStub,
    blocking: LeafBlockingStub,
    handler: Handler,
    dropped: Arc<Notify>,
}

#[grpc::service(package = "chain", name = "Relay")]
impl Relay {
    #[rpc]
    async fn run(&self, _: Number, context: Context) -> Result<Number> {
        let _running = Relayed(Arc::clone(&self.dropped));
        (self.handler)(self.leaf.clone(), context).await
    }

    #[rpc(spawn)]
    async fn on_a_task(&self, _: Number, context: Context) -> Result<Number> {
        (self.handler)(self.leaf.clone(), context).await
    }

    #[rpc(detached)]
    async fn detached(&self, _: Number, context: Context) -> Result<Number> {
        (self.handler)(self.leaf.clone(), context).await
    }

    #[rpc]
    fn streamed(&self, _: Number, context: Context) -> impl ResponseStream<Number> {
        stream!({
            yield (self.handler)(self.leaf.clone(), context.clone()).await?;
            tokio::task::yield_now().await;
            yield (self.handler)(self.leaf.clone(), context).await?;
        })
    }

    #[rpc]
    async fn by_hand(&self, mut call: ServerCall<Number, Number>) -> Result<()> {
        call.receive().await?;
        let seen = (self.handler)(self.leaf.clone(), call.context().clone()).await?;
        call.send(seen).await
    }

    #[rpc(blocking)]
    fn blocking(&self, shape: Number) -> Result<Number> {
        let _running = Relayed(Arc::clone(&self.dropped));
        match shape.value {
            0 => self.blocking.remaining(n(0)).wait(),
            1 => tokio::runtime::Handle::current().block_on(self.leaf.remaining(n(0))),
            _ => self.blocking.wait(n(0)).wait(),
        }
    }
}

/// What the blocking handler does.
#[derive(Clone, Copy)]
enum Shape {
    Blocking = 0,
    Async = 1,
    Waiting = 2,
}

struct Relayed(Arc<Notify>);

impl Drop for Relayed {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

struct Chain {
    relay: RelayStub,
    leaf: Arc<Leaf>,
    events: mpsc::UnboundedReceiver<Event>,
    dropped: Arc<Notify>,
}

impl Chain {
    fn new<F>(handler: impl Fn(LeafStub, Context) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Number>> + Send + 'static,
    {
        Self::over(|builder| builder, handler)
    }

    /// A chain whose second channel is set up like this.
    fn over<F>(
        channel: impl FnOnce(ChannelBuilder) -> ChannelBuilder,
        handler: impl Fn(LeafStub, Context) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<Number>> + Send + 'static,
    {
        let (leaf, events) = Leaf::new();
        let mut server = grpc::server();
        server.add_service(Arc::clone(&leaf));
        let channel = channel(testing::connect_server(server)).build();
        let dropped = Arc::new(Notify::new());
        let relay = testing::connect(Relay {
            leaf: LeafStub::new(&channel),
            blocking: LeafBlockingStub::new(&blocking::Channel::from(&channel)),
            handler: Box::new(move |leaf, context| Box::pin(handler(leaf, context))),
            dropped: Arc::clone(&dropped),
        });
        Self {
            relay: RelayStub::new(&relay),
            leaf,
            events,
            dropped,
        }
    }

    async fn event(&mut self) -> Event {
        let event = timeout(secs(10), self.events.recv()).await;
        event
            .expect("something happens at the leaf")
            .expect("it is there")
    }

    async fn relay_is_dropped(&self) {
        let dropped = timeout(secs(10), self.dropped.notified()).await;
        dropped.expect("the relay's handler is dropped");
    }

    /// A call that waits at the leaf is cancelled, and is answered there all the same.
    async fn expect_to_finish(&mut self, call: JoinHandle<Result<Number>>) {
        assert_eq!(self.event().await, Event::Began);
        call.abort();
        assert!(call.await.unwrap_err().is_cancelled());
        // Time for a cancellation to get there, which it must not.
        let nothing = timeout(Duration::from_millis(50), self.events.recv()).await;
        assert!(nothing.is_err(), "{nothing:?}");
        self.leaf.gate.notify_waiters();
        assert_eq!(self.event().await, Event::Answered);
    }
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Unary,
    ServerStreaming,
    ClientStreaming,
    Bidi,
    ByHand,
}

const KINDS: [Kind; 5] = [
    Kind::Unary,
    Kind::ServerStreaming,
    Kind::ClientStreaming,
    Kind::Bidi,
    Kind::ByHand,
];

/// A call that the leaf does not answer to its end.
async fn wait_at(leaf: LeafStub, kind: Kind) -> Result<Number> {
    let endless = || {
        stream!({
            yield n(0);
            future::pending::<()>().await;
        })
    };
    match kind {
        Kind::Unary => leaf.wait(n(0)).await,
        Kind::ServerStreaming => {
            let mut responses = leaf.ticks(n(0)).await?;
            while responses.receive().await?.is_some() {}
            Ok(n(0))
        }
        Kind::ClientStreaming => leaf.sum(endless()).await,
        Kind::Bidi => {
            let mut responses = leaf.by_hand(endless()).await?;
            while responses.receive().await?.is_some() {}
            Ok(n(0))
        }
        Kind::ByHand => {
            let mut call = leaf.by_hand_call().await?;
            call.send(n(0)).await?;
            while call.receive().await?.is_some() {}
            Ok(n(0))
        }
    }
}

async fn joined(task: JoinHandle<Result<Number>>) -> Result<Number> {
    task.await.expect("no panic")
}

fn n(value: i64) -> Number {
    Number { value }
}

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
