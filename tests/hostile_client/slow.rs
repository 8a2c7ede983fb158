//! Clients that take their time, or take no part any more: under paused time, over pipes.

use std::{future::Future, time::Duration};

use grpc::{Connector, Server, ServerTls, tls::Identity, transport::InProcess};
use tokio::time::{Instant, sleep, timeout};

use crate::{
    case::begun,
    raw::{
        END_HEADERS, Frame, PREFACE, Peer, data, headers, message, ping, request, setting, settings,
        window_update,
    },
    support::{ENDLESS, IGNORE, Target, asks, blob, sized, until},
};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(60 * 60);

type Pipe = Peer<Box<dyn grpc::transport::Io>>;

/// A client that has said this much, and waits for days if need be.
async fn said(target: &Target, bytes: &[u8]) -> Pipe {
    let mut peer = Peer::new(target.pipe().await);
    peer.patience = HOUR * 24;
    peer.write(bytes).await;
    peer
}

fn begin(frames: &[Frame]) -> Vec<u8> {
    let mut bytes = PREFACE.to_vec();
    bytes.extend(settings(&[]).bytes());
    bytes.extend(frames.iter().flat_map(Frame::bytes));
    bytes
}

/// Panics unless it is closed after this time.
async fn closes_after(mut peer: Pipe, after: Duration) {
    let began = Instant::now();
    peer.closed().await;

    let took = began.elapsed();
    assert!(took >= after && took < after + SECOND * 2, "{took:?}");
}

async fn stays<T>(future: impl Future<Output = T>) {
    assert!(timeout(HOUR * 10, future).await.is_err(), "it has ended");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_begin_is_closed_after_the_handshake_timeout() {
    let target = Target::start().await;
    let whole = begin(&[]);
    for length in [0, 1, 23, 24, 30, 32] {
        let peer = said(&target, &whole[..length]).await;
        deaf(peer, SECOND * 20).await;
    }
    // SETTINGS whose payload does not come.
    let half = [PREFACE, &settings(&[(1, 1), (2, 0)]).bytes()[..20]].concat();
    deaf(said(&target, &half).await, SECOND * 20).await;
    target.still_serves().await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_begin_tls_or_not_end_its_handshake_is_closed_too() {
    let key = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let identity = Identity::from_der([key.cert.der().to_vec()], key.signing_key.serialize_der()).unwrap();
    let inside = InProcess::new("secure");
    let mut server = grpc::server();
    server
        .add_secure_listener(inside.listen().unwrap(), ServerTls::new(identity))
        .unwrap();
    server.start().await.unwrap();
    // The last is the head of a ClientHello that does not come.
    for bytes in [&b""[..], b"\x16", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"] {
        let mut peer = Peer::new(inside.connect(&inside.address()).await.unwrap().0);
        peer.patience = HOUR;
        peer.write(bytes).await;
        closes_after(peer, SECOND * 20).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_begins_byte_by_byte_has_no_longer_than_another() {
    let target = Target::start().await;
    let mut peer = said(&target, b"").await;
    let began = Instant::now();
    for byte in begin(&[]) {
        if !peer.try_write(&[byte]).await {
            break;
        }
        sleep(SECOND).await;
    }
    let took = began.elapsed();
    assert!(took >= SECOND * 20 && took < SECOND * 22, "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_stops_within_a_frame_is_found_dead_by_keepalive() {
    let half = begun(1).without(END_HEADERS);
    let within = begin(&[begun(1)]);
    let target = Target::start().await;
    for bytes in [
        begin(&[half]),
        within[..within.len() - 5].to_vec(),
        begin(&[begun(1), data(1, &message(&blob(100))[..50])]),
    ] {
        let peer = said(&target, &bytes).await;
        deaf(peer, HOUR * 2 + SECOND * 20).await;
    }
    target.is_idle().await;
    target.still_serves().await;
}

/// Closed although it answers no ping.
async fn deaf(mut peer: Pipe, after: Duration) {
    peer.answers = false;
    closes_after(peer, after).await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_never_reads_is_found_dead_by_keepalive() {
    let target = Target::start().await;
    let peer = said(&target, &unread()).await;
    sleep(HOUR).await;
    assert_eq!(target.live(), 3);
    let began = Instant::now();
    target.is_idle_within(HOUR * 3).await;
    let took = began.elapsed();
    assert!(took > HOUR && took < HOUR + SECOND * 40, "{took:?}");
    sleep(HOUR).await;
    assert_eq!(
        target.tasks(),
        0,
        "the connection has ended although its last words cannot be said"
    );
    drop(peer);
    target.still_serves().await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_is_refused_and_never_reads_why_is_closed_all_the_same() {
    let target = Target::start().await;
    let mut peer = said(&target, &unread()).await;
    sleep(SECOND).await;
    assert_eq!(target.live(), 3);
    peer.send(&[ping([0; 8]), ping([0; 8]), ping([0; 8]), ping([0; 8])])
        .await;
    let began = Instant::now();
    target.is_idle_within(SECOND * 60).await;
    let took = began.elapsed();
    assert!(took >= SECOND * 19 && took < SECOND * 22, "{took:?}");
    until("its task has ended", || target.tasks() == 0).await;
}

/// Three calls whose responses have all the room in HTTP/2, so that they fill the pipe.
fn unread() -> Vec<u8> {
    let open = settings(&[(setting::INITIAL_WINDOW_SIZE, i32::MAX as u32)]);
    let mut frames = vec![open, window_update(0, 1 << 30)];
    for stream in [1, 3, 5] {
        frames.extend(asks(stream, ENDLESS, 65_000));
    }
    begin(&frames)
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_waits_no_longer_for_its_client_than_for_a_pong() {
    ends_without_a_pong(|server| {
        server.max_connection_idle(SECOND * 100);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_old_connection_waits_no_longer_for_its_client_than_for_a_pong() {
    ends_without_a_pong(|server| {
        server.max_connection_age(SECOND * 100);
    })
    .await;
}

async fn ends_without_a_pong(set: impl FnOnce(&mut Server)) {
    let target = Target::start_with(set).await;
    let mut peer = said(&target, &begin(&[])).await;
    peer.answers = false;
    let began = Instant::now();
    peer.closed().await;
    let took = began.elapsed();
    assert!(took >= SECOND * 90 && took < SECOND * 131, "{took:?}");
    until("its task has ended", || target.tasks() == 0).await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_lives_keeps_its_calls_for_as_long_as_the_server_lets_it() {
    let target = Target::start().await;
    for frames in slow_calls() {
        let mut peer = said(&target, &begin(&frames)).await;
        stays(peer.closed()).await;
        assert!(target.live() > 0);
        drop(peer);
        target.is_idle_within(SECOND).await;
    }
}

/// Calls that the client does not go on with: no request, half of one, a response that it leaves no room for.
fn slow_calls() -> Vec<Vec<Frame>> {
    let no_window = settings(&[(setting::INITIAL_WINDOW_SIZE, 0)]);
    let [_, asked] = sized(1, 300);
    let big = message(b"\x08\xa0\x8d\x06");
    vec![
        vec![headers(1, request(IGNORE))],
        vec![headers(1, request(IGNORE)), data(1, &asked.payload[..7])],
        vec![
            no_window.clone(),
            headers(1, request(ENDLESS)),
            data(1, &big).ending(),
        ],
    ]
}
