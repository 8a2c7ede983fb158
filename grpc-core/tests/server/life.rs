//! Starting, stopping, and what happens to calls meanwhile.

use std::{
    net::TcpListener,
    pin::pin,
    sync::{Arc, Mutex},
    task::{Context, Waker},
    time::Duration,
};

use bytes::Bytes;
use grpc_core::{
    server::{ServerHandle, server},
    transport::{Address, IntoListener, Listener},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::{Notify, mpsc},
};

use super::support::{Alive, BIDI, Client, Tests, UNARY, number, until};

fn echo() -> Tests {
    Tests::new().unary(|request, _| async move { Ok(request) })
}

#[tokio::test]
async fn calls_in_flight_survive_a_graceful_stop() {
    let (started, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let inner = (Arc::clone(&started), Arc::clone(&go));
    let (server, client) = Tests::new()
        .unary(move |request, _| {
            let (started, go) = inner.clone();
            async move {
                started.notify_one();
                go.notified().await;
                Ok(request)
            }
        })
        .start()
        .await;
    let mut call = client.open(&UNARY).await;
    call.send(b"x", true);
    started.notified().await;
    let handle = server.handle();
    let stopping = tokio::spawn(async move { handle.stop(Duration::from_secs(60)).await });
    // The port is closed at once; the call is not.
    while TcpStream::connect(client.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!stopping.is_finished());
    go.notify_one();
    assert_eq!(call.reply().await.ok(), ["x"]);
    stopping.await.unwrap();
    server.wait_for_termination().await.unwrap();
    assert!(client.try_open_with(UNARY.path(), &[]).await.is_err());
}

#[tokio::test]
async fn calls_that_outlast_the_grace_period_are_cancelled() {
    let alive = Alive::default();
    let counted = alive.clone();
    let (server, client) = Tests::new()
        .explicit(move |mut call| {
            let guard = counted.guard();
            async move {
                let _guard = guard;
                while call.receive().await?.is_some() {}
                std::future::pending().await
            }
        })
        .start()
        .await;
    let (_requests, _, mut responses) = client.open(&BIDI).await.head().await;
    let handle = server.handle();
    let waiting = tokio::spawn(async move { server.wait_for_termination().await });
    // Nobody waits for the stop itself.
    assert!(
        tokio::time::timeout(Duration::ZERO, handle.stop(Duration::from_millis(10)))
            .await
            .is_err()
    );
    waiting.await.unwrap().unwrap();
    assert_eq!(alive.count(), 0);
    assert!(responses.next().await.is_err());
}

#[tokio::test]
async fn dropping_a_server_stops_it() {
    let alive = Alive::default();
    let counted = alive.clone();
    let (server, client) = Tests::new()
        .unary(move |_, _| {
            let guard = counted.guard();
            async move {
                let _guard = guard;
                std::future::pending().await
            }
        })
        .start()
        .await;
    let mut call = client.open(&UNARY).await;
    call.send(b"x", true);
    alive.reaches(1).await;
    drop(server);
    alive.reaches(0).await;
    assert!(call.response.await.is_err());
}

#[tokio::test]
async fn mistakes_in_setting_up_are_errors_that_say_so() {
    let error = |result: Result<(), grpc_core::Error>| result.unwrap_err().to_string();
    let mut none = server();
    assert!(error(none.wait_for_termination().await).contains("not been started"));
    assert!(error(none.start().await).contains("no port"));
    none.add_insecure_port("127.0.0.1:0").unwrap();
    none.start().await.unwrap();
    assert!(error(none.start().await).contains("before"));

    let mut twice = server();
    twice.add_insecure_port("127.0.0.1:0").unwrap();
    twice.add_service(echo()).add_service(echo());
    assert_eq!(
        error(twice.start().await),
        "start the server: /test.Test/Unary has been added twice"
    );

    let taken = twice.add_insecure_port("127.0.0.1:0").unwrap();
    let message = server()
        .add_insecure_port(taken.to_string())
        .unwrap_err()
        .to_string();
    assert_eq!(message, format!("bind {taken}: address already in use"));
}

#[tokio::test]
async fn serve_with_shutdown_ends_when_it_is_told_to() {
    let mut server = server();
    let address = server
        .add_insecure_port("127.0.0.1:0")
        .unwrap()
        .socket_addr()
        .unwrap();
    server.add_service(echo());
    let stop = Arc::new(Notify::new());
    let stopped = Arc::clone(&stop);
    let serving = tokio::spawn(async move {
        server
            .serve_with_shutdown(async move { stopped.notified().await })
            .await
    });
    let client = Client::connect(address).await;
    assert_eq!(client.call(&UNARY, b"x").await.ok(), ["x"]);
    stop.notify_one();
    serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn stopping_before_the_start_is_final() {
    let mut server = server();
    server.add_insecure_port("127.0.0.1:0").unwrap();
    server.handle().stop(Duration::ZERO).await;
    assert!(server.start().await.is_err());
    server.wait_for_termination().await.unwrap();
}

#[tokio::test]
async fn several_ports_listeners_and_unix_sockets_serve_alike() {
    let mut server = server();
    let mut ports = vec![
        server.add_insecure_port("127.0.0.1:0").unwrap(),
        server.add_insecure_port("[::]:0").unwrap(),
        server
            .add_listener(TcpListener::bind("127.0.0.1:0").unwrap())
            .unwrap(),
        server
            .add_listener(tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap())
            .unwrap(),
    ];
    let path = std::env::temp_dir().join(format!("grpc-life-{}.sock", std::process::id()));
    let unix = server
        .add_insecure_port(format!("unix:{}", path.display()))
        .unwrap();
    assert_eq!(unix, Address::Unix(path.clone()));
    server.add_service(echo());
    server.start().await.unwrap();
    for port in ports.drain(..) {
        let address = (std::net::Ipv4Addr::LOCALHOST, port.port()).into();
        assert_eq!(
            Client::connect(address).await.call(&UNARY, b"x").await.ok(),
            ["x"]
        );
    }
    let stream = tokio::net::UnixStream::connect(&path).await.unwrap();
    let client = Client::over(([127, 0, 0, 1], 1).into(), stream).await;
    assert_eq!(client.call(&UNARY, b"x").await.ok(), ["x"]);
    server.handle().stop(Duration::from_secs(5)).await;
    assert!(!path.exists());
}

#[tokio::test]
async fn no_more_connections_are_served_than_allowed() {
    let (_server, first) = echo()
        .start_with(|server| {
            server.max_connections(1);
        })
        .await;
    first.call(&UNARY, b"x").await.ok();
    let address = first.address;
    let waiting = tokio::spawn(async move { Client::connect(address).await.call(&UNARY, b"y").await.ok() });
    first.call(&UNARY, b"x").await.ok();
    assert!(!waiting.is_finished());
    drop(first);
    assert_eq!(waiting.await.unwrap(), ["y"]);
}

#[tokio::test]
async fn a_limit_on_connections_leaves_no_port_without() {
    let mut addresses = Vec::new();
    let (_server, first) = echo()
        .start_with(|server| {
            for _ in 0..3 {
                addresses.push(server.add_insecure_port("127.0.0.1:0").unwrap());
            }
            server.max_connections(1);
        })
        .await;
    first.call(&UNARY, b"x").await.ok();
    drop(first);
    for address in addresses {
        let client = Client::connect(address.socket_addr().unwrap()).await;
        assert_eq!(client.call(&UNARY, b"y").await.ok(), ["y"]);
    }
}

#[tokio::test]
async fn a_connection_that_never_speaks_http2_is_closed() {
    let mut server = server();
    let address = server
        .add_insecure_port("127.0.0.1:0")
        .unwrap()
        .socket_addr()
        .unwrap();
    server
        .add_service(echo())
        .handshake_timeout(Duration::from_millis(20));
    server.start().await.unwrap();
    let mut silent = TcpStream::connect(address).await.unwrap();
    let mut read = Vec::new();
    let _ = silent.read_to_end(&mut read).await;
    let mut http1 = TcpStream::connect(address).await.unwrap();
    http1
        .write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .await
        .unwrap();
    let _ = http1.read_to_end(&mut read).await;
    // One that does speak it may be quiet for longer.
    let client = Client::connect(address).await;
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert_eq!(client.call(&UNARY, b"x").await.ok(), ["x"]);
}

#[tokio::test]
async fn a_connection_that_has_not_begun_does_not_hold_up_a_stop() {
    let (server, client) = echo().start().await;
    let _silent = TcpStream::connect(client.address).await.unwrap();
    client.call(&UNARY, b"x").await.ok();
    drop(client);
    server.handle().stop(Duration::from_secs(3600)).await;
}

#[tokio::test]
async fn an_upload_that_nobody_wants_does_not_hold_up_a_stop() {
    let (server, client) = Tests::new().explicit(|_| async { Ok(()) }).start().await;
    // Answered, and never half-closed.
    let (_requests, _, mut responses) = client.open(&BIDI).await.head().await;
    responses.trailers().await;
    server.handle().stop(Duration::from_secs(3600)).await;
}

#[tokio::test]
async fn a_client_that_does_not_answer_pings_is_let_go() {
    let mut server = server();
    let address = server
        .add_insecure_port("127.0.0.1:0")
        .unwrap()
        .socket_addr()
        .unwrap();
    server
        .add_service(echo())
        .keepalive_interval(Duration::from_millis(10))
        .keepalive_timeout(Duration::from_millis(10));
    server.start().await.unwrap();
    let mut mute = TcpStream::connect(address).await.unwrap();
    mute.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
        .await
        .unwrap();
    let mut read = Vec::new();
    let _ = mute.read_to_end(&mut read).await;
    let client = Client::connect(address).await;
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert_eq!(client.call(&UNARY, b"x").await.ok(), ["x"]);
}

#[tokio::test]
async fn nothing_is_left_of_a_server_that_stopped() {
    let before = tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let service = Arc::new(echo());
    {
        let mut server = server();
        let address = server
            .add_insecure_port("127.0.0.1:0")
            .unwrap()
            .socket_addr()
            .unwrap();
        server.add_service::<Tests, _>(Arc::clone(&service));
        server.start().await.unwrap();
        let clients = [Client::connect(address).await, Client::connect(address).await];
        for client in &clients {
            client.call(&UNARY, b"x").await.ok();
        }
        drop(clients);
        server.handle().stop(Duration::from_secs(5)).await;
    }
    assert_eq!(Arc::strong_count(&service), 1);
    until(|| tokio::runtime::Handle::current().metrics().num_alive_tasks() == before).await;
}

/// Stops the server while it starts.
struct StopsIt(TcpListener, ServerHandle);

impl IntoListener for StopsIt {
    fn into_listener(self) -> std::io::Result<Box<dyn Listener>> {
        let mut stop = pin!(self.1.stop(Duration::ZERO));
        let _ = stop.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        self.0.into_listener()
    }

    fn bound_address(&self) -> std::io::Result<Address> {
        self.0.bound_address()
    }
}

#[tokio::test]
async fn a_stop_during_the_start_is_final() {
    let mut server = server();
    let handle = server.handle();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = server.add_listener(StopsIt(listener, handle)).unwrap();
    server.add_service(echo());
    let error = server.start().await.unwrap_err().to_string();
    assert!(error.contains("stopped"), "{error}");
    assert!(TcpStream::connect(address.socket_addr().unwrap()).await.is_err());
    server.wait_for_termination().await.unwrap();
}

#[tokio::test]
async fn settings_beyond_what_can_be_are_served_all_the_same() {
    let (_server, client) = echo()
        .start_with(|server| {
            server
                .stream_window(u32::MAX)
                .connection_window(u32::MAX)
                .max_header_list_size(u32::MAX)
                .max_concurrent_streams(u32::MAX)
                .handshake_timeout(Duration::MAX)
                .keepalive_interval(Duration::MAX)
                .keepalive_timeout(Duration::MAX);
        })
        .await;
    assert_eq!(client.call(&UNARY, b"x").await.ok(), ["x"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_stop_waits_for_handlers_on_tasks_of_their_own() {
    let alive = Alive::default();
    let counted = alive.clone();
    let (entered, mut has_entered) = mpsc::unbounded_channel();
    let (release, released) = std::sync::mpsc::channel::<()>();
    let released = Arc::new(Mutex::new(released));
    let (server, client) = Tests::new()
        .unary(move |request, _| {
            let (guard, entered, released) = (counted.guard(), entered.clone(), Arc::clone(&released));
            async move {
                let _guard = guard;
                let _ = entered.send(());
                // In the middle of a poll, where no abort ends it.
                let _ = released.lock().unwrap().recv();
                Ok(request)
            }
        })
        .start_with(|server| {
            server.spawn_calls(true);
        })
        .await;
    let mut call = client.open(&UNARY).await;
    call.send(b"x", true);
    has_entered.recv().await.unwrap();
    let handle = server.handle();
    let stopping = tokio::spawn(async move { handle.stop(Duration::ZERO).await });
    until(|| client.connection.is_closed()).await;
    for _ in 0..1000 {
        tokio::task::yield_now().await;
        assert!(!stopping.is_finished());
    }
    release.send(()).unwrap();
    stopping.await.unwrap();
    assert_eq!(alive.count(), 0);
}

#[tokio::test]
async fn a_call_is_open_until_its_response_has_been_sent() {
    // More than the client's window.
    const LARGE: usize = 10 * 1024 * 1024;
    let (_server, client) = Tests::new()
        .unary(|_, _| async { Ok(Bytes::from(vec![7; LARGE])) })
        .start_with(|server| {
            server.max_concurrent_calls(1);
        })
        .await;
    let mut call = client.open(&UNARY).await;
    call.send(b"", true);
    let (_requests, _, mut replies) = call.head().await;
    let refused = client.call(&UNARY, b"").await;
    assert_eq!(refused.code(), 8, "{}", refused.message());
    assert_eq!(replies.next().await.unwrap().unwrap().len(), LARGE);
    assert_eq!(number(&replies.trailers().await), 0);
    for _ in 0..3 {
        assert_eq!(client.call(&UNARY, b"").await.ok()[0].len(), LARGE);
    }
    // Nor when it is cancelled.
    for _ in 0..3 {
        let mut call = client.open(&UNARY).await;
        call.send(b"", true);
        let (mut requests, _, _replies) = call.head().await;
        requests.send_reset(h2::Reason::CANCEL);
        let room = async || client.call(&UNARY, b"").await.code() == 0;
        while !room().await {}
    }
}
