//! Header blocks that are broken, grow when they are decoded, or never end.

use crate::{
    case::{Case, Seen, begun, run},
    raw::{ACK, Block, END_HEADERS, Frame, PING, code::*, continuation, headers, request, settings},
    support::{SIZE, Target, is_ok, sized},
};

pub(crate) fn broken() -> Vec<Case> {
    let of = |what: &str, block: Block| Case::of_headers(what, block, Seen::Goaway(PROTOCOL_ERROR));
    let usual = || request(SIZE);
    vec![
        of("an index of nothing", usual().indexed(0)),
        of("an index beyond the table", usual().indexed(62)),
        of("an index far beyond the table", usual().indexed(1 << 30)),
        of("a name beyond the table", usual().named(70, "x")),
        of("an integer without end", usual().raw(&[0xff; 20])),
        of(
            "an integer of a hundred bytes",
            usual().raw(&[0xff]).raw(&[0x80; 98]).raw(&[0]),
        ),
        of("a string that is cut off", usual().raw(&[0x00, 0x05, b'a'])),
        of(
            "a string of 256 MiB",
            usual().raw(&[0x00]).integer(7, 0, 1 << 28).raw(b"x"),
        ),
        of(
            "a string of Huffman's that ends in zeros",
            usual().raw(&[0x00, 0x81, 0x00, 0x81, 0x00]),
        ),
        of(
            "a string of Huffman's with its end in it",
            usual().raw(&[0x00, 0x84, 0xff, 0xff, 0xff, 0xff, 0x01, b'x']),
        ),
        of(
            "a string of Huffman's with a byte of padding",
            usual().raw(&[0x00, 0x82, 0x1f, 0xff, 0x01, b'x']),
        ),
        of(
            "a table that is larger than allowed",
            Block::new().table_size(4097).raw(&Vec::from(usual())),
        ),
        of(
            "a table of 4 GiB",
            Block::new().table_size(0xffff_ffff).raw(&Vec::from(usual())),
        ),
        of("a change of the table behind a header", usual().table_size(0)),
    ]
}

pub(crate) fn too_large() -> Vec<Case> {
    let long = "x".repeat(4000);
    let many = |count| (0..count).fold(Block::new(), |block, _| block.literal("a", &long));
    let bomb = |count| (0..count).fold(request(SIZE).indexing("a", &long), |block, _| block.indexed(62));
    vec![
        Case::new(
            "20 KB of headers",
            &[
                begun(1).without(END_HEADERS),
                continuation(1, many(3)),
                continuation(1, many(2)).with(END_HEADERS),
            ],
            Seen::Http("431"),
        ),
        Case::of_headers("a little bomb: 20 KB in 4", bomb(4), Seen::Http("431")),
        Case::of_headers(
            "a bomb: 64 MB in 16 KB",
            bomb(12_000),
            Seen::Goaway(ENHANCE_YOUR_CALM),
        ),
        Case::of_headers(
            "a bomb of empty headers",
            (0..12_000).fold(request(SIZE).indexing("a", ""), |block, _| block.indexed(62)),
            Seen::Goaway(ENHANCE_YOUR_CALM),
        ),
        Case::new(
            "headers of 256 KB in pieces",
            &endless(&Block::new().literal("a", "x".repeat(16_000)), 16),
            Seen::Goaway(ENHANCE_YOUR_CALM),
        ),
        Case::new(
            "one header of 256 KB in pieces",
            &{
                let start = request(SIZE).raw(&[0x00, 1, b'a']).integer(7, 0, 256 * 1024);
                let mut frames = vec![headers(1, start).without(END_HEADERS)];
                frames.extend((0..16).map(|_| continuation(1, vec![b'x'; 16_384])));
                frames
            },
            Seen::Goaway(ENHANCE_YOUR_CALM),
        ),
        Case::new(
            "empty pieces of headers",
            &endless(&Block::new(), 1000),
            Seen::Goaway(ENHANCE_YOUR_CALM),
        ),
        Case::new(
            "small pieces of headers",
            &endless(&Block::new().literal("a", "b"), 1000),
            Seen::Goaway(ENHANCE_YOUR_CALM),
        ),
        Case::new(
            "trailers over the limit",
            &[
                begun(1),
                headers(1, many(3)).without(END_HEADERS).ending(),
                continuation(1, many(2)).with(END_HEADERS),
            ],
            // They are cut, and the call is one without a message.
            Seen::Grpc("12"),
        ),
    ]
}

/// Headers that never end.
fn endless(piece: &Block, count: usize) -> Vec<Frame> {
    let mut frames = vec![begun(1).without(END_HEADERS)];
    frames.extend((0..count).map(|_| continuation(1, piece.clone())));
    frames
}

#[tokio::test]
async fn a_header_block_that_cannot_be_decoded_ends_the_connection() {
    run(&broken()).await;
}

#[tokio::test]
async fn headers_over_the_limit_are_431_and_far_over_it_end_the_connection() {
    run(&too_large()).await;
}

#[tokio::test]
async fn headers_out_of_the_dynamic_table_are_read() {
    let target = Target::start().await;
    let mut peer = target.peer().await;
    let [mut called, asked] = sized(1, 5);
    called.payload.extend(Vec::from(Block::new().indexing("a", "b")));
    peer.send(&[called, asked]).await;
    is_ok(&peer.answer(1).await);
    let [mut called, asked] = sized(3, 5);
    called
        .payload
        .extend(Vec::from(Block::new().indexed(62).named(62, "c")));
    peer.send(&[called, asked]).await;
    is_ok(&peer.answer(3).await);
    // What is sent in vain is kept up with: the table is the same for what follows.
    let refused = (0..20).fold(request(SIZE).indexing("d", "x".repeat(1000)), |block, _| {
        block.indexed(62)
    });
    peer.send(&[headers(5, refused).ending()]).await;
    assert_eq!(peer.answer(5).await.http_status(), Some("431"));
    let [mut called, asked] = sized(7, 5);
    called
        .payload
        .extend(Vec::from(Block::new().indexed(62).indexed(63)));
    peer.send(&[called, asked]).await;
    is_ok(&peer.answer(7).await);
}

#[tokio::test]
async fn a_client_may_want_no_table_or_a_huge_one() {
    let target = Target::start().await;
    for size in [0, 1, u32::MAX] {
        let mut peer = target.peer().await;
        peer.send(&[settings(&[(1, size)])]).await;
        for stream in [1, 3, 5] {
            peer.send(&sized(stream, 5)).await;
            is_ok(&peer.answer(stream).await);
        }
        peer.send(&[Frame::new(PING, 0, 0, [7; 8])]).await;
        assert!(peer.next(PING).await.has(ACK));
    }
}
