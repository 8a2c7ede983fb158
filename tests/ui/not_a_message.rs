use grpc::prelude::*;

struct Step;

struct Counter;

#[grpc::service(package = "tally.v1", name = "Tally")]
impl Counter {
    pub async fn add(&self, step: Step) -> Result<()> {
        drop(step);
        Ok(())
    }

    pub async fn total(&self) -> Result<Step> {
        Ok(Step)
    }
}

fn main() {
    grpc::server().add_service(Counter);
}
