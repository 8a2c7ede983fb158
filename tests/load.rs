//! Many calls at once over one channel, and what is left of calls that end in every way they can.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::future::{join_all, try_join_all};
use grpc::{Code, Server, Service, prelude::*};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    runtime::Handle,
    sync::{Barrier, oneshot},
    task::yield_now,
    time::timeout,
};

use self::tally::{Number, TallyStub};

mod tally {
    grpc::proto!("tests/protos/calls/tally.proto");
}

/// Nothing here takes this long; it only turns a hang into a failure.
const PATIENCE: Duration = Duration::from_secs(60);

// --- Many at once -------------------------------------------------------------------------------------------

struct Tally {
    meeting: Barrier,
}

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

    /// Answers when as many calls as the barrier wants are here.
    async fn sum(&self, mut numbers: Streaming<Number>) -> Result<Number> {
        let mut sum = 0;
        while let Some(number) = numbers.receive().await? {
            sum += number.value;
        }
        self.meeting.wait().await;
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

struct Meeting {
    barrier: Barrier,
}

#[grpc::service(package = "meeting", name = "Meeting")]
impl Meeting {
    #[rpc]
    async fn meet(&self, number: Number) -> Result<Number> {
        self.barrier.wait().await;
        Ok(number)
    }
}

#[tokio::test]
async fn a_thousand_handlers_meet_at_a_barrier() {
    let (_server, address) = start(Meeting {
        barrier: Barrier::new(1000),
    })
    .await;
    let stub = MeetingStub::new(&grpc::insecure_channel(address.to_string()));
    let calls = try_join_all((0..1000).map(|value| stub.meet(n(value))));
    let replies = timeout(PATIENCE, calls)
        .await
        .expect("all handlers run at once")
        .unwrap();
    assert_eq!(replies, (0..1000).map(n).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_thousand_uploads_meet_at_a_barrier() {
    let (_server, address) = start(Tally {
        meeting: Barrier::new(1000),
    })
    .await;
    let stub = TallyStub::new(&grpc::insecure_channel(address.to_string()));
    let calls = try_join_all((0..1000).map(|value| stub.sum([n(value), n(1)])));
    let replies = timeout(PATIENCE, calls)
        .await
        .expect("all handlers run at once")
        .unwrap();
    assert_eq!(replies, (1..=1000).map(n).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_unary_calls_at_once_are_all_answered() {
    let (_server, address) = start(Tally {
        meeting: Barrier::new(1),
    })
    .await;
    let stub = TallyStub::new(&grpc::insecure_channel(address.to_string()));
    let calls = (0..10_000).map(|value| tokio::spawn(stub.double(n(value))));
    let replies = timeout(PATIENCE, join_all(calls))
        .await
        .expect("every call is answered");
    for (value, reply) in (0..).zip(replies) {
        assert_eq!(reply.unwrap().unwrap(), n(value * 2));
    }
}

#[tokio::test]
async fn ten_thousand_unary_calls_of_one_task_are_all_answered() {
    let (_server, address) = start(Tally {
        meeting: Barrier::new(1),
    })
    .await;
    let stub = TallyStub::new(&grpc::insecure_channel(address.to_string()));
    let calls = try_join_all((0..10_000).map(|value| stub.double(n(value))));
    let replies = timeout(PATIENCE, calls)
        .await
        .expect("every call is answered")
        .unwrap();
    assert_eq!(replies, (0..10_000).map(|value| n(value * 2)).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_bidi_streams_at_once_lose_nothing() {
    const STREAMS: usize = 1000;
    const STEPS: i64 = 20;

    let (_server, address) = start(Tally {
        meeting: Barrier::new(1),
    })
    .await;
    let stub = TallyStub::new(&grpc::insecure_channel(address.to_string()));
    let all_open = Arc::new(Barrier::new(STREAMS));
    let one = |index: i64| {
        let (stub, all_open) = (stub.clone(), Arc::clone(&all_open));
        async move {
            let mut call = stub.totals_call().await?;
            let mut total = 0;
            for step in 0..STEPS {
                total += index + step;
                call.send(n(index + step)).await?;
                assert_eq!(
                    call.receive().await?,
                    Some(n(total)),
                    "stream {index}, step {step}"
                );
                if step == 0 {
                    all_open.wait().await;
                }
            }
            call.done_sending().await?;
            assert_eq!(call.receive().await?, None, "stream {index}");
            Ok::<_, Status>(())
        }
    };
    let calls = (0..).take(STREAMS).map(|index| tokio::spawn(one(index)));
    let outcomes = timeout(PATIENCE, join_all(calls))
        .await
        .expect("every stream ends");
    for outcome in outcomes {
        outcome.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_thousand_replies_reach_each_of_a_hundred_streams() {
    let (_server, address) = start(Tally {
        meeting: Barrier::new(1),
    })
    .await;
    let stub = TallyStub::new(&grpc::insecure_channel(address.to_string()));
    let one = async || {
        let mut replies = stub.count_to(n(1000)).await?;
        for value in 1..=1000 {
            assert_eq!(replies.receive().await?, Some(n(value)));
        }
        assert_eq!(replies.receive().await?, None);
        Ok::<_, Status>(())
    };
    let calls = try_join_all((0..100).map(|_| one()));
    timeout(PATIENCE, calls)
        .await
        .expect("every stream ends")
        .unwrap();
}

// --- What is left -------------------------------------------------------------------------------------------

/// Its handlers and streams never end by themselves, and are counted while they exist.
#[derive(Default)]
struct Holding {
    live: Arc<AtomicUsize>,
}

#[grpc::service(package = "holding", name = "Holding")]
impl Holding {
    #[rpc]
    async fn once(&self, _number: Number) -> Result<Number> {
        let _live = Live::new(&self.live);
        std::future::pending().await
    }

    #[rpc]
    fn stream(&self, number: Number) -> impl ResponseStream<Number> {
        stream!({
            let _live = Live::new(&self.live);
            yield number;
            std::future::pending::<()>().await;
        })
    }

    #[rpc]
    async fn sum(&self, mut numbers: Streaming<Number>) -> Result<Number> {
        let _live = Live::new(&self.live);
        while numbers.receive().await?.is_some() {}
        std::future::pending().await
    }

    #[rpc]
    fn echo(&self, numbers: Streaming<Number>) -> impl ResponseStream<Number> {
        let live = Live::new(&self.live);
        stream!({
            let _live = live;
            for await number in numbers {
                yield number?;
            }
        })
    }

    #[rpc]
    async fn explicit(&self, mut call: ServerCall<Number, Number>) -> Result<()> {
        let _live = Live::new(&self.live);
        while let Some(number) = call.receive().await? {
            call.send(number).await?;
        }
        Ok(())
    }
}

struct Live(Arc<AtomicUsize>);

impl Live {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(count))
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Ending {
    /// The client drops its calls: RST_STREAM.
    Dropped,
    /// Every call's deadline passes.
    Deadline,
    /// The connection is closed: FIN.
    Closed,
    /// The connection is torn: a TCP reset.
    Reset,
    /// The server stops, and its grace period passes.
    Stopped,
}

#[tokio::test]
async fn nothing_is_left_of_dropped_calls() {
    nothing_is_left_after(Ending::Dropped).await;
}

#[tokio::test]
async fn nothing_is_left_of_calls_whose_deadline_passed() {
    nothing_is_left_after(Ending::Deadline).await;
}

#[tokio::test]
async fn nothing_is_left_of_calls_on_a_closed_connection() {
    nothing_is_left_after(Ending::Closed).await;
}

#[tokio::test]
async fn nothing_is_left_of_calls_on_a_connection_that_was_reset() {
    nothing_is_left_after(Ending::Reset).await;
}

#[tokio::test]
async fn nothing_is_left_of_calls_that_outlast_the_grace_period() {
    nothing_is_left_after(Ending::Stopped).await;
}

async fn nothing_is_left_after(ending: Ending) {
    let tasks_before = tasks();
    let service = Arc::new(Holding::default());
    let live = || service.live.load(Ordering::SeqCst);
    let (server, address) = start(Arc::clone(&service)).await;
    let (wire, target) = Wire::start(address).await;
    let stub = HoldingStub::new(&grpc::insecure_channel(target.to_string()));

    // One call of each shape, each past its first message.
    let limit = if ending == Ending::Deadline {
        Duration::from_secs(2)
    } else {
        PATIENCE
    };
    let once = tokio::spawn(stub.once(n(1)).timeout(limit));
    let mut stream = stub.stream(n(1)).timeout(limit).await.unwrap();
    assert_eq!(stream.receive().await.unwrap(), Some(n(1)));
    let mut echo = stub.echo_call().timeout(limit).await.unwrap();
    echo.send(n(1)).await.unwrap();
    assert_eq!(echo.receive().await.unwrap(), Some(n(1)));
    let mut explicit = stub.explicit_call().timeout(limit).await.unwrap();
    explicit.send(n(1)).await.unwrap();
    assert_eq!(explicit.receive().await.unwrap(), Some(n(1)));
    let mut sum = stub.sum_call().timeout(limit).await.unwrap();
    sum.send(n(1)).await.unwrap();
    until("every handler runs", || live() == 5).await;

    let expected = match ending {
        Ending::Dropped => None,
        Ending::Deadline => Some(Code::DeadlineExceeded),
        Ending::Closed | Ending::Reset => {
            wire.cut(ending == Ending::Reset);
            Some(Code::Unavailable)
        }
        Ending::Stopped => {
            server.handle().stop(Duration::ZERO).await;
            None
        }
    };
    if ending == Ending::Dropped {
        once.abort();
    } else {
        let errors = [
            once.await.unwrap().unwrap_err(),
            stream.receive().await.unwrap_err(),
            echo.receive().await.unwrap_err(),
            explicit.receive().await.unwrap_err(),
            sum.receive().await.unwrap_err(),
        ];
        for error in errors {
            assert!(expected.is_none_or(|code| error.code() == code), "{error}");
        }
    }
    drop((stream, echo, explicit, sum));
    until("every handler and stream is dropped", || live() == 0).await;

    drop(stub);
    server.handle().stop(PATIENCE).await;
    drop(server);
    until("every task has ended", || tasks() == tasks_before).await;
    assert_eq!(Arc::strong_count(&service), 1);
}

#[tokio::test]
async fn nothing_is_left_of_calls_that_ended_well() {
    let tasks_before = tasks();
    let service = Arc::new(Tally {
        meeting: Barrier::new(1),
    });
    let (server, address) = start(Arc::clone(&service)).await;
    let stub = TallyStub::new(&grpc::insecure_channel(address.to_string()));
    try_join_all((0..100).map(|value| stub.double(n(value))))
        .await
        .unwrap();
    stub.sum((0..100).map(n)).await.unwrap();
    drop(stub);
    server.handle().stop(PATIENCE).await;
    drop(server);
    until("every task has ended", || tasks() == tasks_before).await;
    assert_eq!(Arc::strong_count(&service), 1);
}

/// A TCP connection that can be cut in the middle.
struct Wire(oneshot::Sender<bool>);

impl Wire {
    /// Carries one connection to `server`; also gives the address to connect to.
    async fn start(server: SocketAddr) -> (Self, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (cut, is_cut) = oneshot::channel();
        tokio::spawn(async move {
            let (mut near, _) = listener.accept().await.unwrap();
            drop(listener);
            let mut far = TcpStream::connect(server).await.unwrap();
            tokio::select! {
                _ = copy_bidirectional(&mut near, &mut far) => {}
                Ok(reset) = is_cut => {
                    if reset {
                        near.set_zero_linger().unwrap();
                        far.set_zero_linger().unwrap();
                    }
                }
            }
        });
        (Self(cut), address)
    }

    fn cut(self, reset: bool) {
        self.0.send(reset).unwrap();
    }
}

fn tasks() -> usize {
    Handle::current().metrics().num_alive_tasks()
}

async fn until(what: &str, done: impl Fn() -> bool) {
    let waiting = async {
        while !done() {
            yield_now().await;
        }
    };
    assert!(
        timeout(PATIENCE, waiting).await.is_ok(),
        "it never came to be that {what}"
    );
}

fn n(value: i64) -> Number {
    Number { value }
}

/// A server of `service`, for as long as it is held, and its address.
async fn start<C, S: Service<C>>(service: S) -> (Server, SocketAddr) {
    let mut server = grpc::server();
    let address = server.add_insecure_port("127.0.0.1:0").unwrap();
    server.add_service(service);
    server.start().await.unwrap();
    (server, address.socket_addr().unwrap())
}
