//! What the stub of a service without a contract asks of the types in the service's code.

use futures_core::Stream;

use crate::blocking;

/// The message of a `Result`, where a handler returns an alias of it.
pub trait Answered {
    /// What the call answers with.
    type Message;
}

impl<M, E> Answered for Result<M, E> {
    type Message = M;
}

/// The message of a stream, where a handler takes or returns an alias of it.
pub trait Streamed {
    /// What each item of the stream holds.
    type Message;
}

impl<M> Streamed for blocking::Streaming<M> {
    type Message = M;
}

impl<S, M, E> Streamed for S
where
    S: Stream<Item = Result<M, E>>,
{
    type Message = M;
}
