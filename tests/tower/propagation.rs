//! What requests to a `Channel` as a service take over from the call whose handler makes them.

use std::{future, sync::Arc, time::Duration};

use grpc::{BoxFuture, Channel, Code, client::Independent, prelude::*, testing};
use http::Request;
use tokio::sync::{Notify, mpsc};
use tower_service::Service;

use super::support::{Alive, Body, collect, request};

const SECOND: Duration = Duration::from_secs(1);

/// The end of the chain.
#[derive(Clone, Default)]
struct Leaf {
    alive: Alive,
    gate: Arc<Notify>,
}

#[grpc::service(package = "chain", name = "Leaf")]
impl Leaf {
    /// What it has left, in seconds.
    #[rpc]
    async fn remaining(&self, context: Context) -> Result<String> {
        let left = context.time_remaining();
        Ok(left.map_or_else(
            || "for ever".to_owned(),
            |left| format!("{:.0}", left.as_secs_f64()),
        ))
    }

    /// Until the gate opens.
    #[rpc]
    async fn wait(&self) -> Result<String> {
        let _guard = self.alive.guard();
        self.gate.notified().await;
        Ok("opened".to_owned())
    }
}

type Handler = Box<dyn Fn(Channel, Context) -> BoxFuture<'static, String> + Send + Sync>;

/// Makes its calls as HTTP requests.
struct Relay {
    leaf: Channel,
    handler: Handler,
}

#[grpc::service(package = "chain", name = "Relay")]
impl Relay {
    #[rpc]
    async fn run(&self, context: Context) -> Result<String> {
        Ok((self.handler)(self.leaf.clone(), context).await)
    }
}

fn chain<F>(handler: impl Fn(Channel, Context) -> F + Send + Sync + 'static) -> (RelayStub, Leaf)
where
    F: Future<Output = String> + Send + 'static,
{
    let leaf = Leaf::default();
    let relay = Relay {
        leaf: testing::connect(leaf.clone()),
        handler: Box::new(move |leaf, context| Box::pin(handler(leaf, context))),
    };
    (RelayStub::new(&testing::connect(relay)), leaf)
}

fn independent(mut request: Request<Body>) -> Request<Body> {
    request.extensions_mut().insert(Independent);
    request
}

fn remaining() -> Request<Body> {
    request("/chain.Leaf/Remaining", "")
}

fn wait() -> Request<Body> {
    request("/chain.Leaf/Wait", "")
}

/// The text of the answer, or the code and message of the status.
async fn call(mut leaf: Channel, request: Request<Body>) -> String {
    let answer = collect(leaf.call(request).await.unwrap()).await;
    match answer.code() {
        // A prefix of gRPC's, and one of the message's only field.
        "0" => String::from_utf8_lossy(&answer.data[7..]).into_owned(),
        code => format!("{code}: {}", answer.message()),
    }
}

#[grpc::test(start_paused = true)]
async fn a_request_has_the_deadline_of_the_handlers_call_unless_it_is_independent() -> Result<()> {
    let (relay, _leaf) = chain(|leaf, _| async move {
        let mut own = remaining();
        own.headers_mut().insert("grpc-timeout", "3S".parse().unwrap());
        let inherited = call(leaf.clone(), remaining()).await;
        let shorter = call(leaf.clone(), own).await;
        format!(
            "{inherited}, {shorter}, {}",
            call(leaf, independent(remaining())).await
        )
    });
    assert_eq!(relay.run().timeout(SECOND * 9).await?, "9, 3, for ever");
    assert_eq!(relay.run().await?, "for ever, 3, for ever");
    Ok(())
}

#[grpc::test]
async fn a_request_is_cancelled_with_the_handlers_call() {
    let (told, mut outcome) = mpsc::unbounded_channel();
    let (relay, leaf) = chain(move |leaf, context| {
        let told = told.clone();
        async move {
            tokio::spawn(context.scope(async move { told.send(call(leaf, wait()).await).unwrap() }));
            future::pending().await
        }
    });
    let running = tokio::spawn(relay.run().into_future());
    leaf.alive.is(1).await;
    running.abort();
    leaf.alive.is(0).await;
    assert_eq!(
        outcome.recv().await.unwrap(),
        "1: the incoming call that this call was made for was cancelled"
    );
}

#[grpc::test]
async fn a_request_that_is_independent_goes_on_without_the_handlers_call() {
    let (told, mut outcome) = mpsc::unbounded_channel();
    let handlers = Alive::default();
    let alive = handlers.clone();
    let (relay, leaf) = chain(move |leaf, context| {
        let (told, guard) = (told.clone(), alive.guard());
        async move {
            let _guard = guard;
            let request = independent(wait());
            tokio::spawn(context.scope(async move { told.send(call(leaf, request).await).unwrap() }));
            future::pending().await
        }
    });
    let running = tokio::spawn(relay.run().into_future());
    leaf.alive.is(1).await;
    running.abort();
    handlers.is(0).await;
    leaf.gate.notify_one();
    assert_eq!(outcome.recv().await.unwrap(), "opened");
}

#[grpc::test(start_paused = true)]
async fn a_request_runs_out_of_the_handlers_time() {
    let (told, mut outcome) = mpsc::unbounded_channel();
    let (relay, leaf) = chain(move |leaf, context| {
        let told = told.clone();
        async move {
            tokio::spawn(context.scope(async move { told.send(call(leaf, wait()).await).unwrap() }));
            future::pending().await
        }
    });
    let error = relay.run().timeout(SECOND).await.unwrap_err();
    assert_eq!(error.code(), Code::DeadlineExceeded);
    assert_eq!(
        outcome.recv().await.unwrap(),
        "4: the deadline of the incoming call that this call was made for passed before it was over"
    );
    leaf.alive.is(0).await;
}
