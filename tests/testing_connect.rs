//! Servers inside of a test: `grpc::testing::connect`, and the place in the process that it stands on.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use grpc::{
    BoxFuture, Code, Server,
    client::{BackoffConfig, ConnectivityState},
    prelude::*,
    server::{Next, ServerInterceptor},
    testing,
    transport::InProcess,
};
use tokio::{runtime::Handle, time::Instant};

use self::tally::{Number, TallyStub};

mod tally {
    grpc::proto!("tests/protos/calls/tally.proto");
}

#[derive(Default)]
struct Tally {
    /// How long `double` takes, in milliseconds.
    takes: u64,
    calls: AtomicU32,
}

#[grpc::service(contract = tally::Tally)]
impl Tally {
    async fn double(&self, number: Number) -> Result<Number> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(self.takes)).await;
        Ok(n(number.value * 2))
    }

    fn count_to(&self, last: Number) -> impl ResponseStream<Number> {
        stream!({
            for value in 1..=last.value {
                tokio::time::sleep(Duration::from_millis(self.takes)).await;
                yield n(value);
            }
        })
    }

    async fn sum(&self, mut numbers: Streaming<Number>) -> Result<Number> {
        let mut sum = 0;
        while let Some(number) = numbers.receive().await? {
            sum += number.value;
        }
        Ok(n(sum))
    }

    fn totals(&self, numbers: Streaming<Number>) -> impl ResponseStream<Number> {
        stream!({
            let mut total = 0;
            for await number in numbers {
                total += number?.value;
                yield n(total);
            }
        })
    }
}

fn n(value: i64) -> Number {
    Number { value }
}

fn takes(milliseconds: u64) -> Tally {
    Tally {
        takes: milliseconds,
        ..Tally::default()
    }
}

// --- One line -----------------------------------------------------------------------------------------------

#[grpc::test]
async fn all_kinds_of_calls_reach_a_service_inside_of_the_process() -> Result<()> {
    let stub = TallyStub::new(&testing::connect(Tally::default()));
    assert_eq!(stub.double(n(21)).await?, n(42));
    assert_eq!(stub.sum([1, 2, 3].map(n)).await?, n(6));
    let mut counted = stub.count_to(n(2)).await?;
    assert_eq!(counted.receive().await?, Some(n(1)));
    assert_eq!(counted.receive().await?, Some(n(2)));
    assert_eq!(counted.receive().await?, None);
    let mut call = stub.totals_call().await?;
    for (value, total) in [(1, 1), (10, 11)] {
        call.send(n(value)).await?;
        assert_eq!(call.receive().await?, Some(n(total)));
    }
    Ok(())
}

#[grpc::test]
async fn a_service_that_is_shared_can_be_looked_at_afterwards() -> Result<()> {
    let service = Arc::new(Tally::default());
    let stub = TallyStub::new(&testing::connect(Arc::clone(&service)));
    stub.double(n(1)).await?;
    stub.double(n(1)).await?;
    assert_eq!(service.calls.load(Ordering::Relaxed), 2);
    Ok(())
}

#[grpc::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_messages_pass_through_a_pipe_on_worker_threads() -> Result<()> {
    let stub = TallyStub::new(&testing::connect(Tally::default()));
    let sums = (0..8).map(|_| {
        let stub = stub.clone();
        tokio::spawn(async move { stub.sum((1..=20_000).map(n)).await })
    });
    for sum in sums.collect::<Vec<_>>() {
        assert_eq!(sum.await.expect("no panic")?, n(200_010_000));
    }
    Ok(())
}

// --- A server that is set up, and its channel -----------------------------------------------------------------

struct Tenants;

impl ServerInterceptor for Tenants {
    fn intercept<'a>(&'a self, context: Context, next: Next<'a>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            match context.metadata().get("x-tenant") {
                Some(_) => next.run().await,
                None => Err(Status::unauthenticated(format!("who is {}?", context.peer()))),
            }
        })
    }
}

#[grpc::test]
async fn a_server_keeps_its_interceptors_and_settings() -> Result<()> {
    let mut server = grpc::server();
    server.add_service(Tally::default());
    server.add_interceptor(Tenants);
    let stub = TallyStub::new(&testing::connect_server(server).user_agent("test").build());
    let status = stub.double(n(1)).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
    assert_eq!(status.message(), "who is in-process?");
    assert_eq!(stub.double(n(1)).metadata("x-tenant", "7").await?, n(2));
    Ok(())
}

#[grpc::test]
#[should_panic(expected = "start the server: /tally.Tally/")]
async fn two_services_of_one_name_are_a_panic_at_the_place_of_the_mistake() {
    let mut server = grpc::server();
    server.add_service(Tally::default());
    server.add_service(Tally::default());
    testing::connect_server(server).build();
}

#[test]
#[should_panic(expected = "such as that of a `#[grpc::test]`")]
fn there_is_no_server_without_a_runtime() {
    testing::connect(Tally::default());
}

// --- How it ends ----------------------------------------------------------------------------------------------

#[grpc::test]
async fn nothing_is_left_when_the_channel_is_gone() -> Result<()> {
    let before = Handle::current().metrics().num_alive_tasks();
    let stub = TallyStub::new(&testing::connect(Tally::default()));
    stub.double(n(1)).await?;
    let mut call = stub.totals_call().await?;
    call.send(n(1)).await?;
    assert!(Handle::current().metrics().num_alive_tasks() > before);
    drop((stub, call));
    no_task_is_left(before).await;
    Ok(())
}

#[grpc::test]
async fn nothing_is_left_of_a_channel_that_was_never_used() {
    let before = Handle::current().metrics().num_alive_tasks();
    drop(testing::connect(Tally::default()));
    no_task_is_left(before).await;
}

