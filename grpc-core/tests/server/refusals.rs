//! What is no call, or no call that this server has.

use bytes::Bytes;
use grpc_core::Method;
use http::Request;

use super::support::{Client, Tests, UNARY};

async fn start() -> (grpc_core::server::Server, Client) {
    Tests::new()
        .unary(|request, _| async move { Ok(request) })
        .start()
        .await
}

#[tokio::test]
async fn an_unknown_service_or_method_is_unimplemented_and_named() {
    let (_server, client) = start().await;
    for (path, message) in [
        ("/test.Test/Nothing", "service test.Test has no method Nothing"),
        ("/test.Other/Unary", "unknown service test.Other"),
    ] {
        let mut call = client.open_with(path, &[]).await;
        call.send(b"x", true);
        let reply = call.reply().await;
        assert!(reply.trailers_only);
        assert_eq!((reply.http, reply.code(), reply.message()), (200, 12, message));
    }
}

#[tokio::test]
async fn another_content_type_is_415() {
    let (_server, client) = start().await;
    for (content_type, http) in [
        ("application/json", 415),
        ("application/grpc-web", 415),
        ("application/grpc+json", 415),
        ("application/grpc+proto", 200),
        ("application/grpc;v=1", 200),
    ] {
        let headers = [("content-type", content_type)];
        assert_eq!(
            client.call_with(&UNARY, &headers, b"x").await.http,
            http,
            "{content_type}"
        );
    }
}

#[tokio::test]
async fn another_http_method_is_405() {
    let (_server, client) = start().await;
    let get = Request::get(format!("http://{}/test.Test/Unary", client.address))
        .body(())
        .unwrap();
    let mut call = client.request(get).await.unwrap();
    call.half_close();
    let reply = call.reply().await;
    assert_eq!(
        (reply.http, reply.headers["allow"].to_str().unwrap()),
        (405, "POST")
    );
}

#[tokio::test]
async fn a_missing_te_is_let_pass() {
    let (_server, client) = start().await;
    let request = Request::post(format!("http://{}/test.Test/Unary", client.address))
        .header("content-type", "application/grpc");
    let mut call = client.request(request.body(()).unwrap()).await.unwrap();
    call.send(b"x", true);
    assert_eq!(call.reply().await.ok(), ["x"]);
}

#[tokio::test]
async fn an_encoding_that_cannot_be_read_is_unimplemented_and_those_that_can_are_told() {
    let (_server, client) = start().await;
    let reply = client
        .call_with(&UNARY, &[("grpc-encoding", "snappy")], b"x")
        .await;
    assert_eq!(reply.code(), 12);
    assert!(reply.message().contains("snappy"));
    assert_eq!(
        reply.headers["grpc-accept-encoding"],
        "gzip,deflate,zstd,identity"
    );
    assert_eq!(
        client
            .call_with(&UNARY, &[("grpc-encoding", "identity")], b"x")
            .await
            .ok(),
        ["x"]
    );
}

#[tokio::test]
async fn a_timeout_that_is_none_is_internal() {
    let (_server, client) = start().await;
    for timeout in ["", "5", "S", "1x", "123456789S"] {
        let reply = client.call_with(&UNARY, &[("grpc-timeout", timeout)], b"x").await;
        assert_eq!(reply.code(), 13, "{timeout}");
    }
}

#[tokio::test]
async fn a_refused_upload_is_discarded_and_the_connection_lives() {
    static NOTHING: Method = Method::new("/test.Test/Nothing", grpc_core::MethodKind::ClientStreaming);
    let (_server, client) = start().await;
    for _ in 0..50 {
        let mut call = client.open(&NOTHING).await;
        call.requests
            .send_data(Bytes::from(vec![0; 100_000]), false)
            .unwrap();
        call.half_close();
        assert_eq!(call.reply().await.code(), 12);
    }
    assert_eq!(client.call(&UNARY, b"x").await.ok(), ["x"]);
}
