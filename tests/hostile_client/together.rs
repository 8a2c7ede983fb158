//! All of them against one server, one after the other and at once: nothing is left of any.

use std::pin::Pin;

use futures_util::future::join_all;

use crate::{
    case::Case,
    floods, frames, headers, hpack, messages, rare, resets,
    support::{PATIENCE, Target, until},
    windows,
};

fn cases() -> Vec<Case> {
    [
        frames::wrong_lengths(),
        frames::wrong_settings(),
        frames::wrong_places(),
        rare::allowed(),
        messages::wrong_prefixes(),
        messages::in_pieces(),
        headers::malformed(),
        headers::unreadable(),
        headers::refused(),
        hpack::broken(),
        hpack::too_large(),
        windows::wrong_updates(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Connections, calls and all that they had are gone, and the server serves; then it goes, too.
async fn nothing_is_left(target: Target) {
    target.still_serves().await;
    target.is_idle().await;
    until("every task has ended", || target.tasks() == 0).await;
    let stopping = target.server.handle();
    tokio::time::timeout(PATIENCE, stopping.stop(PATIENCE))
        .await
        .expect("nothing holds up its stop");
}

#[tokio::test]
async fn nothing_is_left_of_hostile_clients_that_come_one_after_the_other() {
    let target = Target::start().await;
    for case in cases() {
        case.run(&target).await;
    }
    for flood in floods::floods() {
        flood.run(&target).await;
    }
    resets::rapid_resets(&target).await;
    resets::provoked_resets(&target, resets::overflow).await;
    windows::up_and_down(&target).await;
    nothing_is_left(target).await;
}

#[tokio::test]
async fn nothing_is_left_of_hostile_clients_that_come_all_at_once() {
    let target = Target::start().await;
    let (cases, floods) = (cases(), floods::floods());
    let mut all: Vec<Pin<Box<dyn Future<Output = ()> + '_>>> = Vec::new();
    for case in &cases {
        all.push(Box::pin(case.run(&target)));
    }
    for flood in &floods {
        all.push(Box::pin(flood.run(&target)));
    }
    all.push(Box::pin(resets::rapid_resets(&target)));
    all.push(Box::pin(windows::up_and_down(&target)));
    join_all(all).await;
    nothing_is_left(target).await;
}
