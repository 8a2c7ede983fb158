//! The four kinds of calls, and each way to write a handler or to make a call, over real HTTP/2.

use std::{fmt, time::Duration};

use futures_util::StreamExt;
use grpc::{BoxStream, Code, Metadata, Server, Service, prelude::*};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use self::tally::{Number, TallyStub};

mod tally {
    grpc::proto!("tests/protos/calls/tally.proto");
}

// --- The four kinds -----------------------------------------------------------------------------------------

struct Tally;

#[grpc::service(contract = tally::Tally)]
impl Tally {
    async fn double(&self, number: Number) -> Result<Number> {
        Ok(n(number.value * 2))
    }

    fn count_to(&self, last: Number) -> impl ResponseStream<Number> {
        stream!({
            for value in 1..=last.value {
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

#[tokio::test]
async fn a_unary_call_has_one_reply() -> Result<()> {
    let (_server, target) = start(Tally).await;
    let stub = TallyStub::new(&grpc::insecure_channel(target));
    assert_eq!(stub.double(n(21)).await?, n(42));
    Ok(())
}

#[tokio::test]
async fn a_server_stream_ends_after_its_last_reply() -> Result<()> {
    let (_server, target) = start(Tally).await;
    let stub = TallyStub::new(&grpc::insecure_channel(target));
    for last in [0, 1, 1000] {
        let replies = stub.count_to(n(last)).await?;
        assert_eq!(all(replies).await?, (1..=last).map(n).collect::<Vec<_>>());
    }
    Ok(())
}

#[tokio::test]
async fn a_client_stream_has_one_reply() -> Result<()> {
    let (_server, target) = start(Tally).await;
    let stub = TallyStub::new(&grpc::insecure_channel(target));
    assert_eq!(stub.sum(std::iter::empty()).await?, n(0));
    assert_eq!(stub.sum((1..=1000).map(n)).await?, n(500_500));
    Ok(())
}

#[tokio::test]
async fn a_bidi_stream_answers_while_it_is_sent() -> Result<()> {
    let (_server, target) = start(Tally).await;
    let stub = TallyStub::new(&grpc::insecure_channel(target));
    let mut call = stub.totals_call().await?;
    for (value, total) in [(1, 1), (10, 11), (100, 111)] {
        call.send(n(value)).await?;
        assert_eq!(call.receive().await?, Some(n(total)));
    }
    call.done_sending().await?;
    assert_eq!(call.receive().await?, None);
    Ok(())
}

#[tokio::test]
async fn a_client_stream_can_be_sent_by_hand() -> Result<()> {
    let (_server, target) = start(Tally).await;
    let stub = TallyStub::new(&grpc::insecure_channel(target));
    let mut call = stub.sum_call().await?;
    for value in 1..=10 {
        call.send(n(value)).await?;
    }
    call.done_sending().await?;
    assert_eq!(call.receive().await?, Some(n(55)));
    assert_eq!(call.receive().await?, None);
    Ok(())
}

#[tokio::test]
async fn a_server_stream_can_be_asked_for_by_hand() -> Result<()> {
    let (_server, target) = start(Tally).await;
    let stub = TallyStub::new(&grpc::insecure_channel(target));
    let mut call = stub.count_to_call().await?;
    call.send(n(2)).await?;
    assert_eq!(call.receive().await?, Some(n(1)));
    assert_eq!(call.receive().await?, Some(n(2)));
    assert_eq!(call.receive().await?, None);

    let mut call = stub.count_to_call().await?;
    call.send(n(2)).await?;
    let second = call.send(n(3)).await.unwrap_err();
    assert_eq!(second.code(), Code::FailedPrecondition);
    assert_eq!(second.message(), "a second request to a method that takes one");
    Ok(())
}

// --- Where requests come from -------------------------------------------------------------------------------

#[tokio::test]
async fn requests_come_from_anything_that_iterates() -> Result<()> {
    let (_server, target) = start(Tally).await;
    let stub = TallyStub::new(&grpc::insecure_channel(target));
    assert_eq!(stub.sum([n(1), n(2)]).await?, n(3));
    assert_eq!(stub.sum(vec![n(1), n(2)]).await?, n(3));
    assert_eq!(stub.sum(Some(n(3))).await?, n(3));
    assert_eq!(stub.sum((1..3).map(n).chain([n(4)])).await?, n(7));
    Ok(())
}

#[tokio::test]
async fn requests_come_from_anything_that_streams() -> Result<()> {
    let (_server, target) = start(Tally).await;
    let stub = TallyStub::new(&grpc::insecure_channel(target));
    assert_eq!(stub.sum(tokio_stream::iter([n(1), n(2)])).await?, n(3));
    assert_eq!(
        stub.sum(tokio_stream::iter([Ok::<_, Status>(n(1)), Ok(n(2))]))
            .await?,
        n(3)
    );
    assert_eq!(
        stub.sum(async_stream::stream! { yield n(1); yield n(2); })
            .await?,
        n(3)
    );
    let generated = stream!({
        yield n(1);
        yield n(2);
    });
    assert_eq!(stub.sum(generated).await?, n(3));
    Ok(())
}

#[tokio::test]
async fn requests_come_from_channels() -> Result<()> {
    let (_server, target) = start(Tally).await;
    let stub = TallyStub::new(&grpc::insecure_channel(target));
    let filled = || {
        let (sender, receiver) = mpsc::channel(2);
        sender.try_send(n(1)).unwrap();
        sender.try_send(n(2)).unwrap();
        receiver
    };
    assert_eq!(stub.sum(filled()).await?, n(3));
    assert_eq!(stub.sum(ReceiverStream::new(filled())).await?, n(3));
    let (sender, receiver) = grpc::channel(1);
    sender.try_send(Ok(n(3))).unwrap();
    drop(sender);
    assert_eq!(stub.sum(receiver).await?, n(3));
    Ok(())
}

#[tokio::test]
async fn requests_come_from_another_calls_replies() -> Result<()> {
    let (_server, target) = start(Tally).await;
    let stub = TallyStub::new(&grpc::insecure_channel(target));
    let numbers = stub.count_to(n(10)).await?;
    assert_eq!(stub.sum(numbers).await?, n(55));
    Ok(())
}

// --- How a handler can be written ---------------------------------------------------------------------------

#[derive(Debug)]
struct TooLarge(i64);

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is too large", self.0)
    }
}

impl From<TooLarge> for Status {
    fn from(error: TooLarge) -> Self {
        Self::out_of_range(error.to_string())
    }
}

/// Every shape counts up to the number that it gets; none goes over 100.
struct Shapes {
    limit: i64,
}

#[grpc::service(package = "shapes", name = "Shapes")]
impl Shapes {
    #[rpc]
    async fn own_error(&self, last: Number) -> Result<Number, TooLarge> {
        self.check(last.value)?;
        Ok(last)
    }

    #[rpc]
    fn own_stream_error(&self, last: Number) -> impl ResponseStream<Number, TooLarge> {
        async_stream::try_stream! {
            for value in 1..=last.value {
                self.check(value)?;
                yield n(value);
            }
        }
    }

    #[rpc]
    async fn fails_before_the_first_byte(&self, last: Number) -> Result<impl ResponseStream<Number>> {
        self.check(last.value)?;
        Ok(self.up_to(last))
    }

    #[rpc]
    fn an_iterator(&self, last: Number) -> impl ResponseStream<Number> {
        tokio_stream::iter((1..=last.value).map(|value| Ok(n(value))))
    }

    #[rpc]
    fn a_boxed_stream(&self, last: Number) -> BoxStream<'_, Number> {
        if last.value == 0 {
            Box::pin(tokio_stream::empty())
        } else {
            self.up_to(last)
        }
    }

    #[rpc]
    async fn explicit(&self, mut call: ServerCall<Number, Number>) -> Result<(), TooLarge> {
        while let Ok(Some(last)) = call.receive().await {
            self.check(last.value)?;
            for value in 1..=last.value {
                if call.send(n(value)).await.is_err() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    #[rpc]
    async fn split(&self, call: ServerCall<Number, Number>) -> Result<()> {
        let (mut requests, mut responses) = call.split();
        let (sender, mut receiver) = mpsc::channel(1);
        let reading = tokio::spawn(async move {
            while let Some(last) = requests.receive().await? {
                sender
                    .send(last.value)
                    .await
                    .map_err(|_| Status::internal("nobody writes"))?;
            }
            Ok::<_, Status>(())
        });
        let writing = tokio::spawn(async move {
            while let Some(last) = receiver.recv().await {
                for value in 1..=last {
                    responses.send(n(value)).await?;
                }
            }
            Ok::<_, Status>(())
        });
        reading.await.unwrap()?;
        writing.await.unwrap()
    }
}

impl Shapes {
    fn check(&self, value: i64) -> Result<(), TooLarge> {
        if value > self.limit {
            Err(TooLarge(value))
        } else {
            Ok(())
        }
    }

    fn up_to(&self, last: Number) -> BoxStream<'_, Number> {
        Box::pin(stream!({
            for value in 1..=last.value {
                self.check(value)?;
                yield n(value);
            }
        }))
    }
}

#[tokio::test]
async fn a_handler_has_an_error_type_of_its_own() -> Result<()> {
    let (_server, shapes) = start_shapes().await;
    assert_eq!(shapes.own_error(n(100)).await?, n(100));
    let error = shapes.own_error(n(101)).await.unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        (Code::OutOfRange, "101 is too large")
    );
    Ok(())
}

#[tokio::test]
async fn a_response_stream_has_an_error_type_of_its_own() -> Result<()> {
    let (_server, shapes) = start_shapes().await;
    let mut replies = shapes.own_stream_error(n(101)).await?;
    for value in 1..=100 {
        assert_eq!(replies.receive().await?, Some(n(value)));
    }
    let error = replies.receive().await.unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        (Code::OutOfRange, "101 is too large")
    );
    Ok(())
}

#[tokio::test]
async fn a_streaming_handler_fails_before_the_first_byte() -> Result<()> {
    let (_server, shapes) = start_shapes().await;
    assert_eq!(
        all(shapes.fails_before_the_first_byte(n(3)).await?).await?,
        [n(1), n(2), n(3)]
    );
    let error = all(shapes.fails_before_the_first_byte(n(101)).await?)
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::OutOfRange);
    Ok(())
}

#[tokio::test]
async fn any_stream_of_results_is_a_response_stream() -> Result<()> {
    let (_server, shapes) = start_shapes().await;
    assert_eq!(all(shapes.an_iterator(n(3)).await?).await?, [n(1), n(2), n(3)]);
    assert_eq!(all(shapes.a_boxed_stream(n(3)).await?).await?, [n(1), n(2), n(3)]);
    assert_eq!(all(shapes.a_boxed_stream(n(0)).await?).await?, []);
    Ok(())
}

#[tokio::test]
async fn what_an_explicit_handler_sent_arrives_before_its_error() -> Result<()> {
    let (_server, shapes) = start_shapes().await;
    let mut replies = shapes.explicit([n(2), n(101)]).await?;
    assert_eq!(replies.receive().await?, Some(n(1)));
    assert_eq!(replies.receive().await?, Some(n(2)));
    let error = replies.receive().await.unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        (Code::OutOfRange, "101 is too large")
    );
    Ok(())
}

