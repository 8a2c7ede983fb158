//! grpcio, the gRPC of Python, as the client of our server and as the server of our client.
//!
//! The peers are in `tests/peers`; grpcio comes from PyPI into `target/peers` when first needed.

#[path = "peers/by_reflection.rs"]
mod by_reflection;
#[path = "tls/certificates.rs"]
mod certificates;
#[path = "peers/json_mapping.rs"]
mod json_mapping;
mod peers;
mod support;

use std::time::Duration;

use futures_util::future::try_join_all;
use grpc::{Code, Metadata, Result, Status};

use self::{
    peers::{
        blocking::BlockingInterop,
        details::{self, rich_details},
        interop::{
            Interop,
            proto::{
                CountRequest, Failure, InteropBlockingStub, InteropStub, Key, Number, Payload, SleepRequest,
                Total, UnservedStub,
            },
        },
        python::Python,
    },
    support::{Process, example},
};

const MIB: usize = 1024 * 1024;

/// Long enough for a call to reach its handler on a busy machine.
const DEADLINE: Duration = Duration::from_secs(2);

/// A test per case of their client, against a server of `$service`; and `CASES`, the names of all of them.
macro_rules! their_client {
    ($service:ty: $($case:ident)*) => {
        $(
            #[tokio::test]
            async fn $case() {
                let Some(python) = Python::get() else { return };
                let mut server = grpc::server();
                let address = server.add_insecure_port("127.0.0.1:0").unwrap();
                server.add_service(<$service>::default());
                server.start().await.unwrap();
                python.client_passes(&address.to_string(), stringify!($case)).await;
            }
        )*
        pub(super) const CASES: &[&str] = &[$(stringify!($case)),*];
    };
}

mod their_client {
    use super::*;

    their_client! { Interop:
        a_unary_call_is_answered
        a_server_stream_arrives_whole
        a_client_stream_is_added_up
        a_bidi_stream_answers_every_request
        a_bidi_call_answers_each_request_before_the_next
        metadata_goes_both_ways_on_a_unary_call
        metadata_goes_both_ways_on_a_stream
        initial_metadata_comes_before_any_message
        the_server_sees_the_deadline
        a_deadline_ends_a_unary_call
        a_deadline_ends_a_stream
        a_deadline_ends_a_call_that_still_sends
        a_cancelled_unary_call_stops_its_handler
        a_cancelled_stream_stops_its_handler
        a_cancelled_call_that_still_sends_stops_its_handler
        a_closed_channel_stops_its_handlers
        a_client_that_pings_too_often_is_refused
        calls_go_on_while_connections_end
        every_status_code_arrives
        a_message_that_is_not_ascii_arrives
        details_of_an_error_arrive
        details_of_each_google_type_arrive
        an_error_after_messages_follows_them
        an_unknown_method_is_unimplemented
        an_unknown_service_is_unimplemented
        a_large_message_goes_through
        a_message_over_the_servers_limit_is_refused
        a_message_over_the_clients_limit_is_refused
        two_hundred_calls_at_once_are_answered
        a_hundred_streams_at_once_are_answered
    }

    /// They are in `peers/compression.rs`.
    const COMPRESSED: [&str; 2] = ["gzip_goes_both_ways", "deflate_goes_both_ways"];

    #[tokio::test]
    async fn calls_go_on_while_connections_grow_old_or_idle() {
        const CASE: &str = "calls_go_on_while_connections_end";
        let Some(python) = Python::get() else { return };
        let short = Duration::from_millis(100);
        for (age, idle) in [(Some(short), None), (None, Some(short / 20))] {
            let mut server = grpc::server();
            let address = server.add_insecure_port("127.0.0.1:0").unwrap();
            server
                .add_service(Interop::default())
                .max_connection_age(age)
                .max_connection_idle(idle);
            server.start().await.unwrap();
            python.client_passes(&address.to_string(), CASE).await;
        }
    }

    const GREETER: &str = "the_greeter_greets_in_all_four_kinds";

    #[tokio::test]
    async fn the_greeter_greets_in_all_four_kinds() {
        let Some(python) = Python::get() else { return };
        let mut command = example("greeter_server");
        command.args(["--addr", "127.0.0.1:0"]);
        let server = Process::start(command);
        python.client_passes(server.address(), GREETER).await;
    }

