//! Settings and windows, as they change under calls that are open.

use std::time::Duration;

use bytes::Bytes;
use grpc::Code;
use tokio::time::Instant;

use crate::{
    raw::{ACK, DATA, SETTINGS, code, data, headers, response, setting, settings, window_update},
    support::{Hostile, answer, assert_is, its_end, serve, within},
};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn calls_wait_for_the_servers_streams_and_obey_their_deadline_meanwhile() {
    let mut hostile = Hostile::with(|builder| builder.max_queued_calls(3));
    let first = hostile.unary();
    let mut server = hostile.server_with(&[(setting::MAX_CONCURRENT_STREAMS, 0)]).await;
    let second = hostile.unary();
    let start = Instant::now();
    let late = hostile.call().timeout(SECOND).await.unwrap_err();
    assert_is(&late, Code::DeadlineExceeded, "deadline");
    assert_eq!(start.elapsed().as_secs(), 1);
    let dropped = hostile.unary();
    tokio::task::yield_now().await;
    let refused = within("it is refused", hostile.call()).await.unwrap_err();
    assert_is(
        &refused,
        Code::ResourceExhausted,
        "3 calls wait already for the 0 streams",
    );
    drop(dropped);

    server
        .send(&[settings(&[(setting::MAX_CONCURRENT_STREAMS, 1)])])
        .await;
    serve(&mut server, 1, b"first").await;
    assert_eq!(first.answer().await, "first");
    serve(&mut server, 3, b"second").await;
    assert_eq!(second.answer().await, "second");
    // Neither the late nor the dropped one was sent.
    hostile.serves_again(&mut server, 5, true).await;
}

#[tokio::test(start_paused = true)]
async fn one_stream_at_a_time_serves_all_in_turn() {
    let mut hostile = Hostile::new();
    let calls: Vec<_> = (0..20).map(|_| hostile.unary()).collect();
    let mut server = hostile.server_with(&[(setting::MAX_CONCURRENT_STREAMS, 1)]).await;
    for stream in (1..40).step_by(2) {
        serve(&mut server, stream, b"reply").await;
    }
    for call in calls {
        assert_eq!(call.answer().await, "reply");
    }
    assert!(hostile.has_not_reconnected());
}

