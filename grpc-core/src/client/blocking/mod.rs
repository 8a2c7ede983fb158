//! Clients that block: the same calls, each waited for on the thread that makes it.
//!
//! Such a call is an async one inside, polled by the thread that waits for it. What it runs on, connections above all, is in
//! one runtime on a thread in the `background`. A call whose requests come from an iterator has a thread more, its `pump`,
//! because an iterator may block.

mod background;
mod call;
mod channel;
mod explicit;
mod pump;
mod requests;
mod responses;
mod streaming;

#[cfg(feature = "__tls")]
pub use self::channel::secure_channel;
#[doc(hidden)]
pub use self::requests::{ByIterator, ByTryIterator, IteratedRequests, TriedRequests};
pub use self::{
    call::Call,
    channel::{Channel, insecure_channel},
    explicit::{ClientCall, OpenCall, RequestSender},
    requests::IntoRequests,
    responses::{Canceller, Responses},
    streaming::{IntoIter, StreamingCall},
};