    #[tokio::test]
    async fn every_case_it_has_is_a_test_here() {
        let Some(python) = Python::get() else { return };
        let tested: Vec<&str> = CASES.iter().copied().chain(COMPRESSED).chain([GREETER]).collect();
        assert_eq!(python.client_cases().await, tested);
    }
}

mod over_tls {
    use std::{fs, path::PathBuf};

    use grpc::{
        Channel, ClientTls, ServerTls,
        tls::{Identity, Roots},
    };

    use super::{certificates::Authority, *};

    /// What the interop server of other gRPC libraries is called.
    const NAME: &str = "foo.test.google.fr";

    /// Both sides' certificates, in files; the server's is for [`NAME`] only.
    struct Files(PathBuf);

    impl Files {
        fn new(test: &str) -> Self {
            let directory = std::env::temp_dir().join(format!("grpc-python-{}-{test}", std::process::id()));
            fs::create_dir_all(&directory).unwrap();
            let authority = Authority::new();
            fs::write(directory.join("authority.pem"), authority.pem()).unwrap();
            let server = authority.certify(&[NAME]);
            let client = authority.certify_client("client.example", "spiffe://example/client");
            for (name, certified) in [("server", server), ("client", client)] {
                fs::write(directory.join(format!("{name}.pem")), certified.certificate).unwrap();
                fs::write(directory.join(format!("{name}.key")), certified.key).unwrap();
            }
            Self(directory)
        }

        fn identity(&self, name: &str) -> Identity {
            let file = |kind: &str| self.0.join(format!("{name}.{kind}"));
            Identity::from_pem_files(file("pem"), file("key")).unwrap()
        }

        fn roots(&self) -> Roots {
            Roots::from_pem_file(self.0.join("authority.pem")).unwrap()
        }
    }

    impl Drop for Files {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[tokio::test]
    async fn every_case_of_their_client_passes_with_mutual_tls_and_another_name() {
        let Some(python) = Python::get() else { return };
        let files = Files::new("client");
        let tls = ServerTls::new(files.identity("server")).require_client_certificates(files.roots());
        let mut server = grpc::server();
        let address = server.add_secure_port("127.0.0.1:0", tls).unwrap();
        server.add_service(Interop::default());
        server.start().await.unwrap();
        python
            .client_passes_over_tls(&address.to_string(), &files.0, NAME, their_client::CASES)
            .await;
    }

    #[tokio::test]
    async fn their_server_takes_our_certificate_and_answers_each_kind_of_call() -> Result<()> {
        let Some(python) = Python::get() else {
            return Ok(());
        };
        let files = Files::new("server");
        let server = python.server_over_tls(&files.0);
        let tls = ClientTls::new()
            .roots(files.roots())
            .identity(files.identity("client"))
            .server_name(NAME);
        let stub = InteropStub::new(&grpc::secure_channel(server.address(), tls));
        let body: Vec<u8> = (0..=255).cycle().take(3 * MIB).collect();
        let payload = Payload { body, index: 7 };
        assert!(stub.echo(payload.clone()).await? == payload);
        let total = stub.sum((0..1000).map(|value| Number { value })).await?;
        assert_eq!((total.value, total.count), (499_500, 1000));
        let mut replies = stub
            .count(CountRequest {
                count: 100,
                size: 1000,
            })
            .await?;
        for index in 0..100 {
            assert_eq!(replies.receive().await?.map(|reply| reply.index), Some(index));
        }
        assert_eq!(replies.receive().await?, None);
        their_server::ping_pong(&stub, 100).await
    }

    #[tokio::test]
    async fn their_server_refuses_us_without_a_certificate() {
        let Some(python) = Python::get() else { return };
        let files = Files::new("refused");
        let server = python.server_over_tls(&files.0);
        let tls = ClientTls::new().roots(files.roots());
        let error = async |tls: ClientTls| {
            let channel = Channel::builder(server.address()).tls(tls).build();
            let stub = InteropStub::new(&channel);
            stub.echo(Payload::default()).await.unwrap_err()
        };
        let refused = error(tls.clone().server_name(NAME)).await;
        assert_eq!(refused.code(), Code::Unavailable, "{refused}");
        assert!(refused.message().contains("certificate"), "{refused}");
        let misnamed = error(tls).await;
        assert!(
            misnamed.message().contains("not for the name 127.0.0.1"),
            "{misnamed}"
        );
    }
}

mod their_client_of_blocking_handlers {
    use super::*;

