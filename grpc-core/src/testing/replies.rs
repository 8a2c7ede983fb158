use std::{
    fmt,
    future::poll_fn,
    task::{Context, Poll},
};

use crate::{Result, stream::ResponseStream};

/// Reads what a handler streams, as a client reads the responses of a call. The stream may borrow from its service.
///
/// ```
/// # use grpc_core::{Result, stream::{ResponseStream, channel}, testing::replies};
/// fn count(to: u32) -> impl ResponseStream<u32> {
///     let (sender, counted) = channel(8);
///     for n in 1..=to {
///         sender.try_send(Ok(n)).expect("it holds 8");
///     }
///     counted
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let mut counted = replies(count(3));
/// assert_eq!(counted.receive().await?, Some(1));
/// assert_eq!(counted.all().await?, [2, 3]);
/// # Ok(())
/// # }
/// ```
pub fn replies<'a, M, E: 'a>(stream: impl ResponseStream<M, E> + 'a) -> Replies<'a, M> {
    let mut stream = Box::pin(stream);
    Replies {
        poll: Box::new(move |cx: &mut Context<'_>| stream.as_mut().poll_message(cx)),
    }
}

/// The messages of a handler's stream, from [`replies`].
pub struct Replies<'a, M> {
    poll: Box<Poller<'a, M>>,
}

type Poller<'a, M> = dyn FnMut(&mut Context<'_>) -> Poll<Option<Result<M>>> + Send + 'a;

impl<M> Replies<'_, M> {
    /// The next message, or `None` at the end. It is not to be asked for more after that, nor after an error.
    ///
    /// # Errors
    /// The error that the stream ends with.
    pub async fn receive(&mut self) -> Result<Option<M>> {
        poll_fn(|cx| (self.poll)(cx)).await.transpose()
    }

    /// All messages that are left.
    ///
    /// # Errors
    /// The error that the stream ends with, in place of the messages before it.
    pub async fn all(mut self) -> Result<Vec<M>> {
        let mut messages = Vec::new();
        while let Some(message) = self.receive().await? {
            messages.push(message);
        }
        Ok(messages)
    }
}

impl<M> fmt::Debug for Replies<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replies").finish_non_exhaustive()
    }
}
