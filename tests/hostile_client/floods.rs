//! Clients that send without end, and read nothing: under paused time, over pipes.

use std::time::Duration;

use tokio::time::timeout;

use crate::{
    raw::{
        Block, END_HEADERS, Frame, Peer, code::*, continuation, data, goaway, headers, ping, priority,
        request, rst_stream, settings, window_update,
    },
    support::{IGNORE, PATIENCE, Target, is_ok, sized},
};

pub(crate) struct Flood {
    pub(crate) what: &'static str,
    first: Vec<Frame>,
    /// What comes again and again.
    again: Vec<Frame>,
    end: End,
}

#[derive(Clone, Copy)]
enum End {
    /// All of it is read, and means nothing.
    Ignored,
    /// No more is read before its answers are; then the connection goes on.
    Waits,
    Goaway(u32),
}

/// How many times each.
const TIMES: usize = 100_000;

pub(crate) fn floods() -> Vec<Flood> {
    let of = |what, first: &[Frame], again: &[Frame], end| Flood {
        what,
        first: first.into(),
        again: again.into(),
        end,
    };
    let open = headers(1, request(IGNORE));
    let called = std::slice::from_ref(&open);
    let calm = End::Goaway(ENHANCE_YOUR_CALM);
    vec![
        of("PING", &[], &[ping([0; 8])], calm),
        of("PING with a call", called, &[ping([0; 8])], calm),
        of("PING with ACK", &[], &[ping([0; 8]).with(1)], End::Ignored),
        of("SETTINGS", &[], &[settings(&[])], End::Waits),
        of(
            "SETTINGS that change",
            called,
            &[settings(&[(4, 0)]), settings(&[(4, 100)])],
            End::Waits,
        ),
        of("PRIORITY", called, &[priority(1, 0)], End::Ignored),
        of(
            "PRIORITY on idle streams",
            &[],
            &[priority(1001, 0)],
            End::Ignored,
        ),
        of(
            "unknown frames",
            &[],
            &[Frame::new(0xfe, 0, 0, [0; 16])],
            End::Ignored,
        ),
        of(
            "WINDOW_UPDATE of the connection",
            &[],
            &[window_update(0, 1)],
            End::Ignored,
        ),
        of(
            "WINDOW_UPDATE of a stream",
            called,
            &[window_update(1, 1)],
            End::Ignored,
        ),
        of(
            "WINDOW_UPDATE of an ended stream",
            &[open.clone(), rst_stream(1, CANCEL)],
            &[window_update(1, 1)],
            End::Ignored,
        ),
        of(
            "RST_STREAM of an ended stream",
            called,
            &[rst_stream(1, CANCEL)],
            End::Ignored,
        ),
        of("GOAWAY", called, &[goaway(0, NO_ERROR, "")], End::Ignored),
        of("empty DATA", called, &[data(1, &[])], calm),
        of(
            "DATA that is all padding",
            called,
            &[data(1, &[]).padded(0)],
            calm,
        ),
        of(
            "DATA of one byte that nobody reads",
            called,
            &[data(1, &[0]), data(1, &[0])],
            calm,
        ),
        of(
            "DATA on an ended stream",
            &[open.clone(), rst_stream(1, CANCEL)],
            &[data(1, &[0])],
            End::Ignored,
        ),
    ]
}

impl Flood {
    pub(crate) async fn run(&self, target: &Target) {
        // Shown when it fails.
        eprintln!("{}", self.what);
        let mut peer = Peer::client(target.pipe().await).await;
        peer.send(&self.first).await;
        let piece: Vec<u8> = self
            .again
            .iter()
            .flat_map(Frame::bytes)
            .collect::<Vec<u8>>()
            .repeat(100);
        let mut pieces = 0;
        // One that waits does so from some time on; under paused time that comes when nobody has anything to do.
        let limit = match self.end {
            End::Waits => Duration::from_secs(1),
            End::Ignored | End::Goaway(_) => PATIENCE,
        };
        while pieces < TIMES / 100
            && let Ok(true) = timeout(limit, peer.try_write(&piece)).await
        {
            pieces += 1;
        }
        target.still_serves().await;
        match self.end {
            End::Goaway(code) => {
                assert_eq!(peer.closed().await.last(), Some(&code), "{}", self.what);
            }
            End::Ignored => {
                assert_eq!(pieces, TIMES / 100, "{}: it ends", self.what);
                answers(&mut peer).await;
            }
            End::Waits => {
                let taken = pieces * piece.len();
                assert!(taken < 1024 * 1024, "{}: {taken} bytes are taken", self.what);
            }
        }
        drop(peer);
        target.is_idle().await;
    }
}

async fn answers(peer: &mut Peer<Box<dyn grpc::transport::Io>>) {
    peer.send(&sized(9901, 5)).await;
    is_ok(&peer.answer(9901).await);
}

/// Calls without end, whose answers are not read: the server waits.
pub(crate) async fn calls(target: &Target, call: impl Fn(u32) -> Vec<Frame>) {
    let mut peer = Peer::client(target.pipe().await).await;
    let mut taken = 0;
    for streams in (1..200_001).step_by(2).collect::<Vec<u32>>().chunks(100) {
        let piece: Vec<u8> = streams
            .iter()
            .flat_map(|stream| call(*stream))
            .flat_map(|frame| frame.bytes())
            .collect();
        match timeout(Duration::from_secs(1), peer.try_write(&piece)).await {
            Ok(true) => taken += streams.len(),
            _ => break,
        }
    }
    assert!(taken < 20_000, "{taken} calls are taken");
    target.still_serves().await;
    drop(peer);
    target.is_idle().await;
}

#[tokio::test(start_paused = true)]
async fn calls_whose_answers_are_not_read_wait_or_end_their_connection() {
    let target = Target::start().await;
    calls(&target, |stream| vec![headers(stream, request("/unknown"))]).await;
    calls(&target, |stream| {
        vec![headers(stream, request("/unknown")).ending()]
    })
    .await;
    calls(&target, |stream| vec![headers(stream, request(IGNORE))]).await;
    calls(&target, |stream| sized(stream, 5).into()).await;
    calls(&target, |stream| {
        vec![headers(stream, request(IGNORE).literal("content-length", "x"))]
    })
    .await;
    let huge = "x".repeat(9000);
    calls(&target, |stream| {
        let half = headers(stream, request(IGNORE).literal("a", &huge)).without(END_HEADERS);
        vec![
            half,
            continuation(stream, Block::new().literal("b", &huge)).with(END_HEADERS),
        ]
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn floods_are_ignored_or_wait_or_end_their_connection() {
    let target = Target::start().await;
    for flood in floods() {
        flood.run(&target).await;
    }
}
