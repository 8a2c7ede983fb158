//! `grpc::serve`, the server in one line.

use grpc::prelude::*;

mod helloworld {
    grpc::proto!("tests/protos/document/hi.proto");
}
use helloworld::{HiReply, HiRequest};

struct Greeter;

#[grpc::service(contract = helloworld::Greeter)]
impl Greeter {
    async fn hi(&self, request: HiRequest) -> Result<HiReply> {
        Ok(HiReply {
            message: format!("Hi, {}!", request.name),
        })
    }

    fn streaming_hi(&self, requests: Streaming<HiRequest>) -> impl ResponseStream<HiReply> {
        stream!({
            for await request in requests {
                yield self.hi(request?).await?;
            }
        })
    }
}

#[tokio::test]
async fn one_line_serves_a_service_on_an_address() -> Result<()> {
    // Not in `target`: a socket's path has at most some hundred bytes.
    let path = std::env::temp_dir().join(format!("grpc-serve-{}.sock", std::process::id()));
    let address = format!("unix:{}", path.display());
    let server = tokio::spawn(grpc::serve(address.clone(), Greeter));
    let channel = grpc::insecure_channel(&address);
    let request = HiRequest {
        name: "Ada".to_owned(),
        ..HiRequest::default()
    };
    let reply = helloworld::GreeterStub::new(&channel)
        .hi(request)
        .wait_for_ready()
        .await?;
    assert_eq!(reply.message, "Hi, Ada!");
    server.abort();
    let _ = std::fs::remove_file(path);
    Ok(())
}

#[tokio::test]
async fn an_address_that_cannot_be_bound_is_the_error_of_the_await() {
    let serving = grpc::serve("no port here", Greeter);
    let error = serving.await.unwrap_err();
    assert!(error.to_string().starts_with("bind no port here"), "{error}");
}
