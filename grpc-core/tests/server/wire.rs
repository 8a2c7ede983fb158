//! What goes over the socket, counted by a listener of one's own.

use std::sync::Arc;

use grpc_core::server::server;
use tokio::sync::{Barrier, mpsc};

use super::{
    pipe::{self, Pipes},
    support::{Client, Tests, UNARY},
};

#[tokio::test]
async fn one_write_answers_a_batch() {
    const BATCH: usize = 50;
    // All handlers end in the same turn.
    let barrier = Arc::new(Barrier::new(BATCH));
    let tests = Tests::new().unary(move |request, context| {
        let barrier = Arc::clone(&barrier);
        async move {
            assert_eq!(context.peer().to_string(), "pipe");
            if request.is_empty() {
                barrier.wait().await;
            }
            Ok(request)
        }
    });
    let (_server, clients, counts) = pipe::start(tests, 1).await;
    for barrier in [false, true] {
        let before = counts.writes();
        let mut calls = tokio::task::JoinSet::new();
        for _ in 0..BATCH {
            let client = clients[0].clone();
            let message: &[u8] = if barrier { b"" } else { b"hello" };
            calls.spawn(async move { client.call(&UNARY, message).await.ok().len() });
        }
        while let Some(messages) = calls.join_next().await {
            assert_eq!(messages.unwrap(), 1);
        }
        let writes = counts.writes() - before;
        // One for the answers; few more for windows and settings.
        assert!(writes <= 5, "{writes} writes for {BATCH} answers");
    }
}

#[tokio::test]
async fn failures_to_accept_do_not_end_a_server() {
    let (pipes, incoming) = mpsc::channel(1);
    let mut server = server();
    let listener = Pipes {
        failures: 3,
        incoming,
        counts: Arc::default(),
    };
    server.add_listener(listener).unwrap();
    server.add_service(Tests::new().unary(|request, _| async move { Ok(request) }));
    server.start().await.unwrap();
    // One that breaks off is nobody else's concern either.
    for whole in [false, true] {
        let (near, far) = tokio::io::duplex(1024 * 1024);
        pipes.send(far).await.unwrap();
        if whole {
            let client = Client::over(([127, 0, 0, 1], 1).into(), near).await;
            assert_eq!(client.call(&UNARY, b"x").await.ok(), ["x"]);
        }
    }
}
