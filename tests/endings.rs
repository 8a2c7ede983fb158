//! What becomes of a handler when its call is dropped, cancelled, or out of time.

use std::{future, sync::Arc, time::Duration};

use grpc::{Code, Server, Service, prelude::*};
use tokio::sync::{Notify, mpsc};

use self::tally::Number;

mod tally {
    grpc::proto!("tests/protos/calls/tally.proto");
}

/// Long enough for a call to reach its handler on a busy machine.
const DEADLINE: Duration = Duration::from_secs(2);

#[derive(Debug, PartialEq)]
enum Event {
    Began,
    Dropped,
    Finished,
}

/// Its handlers never answer; they tell what becomes of them.
struct Endless {
    events: mpsc::UnboundedSender<Event>,
    gate: Arc<Notify>,
}

#[grpc::service(package = "endless", name = "Endless")]
impl Endless {
    #[rpc]
    async fn once(&self, _number: Number) -> Result<Number> {
        let _running = self.begin();
        future::pending().await
    }

    #[rpc]
    fn stream(&self, number: Number) -> impl ResponseStream<Number> {
        stream!({
            let _running = self.begin();
            yield number;
            future::pending::<()>().await;
        })
    }

    #[rpc]
    async fn by_hand(&self, mut call: ServerCall<Number, Number>) -> Result<()> {
        let _running = self.begin();
        call.send(n(1)).await?;
        future::pending().await
    }

    #[rpc]
    async fn shielded(&self, number: Number, context: Context) -> Result<Number> {
        let _running = self.begin();
        let (events, gate) = (self.events.clone(), Arc::clone(&self.gate));
        let work = async move {
            gate.notified().await;
            events.send(Event::Finished).unwrap();
        };
        context.shield(work).await;
        Ok(number)
    }
}

impl Endless {
    fn begin(&self) -> Running {
        self.events.send(Event::Began).unwrap();
        Running(self.events.clone())
    }
}

struct Running(mpsc::UnboundedSender<Event>);

impl Drop for Running {
    fn drop(&mut self) {
        // The test may be over.
        let _ = self.0.send(Event::Dropped);
    }
}

#[tokio::test]
async fn a_dropped_unary_call_drops_its_handler() {
    let mut endless = start_endless().await;
    let call = tokio::spawn(endless.stub.once(n(1)));
    endless.expect(Event::Began).await;
    call.abort();
    endless.expect(Event::Dropped).await;
}

#[tokio::test]
async fn a_dropped_stream_drops_its_handler() -> Result<()> {
    let mut endless = start_endless().await;
    let mut replies = endless.stub.stream(n(1)).await?;
    assert_eq!(replies.receive().await?, Some(n(1)));
    endless.expect(Event::Began).await;
    drop(replies);
    endless.expect(Event::Dropped).await;
    Ok(())
}

#[tokio::test]
async fn a_stream_that_is_cancelled_by_hand_is_cancelled_on_both_sides() -> Result<()> {
    let mut endless = start_endless().await;
    let mut replies = endless.stub.stream(n(1)).await?;
    assert_eq!(replies.receive().await?, Some(n(1)));
    endless.expect(Event::Began).await;
    replies.cancel();
    assert_eq!(replies.receive().await.unwrap_err().code(), Code::Cancelled);
    endless.expect(Event::Dropped).await;
    Ok(())
}

#[tokio::test]
async fn an_open_call_that_is_cancelled_by_hand_is_cancelled_on_both_sides() -> Result<()> {
    let mut endless = start_endless().await;
    let mut call = endless.stub.by_hand_call().await?;
    assert_eq!(call.receive().await?, Some(n(1)));
    endless.expect(Event::Began).await;
    call.cancel();
    assert_eq!(call.receive().await.unwrap_err().code(), Code::Cancelled);
    assert_eq!(call.send(n(1)).await.unwrap_err().code(), Code::Cancelled);
    endless.expect(Event::Dropped).await;
    Ok(())
}

#[tokio::test]
async fn a_deadline_drops_the_handler_of_a_unary_call() {
    let mut endless = start_endless().await;
    let error = endless.stub.once(n(1)).timeout(DEADLINE).await.unwrap_err();
    assert_eq!(error.code(), Code::DeadlineExceeded);
    endless.expect(Event::Began).await;
    endless.expect(Event::Dropped).await;
}

#[tokio::test]
async fn a_deadline_covers_the_whole_stream() -> Result<()> {
    let mut endless = start_endless().await;
    let mut replies = endless.stub.stream(n(1)).timeout(DEADLINE).await?;
    assert_eq!(replies.receive().await?, Some(n(1)));
    assert_eq!(
        replies.receive().await.unwrap_err().code(),
        Code::DeadlineExceeded
    );
    endless.expect(Event::Began).await;
    endless.expect(Event::Dropped).await;
    Ok(())
}

#[tokio::test]
async fn shielded_work_is_finished_after_a_cancel() {
    let mut endless = start_endless().await;
    let call = tokio::spawn(endless.stub.shielded(n(1)));
    endless.expect(Event::Began).await;
    call.abort();
    endless.expect(Event::Dropped).await;
    endless.gate.notify_one();
    endless.expect(Event::Finished).await;
}

struct Harness {
    _server: Server,
    stub: EndlessStub,
    gate: Arc<Notify>,
    events: mpsc::UnboundedReceiver<Event>,
}

impl Harness {
    async fn expect(&mut self, event: Event) {
        assert_eq!(self.events.recv().await, Some(event));
    }
}

async fn start_endless() -> Harness {
    let (sender, events) = mpsc::unbounded_channel();
    let gate = Arc::new(Notify::new());
    let (server, target) = start(Endless {
        events: sender,
        gate: Arc::clone(&gate),
    })
    .await;
    Harness {
        _server: server,
        stub: EndlessStub::new(&grpc::insecure_channel(target)),
        gate,
        events,
    }
}

fn n(value: i64) -> Number {
    Number { value }
}

/// A server of `service`, for as long as it is held, and the target that reaches it.
async fn start<C, S: Service<C>>(service: S) -> (Server, String) {
    let mut server = grpc::server();
    let address = server.add_insecure_port("127.0.0.1:0").unwrap();
    server.add_service(service);
    server.start().await.unwrap();
    (server, address.to_string())
}
