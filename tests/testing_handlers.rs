//! Handlers as the functions that they are: called by a test, without a server.

use std::{sync::Arc, time::Duration};

use grpc::{
    Address, Code, Metadata,
    codec::Raw,
    prelude::*,
    testing::{self, TestCall},
};

struct Counter;

/// Whom an interceptor has found to be the caller.
#[derive(Clone, Debug, PartialEq)]
struct Caller(&'static str);

impl Counter {
    async fn whoami(&self, context: Context) -> Result<String> {
        let Some(Caller(name)) = context.extensions().get() else {
            return Err(Status::unauthenticated("nobody"));
        };
        let mut metadata = Metadata::new();
        metadata.insert("x-name", name)?;
        context.set_trailing_metadata(metadata.clone());
        context.send_initial_metadata(metadata)?;
        Ok(format!("{name} at {}", context.peer()))
    }

    /// Answers each even number with its half, and gives up at a negative one.
    async fn halves(&self, mut call: ServerCall<i64, i64>) -> Result<()> {
        while let Some(number) = call.receive().await? {
            if number < 0 {
                return Err(Status::out_of_range("negative"));
            }
            if number % 2 == 0 {
                call.send(number / 2).await?;
            }
        }
        Ok(())
    }

    async fn sum(&self, mut numbers: Streaming<i64>) -> Result<i64> {
        let mut sum = 0;
        while let Some(number) = numbers.receive().await? {
            sum += number;
        }
        Ok(sum)
    }

    fn totals(&self, numbers: Streaming<i64>) -> impl ResponseStream<i64> {
        stream!({
            let mut total = 0;
            for await number in numbers {
                total += number?;
                yield total;
            }
        })
    }
}

// --- Requests -----------------------------------------------------------------------------------------------

#[grpc::test]
async fn requests_come_from_an_iterator() -> Result<()> {
    assert_eq!(Counter.sum(Streaming::from_iter([1, 2, 3])).await?, 6);
    assert_eq!(Counter.sum((1..=3).collect()).await?, 6);
    assert_eq!(Counter.sum(Streaming::from_iter([])).await?, 0);
    Ok(())
}

#[grpc::test]
async fn requests_end_with_an_error_that_stays() {
    let cut_off = || Streaming::from_results([Ok(1), Err(Status::cancelled("gone")), Ok(2)]);
    let status = Counter.sum(cut_off()).await.unwrap_err();
    assert_eq!((status.code(), status.message()), (Code::Cancelled, "gone"));

    let mut requests = cut_off();
    assert_eq!(requests.receive().await.unwrap(), Some(1));
    for _ in 0..2 {
        assert_eq!(requests.receive().await.unwrap_err().message(), "gone");
    }
}

#[grpc::test]
async fn requests_come_from_a_stream() -> Result<()> {
    let generated = stream!({
        yield 1;
        yield 2;
    });
    assert_eq!(Counter.sum(Streaming::from_stream(generated)).await?, 3);

    let (sender, receiver) = grpc::channel(1);
    let sum = tokio::spawn(async { Counter.sum(Streaming::from_stream(receiver)).await });
    for number in 1..=3 {
        sender.send(Ok(number)).await.expect("the handler listens");
    }
    drop(sender);
    assert_eq!(sum.await.expect("no panic")?, 6);
    Ok(())
}

#[grpc::test]
async fn an_end_is_told_again_and_again() -> Result<()> {
    let mut requests = Streaming::from_iter([1]);
    assert_eq!(requests.receive().await?, Some(1));
    for _ in 0..2 {
        assert_eq!(requests.receive().await?, None);
    }
    Ok(())
}

#[grpc::test]
async fn one_handlers_responses_are_anothers_requests() -> Result<()> {
    let totals = Counter.totals(Streaming::from_iter([1, 2, 3]));
    assert_eq!(Counter.sum(Streaming::from_stream(totals)).await?, 1 + 3 + 6);
    Ok(())
}

// --- Responses ----------------------------------------------------------------------------------------------

#[grpc::test]
async fn responses_are_read_one_by_one_or_all() -> Result<()> {
    let counter = Counter;
    let mut totals = testing::replies(counter.totals(Streaming::from_iter([1, 2, 3])));
    assert_eq!(totals.receive().await?, Some(1));
    assert_eq!(totals.all().await?, [3, 6]);
    Ok(())
}

#[grpc::test]
async fn responses_end_with_the_handlers_error() -> Result<()> {
    let numbers = Streaming::from_results([Ok(1), Err(Status::data_loss("lost"))]);
    let mut totals = testing::replies(Counter.totals(numbers));
    assert_eq!(totals.receive().await?, Some(1));
    assert_eq!(totals.receive().await.unwrap_err().code(), Code::DataLoss);
    Ok(())
}

// --- The context --------------------------------------------------------------------------------------------

#[grpc::test]
async fn a_context_is_what_the_test_sets_and_tells_what_the_handler_has_set() -> Result<()> {
    let call = TestCall::new()
        .extension(Caller("Ada"))
        .peer(Address::Named("the tests".into()));
    assert_eq!(Counter.whoami(call.context()).await?, "Ada at the tests");
    assert_eq!(call.initial_metadata().get("x-name"), Some("Ada"));
    assert_eq!(call.trailing_metadata().get("x-name"), Some("Ada"));

    let status = Counter.whoami(Context::for_test()).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
    Ok(())
}

#[grpc::test(start_paused = true)]
async fn a_context_has_a_deadline_metadata_and_a_method() {
    let call = TestCall::new()
        .timeout(Duration::from_secs(5))
        .metadata("x-tag", "a")
        .metadata("x-tag", "b")
        .metadata("x-trace-bin", vec![1u8, 2])
        .method("/tally.v1.Tally/Add");
    let context = call.context();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(context.time_remaining(), Some(Duration::from_secs(3)));
    assert!(context.metadata().get_all("x-tag").eq(["a", "b"]));
    assert_eq!(&context.metadata().get_bin("x-trace-bin").unwrap()[..], [1, 2]);
    assert_eq!(context.method(), "/tally.v1.Tally/Add");
}

#[grpc::test]
async fn a_call_is_cancelled_by_the_test() {
    let call = TestCall::new();
    let context = call.context();
    assert!(!context.is_cancelled());
    let task = tokio::spawn(async move { context.cancelled().await });
    call.cancel();
    task.await.expect("it has been told");
    assert!(call.context().is_cancelled());
}

#[grpc::test]
#[should_panic(expected = "a call is set up before its context is taken")]
async fn a_call_is_not_changed_behind_its_handlers_back() {
    let call = TestCall::new();
    let _context = call.context();
    let _ = call.metadata("x-late", "1");
}

#[grpc::test]
#[should_panic(expected = "X Bad")]
async fn metadata_that_cannot_be_sent_is_a_panic_that_names_it() {
    let _ = TestCall::new().metadata("X Bad", "1");
}

// --- Sending and receiving by hand --------------------------------------------------------------------------

#[grpc::test]
async fn a_handler_that_sends_by_hand_is_run_to_its_end() -> Result<()> {
    let (call, mut client) = TestCall::new().server_call();
    for number in [1, 2, 3, 4] {
        client.send(number);
    }
    assert_eq!(client.run(Counter.halves(call)).await?, [1, 2]);
    Ok(())
}

#[grpc::test]
async fn responses_before_an_error_are_received() {
    let (call, mut client) = TestCall::new().server_call();
    for number in [2, -1, 4] {
        client.send(number);
    }
    let status = client.run(Counter.halves(call)).await.unwrap_err();
    assert_eq!(status.message(), "negative");
    assert_eq!(client.receive().await, Some(1));
    assert_eq!(client.receive().await, None);
}

#[grpc::test]
async fn a_client_that_is_gone_is_an_error_to_the_handler() {
    let (call, mut client) = TestCall::new().server_call();
    client.send(2);
    client.fail(Status::cancelled("gone"));
    let status = client.run(Counter.halves(call)).await.unwrap_err();
    assert_eq!((status.code(), status.message()), (Code::Cancelled, "gone"));
}

#[grpc::test]
async fn a_test_and_a_handler_take_turns() -> Result<()> {
    let test = TestCall::new();
    let (call, mut client) = test.server_call();
    let counter = Arc::new(Counter);
    let handler = tokio::spawn(async move { counter.halves(call).await });
    for number in [2, 4, 6] {
        client.send(number);
        assert_eq!(client.receive().await, Some(number / 2));
    }
    client.done_sending();
    assert_eq!(client.receive().await, None);
    handler.await.expect("no panic")
}

#[grpc::test]
async fn more_than_a_call_holds_is_sent_and_received_on_one_task() -> Result<()> {
    const MANY: i64 = 100_000;
    let (call, mut client) = TestCall::new().server_call();
    (0..MANY).for_each(|number| client.send(2 * number));
    assert!(client.run(Counter.halves(call)).await?.into_iter().eq(0..MANY));

    let test = TestCall::new();
    let (call, mut client) = test.server_call();
    (0..MANY).for_each(|number| client.send(2 * number));
    client.done_sending();
    let receive = async {
        let mut count = 0;
        while client.receive().await.is_some() {
            count += 1;
        }
        count
    };
    let (outcome, count) = tokio::join!(Counter.halves(call), receive);
    assert_eq!((outcome?, count), ((), MANY));
    Ok(())
}

#[grpc::test]
async fn a_send_to_a_call_that_is_cancelled_fails() {
    let test = TestCall::new();
    let (mut call, _client) = test.server_call::<i64, i64>();
    test.cancel();
    assert_eq!(call.send(1).await.unwrap_err().code(), Code::Cancelled);
}

#[grpc::test]
async fn messages_may_have_a_codec_of_their_own() -> Result<()> {
    async fn echo(mut call: ServerCall<Vec<u8>, bytes::Bytes>) -> Result<()> {
        while let Some(request) = call.receive().await? {
            call.send(request.into()).await?;
        }
        Ok(())
    }
    let (call, mut client) = TestCall::new().server_call_with(Raw);
    client.send(vec![1, 2]);
    assert_eq!(client.run(echo(call)).await?, [vec![1u8, 2]]);
    Ok(())
}
