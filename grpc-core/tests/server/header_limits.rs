//! Headers larger than a client takes: they end their own call, and no other of the connection.

use bytes::Bytes;
use grpc_core::{Status, metadata::Metadata};
use h2::client::Builder;
use tokio::net::TcpStream;

use super::support::{Alive, BIDI, Client, SERVER_STREAM, Tests, UNARY, number, stream};

fn metadata(bytes: usize) -> Metadata {
    let mut metadata = Metadata::new();
    metadata.insert("x-large", "v".repeat(bytes)).unwrap();
    metadata
}

/// As many bytes of initial metadata as the request says.
fn asked(request: &Bytes) -> Metadata {
    metadata(str::from_utf8(request).unwrap().parse().unwrap())
}

fn tests(alive: &Alive) -> Tests {
    let alive = alive.clone();
    Tests::new()
        .unary(|request, context| async move {
            context.set_initial_metadata(asked(&request));
            Ok(request)
        })
        .server_stream(move |request, context| {
            context.send_initial_metadata(asked(&request)).unwrap();
            let guard = alive.guard();
            stream(move |_| {
                let _ = &guard;
                std::task::Poll::Pending
            })
        })
        .bidi(|requests, _| requests)
}

async fn connect(client: &Client, limit: Option<u32>) -> Client {
    let stream = TcpStream::connect(client.address).await.unwrap();
    let mut builder = Builder::new();
    if let Some(limit) = limit {
        builder.max_header_list_size(limit);
    }
    Client::built(client.address, stream, &mut builder).await
}

#[tokio::test]
async fn initial_metadata_over_the_clients_limit_ends_its_call_and_no_other() {
    let alive = Alive::default();
    let (_server, client) = tests(&alive).start().await;
    let client = connect(&client, Some(16 * 1024)).await;
    let mut other = client.open(&BIDI).await;
    other.send(b"one", false);
    let (mut requests, _, mut replies) = other.head().await;
    assert_eq!(replies.next().await.unwrap().unwrap(), "one");
    for bytes in ["16089", "300000", "3000000"] {
        let reply = client.call(&UNARY, bytes.as_bytes()).await;
        assert_eq!((reply.code(), reply.messages.len()), (8, 0), "{reply:?}");
        let size: usize = bytes.parse::<usize>().unwrap() + "x-large".len() + 32;
        assert_eq!(
            reply.message(),
            format!(
                "initial metadata of {size} bytes is over the 16127 that the client's limit on headers has room for"
            )
        );
        assert!(!reply.headers.contains_key("x-large"));
    }
    let fits = client.call(&UNARY, b"16088").await;
    assert_eq!(fits.headers["x-large"].len(), 16_088);
    fits.ok();
    requests.send_data(super::support::frame(b"two"), true).unwrap();
    assert_eq!(replies.next().await.unwrap().unwrap(), "two");
    assert_eq!(number(&replies.trailers().await), 0);
}

#[tokio::test]
async fn a_handler_that_goes_on_is_dropped_when_its_headers_are_too_large() {
    let alive = Alive::default();
    let (_server, client) = tests(&alive).start().await;
    let client = connect(&client, Some(16 * 1024)).await;
    let reply = client.call(&SERVER_STREAM, b"20000").await;
    assert_eq!((reply.code(), reply.trailers_only), (8, true));
    alive.reaches(0).await;
}

#[tokio::test]
async fn a_client_that_has_named_no_limit_gets_64_kib() {
    let (_server, client) = tests(&Alive::default()).start().await;
    let client = connect(&client, None).await;
    let reply = client.call(&UNARY, b"65300").await;
    assert_eq!((reply.code(), reply.messages.len()), (8, 0));
    // h2 reads up to 16 MiB.
    let reply = client.call(&UNARY, b"65200").await;
    assert_eq!(reply.headers["x-large"].len(), 65_200);
    reply.ok();
}

#[tokio::test]
async fn trailers_obey_a_clients_limit_that_is_lower_than_the_servers() {
    let (_server, client) = Tests::new()
        .unary(|_, _| async { Err(Status::not_found("m".repeat(5000)).with_details(vec![0; 100])) })
        .start()
        .await;
    let client = connect(&client, Some(2000)).await;
    let reply = client.call(&UNARY, b"").await;
    assert_eq!(reply.code(), 5);
    assert!(reply.message().len() > 1500, "{}", reply.message().len());
}
