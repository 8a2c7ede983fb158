//! Whole calls: the stub, the channel, HTTP/2 on both sides, the server and its handler.

use std::{hint::black_box, time::Duration};

use bench_gungraun::{Place, Wanted, payload};
use gungraun::{LibraryBenchmarkConfig, library_benchmark, library_benchmark_group, main};
use tokio::task::JoinSet;

/// How many calls are made one after the other.
const CALLS: usize = 50;

#[library_benchmark]
#[bench::small(Place::new(), 10)]
#[bench::large(Place::new(), 64 * 1024)]
fn unary(place: Place, size: usize) -> Place {
    place.run(|stub| async move {
        for _ in 0..CALLS {
            black_box(stub.echo(payload(size)).await.expect("an answer"));
        }
    });
    place
}

#[library_benchmark]
#[bench::hundred(Place::new())]
fn unary_at_once(place: Place) -> Place {
    place.run(|stub| async move {
        let mut calls = JoinSet::new();
        for _ in 0..100 {
            let stub = stub.clone();
            calls.spawn(async move { stub.echo(payload(10)).await });
        }
        while let Some(answer) = calls.join_next().await {
            black_box(answer.expect("no panic").expect("an answer"));
        }
    });
    place
}

#[library_benchmark]
#[bench::second(Place::new())]
fn with_deadline(place: Place) -> Place {
    place.run(|stub| async move {
        for _ in 0..CALLS {
            let call = stub.echo(payload(10)).timeout(Duration::from_secs(60));
            black_box(call.await.expect("an answer"));
        }
    });
    place
}

// A call that a handler makes for a call: it looks for the one that it is made for.
#[library_benchmark]
#[bench::plain(Place::new(), false)]
#[bench::with_deadline(Place::new(), true)]
fn relayed(place: Place, deadline: bool) -> Place {
    place.run(|stub| async move {
        for _ in 0..CALLS {
            let mut call = stub.relay(payload(10));
            if deadline {
                call = call.timeout(Duration::from_secs(60));
            }
            black_box(call.await.expect("an answer"));
        }
    });
    place
}

#[library_benchmark]
#[bench::thousand_messages(Place::new())]
fn server_stream(place: Place) -> Place {
    place.run(|stub| async move {
        let mut messages = stub
            .many(Wanted {
                count: 1000,
                size: 100,
            })
            .await
            .expect("a stream");
        let mut received = 0;
        while let Some(message) = messages.receive().await.expect("a message") {
            black_box(message);
            received += 1;
        }
        assert_eq!(received, 1000);
    });
    place
}

library_benchmark_group!(
    name = calls;
    benchmarks = unary, unary_at_once, with_deadline, relayed, server_stream
);

main!(
    config = LibraryBenchmarkConfig::default();
    library_benchmark_groups = calls
);
