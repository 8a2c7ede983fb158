//! gRPC for code that blocks: clients for plain threads, and handlers that are plain `fn`s.

mod park;
mod place;

pub(crate) use self::{park::block_on, place::check_may_block};
#[cfg(feature = "__tls")]
pub use crate::client::blocking::secure_channel;
#[doc(hidden)]
pub use crate::client::blocking::{ByIterator, ByTryIterator, IteratedRequests, TriedRequests};
#[doc(hidden)]
pub use crate::server::blocking::{
    Answer, BlockingExplicit, BlockingMany, InResult, Messages, Replies, Results, Takes,
};
pub use crate::{
    client::blocking::{
        Call, Canceller, Channel, ClientCall, IntoIter, IntoRequests, OpenCall, RequestSender, Responses,
        StreamingCall, insecure_channel,
    },
    server::blocking::{ResponseSender, ServerCall, Streaming},
};
