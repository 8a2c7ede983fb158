//! How long connections live, how often they are pinged, and how many calls there are: under paused time, over pipes.

use std::{
    future::{self, Future},
    time::Duration,
};

use grpc::{Channel, Code, Connector, Server, client::ConnectivityState, prelude::*, transport::InProcess};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::{Instant, sleep, timeout},
};

use self::tally::{Number, TallyStub};

mod tally {
    grpc::proto!("tests/protos/calls/tally.proto");
}

const SECOND: Duration = Duration::from_secs(1);

/// Counts a number a second.
struct Slow;

#[grpc::service(contract = tally::Tally)]
impl Slow {
    async fn double(&self, number: Number) -> Result<Number> {
        Ok(n(number.value * 2))
    }

    fn count_to(&self, last: Number) -> impl ResponseStream<Number> {
        stream!({
            for value in 1..=last.value {
                sleep(SECOND).await;
                yield n(value);
            }
        })
    }

    async fn sum(&self, _numbers: Streaming<Number>) -> Result<Number> {
        future::pending().await
    }

    fn totals(&self, _numbers: Streaming<Number>) -> impl ResponseStream<Number> {
        stream!({
            yield n(0);
            future::pending::<()>().await;
        })
    }
}

fn n(value: i64) -> Number {
    Number { value }
}

async fn start(set: impl FnOnce(&mut Server)) -> (Server, InProcess) {
    let inside = InProcess::new("tally");
    let mut server = grpc::server();
    server.add_service(Slow);
    server.add_listener(inside.listen().unwrap()).unwrap();
    set(&mut server);
    server.start().await.unwrap();
    (server, inside)
}

fn stub(inside: &InProcess) -> (Channel, TallyStub) {
    let channel = Channel::in_process(inside).idle_timeout(None).build();
    let stub = TallyStub::new(&channel);
    (channel, stub)
}

