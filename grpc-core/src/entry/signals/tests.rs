use std::{cell::RefCell, future::pending};

use super::{react, until};

const SIGINT: i32 = 2;
const SIGTERM: i32 = 15;

/// Plays `signals`, with `servers` running, and gives what was stopped and what `react` returned.
async fn play(signals: &[i32], servers: &[&'static str]) -> (Vec<&'static str>, Option<i32>) {
    let mut signals = signals.iter().copied();
    let stopped = RefCell::new(Vec::new());
    let (out_of_signals, end) = tokio::sync::oneshot::channel::<()>();
    let mut out_of_signals = Some(out_of_signals);
    let next = async || match signals.next() {
        Some(signal) => signal,
        None => {
            drop(out_of_signals.take());
            pending().await
        }
    };
    let react = react(
        next,
        || servers.to_vec(),
        |servers| stopped.borrow_mut().extend(servers),
    );
    let code = until(end, react).await;
    (stopped.into_inner(), code)
}

#[tokio::test]
async fn the_first_signal_stops_every_running_server() {
    assert_eq!(play(&[SIGTERM], &["a", "b"]).await, (vec!["a", "b"], None));
}

#[tokio::test]
async fn a_second_signal_ends_the_program_under_its_own_number() {
    assert_eq!(play(&[SIGTERM, SIGINT], &["a"]).await, (vec!["a"], Some(SIGINT)));
}

#[tokio::test]
async fn a_signal_with_no_server_running_ends_the_program() {
    assert_eq!(play(&[SIGINT], &[]).await, (vec![], Some(SIGINT)));
}
