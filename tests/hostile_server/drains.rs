//! Servers that close one connection after the other under many calls: none is lost that need not be, and none is served
//! twice.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use grpc::{Channel, Code, client::Call, codec::Raw, insecure_channel};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use crate::{
    raw::{ACK, DATA, END_STREAM, HEADERS, PING, Peer, code, goaway, ping},
    support::{UNARY, answer, within},
};

const CALLS: usize = 1000;
const AT_ONCE: usize = 20;
const CALLS_PER_CONNECTION: usize = 10;

/// How often each call was served.
type Served = Arc<Mutex<HashMap<String, usize>>>;

/// Serves until it has had enough, and says so.
async fn serve_some(io: TcpStream, served: Served, gracefully: bool) {
    let mut server = Peer::server(io).await;
    let (mut count, mut last) = (0, 0);
    // It has said that it goes, and behind which stream.
    let (mut announced, mut closing) = (false, false);
    loop {
        let Some(frame) = server.frame().await else { return };
        if frame.kind == PING && frame.has(ACK) && frame.payload == [1; 8] {
            // A call may have been queued behind this answer: by the next, all are here.
            server.try_send(&[ping([2; 8])]).await;
        } else if frame.kind == PING && frame.has(ACK) {
            closing = true;
            server.try_send(&[goaway(last, code::NO_ERROR, "drained")]).await;
        }
        if !matches!(frame.kind, HEADERS | DATA) || !frame.has(END_STREAM) {
            continue;
        }
        if closing && frame.stream > last {
            continue;
        }
        let id = server.headers(frame.stream).await.get("x-id").unwrap().to_owned();
        *served.lock().unwrap().entry(id).or_default() += 1;
        (count, last) = (count + 1, frame.stream.max(last));
        let mut frames = answer(frame.stream, b"reply").to_vec();
        if count >= CALLS_PER_CONNECTION && !announced {
            (announced, closing) = (true, !gracefully);
            if gracefully {
                frames.insert(0, goaway((1 << 31) - 1, code::NO_ERROR, "draining"));
                frames.insert(1, ping([1; 8]));
            } else {
                frames.insert(0, goaway(last, code::NO_ERROR, "enough"));
            }
        }
        server.try_send(&frames).await;
    }
}

async fn drive(gracefully: bool) -> (HashMap<String, usize>, Vec<grpc::Status>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let channel = insecure_channel(listener.local_addr().unwrap().to_string());
    let served = Served::default();
    let serving = Arc::clone(&served);
    let accepting = tokio::spawn(async move {
        let mut servers = JoinSet::new();
        while let Ok((io, _)) = listener.accept().await {
            servers.spawn(serve_some(io, Arc::clone(&serving), gracefully));
        }
    });
    let mut callers = JoinSet::new();
    for caller in 0..AT_ONCE {
        callers.spawn(call_by_turns(channel.clone(), caller));
    }
    let errors = within("every call ends", callers.join_all()).await;
    accepting.abort();
    let _ = accepting.await;
    let served = served.lock().unwrap().clone();
    (served, errors.into_iter().flatten().collect())
}

/// Calls one after the other; the errors among them.
async fn call_by_turns(channel: Channel, caller: usize) -> Vec<grpc::Status> {
    let mut errors = Vec::new();
    for number in 0..CALLS / AT_ONCE {
        let call = Call::<bytes::Bytes>::unary(&channel, &UNARY, bytes::Bytes::new(), Raw);
        let call = call
            .metadata("x-id", format!("{caller}-{number}"))
            .wait_for_ready();
        match call.await {
            Ok(reply) => assert_eq!(reply, "reply"),
            Err(error) => errors.push(error),
        }
    }
    errors
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_drains_its_connections_loses_no_call() {
    let (served, errors) = drive(true).await;
    assert!(errors.is_empty(), "{} of {CALLS}: {}", errors.len(), errors[0]);
    assert_eq!(served.len(), CALLS);
    assert!(served.values().all(|times| *times == 1), "one was served twice");
}

/// It announces nothing: a call may be left behind by two connections in turn, and is given up then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_goes_without_notice_serves_no_call_twice() {
    let (served, errors) = drive(false).await;
    for error in &errors {
        assert_eq!(error.code(), Code::Unavailable, "{error}");
    }
    assert_eq!(served.len() + errors.len(), CALLS);
    assert!(served.values().all(|times| *times == 1), "one was served twice");
    assert!(errors.len() < CALLS / 2, "{} of {CALLS}", errors.len());
}
