//! Handlers as the functions that they are: called by a test, without a server.

use grpc::{Code, prelude::*};

struct Counter;

impl Counter {
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
