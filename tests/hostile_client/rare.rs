//! What few clients send, and may.

use crate::{
    case::{Case, Seen, run},
    raw::{
        Block, END_HEADERS, Frame, HEADERS, PADDED, PRIORITY_FLAG, code::NO_ERROR, continuation, data,
        goaway, headers, priority, settings, window_update,
    },
    support::{Target, sized},
};

pub(crate) fn allowed() -> Vec<Case> {
    let of = |what: &str, frames: &[Frame]| Case::new(what, frames, Seen::Served);
    let [called, asked] = sized(1, 300);
    let with_priority = {
        let block = Block::new().raw(&[0x80, 0, 0, 7, 255]).raw(&called.payload);
        Frame::new(HEADERS, END_HEADERS | PRIORITY_FLAG, 1, block)
    };
    let split = |piece: usize| {
        let mut pieces: Vec<Frame> = called
            .payload
            .chunks(called.payload.len().div_ceil(piece))
            .map(|piece| continuation(1, piece))
            .collect();
        pieces[0].kind = HEADERS;
        let last = pieces.len() - 1;
        pieces[last].flags |= END_HEADERS;
        pieces.push(asked.clone());
        pieces
    };
    vec![
        of("padded DATA", &[called.clone(), asked.clone().padded(255)]),
        of(
            "DATA that is padded with nothing",
            &[called.clone(), asked.clone().padded(0)],
        ),
        of("padded HEADERS", &[called.clone().padded(255), asked.clone()]),
        of(
            "DATA that is all padding",
            &[called.clone(), data(1, &[]).padded(200), asked.clone()],
        ),
        of("HEADERS with a priority", &[with_priority.clone(), asked.clone()]),
        of("HEADERS in two pieces", &split(2)),
        of("HEADERS in five pieces", &split(5)),
        of(
            "unknown frames",
            &[
                Frame::new(0xbb, 0xff, 0, [1; 100]),
                called.clone(),
                Frame::new(0xbb, 0xff, 1, [1; 100]),
                Frame::new(0xfa, 0, 99, [0; 16_384]),
                asked.clone(),
            ],
        ),
        of(
            "unknown settings",
            &[
                settings(&[(0xbb, 7), (0xffff, u32::MAX)]),
                called.clone(),
                asked.clone(),
            ],
        ),
        of(
            "PRIORITY on an idle stream",
            &[priority(99, 0), called.clone(), priority(97, 1), asked.clone()],
        ),
        of(
            "flags that mean nothing",
            &[called.clone().with(0x50), asked.clone().with(0x66 & !PADDED)],
        ),
        of(
            "reserved bits",
            &[
                Frame {
                    stream: 1 << 31 | 1,
                    ..called.clone()
                },
                Frame {
                    stream: 1 << 31 | 1,
                    ..asked.clone()
                },
            ],
        ),
        of(
            "a few empty DATA frames",
            &[called.clone(), data(1, &[]), data(1, &[]), asked.clone()],
        ),
        of(
            "the end in a frame of its own",
            &[called.clone(), data(1, &asked.payload), data(1, &[]).ending()],
        ),
        of(
            "trailers of a request",
            &[
                called.clone(),
                data(1, &asked.payload),
                headers(1, Block::of(&[("a", "b")])).ending(),
            ],
        ),
        of(
            "WINDOW_UPDATE behind the end",
            &[called, asked, window_update(1, 1), window_update(0, 1)],
        ),
    ]
}

#[tokio::test]
async fn what_is_rare_but_right_is_served() {
    run(&allowed()).await;
}

#[tokio::test]
async fn a_client_that_says_goodbye_is_answered_first() {
    let target = Target::start().await;
    let mut peer = target.peer().await;
    let [called, asked] = sized(1, 5);
    peer.send(&[called, goaway(0, NO_ERROR, "bye"), asked]).await;
    assert_eq!(peer.answer(1).await.grpc_status(), Some("0"));
    assert_eq!(peer.closed().await, [NO_ERROR]);
}
