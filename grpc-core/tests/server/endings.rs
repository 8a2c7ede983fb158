//! Calls whose client is gone, or has had enough, while the server has more to say.

use bytes::Bytes;
use h2::Reason;

use super::support::{Alive, BIDI, SERVER_STREAM, Tests, UNARY, stream};

/// Handlers that always have more to send.
fn talkative(alive: &Alive) -> Tests {
    let (many, by_hand) = (alive.clone(), alive.clone());
    Tests::new()
        .unary(|request, _| async { Ok(request) })
        .server_stream(move |_, _| {
            let guard = many.guard();
            stream(move |_| {
                let _guard = &guard;
                std::task::Poll::Ready(Some(Ok(Bytes::from_static(&[7; 16 * 1024]))))
            })
        })
        .explicit(move |mut call| {
            let guard = by_hand.guard();
            async move {
                let _guard = guard;
                loop {
                    call.send(Bytes::from_static(&[7; 16 * 1024])).await?;
                }
            }
        })
}

#[tokio::test]
async fn a_handler_that_waits_for_room_to_send_ends_when_its_client_is_gone() {
    for method in [&SERVER_STREAM, &BIDI] {
        for how in ["reset", "disconnect", "deadline"] {
            let alive = Alive::default();
            let (_server, client) = talkative(&alive).start().await;
            let timeout = [("grpc-timeout", "100m")];
            let headers = if how == "deadline" { &timeout[..] } else { &[] };
            let mut call = client.open_with(method.path(), headers).await;
            call.send(b"x", true);
            let (mut requests, _, responses) = call.head().await;
            if how != "deadline" {
                alive.reaches(1).await;
            }
            match how {
                "reset" => requests.send_reset(Reason::CANCEL),
                "disconnect" => client.connection.cut(),
                _ => {}
            }
            alive.reaches(0).await;
            if how != "disconnect" {
                client.call(&UNARY, b"next").await.ok();
            }
            drop(responses);
        }
    }
}

#[tokio::test]
async fn a_half_close_reaches_the_handler_while_it_sends() {
    let (_server, client) = Tests::new()
        .explicit(|mut call| async move {
            call.send(Bytes::from_static(b"hello")).await?;
            let mut received = 0;
            while call.receive().await?.is_some() {
                received += 1;
            }
            // It stays so.
            assert_eq!(call.receive().await?, None);
            call.send(Bytes::from(vec![received])).await
        })
        .start()
        .await;
    let mut call = client.open(&BIDI).await;
    call.send(b"one", false);
    let (mut requests, _, mut responses) = call.head().await;
    assert_eq!(responses.next().await.unwrap().unwrap(), "hello");
    requests.send_data(Bytes::new(), true).unwrap();
    assert_eq!(responses.next().await.unwrap().unwrap(), [1][..]);
    assert_eq!(super::support::number(&responses.trailers().await), 0);
}

#[tokio::test]
async fn a_handler_that_returns_early_answers_while_its_client_still_sends() {
    let (_server, client) = Tests::new()
        .client_stream(|mut requests, _| async move {
            requests.receive().await?;
            Ok(Bytes::from_static(b"enough"))
        })
        .explicit(|mut call| async move {
            call.receive().await?;
            call.send(Bytes::from_static(b"enough")).await
        })
        .start()
        .await;
    for method in [&super::support::CLIENT_STREAM, &BIDI] {
        let mut call = client.open(method).await;
        call.send(b"one", false);
        let (mut requests, _, mut responses) = call.head().await;
        assert_eq!(responses.next().await.unwrap().unwrap(), "enough");
        assert_eq!(super::support::number(&responses.trailers().await), 0);
        // What is still on its way does no harm, and nor does the end.
        let _ = requests.send_data(super::support::frame(&[0; 1000]), true);
        let mut call = client.open(method).await;
        call.send(b"next", true);
        assert_eq!(call.reply().await.ok(), ["enough"]);
    }
}
