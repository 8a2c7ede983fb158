#[grpc::main(threads = 3)]
async fn unknown() {}

#[grpc::main(worker_threads = 0, flavor = "fast", grace = 1.5)]
async fn wrong() {}

#[grpc::main(flavor = "current_thread", worker_threads = 2)]
async fn contradiction() {}

#[grpc::main]
fn not_async() {}

#[grpc::main]
async fn arguments(name: String) {}

#[grpc::main]
struct NotAFn;

fn main() {}
