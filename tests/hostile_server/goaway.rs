//! GOAWAY: which calls it ends, which go on, and which move to another connection.

use bytes::Bytes;
use grpc::{Code, client::BackoffConfig};
use tokio::{
    io::AsyncWriteExt,
    time::{Duration, Instant},
};

use crate::{
    case::{Case, check},
    raw::{DATA, PING, Peer, code, goaway, headers, response, setting, settings, window_update},
    support::{Hostile, answer, assert_is, serve, tasks, tasks_are, within},
};

/// A window that takes all of a call's requests.
const WIDE: (u16, u32) = (setting::INITIAL_WINDOW_SIZE, 1 << 20);

const NO_STREAM_YET: u32 = (1 << 31) - 1;

/// They spoil no response, whatever code they have.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for number in (0..=13).chain([0xdead]) {
        let before = [goaway(1, number, "going")]
            .into_iter()
            .chain(answer(1, b"reply"));
        cases.push(
            Case::new("before the response", before)
                .answers(b"reply")
                .and_goaway(code::NO_ERROR),
        );
        let behind = answer(1, b"reply")
            .into_iter()
            .chain([goaway(1, number, "going")]);
        cases.push(
            Case::new("behind the response", behind)
                .answers(b"reply")
                .and_goaway(code::NO_ERROR),
        );
        let beyond = [goaway(101, number, "going")]
            .into_iter()
            .chain(answer(1, b"reply"));
        cases.push(
            Case::new("of streams to come", beyond)
                .answers(b"reply")
                .and_goaway(code::NO_ERROR),
        );
    }
    cases
}

#[tokio::test(start_paused = true)]
async fn goaway_around_a_response_spoils_nothing() {
    check(cases()).await;
}

#[tokio::test(start_paused = true)]
async fn too_many_pings_double_the_interval_also_if_it_comes_in_two_pieces() {
    let bytes = goaway(0, code::ENHANCE_YOUR_CALM, "too_many_pings").bytes();
    for cut in [3, 9, 12, 17, 20] {
        let mut hostile = Hostile::with(|builder| builder.keepalive_interval(Duration::from_secs(10)));
        let call = hostile.unary();
        let mut server = hostile.server().await;
        server.answer(1).await;
        let (first, rest) = bytes.split_at(cut);
        server.io.write_all(first).await.unwrap();
        tokio::task::yield_now().await;
        server.io.write_all(rest).await.unwrap();
        // The call goes to the next connection, which is pinged less often.
        let mut server = hostile.server().await;
        let start = Instant::now();
        server.answer(1).await;
        server.next(PING).await;
        assert_eq!(start.elapsed().as_secs(), 20, "{cut}");
        server.send(&answer(1, b"reply")).await;
        assert_eq!(call.answer().await, "reply");
    }
}

#[tokio::test(start_paused = true)]
async fn calls_that_the_last_stream_covers_are_finished_and_new_ones_go_elsewhere() {
    for code in [0, 1, 2, 11, 0xdead] {
        let mut hostile = Hostile::new();
        let calls = [hostile.unary(), hostile.unary()];
        let mut server = hostile.server().await;
        server.answer(1).await;
        server.answer(3).await;
        server
            .send(&[headers(1, response()), goaway(3, code, "going")])
            .await;
        let next = hostile.unary();
        let mut other = hostile.server().await;
        serve(&mut other, 1, b"elsewhere").await;
        assert_eq!(next.answer().await, "elsewhere");
        server.send(&answer(1, b"one")[1..]).await;
        server.send(&answer(3, b"three")).await;
        for (call, text) in calls.into_iter().zip(["one", "three"]) {
            assert_eq!(call.answer().await, text, "{code}");
        }
        server.closed().await;
    }
}

