//! What the caller of A learns of the errors that A's own calls, to B, end with. Over real HTTP/2, in all four kinds.

use futures_util::StreamExt;
use grpc::{
    BoxFuture, Channel, ClientInterceptor, Code, Metadata, Server, ServerInterceptor, Service,
    client::{self, ActiveCall, CallHead, Responses},
    details::{BadRequest, DebugInfo, ErrorInfo},
    prelude::*,
    server::Next,
};

use self::tally::{Number, TallyStub};

mod tally {
    grpc::proto!("tests/protos/calls/tally.proto");
}

/// B: fails every call, with metadata and details.
struct Failing;

impl Failing {
    fn fault() -> Status {
        let mut fault = Status::resource_exhausted("b is full")
            .with_detail(ErrorInfo::new("FULL", "b.internal"))
            .with_detail(DebugInfo::new("disk 7 of host 12"));
        fault.metadata_mut().insert("x-host", "12").unwrap();
        fault
    }
}

#[grpc::service(contract = tally::Tally)]
impl Failing {
    async fn double(&self, _number: Number) -> Result<Number> {
        Err(Self::fault())
    }

    fn count_to(&self, last: Number) -> impl ResponseStream<Number> {
        stream!({
            for value in 0..last.value {
                yield n(value);
            }
            return Err(Self::fault());
        })
    }

    async fn sum(&self, mut numbers: Streaming<Number>) -> Result<Number> {
        while numbers.receive().await?.is_some() {}
        Err(Self::fault())
    }

    fn totals(&self, numbers: Streaming<Number>) -> impl ResponseStream<Number> {
        stream!({
            for await number in numbers {
                yield number?;
            }
            return Err(Self::fault());
        })
    }
}

/// A: answers with what B answers; `then` is what it does with B's status.
struct Front {
    upstream: TallyStub,
    then: fn(Status) -> Status,
}

#[grpc::service(contract = tally::Tally)]
impl Front {
    async fn double(&self, number: Number) -> Result<Number> {
        self.upstream.double(number).await.map_err(self.then)
    }

    fn count_to(&self, last: Number) -> impl ResponseStream<Number> {
        stream!({
            let mut replies = self.upstream.count_to(last).await?;
            while let Some(number) = replies.receive().await.map_err(self.then)? {
                yield number;
            }
        })
    }

    async fn sum(&self, numbers: Streaming<Number>) -> Result<Number> {
        self.upstream.sum(numbers).await.map_err(self.then)
    }

    async fn totals(&self, numbers: Streaming<Number>) -> Result<impl ResponseStream<Number>> {
        let then = self.then;
        let replies = self.upstream.totals(numbers).await?;
        Ok(replies.map(move |reply| reply.map_err(then)))
    }
}

/// The statuses of a call of each kind to A.
async fn statuses(then: fn(Status) -> Status) -> Vec<Status> {
    statuses_of(then, |_| {}).await
}

async fn statuses_of(then: fn(Status) -> Status, set_up: impl FnOnce(&mut Server)) -> Vec<Status> {
    let (_b, upstream) = start(Failing, |_| {}).await;
    let (_a, stub) = start(Front { upstream, then }, set_up).await;
    vec![
        stub.double(n(1)).await.unwrap_err(),
        status_of(stub.count_to(n(3)).await.unwrap(), 3).await,
        stub.sum([n(1), n(2)]).await.unwrap_err(),
        status_of(stub.totals([n(1), n(2)]).await.unwrap(), 2).await,
    ]
}

/// The status that ends a stream behind so many replies.
async fn status_of(mut replies: Responses<Number>, count: usize) -> Status {
    for _ in 0..count {
        assert!(replies.receive().await.unwrap().is_some());
    }
    replies.receive().await.unwrap_err()
}

/// All that the caller of A learns is B's code and message.
fn tells_no_more_than_the_code(status: &Status) {
    assert_eq!(
        (status.code(), status.message()),
        (Code::ResourceExhausted, "b is full")
    );
    assert!(status.details().is_empty(), "{status:?}");
    assert!(!status.metadata().contains_key("x-host"), "{status:?}");
}

