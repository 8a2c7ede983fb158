use grpc::prelude::*;

trait Ping {
    async fn ping(&self) -> Result<()>;
}

struct Pinger;

#[grpc::service(package = "ping.v1")]
impl Ping for Pinger {
    #[rpc]
    async fn ping(&self) -> Result<()> {
        Ok(())
    }
}

fn main() {
    grpc::server().add_service(Pinger);
}
