//! A service without a .proto: the messages are Rust types, and the signatures are the contract.
//!
//! ```sh
//! cargo run --example code_first
//! cargo run --example code_first -- --proto   # prints the .proto for clients in other languages
//! ```

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use grpc::prelude::*;

/// How far to count.
#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "tally.v1")]
pub struct Step {
    /// May be negative.
    #[grpc(tag = 1, sint64)]
    pub by: i64,
}

/// Where the counter is.
#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "tally.v1")]
pub struct Total {
    /// The sum of all steps so far.
    #[grpc(tag = 1, sint64)]
    pub value: i64,
}

/// What serves it.
#[derive(Default)]
pub struct Counter {
    total: AtomicI64,
}

// The service is `tally.v1.Tally`, with the rpcs `Add`, `AddAll` and `Follow`; the client is `TallyStub`.
/// Counts for all its clients together.
#[grpc::service(package = "tally.v1", name = "Tally")]
impl Counter {
    /// Goes one step.
    pub async fn add(&self, step: Step) -> Result<Total> {
        Ok(self.go(&step))
    }

    /// Goes many steps, and answers once.
    pub async fn add_all(&self, mut steps: Streaming<Step>) -> Result<Total> {
        while let Some(step) = steps.receive().await? {
            self.go(&step);
        }
        Ok(self.go(&Step { by: 0 }))
    }

    /// Goes many steps, and answers each.
    pub fn follow(&self, steps: Streaming<Step>) -> impl ResponseStream<Total> {
        stream!({
            for await step in steps {
                yield self.go(&step?);
            }
        })
    }
}

// An attributed `impl` holds rpcs only; everything else is in another.
impl Counter {
    fn go(&self, step: &Step) -> Total {
        Total {
            value: self.total.fetch_add(step.by, Ordering::Relaxed) + step.by,
        }
    }
}

#[grpc::main]
async fn main() -> Result<(), grpc::Error> {
    if std::env::args().any(|argument| argument == "--proto") {
        print!("{}", grpc::proto_of::<Tally>());
        return Ok(());
    }
    let mut server = grpc::server();
    let address = server.add_insecure_port("127.0.0.1:0")?;
    server.add_service(Counter::default());
    server.start().await?;

    let tally = TallyStub::new(&grpc::insecure_channel(address.to_string()));
    println!("add 5: {}", tally.add(Step { by: 5 }).await?.value);

    let steps = [1, 2, 3].map(|by| Step { by });
    println!("add 1, 2 and 3: {}", tally.add_all(steps).await?.value);

    let mut totals = tally.follow([10, -20].map(|by| Step { by })).await?;
    while let Some(total) = totals.receive().await? {
        println!("follow: {}", total.value);
    }

    server.handle().stop(Duration::from_secs(1)).await;
    Ok(())
}
