#[grpc::test(grace = 3)]
async fn unknown() {}

#[grpc::test(worker_threads = 0, flavor = "fast", start_paused = 1)]
async fn wrong() {}

#[grpc::test(worker_threads = 2)]
async fn threads_without_a_flavor() {}

#[grpc::test(flavor = "current_thread", worker_threads = 2)]
async fn contradiction() {}

#[grpc::test(flavor = "multi_thread", start_paused = true)]
async fn paused_threads() {}

#[grpc::test]
fn not_async() {}

#[grpc::test]
async fn arguments(name: String) {}

#[grpc::test]
async fn generic<T>() {}

#[grpc::test]
#[test]
async fn twice() {}

#[grpc::test]
struct NotAFn;

fn main() {}
