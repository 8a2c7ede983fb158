//! Header blocks that are broken, and those that are far too large.

use grpc::Code;

use crate::{
    case::{Case, check},
    frames::{fatal, no_protocol},
    raw::{Block, code, data, headers, message, response, trailers},
    support::long_headers,
};

pub(crate) fn cases() -> Vec<Case> {
    // RFC 7541 §2.3.3 and RFC 9113 §4.3 have COMPRESSION_ERROR.
    let broken = |name, block: Block| no_protocol(name, [headers(1, block)]);
    let malformed = |name, block: Block| {
        Case::new(
            name,
            [
                headers(1, block),
                data(1, &message(b"reply")),
                headers(1, trailers("0")).ending(),
            ],
        )
        .fails(Code::Internal, "PROTOCOL_ERROR")
    };
    let bomb = (0..3000).fold(response().indexing("x-bomb", "b".repeat(4000)), |block, _| {
        block.indexed(62)
    });
    let many = (0..1000).fold(response(), |block, number| {
        block.literal(format!("x-{number}"), "v")
    });
    vec![
        broken("an index out of the tables", response().indexed(200)),
        broken("index 0", response().indexed(0)),
        broken(
            "a string longer than its block",
            response().raw(&[0, 0x7f, 0x80, 0x01]),
        ),
        broken("an integer without an end", response().raw(&[0xff; 20])),
        broken(
            "broken Huffman code",
            response().raw(&[0, 0x84, 0xff, 0xff, 0xff, 0xff, 0x01, b'v']),
        ),
        broken(
            "a table larger than was allowed",
            Block::new().table_size(1 << 20),
        ),
        broken("upper case", response().literal("X-Upper", "1")),
        malformed("connection", response().literal("connection", "close")),
        malformed(
            "transfer-encoding",
            response().literal("transfer-encoding", "chunked"),
        ),
        broken("an unknown pseudo-header", response().literal(":unknown", "1")),
        malformed(
            "a pseudo-header behind others",
            response().literal(":status", "200"),
        ),
        broken("a line break in a value", response().literal("x-value", "a\r\nb")),
        broken("an empty name", response().literal("", "v")),
        fatal(
            "a bomb of 12 MB in 7 KB",
            [headers(1, bomb)],
            code::ENHANCE_YOUR_CALM,
            "ENHANCE_YOUR_CALM",
        ),
        Case::new("a thousand headers", long_headers(1, many)).fails(Code::Internal, "PROTOCOL_ERROR"),
    ]
}

#[tokio::test(start_paused = true)]
async fn a_header_block_that_is_broken_ends_what_it_breaks() {
    check(cases()).await;
}
