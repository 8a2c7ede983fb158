use grpc::prelude::*;

struct Counter;

#[grpc::service(package = "tally")]
impl Counter {
    #[rpc(compression = Snappy)]
    async fn one(&self) -> Result<i64> {
        Ok(1)
    }

    #[rpc(compression = "gzip")]
    async fn two(&self) -> Result<i64> {
        Ok(2)
    }

    #[rpc(compression)]
    async fn three(&self) -> Result<i64> {
        Ok(3)
    }
}

fn main() {
    let mut server = grpc::server();
    server.add_service(Counter);
}