#[tokio::test]
async fn the_halves_of_a_call_are_used_by_two_tasks() -> Result<()> {
    let (_server, shapes) = start_shapes().await;
    let replies = shapes.split([n(2), n(3)]).await?;
    assert_eq!(all(replies).await?, [1, 2, 1, 2, 3].map(n));
    Ok(())
}

async fn start_shapes() -> (Server, ShapesStub) {
    let (server, target) = start(Shapes { limit: 100 }).await;
    (server, ShapesStub::new(&grpc::insecure_channel(target)))
}

// --- What a handler knows and sets --------------------------------------------------------------------------

struct Tenants;

#[grpc::service(package = "tenants", name = "Tenants")]
impl Tenants {
    #[rpc]
    async fn greet(&self, number: Number, context: Context) -> Result<Number> {
        set_metadata(&context)?;
        if number.value < 0 {
            return Err(Status::invalid_argument(context.method().to_owned()));
        }
        Ok(n(context.peer().address.port().into()))
    }

    #[rpc]
    fn greet_all(&self, numbers: Streaming<Number>, context: Context) -> impl ResponseStream<Number> {
        stream!({
            set_metadata(&context)?;
            for await number in numbers {
                yield number?;
            }
        })
    }

    #[rpc]
    async fn remaining(&self, _number: Number, context: Context) -> Result<Number> {
        let seconds = |left: Duration| i64::try_from(left.as_secs()).unwrap_or(i64::MAX);
        Ok(n(context.time_remaining().map_or(-1, seconds)))
    }
}

