//! The places where a client can be extended.

mod client_support;

use std::{
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use client_support::*;
use grpc_core::{
    BoxFuture, Code, Status,
    client::{
        ActiveCall, Balancer, BalancerAction, BalancerEvent, Call, CallCredentials, CallHead, CallObserver,
        Channel, ClientInterceptor, CredentialsInfo, FixedResolver, Next, PickFirst, Resolver, StreamingCall,
    },
    message::Raw,
    metadata::Metadata,
    transport::Address,
};
use tokio::time::Instant;

fn unary(channel: &Channel) -> Call<Bytes> {
    Call::unary(channel, &UNARY, Bytes::from_static(b"request"), Raw)
}

/// Answers with the value of `x-test`, joined.
async fn echo_metadata(mut stream: Stream) {
    stream.body.all().await;
    let values: Vec<_> = stream
        .head
        .headers
        .get_all("x-test")
        .iter()
        .map(|v| v.to_str().unwrap())
        .collect();
    let values = values.join(" ");
    stream.answer(values.as_bytes());
}

struct Tag(&'static str);

impl ClientInterceptor for Tag {
    fn intercept<'a>(
        &'a self,
        mut call: CallHead,
        next: Next<'a>,
    ) -> BoxFuture<'a, Result<ActiveCall, Status>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            call.metadata.append("x-test", self.0)?;
            next.run(call).await
        })
    }
}

#[tokio::test]
async fn interceptors_run_in_the_order_in_which_they_were_added() {
    let target = serve(echo_metadata).await;
    let channel = Channel::builder(target)
        .interceptor(Tag("outer"))
        .interceptor(Tag("inner"))
        .build();
    assert_eq!(
        unary(&channel).metadata("x-test", "call").await.unwrap(),
        "call outer inner"
    );
}

struct Cached;

impl ClientInterceptor for Cached {
    fn intercept<'a>(&'a self, call: CallHead, next: Next<'a>) -> BoxFuture<'a, Result<ActiveCall, Status>> {
        Box::pin(async move {
            assert_eq!(
                next.request().map(|frame| &frame[5..]),
                call.method.path().ends_with("Unary").then_some(&b"request"[..])
            );
            match call.metadata.get("x-test") {
                Some("fail") => Err(Status::aborted("not today")),
                Some("status") => {
                    ActiveCall::answer(Metadata::new(), [], Err(Status::not_found("in the cache")))
                }
                _ => {
                    let mut metadata = Metadata::new();
                    metadata.insert("x-from", "cache")?;
                    ActiveCall::answer(metadata, ["a", "b"].map(Bytes::from), Ok(()))
                }
            }
        })
    }
}

#[tokio::test]
async fn an_interceptor_may_answer_itself() {
    let channel = Channel::builder("127.0.0.1:1").interceptor(Cached).build();
    assert_eq!(
        unary(&channel)
            .metadata("x-test", "fail")
            .await
            .unwrap_err()
            .code(),
        Code::Aborted
    );
    assert_eq!(
        unary(&channel)
            .metadata("x-test", "status")
            .await
            .unwrap_err()
            .message(),
        "in the cache"
    );
    let call = StreamingCall::<Bytes>::bidi_streaming(&channel, &BIDI, [Bytes::new()], Raw);
    let mut replies = call.await.unwrap();
    assert_eq!(replies.metadata().await.unwrap().get("x-from"), Some("cache"));
    assert_eq!(replies.receive().await.unwrap().unwrap(), "a");
    assert_eq!(replies.receive().await.unwrap().unwrap(), "b");
    assert!(replies.receive().await.unwrap().is_none());
}

struct Stuck;

impl ClientInterceptor for Stuck {
    fn intercept<'a>(&'a self, _: CallHead, _: Next<'a>) -> BoxFuture<'a, Result<ActiveCall, Status>> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test(start_paused = true)]
async fn a_deadline_covers_interceptors() {
    let channel = Channel::builder("127.0.0.1:1").interceptor(Stuck).build();
    let call = unary(&channel).timeout(Duration::from_secs(1));
    let outcome = tokio::time::timeout(Duration::from_secs(60), call).await;
    assert_eq!(
        outcome.expect("it ends").unwrap_err().code(),
        Code::DeadlineExceeded
    );
}

type Log = Arc<Mutex<Vec<String>>>;

struct Logging(Log);

struct Watch(Log);

impl ClientInterceptor for Logging {
    fn intercept<'a>(&'a self, call: CallHead, next: Next<'a>) -> BoxFuture<'a, Result<ActiveCall, Status>> {
        Box::pin(async move {
            let mut active = next.run(call).await?;
            active.observe(Watch(Arc::clone(&self.0)));
            Ok(active)
        })
    }
}

impl CallObserver for Watch {
    fn request(&mut self, frame: &[u8]) {
        self.0
            .lock()
            .unwrap()
            .push(format!("request {}", String::from_utf8_lossy(&frame[5..])));
    }

