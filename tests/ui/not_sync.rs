use std::cell::RefCell;

use grpc::prelude::*;

#[derive(Clone, PartialEq, prost::Message)]
pub struct Step {
    #[prost(int64, tag = "1")]
    by: i64,
}

#[derive(Default)]
struct Counter {
    total: RefCell<i64>,
}

#[grpc::service(package = "tally.v1")]
impl Counter {
    pub async fn reset(&self, step: Step) -> Result<Step> {
        Ok(step)
    }
}

fn main() {}
