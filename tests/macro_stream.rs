//! What `stream!` takes, and what is a response stream without a type being spelled out.

use std::{
    collections::HashMap,
    future::poll_fn,
    pin::{Pin, pin},
    sync::{Arc, Mutex},
};

use futures_core::Stream;
use futures_util::StreamExt;
use grpc::{BoxStream, Code, prelude::*};

#[derive(Debug)]
struct Fault;

impl From<Fault> for Status {
    fn from(_: Fault) -> Self {
        Self::internal("fault")
    }
}

fn below_three(n: i32) -> Result<i32, Fault> {
    if n < 3 { Ok(n) } else { Err(Fault) }
}

struct Numbers {
    numbers: Vec<i32>,
    name: String,
}

fn numbers() -> Numbers {
    Numbers {
        numbers: vec![10, 11, 12],
        name: "numbers".to_owned(),
    }
}

/// Everything that the stream gives, and the code of the error that ends it.
async fn drain<M, E>(stream: impl ResponseStream<M, E>) -> (Vec<M>, Option<Code>) {
    let mut stream = pin!(stream);
    let mut messages = Vec::new();
    while let Some(message) = poll_fn(|cx| stream.as_mut().poll_message(cx)).await {
        match message {
            Ok(message) => messages.push(message),
            Err(status) => return (messages, Some(status.code())),
        }
    }
    (messages, None)
}

fn make<N: Into<i32>, T>(n: N, _: T) -> i32 {
    n.into()
}

impl Numbers {
    /// `yield` wherever an expression may stand.
    fn everywhere(&self, choice: i32) -> impl ResponseStream<i32> {
        stream!({
            yield make::<i32, Vec<(u8, u8)>>(1, vec![]);
            match choice {
                0 => yield 100,
                1 => yield make::<i32, HashMap<u8, u8>>(101, HashMap::new()),
                _ if choice != 2 => {
                    yield { 102 };
                }
                _ => {}
            }
            'rows: for row in 0..3 {
                for number in self.numbers.iter().map(|number| {
                    let plus = |n: i32| n + row;
                    plus(*number)
                }) {
                    if number > 12 {
                        break 'rows;
                    }
                    yield number;
                }
            }
            if let Some(first) = self.numbers.first()
                && *first != choice
                && let Some(last) = self.numbers.last()
            {
                yield if last > first { *last } else { *first };
            }
            let () = yield 200;
            tokio::select! { n = async { 201 } => { yield n; } }
        })
    }

    fn loops(&self) -> impl ResponseStream<(usize, i32)> {
        stream!({
            let inner = stream!({
                for number in 0..4 {
                    yield number;
                }
            });
            'outer: for await (index, number) in inner.enumerate() {
                let number: i32 = number?;
                if number == 0 {
                    continue 'outer;
                }
                for await n in tokio_stream::iter(match number {
                    1 => vec![7, 8],
                    _ => vec![],
                }) {
                    if n == 8 {
                        break;
                    }
                    yield (index, n)
                }
                if number == 2 {
                    break 'outer;
                }
                yield (index, number);
            }
        })
    }

    fn lent<'a>(&'a self, prefix: &'a str) -> impl ResponseStream<&'a str> {
        stream!({
            yield prefix;
            yield self.name.as_str();
        })
    }

    fn borrows_its_own_locals(&self) -> impl ResponseStream<String> {
        stream!({
            let local = format!("{}!", self.name);
            let slice: &str = &local;
            yield slice.to_owned();
            yield slice[..3].to_owned();
        })
    }

    fn ends(&self, how: i32) -> impl ResponseStream<i32> {
        stream!({
            yield 0;
            match how {
                0 => return Ok(()),
                1 => return Err(Status::not_found("one")),
                2 => Err(Fault)?,
                3 => {
                    below_three(3)?;
                }
                4 => {
                    let inner = async { below_three(4) }.await?;
                    yield inner;
                }
                _ => {}
            }
            yield below_three(1)?;
        })
    }

    fn boxed(&self, many: bool) -> BoxStream<'_, i32> {
        if many {
            Box::pin(stream!({
                for number in &self.numbers {
                    yield *number;
                }
            }))
        } else {
            Box::pin(tokio_stream::empty())
        }
    }

    async fn early(&self, fail: bool) -> Result<impl ResponseStream<i32>, Fault> {
        if fail {
            return Err(Fault);
        }
        Ok(stream!({
            yield self.numbers[0];
        }))
    }

    fn own_error(&self) -> impl ResponseStream<i32, Fault> {
        tokio_stream::iter([Ok(1), Err(Fault)])
    }
}

#[tokio::test]
async fn yield_stands_wherever_an_expression_may() {
    let numbers = numbers();
    let tail = [10, 11, 12, 11, 12, 12, 200, 201];
    for (choice, more) in [(0, vec![100]), (1, vec![101]), (2, vec![]), (3, vec![102])] {
        let expected: Vec<_> = [1].into_iter().chain(more).chain(tail).collect();
        assert_eq!(drain(numbers.everywhere(choice)).await, (expected, None));
    }
}

#[tokio::test]
async fn for_await_takes_patterns_labels_and_nesting() {
    assert_eq!(drain(numbers().loops()).await, (vec![(1, 7), (1, 1)], None));
}