    fn metadata(&mut self, _metadata: &Metadata) {
        self.0.lock().unwrap().push("metadata".to_owned());
    }

    fn response(&mut self, message: &mut Bytes) -> Result<(), Status> {
        self.0
            .lock()
            .unwrap()
            .push(format!("response {}", String::from_utf8_lossy(message)));
        *message = message.to_ascii_uppercase().into();
        Ok(())
    }

    fn outcome(&mut self, status: Result<(), &Status>, _trailers: &Metadata) {
        let text = status.map_or_else(|status| status.code().to_string(), |()| "OK".to_owned());
        self.0.lock().unwrap().push(text);
    }
}

#[tokio::test]
async fn an_observer_sees_messages_and_the_outcome() {
    let target = serve(|mut stream: Stream| async move {
        let mut answer = stream.open();
        while let Ok(Some(message)) = stream.body.message().await {
            answer.message(&message);
        }
        answer.finish(0);
    })
    .await;
    let log = Log::default();
    let channel = Channel::builder(target)
        .interceptor(Logging(Arc::clone(&log)))
        .build();
    let requests = ["a", "b"].map(Bytes::from);
    let mut replies = StreamingCall::<Bytes>::bidi_streaming(&channel, &BIDI, requests, Raw)
        .await
        .unwrap();
    assert_eq!(replies.receive().await.unwrap().unwrap(), "A");
    assert_eq!(replies.receive().await.unwrap().unwrap(), "B");
    assert!(replies.receive().await.unwrap().is_none());
    drop(replies);
    let seen = std::mem::take(&mut *log.lock().unwrap());
    assert_eq!(
        seen,
        [
            "request a",
            "request b",
            "metadata",
            "response a",
            "response b",
            "OK"
        ]
    );

    let call = StreamingCall::<Bytes>::bidi_streaming(&channel, &BIDI, tokio_stream::pending::<Bytes>(), Raw);
    drop(call.await.unwrap());
    assert_eq!(*log.lock().unwrap(), ["CANCELLED"]);
}

struct Token {
    value: &'static str,
    anywhere: bool,
}

impl CallCredentials for Token {
    fn metadata<'a>(&'a self, call: CredentialsInfo<'a>) -> BoxFuture<'a, Result<Metadata, Status>> {
        Box::pin(async move {
            let mut metadata = Metadata::new();
            let service = call.audience.rsplit_once('/').map(|(_, service)| service);
            metadata.append("x-test", format!("{} for {}", self.value, service.unwrap()))?;
            Ok(metadata)
        })
    }

    fn require_transport_security(&self) -> bool {
        !self.anywhere
    }
}

#[tokio::test]
async fn credentials_of_channel_and_call_go_along_unless_they_would_be_exposed() {
    let target = serve(echo_metadata).await;
    let channel = Channel::builder(&target)
        .credentials(Token {
            value: "a",
            anywhere: true,
        })
        .build();
    let call = unary(&channel).credentials(Token {
        value: "b",
        anywhere: true,
    });
    assert_eq!(call.await.unwrap(), "a for test.Test b for test.Test");
    let error = unary(&channel)
        .credentials(Token {
            value: "secret",
            anywhere: false,
        })
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::Unauthenticated);
}

#[tokio::test]
async fn a_resolver_of_ones_own_finds_the_addresses() {
    struct Registry(FixedResolver);
    impl Resolver for Registry {
        fn resolve_again(&mut self, now: Instant) {
            self.0.resolve_again(now);
        }
        fn poll_resolve(&mut self, cx: &mut Context<'_>, now: Instant) -> Poll<Result<Vec<Address>, Status>> {
            self.0.poll_resolve(cx, now)
        }
    }
    let address: std::net::SocketAddr = serve(echo_metadata).await.parse().unwrap();
    let channel = Channel::builder("registry://cluster/greeter")
        .resolver(move || Registry(FixedResolver::new([address.into()])))
        .authority("greeter.cluster")
        .build();
    assert_eq!(
        unary(&channel).metadata("x-test", "found").await.unwrap(),
        "found"
    );
}

#[tokio::test]
async fn a_balancer_of_ones_own_decides_what_to_connect_to() {
    /// The last address rather than the first.
    struct PickLast(PickFirst);
    impl Balancer for PickLast {
        fn handle(&mut self, event: BalancerEvent, now: Instant) {
            let event = match event {
                BalancerEvent::Addresses(addresses) => {
                    BalancerEvent::Addresses(addresses.into_iter().rev().collect())
                }
                event => event,
            };
            self.0.handle(event, now);
        }
        fn next_action(&mut self) -> Option<BalancerAction> {
            self.0.next_action()
        }
    }
    let unreachable = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let first = unreachable.local_addr().unwrap();
    let last = serve(echo_metadata).await;
    let channel = Channel::builder(format!("ipv4:{first},{last}"))
        .balancer(|| PickLast(PickFirst::new()))
        .build();
    assert_eq!(unary(&channel).metadata("x-test", "last").await.unwrap(), "last");
}
