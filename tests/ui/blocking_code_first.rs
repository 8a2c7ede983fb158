use grpc::{blocking, prelude::*};

struct Counter;

#[grpc::service(package = "count.v1", name = "Counter")]
impl Counter {
    #[rpc(blocking, kind = server_streaming)]
    fn up_to(&self, last: i64) -> Result<impl Sized> {
        Ok(last)
    }

    #[rpc(blocking)]
    fn sum(&self, numbers: Streaming<i64>) -> Result<i64> {
        drop(numbers);
        Ok(0)
    }

    #[rpc(detached, blocking)]
    fn twice(&self, numbers: blocking::Streaming<i64>) -> impl Iterator<Item = i64> {
        drop(numbers);
        [].into_iter()
    }

    #[rpc(blocking)]
    fn later(&self) -> impl Future<Output = Result<i64>> {
        async { Ok(1) }
    }

    #[rpc(blocking)]
    fn nothing(&self) {}
}

fn main() {
    grpc::server().add_service(Counter);
}
