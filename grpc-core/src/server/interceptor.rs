use std::sync::Arc;

use bytes::Bytes;

use super::{Context, Incoming, answer, router::Route};
use crate::{BoxFuture, Result};

/// Sees every call of a server before its handler does, and its outcome after: for authentication, limits,
/// metrics, logs.
///
/// ```
/// # use grpc_core::{BoxFuture, Result, Status, server::{Context, Next, ServerInterceptor}};
/// struct Tenants;
///
/// impl ServerInterceptor for Tenants {
///     fn intercept<'a>(&'a self, context: Context, next: Next<'a>) -> BoxFuture<'a, Result<()>> {
///         Box::pin(async move {
///             if context.metadata().get("x-tenant").is_none() {
///                 return Err(Status::unauthenticated("who are you?"));
///             }
///             next.run().await
///         })
///     }
/// }
/// ```
pub trait ServerInterceptor: Send + Sync + 'static {
    /// Takes a call of any kind: runs `next`, or answers with a status of its own.
    ///
    /// The future is dropped when the call is cancelled or its deadline passes. By the time that `next` has an
    /// outcome, the messages of a streaming call may have left; the status has not.
    fn intercept<'a>(&'a self, context: Context, next: Next<'a>) -> BoxFuture<'a, Result<()>>;
}

/// Given each message of a call, still encoded; what it returns takes the message's place. Its error ends the
/// call.
pub(super) type MessageMap = Box<dyn FnMut(Bytes) -> Result<Bytes> + Send>;

/// What is left of a call's way to its handler.
pub struct Next<'a> {
    interceptors: &'a [Arc<dyn ServerInterceptor>],
    route: &'a Route,
    incoming: Incoming,
}

impl<'a> Next<'a> {
    pub(super) fn new(
        interceptors: &'a [Arc<dyn ServerInterceptor>],
        route: &'a Route,
        incoming: Incoming,
    ) -> Self {
        Self {
            interceptors,
            route,
            incoming,
        }
    }

    /// Has every request pass through `map` on its way to the handler.
    #[must_use]
    pub fn map_requests(mut self, map: impl FnMut(Bytes) -> Result<Bytes> + Send + 'static) -> Self {
        self.incoming.map_requests(Box::new(map));
        self
    }

    /// Has every response pass through `map` on its way from the handler.
    #[must_use]
    pub fn map_responses(self, map: impl FnMut(Bytes) -> Result<Bytes> + Send + 'static) -> Self {
        self.incoming.call().map_responses(Box::new(map));
        self
    }

    /// Goes on, to the next interceptor or the handler.
    ///
    /// # Errors
    /// The status that the call ended with.
    pub fn run(self) -> BoxFuture<'a, Result<()>> {
        match self.interceptors.split_first() {
            Some((first, rest)) => {
                let context = self.incoming.context();
                first.intercept(
                    context,
                    Self {
                        interceptors: rest,
                        ..self
                    },
                )
            }
            None => answer::run(self.route, self.incoming),
        }
    }
}
