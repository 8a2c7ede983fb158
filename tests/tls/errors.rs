//! What a client is told.

use grpc::{Channel, ClientTls, Code, ServerTls, Status};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::{
    certificates::Authority,
    service::{Tally, TallyStub, n, pair, start, trusting},
};

async fn error(channel: Channel) -> Status {
    TallyStub::new(&channel).double(n(1)).await.unwrap_err()
}

#[track_caller]
fn says(error: &Status, why: &str) {
    assert_eq!(error.code(), Code::Unavailable, "{error}");
    assert!(error.message().contains(why), "{error}");
}

async fn refused(server: &ServerTls, client: ClientTls, host: &str) -> Status {
    let (_server, port) = start(server).await;
    error(grpc::secure_channel(format!("{host}:{port}"), client)).await
}

#[tokio::test]
async fn an_unknown_issuer_is_named() {
    let (server_tls, _) = pair(&Authority::new(), &["localhost"]);
    let error = refused(&server_tls, trusting(&Authority::new()), "localhost").await;
    says(&error, "the server's certificate has an unknown issuer");
}

#[tokio::test]
async fn a_certificate_for_another_name_says_for_which() {
    let (server_tls, client_tls) = pair(&Authority::new(), &["a.example", "b.example"]);
    let error = refused(&server_tls, client_tls, "localhost").await;
    says(&error, "not for the name localhost, but for: ");
    says(&error, "b.example");
}

#[tokio::test]
async fn an_expired_certificate_is_named() {
    let authority = Authority::new();
    let server_tls = ServerTls::new(authority.certify_expired(&["localhost"]).identity());
    let error = refused(&server_tls, trusting(&authority), "localhost").await;
    says(&error, "the server's certificate has expired");
}

#[tokio::test]
async fn a_plaintext_server_is_recognized() {
    let mut server = grpc::server();
    server.add_service(Tally);
    let address = server.add_insecure_port("127.0.0.1:0").unwrap();
    server.start().await.unwrap();
    let tls = trusting(&Authority::new());
    let error = error(grpc::secure_channel(format!("localhost:{}", address.port()), tls)).await;
    says(&error, "TLS: the server does not speak TLS; is it in plain text?");
}

#[tokio::test]
async fn a_secure_server_is_recognized_by_a_plaintext_client() {
    let (server_tls, _) = pair(&Authority::new(), &["localhost"]);
    let (_server, port) = start(&server_tls).await;
    let error = error(grpc::insecure_channel(format!("localhost:{port}"))).await;
    says(&error, "the server speaks TLS, and this channel is in plain text");
}

#[tokio::test]
async fn a_web_server_is_recognized() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 1024];
        let _ = stream.read(&mut request).await.unwrap();
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
            .await
            .unwrap();
        // The client closes first.
        let _ = stream.read(&mut request).await;
    });
    let error = error(grpc::insecure_channel(format!("127.0.0.1:{port}"))).await;
    says(&error, "the server answers in HTTP/1");
}

#[tokio::test]
async fn a_server_that_hangs_up_in_the_handshake_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await.unwrap();
    });
    let tls = trusting(&Authority::new());
    let error = error(grpc::secure_channel(format!("127.0.0.1:{port}"), tls)).await;
    says(
        &error,
        "TLS: the server closed the connection during the handshake",
    );
}

#[tokio::test]
async fn a_target_that_contradicts_its_channel_is_an_error_of_every_call() {
    for (channel, why) in [
        (grpc::insecure_channel("https://localhost:1"), "secure_channel"),
        (
            grpc::secure_channel("http://localhost:1", ClientTls::new()),
            "write https",
        ),
        (
            grpc::secure_channel("localhost:1", ClientTls::new().server_name("no name")),
            "no name",
        ),
    ] {
        let error = error(channel).await;
        assert_eq!(error.code(), Code::InvalidArgument);
        assert!(error.message().contains(why), "{error}");
    }
}
