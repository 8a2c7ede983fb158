#![deny(unused_must_use)]

use grpc::prelude::*;

fn count(to: u32) -> impl ResponseStream<u32> {
    stream!({
        for n in 1..=to {
            yield n;
        }
    })
}

fn main() {
    count(3);
}
