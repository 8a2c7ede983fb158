//! One channel, and every one of these servers after the other.

use std::time::Duration;

use grpc::client::ConnectivityState;

use crate::{
    blocks, frames, goaway, messages, resets, responses, status,
    support::{Hostile, serve, tasks, tasks_are, within},
};

#[tokio::test(start_paused = true)]
async fn a_channel_that_has_met_all_of_them_serves_the_next_call_and_leaves_nothing() {
    let before = tasks();
    let mut hostile = Hostile::new();
    let cases = [
        blocks::cases(),
        frames::cases(),
        goaway::cases(),
        messages::cases(),
        resets::cases(),
        responses::cases(),
        status::cases(),
    ];
    let cases: Vec<_> = cases.into_iter().flatten().collect();
    assert!(cases.len() > 200, "{}", cases.len());
    for case in cases {
        for streaming in [false, true] {
            case.check_call(&mut hostile, streaming).await;
            // Its server is gone now, and the channel is about to notice.
            let noticed = async {
                while hostile.channel.state() == ConnectivityState::Ready {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            };
            within("the connection is given up", noticed).await;
        }
    }
    let call = hostile.unary();
    let mut good = hostile.server().await;
    serve(&mut good, 1, b"good").await;
    assert_eq!(call.answer().await, "good");
    // The channel's own, and those of the one connection.
    assert!(tasks() <= before + 3, "{} tasks", tasks() - before);
    drop(hostile);
    tasks_are(before).await;
    assert!(good.closed().await.len() <= 1);
}
