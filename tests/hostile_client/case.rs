//! What a client sends on a connection of its own, and what it is to see.

use crate::{
    raw::{Block, Frame, Peer, headers, request},
    support::{SIZE, Target, is_ok, sized},
};

pub(crate) struct Case {
    what: String,
    bytes: Vec<u8>,
    seen: Seen,
}

/// What becomes of it. All but the first leave the connection alive, and it serves another call.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Seen {
    /// The connection ends with a GOAWAY of this code.
    Goaway(u32),
    /// Stream 1 is reset with this code.
    Reset(u32),
    /// Stream 1 is answered with this HTTP status.
    Http(&'static str),
    /// Stream 1 is answered with this `grpc-status`.
    Grpc(&'static str),
    /// Stream 1 is answered well.
    Served,
}

impl Case {
    pub(crate) fn new(what: impl Into<String>, frames: &[Frame], seen: Seen) -> Self {
        Self::of_bytes(what, frames.iter().flat_map(Frame::bytes).collect(), seen)
    }

    pub(crate) fn of_bytes(what: impl Into<String>, bytes: Vec<u8>, seen: Seen) -> Self {
        Self {
            what: what.into(),
            bytes,
            seen,
        }
    }

    /// A call on stream 1 that begins with these headers.
    pub(crate) fn of_headers(what: impl Into<String>, block: Block, seen: Seen) -> Self {
        Self::new(what, &[headers(1, block).ending()], seen)
    }

    /// Panics unless the client sees what it is to see, and others are served.
    pub(crate) async fn run(&self, target: &Target) {
        // Shown when it fails.
        eprintln!("{}", self.what);
        let mut peer = Peer::client(target.pipe().await).await;
        self.run_on(&mut peer, target).await;
    }

    pub(crate) async fn run_on(&self, peer: &mut Peer<Box<dyn grpc::transport::Io>>, target: &Target) {
        let what = &self.what;
        // The server may close before it has read all of it.
        peer.try_write(&self.bytes).await;
        match self.seen {
            Seen::Goaway(code) => assert_eq!(peer.closed().await.last(), Some(&code), "{what}"),
            seen => {
                let answer = peer.answer(1).await;
                let kept = (answer.goaway, answer.closed);
                assert_eq!(kept, (None, false), "{what}: {answer:?}");
                match seen {
                    Seen::Reset(code) => assert_eq!(answer.reset, Some(code), "{what}: {answer:?}"),
                    Seen::Http(status) => assert_eq!(answer.http_status(), Some(status), "{what}"),
                    Seen::Grpc(status) => {
                        assert_eq!(answer.grpc_status(), Some(status), "{what}: {answer:?}")
                    }
                    _ => assert_eq!(answer.grpc_status(), Some("0"), "{what}: {answer:?}"),
                }
                peer.send(&sized(9901, 5)).await;
                is_ok(&peer.answer(9901).await);
            }
        }
        target.still_serves().await;
    }
}

/// Runs all of them against one server, of which nothing may be left.
pub(crate) async fn run(cases: &[Case]) {
    let target = Target::start().await;
    for case in cases {
        case.run(&target).await;
    }
    target.is_idle().await;
}

/// A call's headers, whatever follows.
pub(crate) fn begun(stream: u32) -> Frame {
    headers(stream, request(SIZE))
}
