use std::task::{Context, Poll, ready};

use crate::{Result, Status, stream::ResponseStream};

/// Requests that did not come with a call.
pub(super) struct Given<M> {
    /// A box, so that it may be moved whatever the messages are.
    next: Box<Source<M>>,
    /// What is told from then on.
    end: Option<End>,
}

type Source<M> = dyn FnMut(&mut Context<'_>) -> Next<M> + Send;

type Next<M> = Poll<Option<Result<M>>>;

#[derive(Clone)]
enum End {
    Over,
    Failed(Status),
}

impl<M: Send + 'static> Given<M> {
    pub(super) fn iter(mut messages: impl Iterator<Item = Result<M>> + Send + 'static) -> Self {
        Self {
            next: Box::new(move |_| Poll::Ready(messages.next())),
            end: None,
        }
    }

    pub(super) fn stream<E: 'static>(messages: impl ResponseStream<M, E> + 'static) -> Self {
        let mut messages = Box::pin(messages);
        Self {
            next: Box::new(move |cx| messages.as_mut().poll_message(cx)),
            end: None,
        }
    }

    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Next<M> {
        let next = match self.end.clone() {
            Some(End::Over) => None,
            Some(End::Failed(status)) => Some(Err(status)),
            None => ready!((self.next)(cx)),
        };
        match &next {
            Some(Ok(_)) => {}
            Some(Err(status)) => self.end = Some(End::Failed(status.clone())),
            None => self.end = Some(End::Over),
        }
        Poll::Ready(next)
    }
}
