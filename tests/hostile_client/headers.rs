//! Headers that a request must not have, and those that it must.

use crate::{
    case::{Case, Seen, run},
    raw::{Block, code::*, data, headers, message, request},
    support::SIZE,
};

/// Malformed requests: RFC 9113 §8.1.1 makes them stream errors of type PROTOCOL_ERROR.
pub(crate) fn malformed() -> Vec<Case> {
    let of = |what: &str, block: Block| Case::of_headers(what, block, Seen::Reset(PROTOCOL_ERROR));
    let pseudo = |headers: &[(&str, &str)]| {
        let rest = [("te", "trailers"), ("content-type", "application/grpc")];
        Block::of(&[headers, &rest].concat())
    };
    let (method, scheme, path) = ((":method", "POST"), (":scheme", "http"), (":path", SIZE));
    let usual = || request(SIZE);
    vec![
        of("no :method", pseudo(&[scheme, path])),
        of("no :scheme", pseudo(&[method, path])),
        of("an empty :path", pseudo(&[method, scheme, (":path", "")])),
        of("two :method", pseudo(&[method, method, scheme, path])),
        of("two :scheme", pseudo(&[method, scheme, scheme, path])),
        of("two :path", pseudo(&[method, scheme, path, path])),
        of(
            "two :authority",
            pseudo(&[method, scheme, path, (":authority", "a"), (":authority", "a")]),
        ),
        of(
            "a pseudo-header behind the others",
            usual().literal(":authority", "b"),
        ),
        of("a :status", pseudo(&[method, scheme, path, (":status", "200")])),
        of("connection", usual().literal("connection", "close")),
        of("keep-alive", usual().literal("keep-alive", "1")),
        of("proxy-connection", usual().literal("proxy-connection", "close")),
        of(
            "transfer-encoding",
            usual().literal("transfer-encoding", "chunked"),
        ),
        of("upgrade", usual().literal("upgrade", "h2c")),
        of("te that is more", usual().literal("te", "gzip")),
        of(
            "a content-length that is no number",
            usual().literal("content-length", "-1"),
        ),
        of(
            "two content-lengths that differ",
            usual()
                .literal("content-length", "5")
                .literal("content-length", "6"),
        ),
    ]
}

/// What h2 takes for a block that cannot be decoded, and does not go on after.
pub(crate) fn unreadable() -> Vec<Case> {
    let of = |what: &str, block: Block| Case::of_headers(what, block, Seen::Goaway(PROTOCOL_ERROR));
    let usual = || request(SIZE);
    vec![
        of(
            "a pseudo-header that there is not",
            Block::of(&[(":nothing", "x")]),
        ),
        of("an uppercase name", usual().literal("Custom", "x")),
        of("an empty name", usual().literal("", "x")),
        of("a name with a space", usual().literal("a b", "x")),
        of("a name with a colon", usual().literal("a:b", "x")),
        of("a value with a line break", usual().literal("a", "b\r\nc: d")),
        of("a value with a zero", usual().literal("a", "b\0c")),
    ]
}

/// Requests that are well formed, and not gRPC's.
pub(crate) fn refused() -> Vec<Case> {
    let with = |method: &str, path: &str| {
        Block::of(&[
            (":method", method),
            (":scheme", "http"),
            (":path", path),
            (":authority", "localhost"),
            ("te", "trailers"),
            ("content-type", "application/grpc"),
        ])
    };
    let long = format!("/{}", "x".repeat(8000));
    vec![
        Case::of_headers("GET", with("GET", SIZE), Seen::Http("405")),
        Case::of_headers("an unknown method of HTTP", with("BREW", SIZE), Seen::Http("405")),
        Case::of_headers(
            "CONNECT",
            Block::of(&[(":method", "CONNECT"), (":authority", "localhost:1")]),
            Seen::Http("405"),
        ),
        Case::of_headers("OPTIONS *", with("OPTIONS", "*"), Seen::Http("405")),
        Case::of_headers("an asterisk", with("POST", "*"), Seen::Grpc("12")),
        // h2 lets these two pass.
        Case::new(
            "a pseudo-header in trailers",
            &[
                headers(1, request(SIZE)),
                data(1, &message(b"")),
                headers(1, Block::of(&[(":path", "/")])).ending(),
            ],
            Seen::Served,
        ),
        Case::of_headers("no path", without_path(), Seen::Grpc("12")),
        Case::of_headers("a slash", with("POST", "/"), Seen::Grpc("12")),
        Case::of_headers("many slashes", with("POST", "////"), Seen::Grpc("12")),
        Case::of_headers(
            "a service alone",
            with("POST", "/hostile.Hostile"),
            Seen::Grpc("12"),
        ),
        Case::of_headers(
            "a method and more",
            with("POST", "/hostile.Hostile/Size/"),
            Seen::Grpc("12"),
        ),
        Case::of_headers(
            "a path that goes up",
            with("POST", "/x/../hostile.Hostile/Size"),
            Seen::Grpc("12"),
        ),
        Case::of_headers("a path of 8,000 bytes", with("POST", &long), Seen::Grpc("12")),
        Case::of_headers(
            "an escape in the path",
            with("POST", "/hostile.Hostile/%53ize"),
            Seen::Grpc("12"),
        ),
        Case::of_headers(
            "a long timeout",
            request(SIZE).literal("grpc-timeout", "999999999S"),
            Seen::Grpc("13"),
        ),
        Case::of_headers(
            "an empty timeout",
            request(SIZE).literal("grpc-timeout", ""),
            Seen::Grpc("13"),
        ),
        Case::new(
            "a timeout of zero",
            &[headers(1, request(SIZE).literal("grpc-timeout", "0n"))],
            Seen::Grpc("4"),
        ),
        Case::of_headers(
            "an encoding of 9,000 bytes",
            encoded(&"x".repeat(9000)),
            Seen::Grpc("12"),
        ),
        Case::of_headers(
            "an encoding that is no text",
            encoded_bytes(b"\xff\xfe"),
            Seen::Grpc("12"),
        ),
    ]
}

fn without_path() -> Block {
    Block::of(&[
        (":method", "POST"),
        (":scheme", "http"),
        ("te", "trailers"),
        ("content-type", "application/grpc"),
    ])
}

fn encoded(name: &str) -> Block {
    request(SIZE).literal("grpc-encoding", name)
}

fn encoded_bytes(name: &[u8]) -> Block {
    request(SIZE).literal("grpc-encoding", name)
}

#[tokio::test]
async fn a_malformed_request_is_reset_and_the_connection_lives() {
    run(&malformed()).await;
}

#[tokio::test]
async fn a_name_or_value_that_may_not_be_ends_the_connection() {
    run(&unreadable()).await;
}

#[tokio::test]
async fn a_request_that_is_not_grpcs_is_refused_and_the_connection_lives() {
    run(&refused()).await;
}
