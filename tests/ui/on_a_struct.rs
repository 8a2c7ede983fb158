#[grpc::service(package = "ping.v1")]
struct Pinger;

#[grpc::service(package = "ping.v1")]
fn pinger() {}

fn main() {
    let _ = Pinger;
    pinger();
}