#[tokio::test]
async fn a_status_from_upstream_loses_its_details_and_metadata_on_the_way_to_the_caller() {
    for status in statuses(|status| status).await {
        tells_no_more_than_the_code(&status);
    }
}

#[tokio::test]
async fn a_clone_of_a_status_from_upstream_tells_no_more() {
    #[expect(clippy::redundant_clone, reason = "it is what is tested")]
    for status in statuses(|status| status.clone()).await {
        tells_no_more_than_the_code(&status);
    }
}

#[tokio::test]
async fn a_status_that_went_through_an_error_type_tells_no_more() {
    struct Fault(Status);
    impl From<Status> for Fault {
        fn from(status: Status) -> Self {
            Self(status)
        }
    }
    impl From<Fault> for Status {
        fn from(fault: Fault) -> Self {
            fault.0
        }
    }
    for status in statuses(|status| Fault::from(status).into()).await {
        tells_no_more_than_the_code(&status);
    }
}

#[tokio::test]
async fn a_status_in_a_transparent_variant_tells_no_more() {
    #[derive(Debug, thiserror::Error, Status)]
    enum Fault {
        #[error(transparent)]
        #[grpc(transparent)]
        Upstream(#[from] Status),
    }
    for status in statuses(|status| Fault::from(status).into()).await {
        tells_no_more_than_the_code(&status);
    }
}

#[tokio::test]
async fn the_source_of_a_status_stays_on_its_side_of_the_wire() {
    for status in statuses(|status| Status::unavailable("try later").with_source(status)).await {
        assert_eq!(
            (status.code(), status.message()),
            (Code::Unavailable, "try later")
        );
        assert!(
            status.details().is_empty() && !status.metadata().contains_key("x-host"),
            "{status:?}"
        );
        assert!(std::error::Error::source(&status).is_none());
    }
}

#[tokio::test]
async fn a_status_that_is_passed_on_arrives_whole() {
    for status in statuses(Status::pass_on).await {
        assert_eq!(
            (status.code(), status.message()),
            (Code::ResourceExhausted, "b is full")
        );
        assert_eq!(status.detail(), Some(ErrorInfo::new("FULL", "b.internal")));
        assert_eq!(status.error_details().unwrap().len(), 2);
        assert_eq!(status.metadata().get("x-host"), Some("12"));
    }
}

#[tokio::test]
async fn either_part_of_a_status_is_passed_on_alone() {
    for status in statuses(Status::pass_on_details).await {
        assert_eq!(status.error_details().unwrap().len(), 2);
        assert!(!status.metadata().contains_key("x-host"));
    }
    for status in statuses(Status::pass_on_metadata).await {
        assert!(status.details().is_empty());
        assert_eq!(status.metadata().get("x-host"), Some("12"));
    }
}

#[tokio::test]
async fn what_the_handler_adds_to_a_status_from_upstream_arrives() {
    let add = |mut status: Status| {
        status.metadata_mut().insert("x-ours", "yes").unwrap();
        status.with_detail(BadRequest::violation("value", "is too much"))
    };
    for status in statuses(add).await {
        assert_eq!(status.error_details().unwrap().len(), 1, "{status:?}");
        assert!(status.detail::<BadRequest>().is_some());
        assert_eq!(status.metadata().get("x-ours"), Some("yes"));
        assert!(!status.metadata().contains_key("x-host"));
    }
}

/// B's error, as far as A knows it.
#[derive(Debug, thiserror::Error, Status)]
#[grpc(domain = "b.internal")]
enum Known {
    #[error("b is full")]
    #[grpc(code = ResourceExhausted)]
    Full,
}

#[tokio::test]
async fn an_enum_made_from_a_status_of_upstream_leaves_with_what_it_declares_alone() {
    for status in statuses(|status| status.downcast::<Known>().unwrap().into()).await {
        let details = status.error_details().unwrap();
        assert_eq!(details.len(), 1, "{status:?}");
        assert_eq!(status.detail(), Some(ErrorInfo::new("FULL", "b.internal")));
        assert!(!status.metadata().contains_key("x-host"), "{status:?}");
    }
}

#[tokio::test]
async fn an_enum_that_upstream_and_its_caller_share_tells_no_more_by_the_question_mark() {
    #[derive(Debug, thiserror::Error, Status)]
    enum Fault {
        #[error(transparent)]
        #[grpc(transparent)]
        Known(#[from] Known),
        #[error(transparent)]
        #[grpc(transparent)]
        Upstream(#[from] Status),
    }
    fn ask(upstream: Status) -> Result<(), Fault> {
        Err(upstream)?
    }
    for status in statuses(|status| ask(status).unwrap_err().into()).await {
        tells_no_more_than_the_code(&status);
    }
}

/// Keeps what it sees of the calls' outcomes.
struct Seen(tokio::sync::mpsc::UnboundedSender<Status>);

impl ServerInterceptor for Seen {
    fn intercept<'a>(&'a self, _context: Context, next: Next<'a>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let outcome = next.run().await;
            if let Err(status) = &outcome {
                self.0.send(status.clone()).unwrap();
            }
            outcome
        })
    }
}

