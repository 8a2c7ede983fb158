use grpc::prelude::*;

struct Fault;
struct Store<T>(T);

#[grpc::service(package = "store v1", name = "2nd")]
impl<T: Send + Sync + 'static> Store<T> {
    async fn helper(&self) -> Result<()> {
        Ok(())
    }

    pub fn new() -> Self {
        todo!()
    }

    pub async fn put(&self, item: T) -> Result<()> {
        drop(item);
        Ok(())
    }

    #[rpc(name = "Put Two")]
    async fn put_two(&self, item: String) -> Result<()> {
        drop(item);
        Ok(())
    }

    #[rpc(kind = server_streaming)]
    async fn get(&self, item: String) -> Result<impl Sized> {
        Ok(item)
    }

    pub async fn get_one(&self, item: String) -> Result<String> {
        Ok(item)
    }

    #[rpc(name = "GetOne")]
    async fn get_first(&self, item: String) -> Result<String> {
        Ok(item)
    }
}

fn main() {
    grpc::server().add_service(Store(1));
}