#[tokio::test]
async fn a_stream_borrows_its_arguments_and_its_own_locals() {
    let numbers = numbers();
    assert_eq!(drain(numbers.lent("the")).await.0, ["the", "numbers"]);
    assert_eq!(
        drain(numbers.borrows_its_own_locals()).await.0,
        ["numbers!", "num"]
    );
}

#[tokio::test]
async fn a_stream_ends_by_return_and_by_the_question_mark() {
    let numbers = numbers();
    let ends = [
        (0, vec![0], None),
        (1, vec![0], Some(Code::NotFound)),
        (2, vec![0], Some(Code::Internal)),
        (3, vec![0], Some(Code::Internal)),
        (4, vec![0], Some(Code::Internal)),
        (5, vec![0, 1], None),
    ];
    for (how, messages, code) in ends {
        assert_eq!(drain(numbers.ends(how)).await, (messages, code));
    }
}

#[tokio::test]
async fn a_stream_has_any_body() {
    let empty: BoxStream<'_, i32> = Box::pin(stream!({}));
    assert_eq!(drain(empty).await, (vec![], None));
    let tail: BoxStream<'_, i32> = Box::pin(stream!({ yield 1 }));
    assert_eq!(drain(tail).await, (vec![1], None));
    let braces: BoxStream<'_, i32> = Box::pin(stream! { yield 1; yield 2; });
    assert_eq!(drain(braces).await, (vec![1, 2], None));
    let error: BoxStream<'_, i32> = Box::pin(stream!({ return Err(Status::internal("always")) }));
    assert_eq!(drain(error).await, (vec![], Some(Code::Internal)));
    let mut endless: BoxStream<'_, i32> = Box::pin(stream!({
        loop {
            yield 1;
        }
    }));
    assert!(matches!(endless.next().await, Some(Ok(1))));
    let inferred: BoxStream<'_, i32> = Box::pin(stream!({
        yield Default::default();
        yield 7_u8.into();
    }));
    assert_eq!(drain(inferred).await.0, [0, 7]);
}

#[tokio::test]
async fn every_usual_stream_is_a_response_stream() {
    let numbers = numbers();
    assert_eq!(drain(numbers.boxed(true)).await, (vec![10, 11, 12], None));
    assert_eq!(drain(numbers.boxed(false)).await, (vec![], None));
    assert_eq!(
        drain(numbers.early(false).await.expect("a stream")).await,
        (vec![10], None)
    );
    assert!(numbers.early(true).await.is_err());
    assert_eq!(drain(numbers.own_error()).await, (vec![1], Some(Code::Internal)));

    fn responses(stream: impl ResponseStream<i32>) -> impl ResponseStream<i32> {
        stream
    }
    let mapped = responses(tokio_stream::iter(vec![1, 2].into_iter().map(Ok)));
    assert_eq!(drain(mapped).await, (vec![1, 2], None));
    let tried = responses(async_stream::try_stream! { yield 1; below_three(3)?; });
    assert_eq!(drain(tried).await, (vec![1], Some(Code::Internal)));
    let plain = responses(async_stream::stream! { yield Ok(1); yield Err(Status::internal("end")); });
    assert_eq!(drain(plain).await, (vec![1], Some(Code::Internal)));

    let (sender, receiver) = tokio::sync::mpsc::channel(2);
    let worker = tokio::spawn(async move {
        let _ = sender.send(Ok(1)).await;
        let _ = sender.send(Err(Status::not_found("end"))).await;
    });
    let queue = responses(tokio_stream::wrappers::ReceiverStream::new(receiver));
    assert_eq!(drain(queue).await, (vec![1], Some(Code::NotFound)));
    assert!(worker.await.is_ok());

    let (sender, receiver) = grpc::channel(2);
    assert!(sender.send(Ok(1)).await.is_ok());
    drop(sender);
    assert_eq!(drain(responses(receiver)).await, (vec![1], None));
}

/// Notes when it is dropped.
struct Dropped(Arc<Mutex<Vec<&'static str>>>, &'static str);

impl Drop for Dropped {
    fn drop(&mut self) {
        if let Ok(mut log) = self.0.lock() {
            log.push(self.1);
        }
    }
}

#[tokio::test]
async fn a_dropped_stream_drops_what_its_body_holds() {
    let log = Arc::new(Mutex::new(Vec::new()));
    let (outer, inner) = (
        Dropped(Arc::clone(&log), "outer"),
        Dropped(Arc::clone(&log), "inner"),
    );
    let mut stream: Pin<Box<dyn Stream<Item = Result<i32>> + Send>> = Box::pin(stream!({
        let _outer = outer;
        {
            let _inner = inner;
            yield 1;
        }
        yield 2;
        yield 3;
    }));
    assert!(matches!(stream.next().await, Some(Ok(1))));
    assert!(log.lock().is_ok_and(|log| log.is_empty()));
    assert!(matches!(stream.next().await, Some(Ok(2))));
    assert!(log.lock().is_ok_and(|log| *log == ["inner"]));
    drop(stream);
    assert!(log.lock().is_ok_and(|log| *log == ["inner", "outer"]));
}