    // All but those about limits, which are the same.
    their_client! { BlockingInterop:
        a_unary_call_is_answered
        a_server_stream_arrives_whole
        a_client_stream_is_added_up
        a_bidi_stream_answers_every_request
        a_bidi_call_answers_each_request_before_the_next
        metadata_goes_both_ways_on_a_unary_call
        metadata_goes_both_ways_on_a_stream
        initial_metadata_comes_before_any_message
        the_server_sees_the_deadline
        a_deadline_ends_a_unary_call
        a_deadline_ends_a_stream
        a_deadline_ends_a_call_that_still_sends
        a_cancelled_unary_call_stops_its_handler
        a_cancelled_stream_stops_its_handler
        a_cancelled_call_that_still_sends_stops_its_handler
        a_closed_channel_stops_its_handlers
        every_status_code_arrives
        a_message_that_is_not_ascii_arrives
        details_of_an_error_arrive
        an_error_after_messages_follows_them
        a_large_message_goes_through
        two_hundred_calls_at_once_are_answered
        a_hundred_streams_at_once_are_answered
    }

    #[tokio::test]
    async fn every_one_of_them_is_a_case_of_theirs() {
        let Some(python) = Python::get() else { return };
        let theirs = python.client_cases().await;
        assert!(
            CASES
                .iter()
                .all(|case| theirs.iter().any(|theirs| theirs == case))
        );
    }
}

mod their_server_and_a_blocking_client {
    use std::{sync::mpsc, thread};

    use grpc::blocking;

    use super::*;

    /// Their server, and a stub whose calls go to it; `None` without python.
    fn connect() -> Option<(Process, InteropBlockingStub)> {
        let server = Python::get()?.server();
        let stub = InteropBlockingStub::new(&blocking::insecure_channel(server.address()));
        Some((server, stub))
    }

    #[test]
    fn calls_of_all_four_kinds_are_answered() -> Result<()> {
        let Some((_server, stub)) = connect() else {
            return Ok(());
        };
        let payload = |index| Payload {
            body: vec![b'x'; 10_000],
            index,
        };
        assert_eq!(stub.echo(payload(7)).wait()?, payload(7));

        let (count, size) = (1000, 100);
        let replies = stub.count(CountRequest { count, size }).wait()?;
        let indices = replies.map(|reply| reply.map(|reply| reply.index));
        assert_eq!(
            indices.collect::<Result<Vec<_>>>()?,
            (0..count).collect::<Vec<_>>()
        );

        let numbers = (-500..1000).map(|value| Number { value });
        let total = stub.sum(numbers).wait()?;
        assert_eq!((total.value, total.count), (374_250, 1500));

        let (next, requests) = mpsc::channel();
        let mut replies = stub.mirror(requests).wait()?;
        for index in 0..100 {
            next.send(payload(index)).unwrap();
            assert_eq!(replies.receive()?, Some(payload(index)));
        }
        drop(next);
        assert_eq!(replies.receive()?, None);
        Ok(())
    }

    #[test]
    fn a_call_is_sent_and_received_on_two_threads() -> Result<()> {
        let Some((_server, stub)) = connect() else {
            return Ok(());
        };
        let (mut requests, replies) = stub.mirror_call().wait()?.split();
        let sending = thread::spawn(move || {
            for index in 0..200 {
                let body = vec![0; 10_000];
                requests.send(Payload { index, body })?;
            }
            Ok::<_, Status>(())
        });
        assert_eq!(replies.map(Result::unwrap).count(), 200);
        sending.join().unwrap()
    }

    #[test]
    fn errors_deadlines_and_cancellations_arrive() -> Result<()> {
        let Some((_server, stub)) = connect() else {
            return Ok(());
        };
        let failure = Failure {
            code: Code::DataLoss as i32,
            message: "gone".to_owned(),
            after: 3,
            ..Failure::default()
        };
        let outcomes: Vec<_> = stub.fail_later(failure).into_iter().collect();
        assert_eq!(outcomes.len(), 4);
        assert_eq!(outcomes.last().unwrap().as_ref().unwrap_err().message(), "gone");

        let key = |key: &str| Key { key: key.to_owned() };
        let late = stub.sleep(SleepRequest {
            milliseconds: 60_000,
            key: "late".to_owned(),
        });
        let error = late.timeout(DEADLINE).wait().unwrap_err();
        assert_eq!(error.code(), Code::DeadlineExceeded);
        stub.cancelled(key("late")).wait()?;

        let mut hanging = stub.hang(key("hang")).wait()?;
        assert!(hanging.receive()?.is_some());
        drop(hanging);
        stub.cancelled(key("hang")).wait()?;
        Ok(())
    }
}

mod their_server {
    use super::*;

