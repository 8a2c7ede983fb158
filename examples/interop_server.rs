//! The server of gRPC's interoperability tests, for the interop clients of all languages
//! (`interop-test-descriptions.md` in gRPC's documentation).
//!
//! ```sh
//! cargo run --example interop_server -- --port=10000
//! ```
//!
//! With `--port=0`, the default, it picks a port; it prints where it listens.

mod testing {
    grpc::proto!(
        "examples/proto/grpc/testing/test.proto",
        includes = ["examples/proto"]
    );
}
#[path = "interop/flags.rs"]
mod flags;
#[path = "interop/service.rs"]
mod service;

use self::{flags::Flags, service::TestService};

#[grpc::main]
async fn main() -> Result<(), grpc::Error> {
    let mut flags = Flags::from_arguments()?;
    let port: u16 = flags.take("port", 0)?;
    flags.done()?;

    let mut server = grpc::server();
    let address = server.add_insecure_port(format!("[::]:{port}"))?;
    server.add_service(TestService::new(address.to_string()));
    server.start().await?;
    println!("listening on 127.0.0.1:{}", address.port());
    server.wait_for_termination().await
}
