//! Every pairing of a server and a client of which at least one half is generated code, unchanged.

mod support;

use std::time::Duration;

use grpc_servicer_compat_tonic::{generated::echo::Ping, native::echo::EchoStub};

use self::support::{Answer, Caller, Failure, GeneratedClient, How, Running, ping, pings, until};

const DEADLINE_EXCEEDED: i32 = 4;
const FAILED_PRECONDITION: i32 = 9;
const UNAVAILABLE: i32 = 14;

/// Larger than any window of HTTP/2 on the way.
const LARGE: usize = 3 * 1024 * 1024;

macro_rules! pairs {
    ($($(#[$what:meta])* $pair:ident: $server:ident, $client:ty;)*) => { $(
        $(#[$what])*
        mod $pair {
            use super::*;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn every_kind_of_call_is_answered() {
                let server = support::$server().await;
                super::every_kind_of_call_is_answered(<$client>::of(&server).await).await;
            }

            #[tokio::test]
            async fn metadata_goes_both_ways() {
                let server = support::$server().await;
                super::metadata_goes_both_ways(<$client>::of(&server).await).await;
            }

            #[tokio::test]
            async fn an_error_arrives_with_all_that_it_has() {
                let server = support::$server().await;
                super::an_error_arrives_with_all_that_it_has(<$client>::of(&server).await).await;
            }

            #[tokio::test]
            async fn a_deadline_ends_the_call_and_its_handler() {
                let server = support::$server().await;
                super::a_deadline_ends_the_call_and_its_handler(<$client>::of(&server).await, &server).await;
            }

            #[tokio::test]
            async fn a_call_that_is_dropped_ends_its_handler() {
                let server = support::$server().await;
                super::a_call_that_is_dropped_ends_its_handler(<$client>::of(&server).await, &server).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn large_messages_pass() {
                let server = support::$server().await;
                super::large_messages_pass(<$client>::of(&server).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn a_thousand_calls_at_a_time_are_answered() {
                let server = support::$server().await;
                super::a_thousand_calls_at_a_time_are_answered(<$client>::of(&server).await).await;
            }

            #[tokio::test]
            async fn a_server_that_dies_ends_its_calls() {
                let server = support::$server().await;
                super::a_server_that_dies_ends_its_calls(<$client>::of(&server).await, server).await;
            }
        }
    )* };
}

pairs! {
    /// tonic's channel → generated service on our server.
    tonic_to_generated_on_ours: generated_on_ours, GeneratedClient<tonic::transport::Channel>;
    /// Our stub → generated service on our server.
    stub_to_generated_on_ours: generated_on_ours, EchoStub;
    /// Generated client on our channel → generated service on our server.
    generated_to_generated_on_ours: generated_on_ours, GeneratedClient<grpc::Channel>;
    /// Our stub → tonic's server.
    stub_to_tonic: on_tonic, EchoStub;
    /// Generated client on our channel → tonic's server.
    generated_on_our_channel_to_tonic: on_tonic, GeneratedClient<grpc::Channel>;
    /// tonic's channel → a service of ours.
    tonic_to_native: native_on_ours, GeneratedClient<tonic::transport::Channel>;
    /// Generated client on our channel → a service of ours.
    generated_on_our_channel_to_native: native_on_ours, GeneratedClient<grpc::Channel>;
}

async fn every_kind_of_call_is_answered(client: impl Caller) {
    let how = How::default();
    assert_eq!(client.one_to_one(ping("a"), how).await.texts, ["a"]);
    let count = Ping { count: 3, ..ping("") };
    assert_eq!(client.one_to_many(count, how).await.texts, ["0", "1", "2"]);
    assert_eq!(
        client.one_to_many(ping(""), how).await,
        Answer::default(),
        "none at all"
    );
    assert_eq!(
        client.many_to_one(pings(["a", "b", "c"]), how).await.texts,
        ["abc"]
    );
    assert_eq!(client.many_to_one(Vec::new(), how).await.texts, [""]);
    assert_eq!(
        client.many_to_many(pings(["a", "b", "c"]), how).await.texts,
        ["a", "b", "c"]
    );
    assert_eq!(
        client.many_to_many(Vec::new(), how).await,
        Answer::default(),
        "none at all"
    );
}

async fn metadata_goes_both_ways(client: impl Caller) {
    let how = How {
        metadata: true,
        ..How::default()
    };
    let answer = client.one_to_one(ping("describe"), how).await;
    assert!(answer.texts[0].starts_with("7 [0, 255] peer"), "{answer:?}");
    assert_eq!(answer.head, Some(("head".to_owned(), vec![0, 159, 255])));
}

async fn an_error_arrives_with_all_that_it_has(client: impl Caller) {
    let expected = || Failure {
        code: FAILED_PRECONDITION,
        message: "not \u{fc}ber 100 %".to_owned(),
        details: vec![1, 2, 255],
        why: Some(("because".to_owned(), vec![3, 200])),
    };
    let how = How::default();
    // Before anything else was sent, as headers alone.
    for answer in [
        client.one_to_one(ping("fail"), how).await,
        client.one_to_many(ping("fail"), how).await,
        client.many_to_one(pings(["a", "fail"]), how).await,
        client.many_to_many(pings(["fail"]), how).await,
    ] {
        assert_eq!(answer.failure, Some(expected()));
        assert!(answer.texts.is_empty());
    }
    // Behind messages, as trailers.
    let list = Ping {
        count: 2,
        ..ping("then fail")
    };
    let answer = client.one_to_many(list, how).await;
    assert_eq!(answer.failure, Some(expected()));
    assert_eq!(answer.texts, ["0", "1"]);
    let answer = client.many_to_many(pings(["a", "fail"]), how).await;
    assert_eq!(answer.failure, Some(expected()));
    assert_eq!(answer.texts, ["a"]);
}

async fn a_deadline_ends_the_call_and_its_handler<C: Caller>(client: C, server: &Running) {
    let how = How {
        timeout: Some(Duration::from_millis(200)),
        ..How::default()
    };
    // Whoever is the first to notice.
    let is_late = |answer: Answer| {
        assert!(
            [DEADLINE_EXCEEDED, C::LATE].contains(&answer.code()),
            "{answer:?}"
        )
    };
    is_late(client.one_to_one(ping("hang"), how).await);
    is_late(client.many_to_one(pings(["a", "hang"]), how).await);
    is_late(client.many_to_many(pings(["hang"]), how).await);
    until("the handlers are gone", || server.watch.running() == 0).await;
    assert!(server.watch.dropped() >= 2, "they had been there");
}

async fn a_call_that_is_dropped_ends_its_handler(client: impl Caller, server: &Running) {
    let calls = {
        let (one, many, collect, chat) = (client.clone(), client.clone(), client.clone(), client);
        let list = Ping {
            count: 1,
            ..ping("then hang")
        };
        [
            tokio::spawn(async move { one.one_to_one(ping("hang"), How::default()).await }),
            tokio::spawn(async move { many.one_to_many(list, How::default()).await }),
            tokio::spawn(async move { collect.many_to_one(pings(["a", "hang"]), How::default()).await }),
            tokio::spawn(async move { chat.many_to_many(pings(["a", "hang"]), How::default()).await }),
        ]
    };
    until("the handlers run", || server.watch.running() == 4).await;
    calls.iter().for_each(|call| call.abort());
    until("the handlers are gone", || server.watch.dropped() == 4).await;
}

async fn large_messages_pass(client: impl Caller) {
    let large = |text: &str| Ping {
        payload: (0..LARGE).map(|n| (n % 251) as u8).collect(),
        count: 3,
        ..ping(text)
    };
    let how = How::default();
    let answer = client.one_to_one(large(""), how).await;
    assert!(answer.payload == large("").payload, "{:?}", answer.failure);
    let answer = client.one_to_many(large(""), how).await;
    assert!(
        answer.payload == large("").payload.repeat(3),
        "{:?}",
        answer.failure
    );
    let answer = client.many_to_many(vec![large("a"), large("b")], how).await;
    assert!(
        answer.payload == large("").payload.repeat(2),
        "{:?}",
        answer.failure
    );
}

async fn a_thousand_calls_at_a_time_are_answered(client: impl Caller) {
    let calls: Vec<_> = (0..1000)
        .map(|n: u32| {
            let client = client.clone();
            tokio::spawn(async move {
                let text = n.to_string();
                let answer = if n.is_multiple_of(2) {
                    client.one_to_one(ping(&text), How::default()).await
                } else {
                    client.many_to_many(vec![ping(&text)], How::default()).await
                };
                assert_eq!(answer.failure, None);
                assert_eq!(answer.texts, [text]);
            })
        })
        .collect();
    for call in calls {
        call.await.unwrap();
    }
}

async fn a_server_that_dies_ends_its_calls<C: Caller>(client: C, server: Running) {
    let list = Ping {
        count: 1,
        ..ping("then hang")
    };
    let caller = client.clone();
    let call = tokio::spawn(async move { caller.one_to_many(list, How::default()).await });
    until("the handler runs", || server.watch.running() == 1).await;
    server.kill().await;
    let answer = call.await.unwrap();
    assert_eq!(answer.code(), C::BROKEN, "{answer:?}");
    let after = client.one_to_one(ping("a"), How::default()).await;
    assert_eq!(
        after.code(),
        UNAVAILABLE,
        "nobody listens there any more: {after:?}"
    );
}

/// The row of the original document: the file is untouched, only the implementation is swapped.
#[tokio::test]
async fn generated_file_option_1_untouched() {
    let server = support::generated_on_ours().await;
    let mut client = GeneratedClient::new(grpc::insecure_channel(&server.target));
    let pong = client.unary(ping("you")).await.unwrap().into_inner();
    assert_eq!(pong.text, "you");
    let requests = tokio_stream::iter(pings(["a", "b"]));
    let mut pongs = client.chat(requests).await.unwrap().into_inner();
    assert_eq!(pongs.message().await.unwrap().unwrap().text, "a");
    assert_eq!(pongs.message().await.unwrap().unwrap().text, "b");
    assert_eq!(pongs.message().await.unwrap(), None);
}