// --- How long a connection lives ----------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_closed_and_the_next_call_makes_another() -> Result<()> {
    let (_server, inside) = start(|server| {
        server.max_connection_idle(SECOND * 60);
    })
    .await;
    let (channel, stub) = stub(&inside);
    for _ in 0..3 {
        assert_eq!(stub.double(n(1)).await?, n(2));
        sleep(SECOND * 50).await;
        assert_eq!(channel.state(), ConnectivityState::Ready);
        stub.double(n(1)).await?;
        sleep(SECOND * 50).await;
        assert_eq!(channel.state(), ConnectivityState::Ready, "the call put it off");
        sleep(SECOND * 15).await;
        assert_eq!(channel.state(), ConnectivityState::Idle);
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_connection_with_an_open_call_is_not_idle() -> Result<()> {
    let (_server, inside) = start(|server| {
        server.max_connection_idle(SECOND * 10);
    })
    .await;
    let (_channel, stub) = stub(&inside);
    let mut numbers = stub.count_to(n(100)).await?;
    let mut count = 0;
    while numbers.receive().await?.is_some() {
        count += 1;
    }
    assert_eq!(count, 100);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn an_old_connection_finishes_its_calls_and_new_ones_go_elsewhere() -> Result<()> {
    let (_server, inside) = start(|server| {
        server.max_connection_age(SECOND * 100);
    })
    .await;
    let (_channel, stub) = stub(&inside);
    let mut numbers = stub.count_to(n(300)).await?;
    let began = Instant::now();
    let mut last = 0;
    while let Some(number) = numbers.receive().await? {
        last = number.value;
        // Whatever connection there is.
        assert_eq!(stub.double(number).await?, n(last * 2));
    }
    assert_eq!(last, 300, "without a grace that is set, it has all the time");
    assert!(began.elapsed() >= SECOND * 300);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_call_that_outlives_the_grace_of_its_old_connection_is_ended() -> Result<()> {
    let (_server, inside) = start(|server| {
        server
            .max_connection_age(SECOND * 100)
            .max_connection_age_grace(SECOND * 10);
    })
    .await;
    let (_channel, stub) = stub(&inside);
    let began = Instant::now();
    let mut numbers = stub.count_to(n(1000)).await?;
    let error = loop {
        match numbers.receive().await {
            Ok(number) => assert!(number.is_some(), "it is not over"),
            Err(error) => break error,
        }
    };
    assert_eq!(error.code(), Code::Unavailable, "{error}");
    // A tenth less or more, and the grace.
    let lived = began.elapsed();
    assert!(lived >= SECOND * 100 && lived <= SECOND * 121, "{lived:?}");
    assert_eq!(stub.double(n(1)).await?, n(2), "on another connection");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_channel_without_calls_lets_its_connection_go() -> Result<()> {
    let (_server, inside) = start(|_| {}).await;
    let channel = Channel::in_process(&inside).build();
    let stub = TallyStub::new(&channel);
    assert_eq!(stub.double(n(1)).await?, n(2));
    sleep(SECOND * 60 * 29).await;
    assert_eq!(channel.state(), ConnectivityState::Ready);
    sleep(SECOND * 60 * 6).await;
    assert_eq!(channel.state(), ConnectivityState::Idle);
    assert_eq!(stub.double(n(1)).await?, n(2));
    assert_eq!(channel.state(), ConnectivityState::Ready);
    // A call that is open keeps it.
    let mut totals = stub.totals([]).await?;
    assert_eq!(totals.receive().await?, Some(n(0)));
    sleep(SECOND * 60 * 120).await;
    assert_eq!(channel.state(), ConnectivityState::Ready);
    drop(totals);
    sleep(SECOND * 60 * 40).await;
    assert_eq!(channel.state(), ConnectivityState::Idle);
    Ok(())
}

// --- How many calls there are -------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn more_calls_than_the_server_takes_are_refused_by_name() -> Result<()> {
    let (_server, inside) = start(|server| {
        server.max_concurrent_calls(2);
    })
    .await;
    // Over all connections.
    let ((_a, first), (_b, second)) = (stub(&inside), stub(&inside));
    let mut open = first.totals([]).await?;
    assert_eq!(open.receive().await?, Some(n(0)));
    let mut numbers = second.count_to(n(2)).await?;
    assert_eq!(numbers.receive().await?, Some(n(1)));
    for stub in [&first, &second] {
        let error = stub.double(n(1)).await.unwrap_err();
        assert_eq!(error.code(), Code::ResourceExhausted, "{error}");
        assert!(error.message().contains("max_concurrent_calls"), "{error}");
    }
    assert_eq!(numbers.receive().await?, Some(n(2)));
    assert_eq!(numbers.receive().await?, None);
    for _ in 0..10 {
        assert_eq!(first.double(n(1)).await?, n(2), "there is room again");
    }
    drop(open);
    // The server learns of it a moment later.
    sleep(SECOND).await;
    let _two = (second.totals([]).await?, second.totals([]).await?);
    Ok(())
}

// --- How often a connection is pinged -----------------------------------------------------------------------

const PING: u8 = 6;
const GOAWAY: u8 = 7;

/// A client that speaks HTTP/2's frames by hand.
struct Raw<T>(T);

async fn raw(inside: &InProcess) -> Raw<impl AsyncRead + AsyncWrite + Unpin> {
    let (mut io, _peer) = inside.connect(&inside.address()).await.unwrap();
    io.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
        .await
        .unwrap();
    Raw(io)
}

impl<T: AsyncRead + AsyncWrite + Unpin> Raw<T> {
    async fn ping(&mut self) {
        self.0.write_all(b"\0\0\x08\x06\0\0\0\0\0pingpong").await.unwrap();
    }

    /// The next frame's type, flags and payload; `None` when the server has closed.
    async fn frame(&mut self) -> Option<(u8, u8, Vec<u8>)> {
        let mut header = [0; 9];
        self.0.read_exact(&mut header).await.ok()?;
        let length = u32::from_be_bytes([0, header[0], header[1], header[2]]);
        let mut payload = vec![0; length as usize];
        self.0.read_exact(&mut payload).await.ok()?;
        Some((header[3], header[4], payload))
    }

    /// Until there is a PING's answer (true) or the server says GOAWAY for too many (false).
    async fn is_answered(&mut self) -> bool {
        loop {
            match self.frame().await {
                Some((PING, 1, payload)) => {
                    assert_eq!(payload, b"pingpong");
                    return true;
                }
                Some((GOAWAY, _, payload)) => {
                    assert_eq!(payload, b"\0\0\0\0\0\0\0\x0btoo_many_pings");
                    return false;
                }
                Some(_) => {}
                None => panic!("closed without a word"),
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_pings_too_often_is_told_so_and_closed() {
    let (_server, inside) = start(|_| {}).await;
    let mut raw = raw(&inside).await;
    for answered in [true, true, true, false] {
        raw.ping().await;
        assert_eq!(raw.is_answered().await, answered);
        // Less than the two hours that are to be between pings without a call.
        sleep(SECOND * 60 * 20).await;
    }
    assert_eq!(raw.frame().await, None, "closed");
}

#[tokio::test(start_paused = true)]
async fn pings_that_come_in_one_piece_are_counted_one_by_one() {
    let (_server, inside) = start(|_| {}).await;
    let mut raw = raw(&inside).await;
    let pings = b"\0\0\x08\x06\0\0\0\0\0pingpong".repeat(10);
    raw.0.write_all(&pings).await.unwrap();
    while raw.is_answered().await {}
    assert_eq!(raw.frame().await, None, "closed");
}

#[tokio::test(start_paused = true)]
async fn pings_that_are_permitted_are_answered_for_ever() {
    let (_server, inside) = start(|server| {
        server
            .permit_keepalive_time(SECOND)
            .permit_keepalive_without_calls(true);
    })
    .await;
    let mut raw = raw(&inside).await;
    for _ in 0..100 {
        raw.ping().await;
        assert!(raw.is_answered().await);
        sleep(SECOND).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_channel_that_pings_too_often_pings_less_on_its_next_connection() -> Result<()> {
    let (_server, inside) = start(|server| {
        server.permit_keepalive_time(SECOND * 40);
    })
    .await;
    let channel = Channel::in_process(&inside)
        .keepalive_interval(SECOND * 10)
        .keepalive_timeout(SECOND * 5)
        .build();
    let stub = TallyStub::new(&channel);
    // Refused at every 10 seconds and at every 20; 40 are permitted.
    for _ in 0..2 {
        let mut totals = stub.totals([]).await?;
        assert_eq!(totals.receive().await?, Some(n(0)));
        let error = totals.receive().await.unwrap_err();
        assert_eq!(error.code(), Code::Unavailable, "{error}");
        let said = r#"GOAWAY, ENHANCE_YOUR_CALM: "too_many_pings""#;
        assert!(error.message().contains(said), "{error}");
    }
    let mut totals = stub.totals([]).await?;
    assert_eq!(totals.receive().await?, Some(n(0)));
    stays_open(totals.receive()).await;
    Ok(())
}

async fn stays_open<T>(future: impl Future<Output = T>) {
    assert!(timeout(SECOND * 3600, future).await.is_err(), "it has ended");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_answer_a_keepalive_ping_is_given_up() {
    // It sends its SETTINGS, and nothing from then on.
    let inside = InProcess::new("silent");
    let mut listener = inside.listen().unwrap();
    tokio::spawn(async move {
        let (mut io, _) = grpc::Listener::accept(&mut listener).await.unwrap();
        io.write_all(b"\0\0\0\x04\0\0\0\0\0").await.unwrap();
        let mut nothing = [0; 1024];
        while io.read(&mut nothing).await.is_ok_and(|read| read > 0) {}
    });
    let channel = Channel::in_process(&inside)
        .keepalive_interval(SECOND * 10)
        .keepalive_timeout(SECOND * 5)
        .build();
    let began = Instant::now();
    let error = TallyStub::new(&channel).double(n(1)).await.unwrap_err();
    assert_eq!(error.code(), Code::Unavailable, "{error}");
    let took = began.elapsed();
    assert!(took >= SECOND * 15 && took < SECOND * 17, "{took:?}");
}