/// The tenant goes back in both.
fn set_metadata(context: &Context) -> Result<()> {
    let tenant = context.metadata().get("x-tenant").unwrap_or("nobody");
    let token = context.metadata().get_bin("x-token-bin").unwrap_or_default();
    let mut initial = Metadata::new();
    initial.insert("x-initial", tenant)?;
    let mut trailing = Metadata::new();
    trailing.insert("x-trailing", tenant)?;
    trailing.insert("x-token-bin", token)?;
    context.set_initial_metadata(initial);
    context.set_trailing_metadata(trailing);
    Ok(())
}

#[tokio::test]
async fn metadata_of_a_unary_call_goes_both_ways() -> Result<()> {
    let (_server, tenants) = start_tenants().await;
    let call = tenants
        .greet(n(0))
        .metadata("x-tenant", "seven")
        .metadata("x-token-bin", vec![0, 255]);
    let response = call.response().await?;
    assert_ne!(response.message, n(0), "the peer's port");
    assert_eq!(response.metadata.get("x-initial"), Some("seven"));
    assert_eq!(response.trailers.get("x-trailing"), Some("seven"));
    assert_eq!(
        response.trailers.get_bin("x-token-bin").as_deref(),
        Some(&[0, 255][..])
    );
    Ok(())
}

