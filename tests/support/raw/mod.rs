//! A peer that writes HTTP/2 frames by hand, right or wrong, and reads what comes back one by one.
//!
//! It is a client or a server, over any byte stream. Suites that need it say `#[path = "../support/raw/mod.rs"] mod raw;`.
//!
//! ```ignore
//! let mut peer = Peer::client(TcpStream::connect(address).await?).await;
//! peer.send(&[headers(1, &request("/p.S/M")), data(1, &message(b"")).ending()]).await;
//! let answer = peer.answer(1).await;
//! assert_eq!(answer.grpc_status(), Some("0"));
//! ```

#![allow(
    dead_code,
    unused_imports,
    reason = "each suite of hostile peers uses its own part of it"
)]

mod answer;
mod block;
mod frame;
mod peer;

pub(crate) use self::{
    answer::{Answer, Headers},
    block::{Block, request, response, trailers},
    frame::{
        ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, Frame, GOAWAY, HEADERS, PADDED, PING, PRIORITY,
        PRIORITY_FLAG, PUSH_PROMISE, RST_STREAM, SETTINGS, WINDOW_UPDATE, code, continuation, data, goaway,
        headers, message, ping, priority, rst_stream, setting, settings, window_update,
    },
    peer::{PREFACE, Peer},
};
