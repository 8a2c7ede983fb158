//! Handlers that block: `#[rpc(blocking)]`.
//!
//! A call of one waits, like any other, as a future on its connection's task. What it waits for is the handler, which runs
//! on a thread of tokio's blocking pool from its first line to its last message, if there is a place for it.

mod answer;
mod explicit;
mod places;
mod replies;
mod request;

pub(super) use self::places::{MAX_BLOCKING, Places};
pub use self::{
    answer::Answer,
    explicit::{BlockingExplicit, ResponseSender, ServerCall},
    replies::{InResult, Messages, Replies, Results, Takes},
    request::{BlockingMany, Streaming},
};
