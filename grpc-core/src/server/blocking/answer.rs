use std::{future::poll_fn, sync::Arc};

use bytes::BytesMut;

use super::Replies;
use crate::{
    Result, Status,
    blocking::block_on,
    current,
    message::Codec,
    server::{
        Incoming,
        call::{Call, End},
        live::{discard, panicked},
        outbox::{over, wake},
    },
};

/// Where the answer of a blocking handler goes, on the handler's thread.
#[derive(Debug)]
pub struct Answer(Arc<Call>);

impl Incoming {
    /// Runs a blocking handler, whose request has been taken, on a thread of its own.
    ///
    /// A call that ends meanwhile does not end the handler: nothing could. Its place is taken until it returns.
    ///
    /// # Errors
    /// What the handler ends with; RESOURCE_EXHAUSTED if there is no place for it.
    pub async fn blocking<F>(self, handler: F) -> Result<()>
    where
        F: FnOnce(Answer) -> Result<()> + Send + 'static,
    {
        let call = self.into_call();
        let place = call.connection.shared.places.take()?;
        let mut current = current::current();
        let running = tokio::task::spawn_blocking(move || {
            let _until_it_returns = place;
            let _calls_are_made_for = current::enter(&mut current);
            // It may have waited for its thread.
            if call.end() != End::Open {
                return Err(over());
            }
            handler(Answer(call))
        });
        running.await.unwrap_or_else(|error| {
            Err(match error.try_into_panic() {
                Ok(panic) => {
                    discard(panic);
                    panicked()
                }
                Err(_) => Status::unavailable("the server is shutting down"),
            })
        })
    }
}

impl Answer {
    /// Answers with one message, or fails.
    ///
    /// # Errors
    /// The handler's; CANCELLED when the call is over.
    pub fn once<M, E: Into<Status>, C: Codec<M>>(self, reply: Result<M, E>, codec: C) -> Result<()> {
        self.0.answer(&codec, &reply.map_err(Into::into)?)
    }

    /// Ends a [`ServerCall`](super::ServerCall), whose handler has sent what it wanted.
    ///
    /// # Errors
    /// The handler's.
    pub fn done<E: Into<Status>>(self, reply: Result<(), E>) -> Result<()> {
        reply.map_err(Into::into)?;
        self.0.check_answered()
    }

    /// Answers with the messages of an iterator, which is asked for the next when there is room for it.
    ///
    /// # Errors
    /// The handler's; CANCELLED when the call is over, before the iterator is asked again.
    pub fn many<M, R, Form, C>(self, reply: R, codec: C) -> Result<()>
    where
        R: Replies<M, Form>,
        R::E: Into<Status>,
        R::F: Into<Status>,
        C: Codec<M>,
    {
        let call = self.0;
        let mut messages = reply.start().map_err(Into::into)?;
        let mut frames = BytesMut::new();
        loop {
            block_on(poll_fn(|cx| call.outbox().poll_room(cx)))?;
            let Some(message) = messages.next() else {
                return Ok(());
            };
            call.encode(&codec, &message.map_err(Into::into)?, &mut frames)?;
            let reader = call.outbox().push(&mut frames, 1)?;
            wake(reader);
        }
    }
}
