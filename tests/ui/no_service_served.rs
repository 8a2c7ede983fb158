struct Guide;

#[grpc::main]
async fn main() -> Result<(), grpc::Error> {
    grpc::serve("[::]:50051", Guide).await
}