#[tokio::test]
async fn interceptors_see_all_of_a_status_from_upstream() {
    let (sender, mut seen) = tokio::sync::mpsc::unbounded_channel();
    for status in statuses_of(
        |status| status,
        |server| {
            server.add_interceptor(Seen(sender));
        },
    )
    .await
    {
        tells_no_more_than_the_code(&status);
        let seen = seen.recv().await.unwrap();
        assert_eq!(seen.error_details().unwrap().len(), 2);
        assert_eq!(seen.metadata().get("x-host"), Some("12"));
    }
}

/// Asks B whether calls may pass.
struct Asking(TallyStub);

impl ServerInterceptor for Asking {
    fn intercept<'a>(&'a self, _context: Context, next: Next<'a>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            self.0.double(n(1)).await?;
            next.run().await
        })
    }
}

#[tokio::test]
async fn a_status_from_upstream_that_an_interceptor_returns_tells_no_more() {
    let (_b, upstream) = start(Failing, |_| {}).await;
    let asking = Asking(upstream.clone());
    let front = Front {
        upstream,
        then: |status| status,
    };
    let (_a, stub) = start(front, |server| {
        server.add_interceptor(asking);
    })
    .await;
    tells_no_more_than_the_code(&stub.double(n(1)).await.unwrap_err());
}

/// Refuses every call of a channel, as B does.
struct Refusing;

impl ClientInterceptor for Refusing {
    fn intercept<'a>(&'a self, call: CallHead, _next: client::Next<'a>) -> BoxFuture<'a, Result<ActiveCall>> {
        Box::pin(async move {
            let fault = Failing::fault();
            if call.method.kind().has_response_stream() {
                ActiveCall::answer(Metadata::new(), [], Err(fault))
            } else {
                Err(fault)
            }
        })
    }
}

#[tokio::test]
async fn a_status_that_an_interceptor_of_the_channel_makes_counts_as_from_upstream() {
    let channel = Channel::builder("127.0.0.1:1").interceptor(Refusing).build();
    let upstream = TallyStub::new(&channel);
    assert!(
        upstream
            .double(n(1))
            .await
            .unwrap_err()
            .detail::<ErrorInfo>()
            .is_some()
    );
    let front = Front {
        upstream,
        then: |status| status,
    };
    let (_a, stub) = start(front, |_| {}).await;
    tells_no_more_than_the_code(&stub.double(n(1)).await.unwrap_err());
    tells_no_more_than_the_code(&status_of(stub.count_to(n(1)).await.unwrap(), 0).await);
}

#[tokio::test]
async fn a_status_of_ones_own_leaves_whole() {
    let (_b, stub) = start(Failing, |_| {}).await;
    let status = stub.double(n(1)).await.unwrap_err();
    assert_eq!(status.error_details().unwrap().len(), 2);
    assert_eq!(status.metadata().get("x-host"), Some("12"));
}

async fn start<S: Service<tally::Tally>>(
    service: S,
    set_up: impl FnOnce(&mut Server),
) -> (Server, TallyStub) {
    let mut server = grpc::server();
    let address = server.add_insecure_port("127.0.0.1:0").unwrap();
    server.add_service(service);
    set_up(&mut server);
    server.start().await.unwrap();
    let stub = TallyStub::new(&grpc::insecure_channel(address.to_string()));
    (server, stub)
}

fn n(value: i64) -> Number {
    Number { value }
}
