//! Requests that are too few, too many, too large or cut off.

use bytes::Bytes;

use super::support::{CLIENT_STREAM, Client, Tests, UNARY, frame};

async fn start() -> (grpc_core::server::Server, Client) {
    Tests::new()
        .unary(|request, _| async move { Ok(request) })
        .client_stream(|mut requests, _| async move {
            let mut count = 0;
            loop {
                match requests.receive().await {
                    Ok(Some(_)) => count += 1,
                    Ok(None) => return Ok(Bytes::from(format!("{count}"))),
                    Err(first) => {
                        // It stays the same error.
                        assert_eq!(requests.receive().await.unwrap_err().code(), first.code());
                        return Err(first);
                    }
                }
            }
        })
        .start_with(|server| {
            server.max_receive_message_size(1000);
        })
        .await
}

#[tokio::test]
async fn no_request_or_two_to_a_unary_method_is_unimplemented() {
    let (_server, client) = start().await;
    let mut none = client.open(&UNARY).await;
    none.half_close();
    assert_eq!(none.reply().await.code(), 12);
    let mut two = client.open(&UNARY).await;
    two.send(b"one", false);
    two.send(b"two", true);
    assert_eq!(two.reply().await.code(), 12);
    let mut later = client.open(&UNARY).await;
    later.send(b"one", false);
    client.call(&UNARY, b"in between").await.ok();
    later.half_close();
    assert_eq!(later.reply().await.ok(), ["one"]);
}

#[tokio::test]
async fn a_request_that_is_cut_off_is_internal() {
    let (_server, client) = start().await;
    for method in [&UNARY, &CLIENT_STREAM] {
        for end in [3, 7] {
            let mut call = client.open(method).await;
            call.requests
                .send_data(frame(b"hello").slice(..end), true)
                .unwrap();
            assert_eq!(call.reply().await.code(), 13, "{method:?} after {end} bytes");
        }
    }
}

#[tokio::test]
async fn a_request_over_the_limit_is_resource_exhausted() {
    let (_server, client) = start().await;
    for method in [&UNARY, &CLIENT_STREAM] {
        let reply = client.call(method, &[0; 1001]).await;
        assert_eq!(reply.code(), 8, "{method:?}");
        assert!(reply.message().contains("1001"), "{}", reply.message());
        assert_eq!(client.call(method, &[0; 1000]).await.code(), 0);
    }
}

#[tokio::test]
async fn a_compressed_message_without_an_encoding_is_internal() {
    let (_server, client) = start().await;
    let mut call = client.open(&UNARY).await;
    call.requests
        .send_data(Bytes::from_static(&[1, 0, 0, 0, 1, 0]), true)
        .unwrap();
    assert_eq!(call.reply().await.code(), 13);
}

#[tokio::test]
async fn a_response_over_the_limit_is_resource_exhausted() {
    let (_server, client) = Tests::new()
        .unary(|request, _| async move { Ok(request) })
        .start_with(|server| {
            server.max_send_message_size(10);
        })
        .await;
    assert_eq!(client.call(&UNARY, &[0; 11]).await.code(), 8);
    assert_eq!(client.call(&UNARY, &[0; 10]).await.code(), 0);
}

#[tokio::test]
async fn five_thousand_early_returns_leave_the_connection_alive() {
    let (_server, client) = Tests::new()
        .client_stream(|_, _| async move { Ok(Bytes::from_static(b"enough")) })
        .unary(|request, _| async move { Ok(request) })
        .start()
        .await;
    for n in 0..5000 {
        let mut call = client.open(&CLIENT_STREAM).await;
        call.send(b"one", false);
        call.send(&[0; 100], n % 2 == 0);
        let (mut requests, _, mut responses) = call.head().await;
        assert_eq!(responses.next().await.unwrap().unwrap(), "enough");
        responses.trailers().await;
        if n % 2 == 1 {
            // Goes on sending to a call that has been answered, as a client may.
            let _ = requests.send_data(frame(&[0; 100]), true);
        }
    }
    assert_eq!(client.call(&UNARY, b"x").await.ok(), ["x"]);
    assert!(!client.connection.is_closed());
}
