//! A panic ends its call with INTERNAL, and nothing else.

use std::{sync::Arc, task::Poll};

use bytes::{Bytes, BytesMut};
use grpc_core::{
    Result, Status,
    message::{Codec, Raw},
    server::{Incoming, One, RouteOptions, Routes, Service, dispatch},
};

use super::support::{BIDI, CLIENT_STREAM, Client, SERVER_STREAM, Tests, UNARY};

struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic!("in drop");
        }
    }
}

async fn is_fine(client: &Client) {
    assert_eq!(client.call(&UNARY, b"x").await.ok(), ["x"]);
    assert!(!client.connection.is_closed());
}

#[tokio::test]
async fn a_panic_in_a_handler_or_a_stream_stays_in_its_call() {
    let (_server, client) = Tests::new()
        .unary(|request, _| async move { Ok(request) })
        .client_stream(|_, _| async move { panic!("in the handler") })
        .server_stream(|request, _| {
            let mut left = request.len();
            super::support::stream(move |_| {
                assert!(left > 0, "in the stream");
                left -= 1;
                Poll::Ready(Some(Ok(Bytes::from_static(b"m"))))
            })
        })
        .start()
        .await;
    let mut call = client.open(&CLIENT_STREAM).await;
    call.half_close();
    let reply = call.reply().await;
    assert!(reply.trailers_only);
    assert_eq!(reply.code(), 13);
    assert_eq!(client.call(&SERVER_STREAM, b"").await.code(), 13);
    assert_eq!(client.call(&SERVER_STREAM, b"xx").await.code(), 13);
    is_fine(&client).await;
}

#[tokio::test]
async fn a_panic_in_drop_stays_in_its_call() {
    let (_server, client) = Tests::new()
        .unary(|request, _| async move { Ok(request) })
        .client_stream(|_, _| async move {
            let _bomb = Bomb;
            Ok(Bytes::new())
        })
        .server_stream(|_, _| {
            let bomb = Bomb;
            super::support::stream(move |_| {
                let _bomb = &bomb;
                Poll::Ready(None)
            })
        })
        .explicit(|mut call| async move {
            let _bomb = Bomb;
            while call.receive().await?.is_some() {}
            std::future::pending::<()>().await;
            Ok(())
        })
        .start()
        .await;
    let mut call = client.open(&CLIENT_STREAM).await;
    call.half_close();
    assert_eq!(call.reply().await.code(), 13);
    assert_eq!(client.call(&SERVER_STREAM, b"").await.code(), 13);
    // Dropped in the middle, by a cancel and by a deadline.
    let (requests, _, responses) = client.open(&BIDI).await.head().await;
    drop((requests, responses));
    is_fine(&client).await;
    let call = client.open_with(BIDI.path(), &[("grpc-timeout", "1m")]).await;
    assert_eq!(call.reply().await.code(), 13);
    is_fine(&client).await;
}

#[tokio::test]
async fn a_panic_in_an_encoder_or_a_decoder_stays_in_its_call() {
    #[derive(Clone, Copy)]
    struct Touchy;
    impl Codec<Bytes> for Touchy {
        fn encode(&self, message: &Bytes, buffer: &mut BytesMut) -> Result<()> {
            assert_ne!(message, "encode");
            Raw.encode(message, buffer)
        }
        fn decode(&self, bytes: Bytes) -> Result<Bytes> {
            assert_ne!(bytes, "decode");
            Ok(bytes)
        }
    }
    struct TouchyService;
    impl Service<()> for TouchyService {
        const NAME: &'static str = "test.Test";
        fn register(self: Arc<Self>, routes: &mut Routes) {
            routes.add(&UNARY, RouteOptions::new(), |mut call: Incoming| {
                dispatch(async move {
                    let request = call.request::<Bytes, One, _>(Touchy).await?;
                    call.once(Ok::<_, Status>(request), Touchy).await
                })
            });
        }
    }
    let mut server = grpc_core::server::server();
    let address = server
        .add_insecure_port("127.0.0.1:0")
        .unwrap()
        .socket_addr()
        .unwrap();
    server.add_service(TouchyService);
    server.start().await.unwrap();
    let client = Client::connect(address).await;
    for message in ["encode", "decode"] {
        assert_eq!(
            client.call(&UNARY, message.as_bytes()).await.code(),
            13,
            "{message}"
        );
    }
    is_fine(&client).await;
}

#[tokio::test]
async fn a_panic_of_a_detached_handler_is_internal_too() {
    let (_server, client) = Tests::new()
        .options(RouteOptions::new().detached())
        .unary(|request, _| async move {
            assert_eq!(request, "x", "in the handler");
            Ok(request)
        })
        .start()
        .await;
    assert_eq!(client.call(&UNARY, b"y").await.code(), 13);
    is_fine(&client).await;
}

/// A panic whose own payload panics when it is dropped.
struct Mine;

impl Drop for Mine {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            std::panic::panic_any(Bomb);
        }
    }
}

#[tokio::test]
async fn a_panic_with_what_panics_in_drop_stays_in_its_call() {
    let (_server, client) = Tests::new()
        .unary(|request, _| async move { Ok(request) })
        .client_stream(|_, _| async move { std::panic::panic_any(Bomb) })
        .server_stream(|_, _| {
            let mine = Mine;
            super::support::stream(move |_| {
                let _mine = &mine;
                Poll::Ready(None)
            })
        })
        .explicit(|_| {
            let mine = Mine;
            async move {
                let _mine = mine;
                std::future::pending::<()>().await;
                Ok(())
            }
        })
        .start()
        .await;
    let mut call = client.open(&CLIENT_STREAM).await;
    call.half_close();
    assert_eq!(call.reply().await.code(), 13);
    is_fine(&client).await;
    assert_eq!(client.call(&SERVER_STREAM, b"").await.code(), 13);
    is_fine(&client).await;
    // Dropped in the middle, by a deadline and by a cancel.
    let call = client.open_with(BIDI.path(), &[("grpc-timeout", "1m")]).await;
    assert_eq!(call.reply().await.code(), 13);
    is_fine(&client).await;
    let (requests, _, responses) = client.open(&BIDI).await.head().await;
    drop((requests, responses));
    is_fine(&client).await;
}

#[tokio::test]
async fn a_panic_in_the_drop_of_an_extension_stays_in_its_call() {
    #[derive(Clone)]
    struct Touchy {
        _bomb: Arc<Bomb>,
    }
    let (_server, client) = Tests::new()
        .unary(|request, context| async move {
            if request == "bomb" {
                let touchy = Touchy {
                    _bomb: Arc::new(Bomb),
                };
                context.extensions().insert(touchy);
            }
            Ok(request)
        })
        .start()
        .await;
    assert_eq!(client.call(&UNARY, b"bomb").await.ok(), ["bomb"]);
    is_fine(&client).await;
}
