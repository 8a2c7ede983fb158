//! Metadata larger than a server takes: it ends its own call, and no other of the connection.

mod client_support;

use bytes::Bytes;
use client_support::*;
use grpc_core::{
    Code, Status,
    client::{Call, Channel, StreamingCall, insecure_channel},
    message::Raw,
};
use http::HeaderMap;

async fn call_with(channel: &Channel, bytes: usize) -> Result<Bytes, Status> {
    Call::<Bytes>::unary(channel, &UNARY, Bytes::from_static(b"request"), Raw)
        .metadata("x-large", "v".repeat(bytes))
        .await
}

/// A call stays open on the connection while others fail on it.
async fn check(builder: h2::server::Builder, limit: usize) {
    let target = serve_with(builder, |mut stream: Stream| async move {
        let size = stream.header("x-large").map_or(0, str::len);
        let mut answer = stream.open_with(HeaderMap::new());
        answer.message(size.to_string().as_bytes());
        if stream.head.uri.path() == SERVER_STREAM.path() {
            std::future::pending::<()>().await;
        }
        answer.finish(0);
    })
    .await;
    let channel = insecure_channel(target);
    let mut other = StreamingCall::<Bytes>::server_streaming(&channel, &SERVER_STREAM, Bytes::new(), Raw)
        .await
        .unwrap();
    assert_eq!(other.receive().await.unwrap().unwrap(), "0");
    for bytes in [limit, 300_000, 3_000_000] {
        let error = call_with(&channel, bytes).await.unwrap_err();
        assert_eq!(error.code(), Code::ResourceExhausted, "{error}");
        let message = error.message();
        assert!(
            message.starts_with("request headers of ")
                && message.ends_with(&format!(", are over the server's limit of {}", limit - 1)),
            "{message}"
        );
    }
    // The headers that every call has take about 350 bytes.
    let most = limit - 500;
    assert_eq!(call_with(&channel, most).await.unwrap(), most.to_string());
    drop(other);
}

#[tokio::test]
async fn metadata_over_the_servers_limit_ends_its_call_and_no_other() {
    let mut builder = builder();
    builder.max_header_list_size(2000);
    check(builder, 2000).await;
}

#[tokio::test]
async fn a_server_that_has_named_no_limit_gets_64_kib() {
    check(builder(), 65_536).await;
}
