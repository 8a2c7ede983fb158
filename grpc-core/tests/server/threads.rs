//! Servers with threads of their own: where calls run, what all threads share, and how they end.
#![cfg(target_os = "linux")]

use std::{
    collections::HashSet,
    fs,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    thread,
    time::Duration,
};

use bytes::Bytes;
use grpc_core::server::{Server, server};
use tokio::{net::TcpStream, sync::Notify};

use super::support::{Alive, BIDI, Client, Tests, UNARY};

/// Answers with the name of the thread that the handler runs on.
fn whereabouts() -> Tests {
    Tests::new().unary(|_, _| async {
        Ok(Bytes::from(
            thread::current().name().unwrap_or_default().to_owned(),
        ))
    })
}

async fn thread_of(client: &Client) -> String {
    let reply = client.call(&UNARY, b"").await.ok();
    String::from_utf8(reply[0].to_vec()).unwrap()
}

/// Connections on every thread of these: so many that one without is out of the question.
async fn on_each(address: SocketAddr, threads: usize) -> Vec<Client> {
    let (mut clients, mut seen) = (Vec::new(), HashSet::new());
    while seen.len() < threads {
        assert!(clients.len() < 200, "{seen:?} only");
        let client = Client::connect(address).await;
        if seen.insert(thread_of(&client).await) {
            clients.push(client);
        }
    }
    clients
}

fn bound(server: &mut Server) -> SocketAddr {
    let address = server.add_insecure_port("127.0.0.1:0").unwrap();
    address.socket_addr().unwrap()
}

#[tokio::test]
async fn connections_are_spread_over_the_threads_and_stay_there() {
    let mut server = server();
    server.thread_per_core(3).add_service(whereabouts());
    let address = bound(&mut server);
    server.start().await.unwrap();
    let clients = on_each(address, 3).await;
    let mut names = Vec::new();
    for client in &clients {
        let first = thread_of(client).await;
        for _ in 0..10 {
            assert_eq!(thread_of(client).await, first);
        }
        names.push(first);
    }
    names.sort();
    assert_eq!(names, ["grpc-server-0", "grpc-server-1", "grpc-server-2"]);
}

#[tokio::test]
async fn without_it_a_server_stays_on_its_runtime() {
    let (_server, client) = whereabouts()
        .start_with(|server| {
            server.thread_per_core(2).thread_per_core(0);
        })
        .await;
    let here = thread::current().name().unwrap_or_default().to_owned();
    for _ in 0..20 {
        assert_eq!(thread_of(&Client::connect(client.address).await).await, here);
    }
}

#[tokio::test]
async fn a_stop_waits_for_the_calls_of_all_threads() {
    let (go, running) = (Arc::new(Notify::new()), Alive::default());
    let (inner, counted) = (Arc::clone(&go), running.clone());
    let mut server = server();
    server
        .thread_per_core(2)
        .add_service(whereabouts().explicit(move |_| {
            let (go, guard) = (Arc::clone(&inner), counted.guard());
            async move {
                go.notified().await;
                drop(guard);
                Ok(())
            }
        }));
    let address = bound(&mut server);
    server.start().await.unwrap();
    let clients = on_each(address, 2).await;
    let mut calls = Vec::new();
    for client in &clients {
        let mut call = client.open(&BIDI).await;
        call.half_close();
        calls.push(call);
    }
    running.reaches(2).await;
    let handle = server.handle();
    let stopping = tokio::spawn(async move { handle.stop(Duration::from_secs(60)).await });
    // All sockets are closed at once; the calls are not.
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!stopping.is_finished());
    assert_eq!(running.count(), 2);
    for _ in 0..2 {
        go.notify_one();
    }
    for call in calls {
        assert_eq!(call.reply().await.code(), 0);
    }
    stopping.await.unwrap();
    server.wait_for_termination().await.unwrap();
}

#[tokio::test]
async fn calls_of_all_threads_are_cancelled_after_the_grace_period() {
    let running = Alive::default();
    let counted = running.clone();
    let mut server = server();
    server
        .thread_per_core(2)
        .add_service(whereabouts().explicit(move |_| {
            let guard = counted.guard();
            async move {
                let _guard = guard;
                std::future::pending().await
            }
        }));
    let address = bound(&mut server);
    server.start().await.unwrap();
    let clients = on_each(address, 2).await;
    let mut calls = Vec::new();
    for client in &clients {
        calls.push(client.open(&BIDI).await);
    }
    running.reaches(2).await;
    server.handle().stop(Duration::ZERO).await;
    assert_eq!(running.count(), 0);
}

#[tokio::test]
async fn the_limit_on_connections_is_that_of_all_threads() {
    let mut server = server();
    server
        .thread_per_core(3)
        .max_connections(1)
        .add_service(whereabouts());
    let address = bound(&mut server);
    server.start().await.unwrap();
    // One after the other, and so on each of the threads.
    let mut seen = HashSet::new();
    for _ in 0..200 {
        let client = Client::connect(address).await;
        seen.insert(thread_of(&client).await);
        if seen.len() < 3 {
            continue;
        }
        // One place is taken, whatever thread the others come to.
        let waiting: Vec<_> = (0..6)
            .map(|_| {
                tokio::spawn(async move {
                    let client = Client::connect(address).await;
                    thread_of(&client).await;
                })
            })
            .collect();
        for _ in 0..20 {
            thread_of(&client).await;
        }
        assert!(waiting.iter().all(|waiting| !waiting.is_finished()));
        drop(client);
        for waiting in waiting {
            waiting.await.unwrap();
        }
        return;
    }
    panic!("{seen:?} only");
}