#[tokio::test(start_paused = true)]
async fn calls_behind_the_last_stream_are_sent_again_and_those_before_it_are_not() {
    let mut hostile = Hostile::new();
    let first = hostile.unary();
    let mut server = hostile.server().await;
    server.answer(1).await;
    let second = hostile.collected();
    server.answer(3).await;
    server.send(&[goaway(1, code::NO_ERROR, "")]).await;
    let mut other = hostile.server().await;
    serve(&mut other, 1, b"again").await;
    assert_eq!(second.answer().await, ["again"]);
    server.send(&answer(1, b"first")).await;
    assert_eq!(first.answer().await, "first");
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_lost_behind_goaway_repeats_no_call_that_it_covers() {
    let mut hostile = Hostile::new();
    let covered = hostile.unary();
    let mut server = hostile.server().await;
    server.answer(1).await;
    server.send(&[goaway(1, code::NO_ERROR, "going down")]).await;
    drop(server);
    let error = covered.error().await;
    assert_is(&error, Code::Unavailable, "going down");
    assert_is(&error, Code::Unavailable, "last stream 1");
    assert!(hostile.has_not_reconnected());
}

#[tokio::test(start_paused = true)]
async fn a_streaming_call_is_sent_again_with_its_requests_while_all_are_kept() {
    for (requests, is_repeated) in [(4, true), (5, false)] {
        let mut hostile = Hostile::new();
        let (mut call, mut server) = hostile.open(&[WIDE]).await;
        server.send(&[window_update(0, 1 << 20)]).await;
        let request = Bytes::from(vec![7; 60_000]);
        for _ in 0..requests {
            call.send(request.clone()).await.unwrap();
        }
        let sent = requests * (5 + request.len());
        let mut seen = 0;
        while seen < sent {
            let frame = server.next(DATA).await;
            seen += frame.payload.len();
        }
        server.send(&[goaway(0, code::NO_ERROR, "")]).await;
        if !is_repeated {
            let error = within("the call ends", call.receive()).await.unwrap_err();
            assert_is(&error, Code::Unavailable, "last stream 0");
            continue;
        }
        let mut other = hostile.server_with(&[WIDE]).await;
        other.send(&[window_update(0, 1 << 20)]).await;
        call.done_sending().await.unwrap();
        let again = other.answer(1).await.data;
        assert_eq!(again.len(), sent);
        other.send(&answer(1, b"all")).await;
        assert_eq!(call.receive().await.unwrap().unwrap(), "all");
    }
}

#[tokio::test(start_paused = true)]
async fn a_first_goaway_that_names_no_stream_ends_nothing_and_the_second_does() {
    let mut hostile = Hostile::new();
    let calls = [hostile.unary(), hostile.unary()];
    let mut server = hostile.server().await;
    server.answer(3).await;
    server
        .send(&[goaway(NO_STREAM_YET, code::NO_ERROR, "soon")])
        .await;
    let next = hostile.unary();
    let mut other = hostile.server().await;
    serve(&mut other, 1, b"next").await;
    assert_eq!(next.answer().await, "next");
    server.send(&[goaway(1, code::NO_ERROR, "now")]).await;
    serve(&mut other, 3, b"three").await;
    server.send(&answer(1, b"one")).await;
    for (call, text) in calls.into_iter().zip(["one", "three"]) {
        assert_eq!(call.answer().await, text);
    }
    server.closed().await;
}

#[tokio::test(start_paused = true)]
async fn a_last_stream_that_goes_up_is_an_error_of_the_protocol() {
    let mut hostile = Hostile::new();
    let call = hostile.unary();
    let mut server = hostile.server().await;
    server.answer(1).await;
    server
        .send(&[goaway(1, 0, "first"), goaway(3, 0, "second")])
        .await;
    assert_is(&call.error().await, Code::Internal, "PROTOCOL_ERROR");
    assert_eq!(server.closed().await, [code::PROTOCOL_ERROR]);
    hostile.serves_again(&mut server, 0, false).await;
}

#[tokio::test(start_paused = true)]
async fn a_call_is_left_behind_once_and_then_fails_with_what_the_server_said() {
    for number in [0, 1, 2, 11, 13, 0xdead] {
        let before = tasks();
        let mut hostile = Hostile::new();
        let call = hostile.unary();
        for _ in 0..2 {
            let mut server = hostile.server().await;
            server.answer(1).await;
            server.send(&[goaway(0, number, "not today")]).await;
        }
        let error = call.error().await;
        for text in ["not today", "last stream 0"] {
            assert_is(&error, Code::Unavailable, text);
        }
        assert!(hostile.has_not_reconnected());
        drop(hostile);
        tasks_are(before).await;
    }
}

#[tokio::test(start_paused = true)]
async fn debug_data_of_16_kib_in_pieces_is_told_in_part() {
    let mut hostile = Hostile::new();
    let call = hostile.unary();
    let mut server = hostile.server().await;
    server.answer(1).await;
    let text = format!("because{}", "!".repeat(16_384 - 8 - 7));
    // The head of the frame, a part of its own head, and then the rest byte by byte.
    let bytes = goaway(1, code::INTERNAL_ERROR, &text).bytes();
    let (first, rest) = bytes.split_at(12);
    for piece in [first].into_iter().chain(rest.chunks(1)) {
        server.io.write_all(piece).await.unwrap();
        tokio::task::yield_now().await;
    }
    drop(server);
    let error = call.error().await;
    assert_is(&error, Code::Unavailable, "INTERNAL_ERROR: \"because!!!!");
    assert_is(&error, Code::Unavailable, "last stream 1");
    assert!(error.message().len() < 1000, "{error}");
}

/// Servers that go at once, be it in the piece of their SETTINGS.
#[tokio::test(start_paused = true)]
async fn a_server_that_goes_at_once_is_connected_to_with_backoff() {
    for with_settings in [true, false] {
        let mut hostile = Hostile::with(|builder| {
            let mut backoff = BackoffConfig::default();
            backoff.jitter = 0.0;
            builder.backoff(backoff)
        });
        let start = Instant::now();
        let call = hostile.call().wait_for_ready().timeout(Duration::from_secs(100));
        let call = tokio::spawn(call.into_future());
        let mut at = Vec::new();
        let mut servers = Vec::new();
        while at.len() < 6 {
            let (when, end) = hostile.end().await;
            at.push((when - start).as_millis());
            let mut server = Peer::new(end);
            let mut bytes = settings(&[]).bytes();
            bytes.extend(goaway(0, code::NO_ERROR, "").bytes());
            if !with_settings {
                bytes.drain(..9);
            }
            server.write(&bytes).await;
            servers.push(server);
        }
        assert!(!call.is_finished());
        for (at, due) in at.into_iter().zip([0, 1000, 2600, 5160, 9256, 15_809]) {
            // Timers are late by up to a millisecond each.
            assert!((due..due + 6).contains(&at), "{with_settings}: {at}, not {due}");
        }
        call.abort();
    }
}

/// Whether the call was sent before or not: it does not go round for ever.
#[tokio::test(start_paused = true)]
async fn a_server_that_goes_once_it_is_ready_is_connected_to_a_few_times_only() {
    let mut hostile = Hostile::new();
    let call = hostile.call().wait_for_ready();
    let mut call = Box::pin(call.into_future());
    let mut connections = 0;
    let error = loop {
        tokio::select! {
            outcome = &mut call => break outcome.unwrap_err(),
            mut server = hostile.server() => {
                connections += 1;
                tokio::task::yield_now().await;
                server.send(&[goaway(0, code::NO_ERROR, "not here")]).await;
            }
        }
    };
    assert_is(&error, Code::Unavailable, "");
    assert!(connections <= 12, "{connections}");
}