#[tokio::test]
async fn metadata_of_a_stream_goes_both_ways() -> Result<()> {
    let (_server, tenants) = start_tenants().await;
    let call = tenants.greet_all([n(1)]).metadata("x-tenant", "seven");
    let mut replies = call.await?;
    assert_eq!(replies.metadata().await?.get("x-initial"), Some("seven"));
    assert_eq!(replies.receive().await?, Some(n(1)));
    assert_eq!(replies.receive().await?, None);
    assert_eq!(
        replies.trailers().and_then(|trailers| trailers.get("x-trailing")),
        Some("seven")
    );
    Ok(())
}

#[tokio::test]
async fn trailing_metadata_comes_with_an_error() {
    let (_server, tenants) = start_tenants().await;
    let error = tenants
        .greet(n(-1))
        .metadata("x-tenant", "seven")
        .await
        .unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        (Code::InvalidArgument, "/tenants.Tenants/Greet")
    );
    assert_eq!(error.metadata().get("x-trailing"), Some("seven"));
}

#[tokio::test]
async fn a_handler_sees_its_deadline() -> Result<()> {
    let (_server, tenants) = start_tenants().await;
    assert_eq!(tenants.remaining(n(0)).await?, n(-1));
    let remaining = tenants
        .remaining(n(0))
        .timeout(Duration::from_secs(3600))
        .await?
        .value;
    assert!((3000..=3600).contains(&remaining), "{remaining} s");
    Ok(())
}

async fn start_tenants() -> (Server, TenantsStub) {
    let (server, target) = start(Tenants).await;
    (server, TenantsStub::new(&grpc::insecure_channel(target)))
}

// --- Without a server ---------------------------------------------------------------------------------------

#[tokio::test]
async fn a_call_to_nobody_is_unavailable() {
    // Bound, so that no other has the port, and not listening.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let target = socket.local_addr().unwrap().to_string();
    let error = TallyStub::new(&grpc::insecure_channel(target))
        .double(n(1))
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::Unavailable, "{error}");
}

#[tokio::test]
async fn a_call_that_waits_for_ready_outlasts_the_servers_absence() -> Result<()> {
    let socket = tokio::net::TcpSocket::new_v4()?;
    socket.bind("127.0.0.1:0".parse().unwrap())?;
    let target = socket.local_addr()?.to_string();
    let stub = TallyStub::new(&grpc::insecure_channel(&target));
    assert_eq!(stub.double(n(1)).await.unwrap_err().code(), Code::Unavailable);

    let call = tokio::spawn(stub.double(n(1)).wait_for_ready());
    drop(socket);
    let mut server = grpc::server();
    server.add_insecure_port(&target).unwrap();
    server.add_service(Tally);
    server.start().await.unwrap();
    assert_eq!(call.await.unwrap()?, n(2));
    Ok(())
}

// ------------------------------------------------------------------------------------------------------------

fn n(value: i64) -> Number {
    Number { value }
}

async fn all(mut replies: grpc::Responses<Number>) -> Result<Vec<Number>> {
    let mut all = Vec::new();
    while let Some(reply) = replies.next().await {
        all.push(reply?);
    }
    Ok(all)
}

/// A server of `service`, for as long as it is held, and the target that reaches it.
async fn start<C, S: Service<C>>(service: S) -> (Server, String) {
    let mut server = grpc::server();
    let address = server.add_insecure_port("127.0.0.1:0").unwrap();
    server.add_service(service);
    server.start().await.unwrap();
    (server, address.to_string())
}
