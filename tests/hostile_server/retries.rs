//! REFUSED_STREAM, and the calls that are sent again without their caller's doing: how often, and until when.

use std::{future, time::Duration};

use bytes::Bytes;
use grpc::{Channel, Code, client::Call, codec::Raw, prelude::*, testing};
use tokio::{sync::mpsc, time::Instant};

use crate::{
    raw::{Peer, code, goaway, rst_stream},
    support::{End, Hostile, UNARY, answer, assert_is, serve, within},
};

const SECOND: Duration = Duration::from_secs(1);

async fn refuse(server: &mut Peer<End>, stream: u32) {
    let request = server.answer(stream).await;
    assert_eq!(request.data, b"\0\0\0\0\x03ask");
    server.send(&[rst_stream(stream, code::REFUSED_STREAM)]).await;
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_refused_is_sent_again_and_not_for_ever() {
    let mut hostile = Hostile::new();
    let call = hostile.unary();
    let mut server = hostile.server().await;
    refuse(&mut server, 1).await;
    serve(&mut server, 3, b"reply").await;
    assert_eq!(call.answer().await, "reply");

    let call = hostile.unary();
    for stream in [5, 7, 9, 11, 13] {
        refuse(&mut server, stream).await;
    }
    assert_is(&call.error().await, Code::Unavailable, "REFUSED_STREAM");
    hostile.serves_again(&mut server, 15, true).await;
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_refused_obeys_its_deadline() {
    let mut hostile = Hostile::new();
    let start = Instant::now();
    let call = tokio::spawn(hostile.call().timeout(Duration::from_millis(5)).into_future());
    let mut server = hostile.server().await;
    refuse(&mut server, 1).await;
    // The pause before the next attempt is longer.
    let error = within("the call ends", call).await.unwrap().unwrap_err();
    assert_is(&error, Code::DeadlineExceeded, "deadline");
    assert!(start.elapsed() < Duration::from_millis(20));
    hostile.serves_again(&mut server, 3, true).await;
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_refused_and_dropped_is_not_sent_again() {
    let mut hostile = Hostile::new();
    let call = hostile.unary();
    let mut server = hostile.server().await;
    refuse(&mut server, 1).await;
    tokio::task::yield_now().await;
    drop(call);
    hostile.serves_again(&mut server, 3, true).await;
}

/// Calls another server, and tells what becomes of it.
struct Relay {
    upstream: Channel,
    outcomes: mpsc::UnboundedSender<Result<Bytes>>,
}

#[grpc::service(package = "hostile", name = "Relay")]
impl Relay {
    #[rpc]
    async fn run(&self, context: Context) -> Result<()> {
        let (upstream, outcomes) = (self.upstream.clone(), self.outcomes.clone());
        tokio::spawn(context.scope(async move {
            let call = Call::<Bytes>::unary(&upstream, &UNARY, Bytes::from_static(b"ask"), Raw);
            outcomes.send(call.wait_for_ready().await).unwrap();
        }));
        future::pending().await
    }
}

/// A call to a relay, and what became of the relay's own call.
fn relayed(hostile: &Hostile) -> (RelayStub, mpsc::UnboundedReceiver<Result<Bytes>>) {
    let (outcomes, outcome) = mpsc::unbounded_channel();
    let relay = Relay {
        upstream: hostile.channel.clone(),
        outcomes,
    };
    (RelayStub::new(&testing::connect(relay)), outcome)
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_sent_again_ends_with_the_handlers_call_that_it_is_made_for() {
    for is_refused in [true, false] {
        let mut hostile = Hostile::new();
        let (relay, mut outcome) = relayed(&hostile);
        let running = tokio::spawn(relay.run().into_future());
        let mut server = hostile.server().await;
        let mut next = None;
        if is_refused {
            refuse(&mut server, 1).await;
        } else {
            // It waits for another connection, which never says anything.
            server.answer(1).await;
            server.send(&[goaway(0, code::NO_ERROR, "")]).await;
            next = Some(hostile.end().await);
        }
        tokio::task::yield_now().await;
        running.abort();
        let error = within("the relay's call ends", outcome.recv())
            .await
            .unwrap()
            .unwrap_err();
        assert_is(
            &error,
            Code::Cancelled,
            "the incoming call that this call was made for was cancelled",
        );
        match next {
            None => hostile.serves_again(&mut server, 3, true).await,
            Some((_, end)) => {
                let mut server = Peer::server(end).await;
                hostile.serves_again(&mut server, 1, true).await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_sent_again_has_the_deadline_of_the_handlers_call() {
    let mut hostile = Hostile::new();
    let (relay, mut outcome) = relayed(&hostile);
    let start = Instant::now();
    let running = tokio::spawn(relay.run().timeout(SECOND * 2).into_future());
    let mut server = hostile.server().await;
    server.answer(1).await;
    tokio::time::sleep(SECOND).await;
    server.send(&[goaway(0, code::NO_ERROR, "")]).await;
    let mut server = hostile.server().await;
    let again = server.headers(1).await;
    let left = again.get("grpc-timeout").expect("a deadline");
    let (left, unit) = left.split_at(left.len() - 1);
    assert_eq!(unit, "u");
    let left = Duration::from_micros(left.parse().unwrap());
    assert!(
        left <= SECOND && left > SECOND - Duration::from_millis(50),
        "{left:?}"
    );
    let error = within("the relay's call ends", outcome.recv())
        .await
        .unwrap()
        .unwrap_err();
    assert_is(
        &error,
        Code::DeadlineExceeded,
        "the deadline of the incoming call",
    );
    assert_eq!(start.elapsed().as_secs(), 2);
    assert_eq!(running.await.unwrap().unwrap_err().code(), Code::DeadlineExceeded);
    server.answer(1).await;
    server.try_send(&answer(1, b"late")).await;
}