    /// Their server, and a stub whose calls go to it; `None` without python.
    fn connect() -> Option<(Process, InteropStub)> {
        let server = Python::get()?.server();
        let stub = InteropStub::new(&grpc::insecure_channel(server.address()));
        Some((server, stub))
    }

    #[tokio::test]
    async fn a_unary_call_is_answered() -> Result<()> {
        let Some((_server, stub)) = connect() else {
            return Ok(());
        };
        for body in [vec![], vec![0, 255], vec![b'x'; 100_000]] {
            let payload = Payload { body, index: 7 };
            assert_eq!(stub.echo(payload.clone()).await?, payload);
        }
        Ok(())
    }

    #[tokio::test]
    async fn a_server_stream_arrives_whole() -> Result<()> {
        let Some((_server, stub)) = connect() else {
            return Ok(());
        };
        for (count, size) in [(0, 0), (1, 0), (1000, 10), (50, 100_000)] {
            let mut replies = stub.count(CountRequest { count, size }).await?;
            for index in 0..count {
                let reply = replies.receive().await?.expect("a payload");
                assert_eq!((reply.index, reply.body.len()), (index, size as usize));
            }
            assert_eq!(replies.receive().await?, None);
        }
        Ok(())
    }

    #[tokio::test]
    async fn a_client_stream_is_added_up() -> Result<()> {
        let Some((_server, stub)) = connect() else {
            return Ok(());
        };
        for (numbers, value) in [(0..0, 0), (5..6, 5), (-500..1000, 374_250)] {
            let count = u32::try_from(numbers.clone().count()).unwrap();
            let total = stub.sum(numbers.map(|value| Number { value })).await?;
            assert_eq!(total, Total { value, count });
        }
        Ok(())
    }

    #[tokio::test]
    async fn a_bidi_stream_answers_every_request() -> Result<()> {
        let Some((_server, stub)) = connect() else {
            return Ok(());
        };
        let requests = (0..1000u32).map(|index| Payload {
            index,
            body: vec![1; index as usize],
        });
        let mut replies = stub.mirror(requests.clone()).await?;
        for request in requests {
            assert_eq!(replies.receive().await?, Some(request));
        }
        assert_eq!(replies.receive().await?, None);
        Ok(())
    }

    #[tokio::test]
    async fn a_bidi_call_answers_each_request_before_the_next() -> Result<()> {
        let Some((_server, stub)) = connect() else {
            return Ok(());
        };
        ping_pong(&stub, 100).await
    }

    #[tokio::test]
    async fn metadata_goes_both_ways_on_a_unary_call() -> Result<()> {
        let Some((_server, stub)) = connect() else {
            return Ok(());
        };
        let mut call = stub.echo_metadata(Payload::default());
        for (key, value) in texts() {
            call = call.metadata(key, value);
        }
        for value in bytes() {
            call = call.metadata("x-data-bin", value);
        }
        let response = call.response().await?;
        came_back("x", &response.metadata);
        came_back("t", &response.trailers);
        let seen = |key: &str| -> Vec<Vec<u8>> {
            let entries = response.message.entries.iter();
            entries
                .filter(|entry| entry.key == key)
                .map(|entry| entry.value.clone())
                .collect()
        };
        assert_eq!(seen("x-text"), [b"plain"]);
        assert_eq!(seen("x-many"), [&b"one"[..], b"two, and a comma"]);
        assert_eq!(seen("x-data-bin"), bytes());
        Ok(())
    }

    #[tokio::test]
    async fn metadata_goes_both_ways_on_a_stream() -> Result<()> {
        let Some((_server, stub)) = connect() else {
            return Ok(());
        };
        let mut call = stub.mirror([Payload {
            index: 1,
            ..Payload::default()
        }]);
        for (key, value) in texts() {
            call = call.metadata(key, value);
        }
        for value in bytes() {
            call = call.metadata("x-data-bin", value);
        }
        let mut replies = call.await?;
        came_back("x", replies.metadata().await?);
        assert_eq!(replies.receive().await?.map(|reply| reply.index), Some(1));
        assert_eq!(replies.receive().await?, None);
        came_back("t", replies.trailers().expect("the call has ended"));
        Ok(())
    }

