//! The server of gRPC's interoperability tests, for the interop clients of all languages
//! (`interop-test-descriptions.md` in gRPC's documentation).
//!
//! ```sh
//! cargo run --example interop_server -- --port=10000
//! ```
//!
//! With `--port=0`, the default, it picks a port; it prints where it listens. `--use_tls` serves TLS, with the certificate
//! in `--cert_file` and the key in `--key_file`: by default `server1.pem` and `server1.key`, as gRPC's own are called.

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

use grpc::ServerTls;

use self::{flags::Flags, service::TestService};

#[grpc::main]
async fn main() -> Result<(), grpc::Error> {
    let mut flags = Flags::from_arguments()?;
    let port: u16 = flags.take("port", 0)?;
    let tls = tls(&mut flags)?;
    flags.done()?;

    let mut server = grpc::server();
    let address = format!("[::]:{port}");
    let address = match tls {
        Some(tls) => server.add_secure_port(address, tls)?,
        None => server.add_insecure_port(address)?,
    };
    server.add_service(TestService::new(address.to_string()));
    server.start().await?;
    println!("listening on 127.0.0.1:{}", address.port());
    server.wait_for_termination().await
}

fn tls(flags: &mut Flags) -> Result<Option<ServerTls>, grpc::Error> {
    let use_tls = flags.take("use_tls", false)?;
    let certificate: String = flags.take("cert_file", "server1.pem".to_owned())?;
    let key: String = flags.take("key_file", "server1.key".to_owned())?;
    if use_tls {
        ServerTls::from_pem_files(certificate, key).map(Some)
    } else {
        Ok(None)
    }
}