#[tokio::test]
async fn the_limit_on_calls_is_that_of_all_threads() {
    let mut server = server();
    server
        .thread_per_core(2)
        .max_concurrent_calls(1)
        .add_service(whereabouts().explicit(|_| std::future::pending()));
    let address = bound(&mut server);
    server.start().await.unwrap();
    let clients = on_each(address, 2).await;
    let call = clients[0].open(&BIDI).await;
    // It may come to its thread after the next call came to the other.
    let mut refused = clients[1].call(&UNARY, b"").await;
    while refused.code() == 0 {
        refused = clients[1].call(&UNARY, b"").await;
    }
    assert_eq!(refused.code(), 8, "{}", refused.message());
    drop(call);
    while clients[1].call(&UNARY, b"").await.code() == 8 {}
    thread_of(&clients[1]).await;
}

#[tokio::test]
async fn an_address_is_one_servers_alone_with_or_without_threads() {
    for threads in [0, 1, 4] {
        let mut first = server();
        first.thread_per_core(threads);
        let address = bound(&mut first).to_string();
        for others in [0, 1, 4] {
            let mut second = server();
            second.thread_per_core(others);
            let error = second.add_insecure_port(&address).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("bind {address}: address already in use")
            );
        }
    }
}

#[tokio::test]
async fn threads_are_to_be_set_before_ports_are_added() {
    for (before, after) in [(0, 2), (2, 0), (3, 2)] {
        let mut server = server();
        server.thread_per_core(before).add_service(whereabouts());
        let address = bound(&mut server);
        server.thread_per_core(after);
        assert_eq!(
            server.start().await.unwrap_err().to_string(),
            format!(
                "start the server: thread_per_core is to be set before ports are added, and {address} was there before"
            )
        );
    }
}

#[tokio::test]
async fn all_threads_accept_from_one_unix_socket() {
    let path = std::env::temp_dir().join(format!("grpc-threads-{}.sock", std::process::id()));
    let mut server = server();
    server.thread_per_core(2).add_service(whereabouts());
    server
        .add_insecure_port(format!("unix:{}", path.display()))
        .unwrap();
    server.start().await.unwrap();
    for _ in 0..10 {
        let stream = tokio::net::UnixStream::connect(&path).await.unwrap();
        let client = Client::over(([127, 0, 0, 1], 1).into(), stream).await;
        let name = thread_of(&client).await;
        assert!(name.starts_with("grpc-server-"), "{name}");
    }
    server.handle().stop(Duration::from_secs(5)).await;
    assert!(!path.exists());
}

#[tokio::test]
async fn a_listener_that_was_given_is_served_where_the_server_was_started() {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let mut server = server();
    server.thread_per_core(2).add_service(whereabouts());
    let address = server.add_listener(listener).unwrap().socket_addr().unwrap();
    let other = bound(&mut server);
    server.start().await.unwrap();
    let name = thread_of(&Client::connect(address).await).await;
    assert_eq!(name, thread::current().name().unwrap_or_default());
    on_each(other, 2).await;
}

#[test]
fn what_handlers_have_spawned_outlives_the_server_and_ends_with_its_runtime() {
    let left = Alive::default();
    let counted = left.clone();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut server = server();
        server
            .thread_per_core(2)
            .add_service(Tests::new().unary(move |_, _| {
                let guard = counted.guard();
                async move {
                    tokio::spawn(async move {
                        let _guard = guard;
                        std::future::pending::<()>().await;
                    });
                    Ok(Bytes::new())
                }
            }));
        let address = bound(&mut server);
        server.start().await.unwrap();
        for _ in 0..4 {
            Client::connect(address).await.call(&UNARY, b"").await.ok();
        }
        server.handle().stop(Duration::from_secs(5)).await;
        drop(server);
    });
    assert_eq!(left.count(), 4);
    drop(runtime);
    while left.count() > 0 {
        thread::yield_now();
    }
}

/// How many threads of this process have such a name.
fn threads_named(start: &str) -> usize {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.starts_with(start)).count()
}

/// A process of its own, whose threads are nobody else's.
#[test]
fn a_server_that_has_ended_has_no_threads() {
    const ALONE: &str = "GRPC_TEST_ALONE";
    if std::env::var_os(ALONE).is_none() {
        let status = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "threads::a_server_that_has_ended_has_no_threads"])
            .env(ALONE, "1")
            .status();
        assert!(status.unwrap().success());
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        // Stopped, and dropped.
        for stop in [true, false] {
            let mut server = server();
            server.thread_per_core(3).add_service(whereabouts());
            let address = bound(&mut server);
            server.start().await.unwrap();
            on_each(address, 3).await;
            assert_eq!(threads_named("grpc-server-"), 3);
            if stop {
                server.handle().stop(Duration::from_secs(5)).await;
            }
            drop(server);
            while threads_named("grpc-server-") > 0 {
                tokio::task::yield_now().await;
            }
        }
    });
}
