//! Compressed calls between grpcio, the gRPC of Python, and this. What is compressed is told by the bytes on the wire.

use grpc::{Compression, Result};

use super::{
    interop::{
        Interop,
        proto::{InteropStub, Payload},
    },
    python::Python,
    relay::Relay,
};
use crate::support::Process;

/// What the payloads of a test come to, by far the most of it zeros.
const PLAIN: u64 = 300_000;

/// Far less than that, and more than all that is not payload.
const SMALL: u64 = 30_000;

async fn their_client_passes(case: &str, responses: Compression) {
    let Some(python) = Python::get() else { return };
    let mut server = grpc::server();
    let address = server.add_insecure_port("127.0.0.1:0").unwrap();
    server.add_service(Interop::default());
    server.compression(responses);
    server.start().await.unwrap();
    let relay = Relay::to(&address.to_string()).await.unwrap();
    python.client_passes(relay.address(), case).await;
    let (requests, responses) = relay.take_counts();
    assert!(requests < SMALL, "{requests} bytes of requests");
    assert!(responses < SMALL, "{responses} bytes of responses");
}

#[tokio::test]
async fn their_client_and_our_server_talk_in_gzip() {
    their_client_passes("gzip_goes_both_ways", Compression::Gzip).await;
}

#[tokio::test]
async fn their_client_and_our_server_talk_in_deflate() {
    their_client_passes("deflate_goes_both_ways", Compression::Deflate).await;
}

/// Their server behind a relay, and a stub whose calls go through it; `None` without python.
async fn connect() -> Option<(Process, Relay, InteropStub)> {
    let server = Python::get()?.server();
    let relay = Relay::to(server.address()).await.unwrap();
    let stub = InteropStub::new(&grpc::insecure_channel(relay.address()));
    Some((server, relay, stub))
}

fn zeros(index: u32) -> Payload {
    Payload {
        body: vec![0; PLAIN as usize],
        index,
    }
}

#[tokio::test]
async fn our_client_and_their_server_talk_in_gzip_and_deflate() -> Result<()> {
    let Some((_server, relay, stub)) = connect().await else {
        return Ok(());
    };
    // As it is without compression, so that the counts below mean something.
    assert_eq!(stub.echo(zeros(0)).await?, zeros(0));
    let (requests, responses) = relay.take_counts();
    assert!(requests > PLAIN && responses > PLAIN, "{requests}, {responses}");
    for (compression, theirs) in [(Compression::Gzip, "Gzip"), (Compression::Deflate, "Deflate")] {
        let call = stub.echo(zeros(1)).compression(compression);
        assert_eq!(call.metadata("x-compression", theirs).await?, zeros(1));
        let (requests, responses) = relay.take_counts();
        assert!(
            requests < SMALL && responses < SMALL,
            "{compression}: {requests}, {responses}"
        );

        let call = stub.mirror((0..3).map(zeros)).compression(compression);
        let mut replies = call.metadata("x-compression", theirs).await?;
        for index in 0..3 {
            assert_eq!(replies.receive().await?, Some(zeros(index)));
        }
        assert_eq!(replies.receive().await?, None);
        let (requests, responses) = relay.take_counts();
        assert!(
            requests < SMALL && responses < SMALL,
            "{compression}: {requests}, {responses}"
        );
    }
    Ok(())
}