#[grpc::test(start_paused = true)]
async fn a_call_outlives_its_channel() -> Result<()> {
    let before = Handle::current().metrics().num_alive_tasks();
    let mut counted = TallyStub::new(&testing::connect(takes(10)))
        .count_to(n(3))
        .await?;
    let mut values = Vec::new();
    while let Some(number) = counted.receive().await? {
        values.push(number.value);
    }
    assert_eq!(values, [1, 2, 3]);
    drop(counted);
    no_task_is_left(before).await;
    Ok(())
}

async fn no_task_is_left(before: usize) {
    for _ in 0..1000 {
        if Handle::current().metrics().num_alive_tasks() == before {
            return;
        }
        tokio::task::yield_now().await;
    }
    let left = Handle::current().metrics().num_alive_tasks();
    panic!("{left} tasks, and there were {before}");
}

// --- Paused time ----------------------------------------------------------------------------------------------

#[grpc::test(start_paused = true)]
async fn a_deadline_passes_at_its_time_and_at_once() {
    let real = std::time::Instant::now();
    let stub = TallyStub::new(&testing::connect(takes(10_000)));
    let start = Instant::now();
    let status = stub
        .double(n(1))
        .timeout(Duration::from_secs(1))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert_eq!(start.elapsed(), Duration::from_secs(1));
    assert!(
        real.elapsed() < Duration::from_secs(1),
        "it took {:?}",
        real.elapsed()
    );
}

#[grpc::test(start_paused = true)]
async fn a_handler_within_its_deadline_takes_its_time_and_no_more() -> Result<()> {
    let stub = TallyStub::new(&testing::connect(takes(200)));
    let start = Instant::now();
    let reply = stub.double(n(1)).timeout(Duration::from_secs(1)).await?;
    assert_eq!(reply, n(2));
    assert_eq!(start.elapsed(), Duration::from_millis(200));
    Ok(())
}

#[grpc::test(start_paused = true)]
async fn time_stands_still_while_messages_are_on_their_way() -> Result<()> {
    let stub = TallyStub::new(&testing::connect(Tally::default()));
    let start = Instant::now();
    // A timer that any look at an idle runtime would advance to.
    let timer = tokio::spawn(tokio::time::sleep(Duration::from_secs(3600)));
    // Far more than a pipe or a window holds.
    assert_eq!(stub.sum((1..=100_000).map(n)).await?, n(5_000_050_000));
    let mut counted = stub.count_to(n(100_000)).await?;
    let mut last = None;
    while let Some(number) = counted.receive().await? {
        last = Some(number.value);
    }
    assert_eq!(last, Some(100_000));
    assert!(!timer.is_finished());
    assert_eq!(start.elapsed(), Duration::ZERO);
    Ok(())
}

#[grpc::test(start_paused = true)]
async fn a_connection_stays_alive_over_hours_by_its_keepalive() -> Result<()> {
    let mut server = grpc::server();
    server.add_service(takes(10 * 60 * 60 * 1000));
    server
        .keepalive_interval(Duration::from_secs(60))
        .permit_keepalive_time(Duration::from_secs(20));
    let channel = testing::connect_server(server)
        .keepalive_interval(Duration::from_secs(30))
        .build();
    let start = Instant::now();
    assert_eq!(TallyStub::new(&channel).double(n(1)).await?, n(2));
    assert_eq!(start.elapsed(), Duration::from_secs(10 * 60 * 60));
    Ok(())
}

// --- A place in the process ---------------------------------------------------------------------------------

async fn serve(place: &InProcess) -> Result<Server, grpc::Error> {
    let mut server = grpc::server();
    server.add_service(Tally::default());
    server.add_listener(place.listen()?)?;
    server.start().await?;
    Ok(server)
}

#[grpc::test(start_paused = true)]
async fn a_channel_connects_again_when_its_server_is_replaced() -> Result<(), Box<dyn std::error::Error>> {
    let place = InProcess::new("tally");
    let first = serve(&place).await?;
    let stub = TallyStub::new(&grpc::Channel::in_process(&place).build());
    assert_eq!(stub.double(n(1)).await?, n(2));

    let second = place.listen().unwrap_err();
    assert_eq!(second.kind(), io::ErrorKind::AddrInUse);
    assert_eq!(second.to_string(), "listen on tally: a server does already");
    first.handle().stop(Duration::from_secs(1)).await;

    let status = stub.double(n(1)).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert!(
        status.message().contains("no server listens"),
        "{}",
        status.message()
    );

    let _second = serve(&place).await?;
    let start = Instant::now();
    assert_eq!(stub.double(n(2)).wait_for_ready().await?, n(4));
    assert!(start.elapsed() > Duration::ZERO, "it backed off");
    Ok(())
}

#[grpc::test(start_paused = true)]
async fn a_channel_backs_off_while_no_server_listens() {
    let place = InProcess::new("nowhere");
    let channel = grpc::Channel::in_process(&place)
        .backoff(BackoffConfig::default())
        .build();
    let start = Instant::now();
    let status = TallyStub::new(&channel)
        .double(n(1))
        .wait_for_ready()
        .timeout(Duration::from_secs(30))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert_eq!(start.elapsed(), Duration::from_secs(30));
    assert_eq!(channel.state(), ConnectivityState::TransientFailure);
}

#[grpc::test]
async fn a_server_of_ones_own_serves_several_channels_inside_of_the_process() -> Result<(), grpc::Error> {
    let place = InProcess::new("shared");
    let server = serve(&place).await?;
    for value in 0..3 {
        let stub = TallyStub::new(&grpc::Channel::in_process(&place).build());
        assert_eq!(stub.double(n(value)).await?, n(2 * value));
    }
    server.handle().stop(Duration::from_secs(1)).await;
    Ok(())
}