    #[tokio::test]
    async fn initial_metadata_comes_before_any_message() -> Result<()> {
        let Some((_server, stub)) = connect() else {
            return Ok(());
        };
        let call = stub.mirror_call().metadata("x-text", "plain").await?;
        let (_requests, mut replies) = call.split();
        assert_eq!(replies.metadata().await?.get("x-text"), Some("plain"));
        Ok(())
    }

    #[tokio::test]
    async fn the_server_sees_the_deadline() -> Result<()> {
        let Some((_server, stub)) = connect() else {
            return Ok(());
        };
        let reply = stub.sleep(SleepRequest::default()).await?;
        assert!(!reply.has_deadline);
        let reply = stub
            .sleep(SleepRequest::default())
            .timeout(Duration::from_secs(20))
            .await?;
        assert!(reply.has_deadline);
        let remaining = reply.remaining_milliseconds;
        // Both sides may round up on the way, by 1 % each.
        assert!((1..=20_400).contains(&remaining), "{remaining} ms remained");
        Ok(())
    }

    #[tokio::test]
    async fn a_deadline_ends_a_unary_call() -> Result<()> {
        let Some((_server, stub)) = connect() else {
            return Ok(());
        };
        let error = stub.sleep(long_sleep()).timeout(DEADLINE).await.unwrap_err();
        assert_eq!(error.code(), Code::DeadlineExceeded, "{error}");
        stub.cancelled(key()).await?;
        Ok(())
    }

    #[tokio::test]
    async fn a_deadline_ends_a_stream() -> Result<()> {
        let Some((_server, stub)) = connect() else {
            return Ok(());
        };
        let mut replies = stub.hang(key()).timeout(DEADLINE).await?;
        assert_eq!(replies.receive().await?, Some(Payload::default()));
        let error = replies.receive().await.unwrap_err();
        assert_eq!(error.code(), Code::DeadlineExceeded, "{error}");
        stub.cancelled(key()).await?;
        Ok(())
    }

    #[tokio::test]
    async fn a_deadline_ends_a_call_that_still_sends() -> Result<()> {
        let Some((_server, stub)) = connect() else {
            return Ok(());
        };
        let mut absorb = stub.absorb_call().timeout(DEADLINE).await?;
        absorb.send(key()).await?;
        let error = absorb.receive().await.unwrap_err();
        assert_eq!(error.code(), Code::DeadlineExceeded, "{error}");
        stub.cancelled(key()).await?;
        let key = Key {
            key: "linger".to_owned(),
        };
        let mut linger = stub.linger_call().timeout(DEADLINE).await?;
        linger.send(key.clone()).await?;
        assert_eq!(linger.receive().await?, Some(Payload::default()));
        let error = linger.receive().await.unwrap_err();
        assert_eq!(error.code(), Code::DeadlineExceeded, "{error}");
        stub.cancelled(key).await?;
        Ok(())
    }

    #[tokio::test]
    async fn a_dropped_call_that_still_sends_stops_its_handler() -> Result<()> {
        let Some((_server, stub)) = connect() else {
            return Ok(());
        };
        let mut absorb = stub.absorb_call().await?;
        absorb.send(key()).await?;
        stub.started(key()).await?;
        drop(absorb);
        stub.cancelled(key()).await?;
        let key = Key {
            key: "linger".to_owned(),
        };
        let mut linger = stub.linger_call().await?;
        linger.send(key.clone()).await?;
        assert_eq!(linger.receive().await?, Some(Payload::default()));
        drop(linger);
        stub.cancelled(key).await?;
        Ok(())
    }

    #[tokio::test]
    async fn a_dropped_unary_call_stops_its_handler() -> Result<()> {
        let Some((_server, stub)) = connect() else {
            return Ok(());
        };
        let call = tokio::spawn(stub.sleep(long_sleep()));
        stub.started(key()).await?;
        call.abort();
        stub.cancelled(key()).await?;
        Ok(())
    }

    #[tokio::test]
    async fn a_dropped_stream_stops_its_handler() -> Result<()> {
        let Some((_server, stub)) = connect() else {
            return Ok(());
        };
        let mut replies = stub.hang(key()).await?;
        assert_eq!(replies.receive().await?, Some(Payload::default()));
        drop(replies);
        stub.cancelled(key()).await?;
        Ok(())
    }

