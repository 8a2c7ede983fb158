//! gRPC for code that blocks: handlers that are plain `fn`s.

mod park;
mod place;

pub(crate) use self::{park::block_on, place::check_may_block};
#[doc(hidden)]
pub use crate::server::blocking::{
    Answer, BlockingExplicit, BlockingMany, InResult, Messages, Replies, Results, Takes,
};
pub use crate::server::blocking::{ResponseSender, ServerCall, Streaming};
