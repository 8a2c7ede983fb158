//! Frames without end: a call among them obeys its deadline, and nothing is gathered for a server that does not read.

use std::time::Duration;

use grpc::Code;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf, split},
    time::timeout,
};

use crate::{
    raw::{
        Block, Frame, Peer, continuation, data, headers, message, ping, priority, response, setting,
        settings, window_update,
    },
    support::{End, Hostile},
};

/// What comes once on stream 1, and then what comes again and again.
struct Flood {
    name: &'static str,
    first: Vec<Frame>,
    again: Vec<Frame>,
    /// The client does not put up with it until the deadline: the code of its GOAWAY or RST_STREAM.
    refused: Option<&'static str>,
}

fn floods() -> Vec<Flood> {
    let flood = |name, again, refused| Flood {
        name,
        first: vec![],
        again,
        refused,
    };
    let behind_head = |name, again, refused| Flood {
        first: vec![headers(1, response())],
        ..flood(name, again, refused)
    };
    let interim = headers(1, Block::of(&[(":status", "103"), ("link", "</style.css>")]));
    vec![
        flood("PING", vec![ping([7; 8])], None),
        flood(
            "SETTINGS",
            vec![settings(&[(setting::INITIAL_WINDOW_SIZE, 65_535)])],
            None,
        ),
        flood("ACK of PINGs", vec![ping([7; 8]).with(1)], None),
        flood("PRIORITY", vec![priority(1, 0)], None),
        flood(
            "an unknown type",
            vec![Frame::new(0x42, 0, 1, vec![0; 1000])],
            None,
        ),
        flood("WINDOW_UPDATE of other streams", vec![window_update(1, 1)], None),
        flood("interim responses", vec![interim], None),
        Flood {
            first: vec![headers(1, response()).without(4)],
            ..flood(
                "CONTINUATION",
                vec![continuation(1, Block::of(&[("x-more", "v")]))],
                Some("ENHANCE_YOUR_CALM"),
            )
        },
        Flood {
            first: vec![headers(1, response()).without(4)],
            ..flood(
                "empty CONTINUATION",
                vec![continuation(1, vec![])],
                Some("ENHANCE_YOUR_CALM"),
            )
        },
        behind_head("empty DATA", vec![data(1, b"")], Some("ENHANCE_YOUR_CALM")),
        behind_head(
            "DATA of padding",
            vec![data(1, b"").padded(255)],
            Some("ENHANCE_YOUR_CALM"),
        ),
        behind_head("empty messages", vec![data(1, &message(b""))], None),
    ]
}

async fn pour(mut io: WriteHalf<End>, bytes: Vec<u8>) -> usize {
    let mut poured = 0;
    while io.write_all(&bytes).await.is_ok() {
        poured += bytes.len();
        tokio::task::yield_now().await;
    }
    poured
}

async fn drain(mut io: ReadHalf<End>) {
    let mut buffer = vec![0; 16 * 1024];
    while io.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
}

/// In real time: paused time never passes while there is something to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_in_a_flood_obeys_its_deadline() {
    for flood in floods() {
        let name = flood.name;
        let mut hostile = Hostile::new();
        let call = hostile.stream().timeout(Duration::from_millis(500));
        let call = tokio::spawn(async move {
            let mut responses = call.await?;
            while responses.receive().await?.is_some() {}
            Ok::<_, grpc::Status>(())
        });
        let mut server = hostile.server().await;
        server.answer(1).await;
        server.send(&flood.first).await;
        let bytes: Vec<u8> = flood.again.iter().flat_map(Frame::bytes).collect();
        let (read, write) = split(server.io);
        let draining = tokio::spawn(drain(read));
        let pouring = tokio::spawn(pour(write, bytes.repeat(1 + 4096 / bytes.len())));
        let ended = timeout(Duration::from_secs(30), call).await;
        let error = ended.unwrap_or_else(|_| panic!("{name}: the call does not end"));
        let error = error.unwrap().unwrap_err();
        match flood.refused {
            Some(text) => assert!(error.message().contains(text), "{name}: {error}"),
            None => assert_eq!(error.code(), Code::DeadlineExceeded, "{name}: {error}"),
        }
        pouring.abort();
        draining.abort();
        // Both ends of the pipe are gone with them.
        let _ = (pouring.await, draining.await);
        let call = tokio::spawn(hostile.call().wait_for_ready().into_future());
        let mut server = hostile.server().await;
        crate::support::serve(&mut server, 1, b"again").await;
        assert_eq!(call.await.unwrap().unwrap(), "again", "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_wants_an_answer_is_not_read_while_answers_cannot_be_written() {
    for frame in [ping([7; 8]), settings(&[(setting::INITIAL_WINDOW_SIZE, 65_535)])] {
        let mut hostile = Hostile::over(16 * 1024, |builder| builder);
        let _call = hostile.unary();
        let (_, end) = hostile.end().await;
        let mut server = Peer::new(end);
        server.send(&[settings(&[])]).await;
        // It writes, and never reads.
        let bytes = frame.bytes().repeat(100);
        let mut poured = 0;
        while timeout(Duration::from_secs(5), server.io.write_all(&bytes))
            .await
            .is_ok()
        {
            poured += bytes.len();
            assert!(poured < 1_000_000, "{frame:?}: it is read for ever");
        }
        assert!(poured >= bytes.len(), "{frame:?}");
    }
}