    #[tokio::test]
    async fn a_call_that_is_cancelled_by_hand_stops_its_handler() -> Result<()> {
        let Some((_server, stub)) = connect() else {
            return Ok(());
        };
        let mut replies = stub.hang(key()).await?;
        assert_eq!(replies.receive().await?, Some(Payload::default()));
        replies.cancel();
        let error = replies.receive().await.unwrap_err();
        assert_eq!(error.code(), Code::Cancelled, "{error}");
        stub.cancelled(key()).await?;
        Ok(())
    }

    #[tokio::test]
    async fn every_status_code_arrives() {
        let Some((_server, stub)) = connect() else { return };
        for number in 1..=16 {
            let error = fail(&stub, number, "as asked", b"").await;
            assert_eq!((error.code().number(), error.message()), (number, "as asked"));
        }
    }

    #[tokio::test]
    async fn a_message_that_is_not_ascii_arrives() {
        let Some((_server, stub)) = connect() else { return };
        let long = "x".repeat(2000);
        for message in [
            "100 % größer: 日本語 🦀",
            "line\nbreak\ttab\r\n",
            "%41 %zz %",
            &long,
            "",
        ] {
            let error = fail(&stub, 5, message, b"").await;
            assert_eq!((error.code(), error.message()), (Code::NotFound, message));
        }
    }

    #[tokio::test]
    async fn details_of_an_error_arrive() {
        let Some((_server, stub)) = connect() else { return };
        let details: Vec<u8> = (0..=255).collect();
        let error = fail(&stub, 9, "see the details", &details).await;
        assert_eq!(error.code(), Code::FailedPrecondition);
        assert_eq!(error.details()[..], details);
    }

    #[tokio::test]
    async fn details_of_each_google_type_arrive() {
        let Some((_server, stub)) = connect() else { return };
        for name in details::NAMES.into_iter().chain(["all"]) {
            let key = Key { key: name.to_owned() };
            let error = stub.fail_richly(key).await.unwrap_err();
            let wanted = rich_details(name);
            assert_eq!(wanted.len(), if name == "all" { 10 } else { 1 });
            assert_eq!(error.error_details().unwrap(), wanted);
            assert_eq!(
                (error.code(), error.message()),
                (Code::FailedPrecondition, "größer als 100 %")
            );
        }
    }

    #[tokio::test]
    async fn an_error_after_messages_follows_them() -> Result<()> {
        let Some((_server, stub)) = connect() else {
            return Ok(());
        };
        for after in [0, 1, 100] {
            let failure = Failure {
                code: 10,
                message: "enough".to_owned(),
                details: vec![1],
                after,
            };
            let mut replies = stub.fail_later(failure).await?;
            for index in 0..after {
                assert_eq!(replies.receive().await?.map(|reply| reply.index), Some(index));
            }
            let error = replies.receive().await.unwrap_err();
            assert_eq!((error.code(), error.message()), (Code::Aborted, "enough"));
        }
        Ok(())
    }

    #[tokio::test]
    async fn an_unknown_method_is_unimplemented() {
        let Some((_server, stub)) = connect() else { return };
        let error = stub.unfinished(Payload::default()).await.unwrap_err();
        assert_eq!(error.code(), Code::Unimplemented, "{error}");
    }

    #[tokio::test]
    async fn an_unknown_service_is_unimplemented() {
        let Some((server, _stub)) = connect() else { return };
        let stub = UnservedStub::new(&grpc::insecure_channel(server.address()));
        let error = stub.echo(Payload::default()).await.unwrap_err();
        assert_eq!(error.code(), Code::Unimplemented, "{error}");
    }

    #[tokio::test]
    async fn a_large_message_goes_through() -> Result<()> {
        let Some((_server, stub)) = connect() else {
            return Ok(());
        };
        let body: Vec<u8> = (0..=255).cycle().take(3 * MIB).collect();
        let reply = stub
            .echo(Payload {
                body: body.clone(),
                index: 0,
            })
            .await?;
        assert!(reply.body == body, "the body came back changed");
        Ok(())
    }

    #[tokio::test]
    async fn a_message_over_the_servers_limit_is_refused() -> Result<()> {
        let Some((_server, stub)) = connect() else {
            return Ok(());
        };
        let error = stub
            .echo(Payload {
                body: vec![0; 5 * MIB],
                index: 0,
            })
            .await
            .unwrap_err();
        assert_eq!(error.code(), Code::ResourceExhausted, "{error}");
        // The connection must have survived it.
        stub.echo(Payload::default()).await?;
        Ok(())
    }