#[tokio::test(start_paused = true)]
async fn a_window_of_nothing_holds_requests_back_until_it_opens() {
    let by_settings = settings(&[(setting::INITIAL_WINDOW_SIZE, 100)]);
    for opening in [by_settings, window_update(1, 100)] {
        let mut hostile = Hostile::new();
        let call = hostile.unary();
        let mut server = hostile.server_with(&[(setting::INITIAL_WINDOW_SIZE, 0)]).await;
        server.headers(1).await;
        // Time for the request, if it came.
        tokio::time::timeout(SECOND, server.next(DATA)).await.unwrap_err();
        server.send(&[opening]).await;
        assert_eq!(server.answer(1).await.data, b"\0\0\0\0\x03ask");
        server.send(&answer(1, b"reply")).await;
        assert_eq!(call.answer().await, "reply");
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_requests_are_held_back_obeys_its_deadline() {
    let mut hostile = Hostile::new();
    let call = tokio::spawn(hostile.call().timeout(SECOND).into_future());
    let mut server = hostile.server_with(&[(setting::INITIAL_WINDOW_SIZE, 0)]).await;
    assert_is(
        &call.await.unwrap().unwrap_err(),
        Code::DeadlineExceeded,
        "deadline",
    );
    assert_eq!(server.answer(1).await.reset, Some(code::CANCEL));
    server
        .send(&[settings(&[(setting::INITIAL_WINDOW_SIZE, 100)])])
        .await;
    hostile.serves_again(&mut server, 3, true).await;
}

#[tokio::test(start_paused = true)]
async fn a_window_that_shrinks_below_nothing_is_paid_back_first() {
    let mut hostile = Hostile::new();
    let (mut call, mut server) = hostile.open(&[(setting::INITIAL_WINDOW_SIZE, 1000)]).await;
    call.send(Bytes::from(vec![7; 2000])).await.unwrap();
    let mut seen = server.next(DATA).await.payload.len();
    assert_eq!(seen, 1000);
    // Now at -900: the first update opens nothing, and the second ten bytes.
    server
        .send(&[
            settings(&[(setting::INITIAL_WINDOW_SIZE, 100)]),
            window_update(1, 900),
        ])
        .await;
    tokio::time::timeout(SECOND, server.next(DATA)).await.unwrap_err();
    server.send(&[window_update(1, 10)]).await;
    assert_eq!(server.next(DATA).await.payload.len(), 10);
    server.send(&[window_update(1, 5000)]).await;
    seen += 10;
    while seen < 2005 {
        seen += server.next(DATA).await.payload.len();
    }
    server.send(&answer(1, b"reply")).await;
    assert_eq!(call.receive().await.unwrap().unwrap(), "reply");
}

#[tokio::test(start_paused = true)]
async fn a_window_over_2_gib_ends_the_call_whose_requests_it_is_for() {
    let mut hostile = Hostile::new();
    let (mut call, mut server) = hostile.open(&[]).await;
    server.headers(1).await;
    server.send(&[window_update(1, (1 << 31) - 1)]).await;
    let error = within("the call ends", call.receive()).await.unwrap_err();
    assert_is(&error, Code::Internal, "FLOW_CONTROL_ERROR");
    assert_eq!(server.answer(1).await.reset, Some(code::FLOW_CONTROL_ERROR));
    hostile.serves_again(&mut server, 3, true).await;
}

#[tokio::test(start_paused = true)]
async fn frames_are_as_large_as_the_server_takes_them() {
    let mut hostile = Hostile::new();
    let wide = [
        (setting::INITIAL_WINDOW_SIZE, 1 << 24),
        (setting::MAX_FRAME_SIZE, 32_768),
    ];
    let (mut call, mut server) = hostile.open(&wide).await;
    server.send(&[window_update(0, 1 << 24)]).await;
    for largest in [32_768, 16_384, 100_000, 20_000] {
        server
            .send(&[settings(&[(setting::MAX_FRAME_SIZE, largest)])])
            .await;
        // Its ACK says that it holds.
        while !server.next(SETTINGS).await.has(ACK) {}
        call.send(Bytes::from(vec![7; 300_000])).await.unwrap();
        let mut seen = 0;
        while seen < 300_005 {
            let length = server.next(DATA).await.payload.len();
            assert!(length <= largest as usize, "{length}, and {largest} is the most");
            seen += length;
        }
        assert_eq!(seen, 300_005);
    }
    server.send(&answer(1, b"reply")).await;
    assert_eq!(call.receive().await.unwrap().unwrap(), "reply");
}

#[tokio::test(start_paused = true)]
async fn headers_can_be_read_whatever_the_size_of_the_table() {
    let mut hostile = Hostile::new();
    let mut server = None;
    let mut stream = 1;
    for size in [0, 4096, 100, 1 << 20, 0, 4096] {
        for _ in 0..2 {
            let call = hostile.call().metadata("x-tenant", "seven");
            let call = tokio::spawn(call.into_future());
            let server = match &mut server {
                None => server.insert(hostile.server_with(&[(setting::HEADER_TABLE_SIZE, 0)]).await),
                Some(server) => server,
            };
            let request = server.answer(stream).await;
            assert_eq!(request.headers[0].get("x-tenant"), Some("seven"));
            server.send(&answer(stream, b"reply")).await;
            assert_eq!(call.await.unwrap().unwrap(), "reply");
            stream += 2;
        }
        let server = server.as_mut().unwrap();
        server
            .send(&[settings(&[(setting::HEADER_TABLE_SIZE, size)])])
            .await;
        while !server.next(SETTINGS).await.has(ACK) {}
    }
}

#[tokio::test(start_paused = true)]
async fn data_beyond_a_streams_window_ends_its_call() {
    let mut hostile = Hostile::new();
    let call = hostile.stream();
    let responses = tokio::spawn(call.into_future());
    let mut server = hostile.server().await;
    server.answer(1).await;
    let mut responses = responses.await.unwrap().unwrap();
    server.send(&[headers(1, response())]).await;
    // Nobody reads.
    for _ in 0..40 {
        server.send(&[data(1, &[0; 10_000])]).await;
    }
    assert_eq!(server.answer(1).await.reset, Some(code::FLOW_CONTROL_ERROR));
    let error = its_end(&mut responses).await;
    assert_is(&error, Code::Internal, "FLOW_CONTROL_ERROR");
    hostile.serves_again(&mut server, 3, true).await;
}

#[tokio::test(start_paused = true)]
async fn data_beyond_the_connections_window_ends_the_connection() {
    let mut hostile = Hostile::with(|builder| builder.connection_window(100_000).stream_window(1 << 20));
    let responses = tokio::spawn(hostile.stream().into_future());
    let mut server = hostile.server().await;
    server.answer(1).await;
    let mut responses = responses.await.unwrap().unwrap();
    server.send(&[headers(1, response())]).await;
    // Nobody reads.
    server.try_send(&vec![data(1, &[0; 10_000]); 40]).await;
    assert_eq!(server.closed().await, [code::FLOW_CONTROL_ERROR]);
    let error = its_end(&mut responses).await;
    assert_is(&error, Code::Internal, "FLOW_CONTROL_ERROR");
    hostile.serves_again(&mut server, 0, false).await;
}