    #[tokio::test]
    async fn a_message_over_the_clients_limit_is_refused() -> Result<()> {
        let Some((_server, stub)) = connect() else {
            return Ok(());
        };
        let size = u32::try_from(5 * MIB).unwrap();
        let mut replies = stub.count(CountRequest { count: 1, size }).await?;
        let error = replies.receive().await.unwrap_err();
        assert_eq!(error.code(), Code::ResourceExhausted, "{error}");
        stub.echo(Payload::default()).await?;
        Ok(())
    }

    #[tokio::test]
    async fn two_hundred_calls_at_once_are_answered() -> Result<()> {
        let Some((_server, stub)) = connect() else {
            return Ok(());
        };
        let payload = |index: u32| Payload {
            index,
            body: vec![1; index as usize],
        };
        let replies = try_join_all((0..200).map(|index| stub.echo(payload(index)))).await?;
        assert_eq!(replies, (0..200).map(payload).collect::<Vec<_>>());
        Ok(())
    }

    #[tokio::test]
    async fn a_hundred_streams_at_once_are_answered() -> Result<()> {
        let Some((_server, stub)) = connect() else {
            return Ok(());
        };
        try_join_all((0..100).map(|_| ping_pong(&stub, 10))).await?;
        Ok(())
    }

    #[tokio::test]
    async fn it_refuses_a_channel_that_pings_too_often() -> Result<()> {
        let Some(python) = Python::get() else {
            return Ok(());
        };
        let server = python.server();
        let channel = grpc::Channel::builder(server.address())
            .keepalive_interval(Duration::from_millis(100))
            .min_keepalive_interval(Duration::ZERO)
            .build();
        let mut replies = InteropStub::new(&channel).hang(key()).await?;
        assert_eq!(replies.receive().await?, Some(Payload::default()));
        let error = replies.receive().await.unwrap_err();
        assert_eq!(error.code(), Code::Unavailable, "{error}");
        // It ends the call by itself before it says GOAWAY.
        assert!(error.message().contains("Too many pings"), "{error}");
        Ok(())
    }

    #[tokio::test]
    async fn the_greeter_client_is_content_with_it() {
        let Some(python) = Python::get() else { return };
        let server = python.server();
        let mut client = tokio::process::Command::from(example("greeter_client"));
        let output = client.args(["--addr", server.address()]).output().await.unwrap();
        assert!(
            output.status.success(),
            "{}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// Sends `count` requests, each after the reply to the one before it.
    pub(super) async fn ping_pong(stub: &InteropStub, count: u32) -> Result<()> {
        let mut call = stub.mirror_call().await?;
        for index in 0..count {
            call.send(Payload {
                index,
                ..Payload::default()
            })
            .await?;
            assert_eq!(call.receive().await?.map(|reply| reply.index), Some(index));
        }
        call.done_sending().await?;
        assert_eq!(call.receive().await?, None);
        Ok(())
    }

    async fn fail(stub: &InteropStub, code: i32, message: &str, details: &[u8]) -> Status {
        let failure = Failure {
            code,
            message: message.to_owned(),
            details: details.to_owned(),
            after: 0,
        };
        stub.fail(failure).await.unwrap_err()
    }

    fn texts() -> [(&'static str, &'static str); 3] {
        [
            ("x-text", "plain"),
            ("x-many", "one"),
            ("x-many", "two, and a comma"),
        ]
    }

    fn bytes() -> [Vec<u8>; 3] {
        [vec![0, 1, 254, 255], vec![], b"longer than three".to_vec()]
    }

    fn came_back(prefix: &str, metadata: &Metadata) {
        let texts = |name: &str| metadata.get_all(&format!("{prefix}-{name}")).collect::<Vec<_>>();
        assert_eq!(texts("text"), ["plain"]);
        assert_eq!(texts("many"), ["one", "two, and a comma"]);
        let values: Vec<Vec<u8>> = metadata
            .get_all_bin(&format!("{prefix}-data-bin"))
            .map(Vec::from)
            .collect();
        assert_eq!(values, bytes());
    }

    /// One key will do: every test has a server of its own.
    fn key() -> Key {
        Key {
            key: "the one".to_owned(),
        }
    }

    fn long_sleep() -> SleepRequest {
        SleepRequest {
            milliseconds: 60_000,
            key: key().key,
        }
    }
}
