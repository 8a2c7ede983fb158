use std::{
    future::{Future, Ready, poll_fn, ready},
    marker::PhantomData,
    pin::pin,
    sync::Arc,
    task::Poll,
};

use bytes::BytesMut;

use super::{
    Context, ResponseSender, ServerCall, Streaming,
    body::RequestBody,
    call::Call,
    interceptor::MessageMap,
    outbox::{BATCH, wake},
    reader::{RequestReader, Requests},
    request_body::HttpRequestBody,
};
use crate::{
    BoxFuture, Result, Status,
    message::{Codec, MessageEncoding},
    stream::ResponseStream,
};

/// A call as its route's handler receives it: where the requests come from and the answer goes.
#[derive(Debug)]
pub struct Incoming {
    call: Arc<Call>,
    /// Until they are taken. Not a reader yet, which is twice as large: a future that has this keeps its room to its end.
    requests: Option<(Requests, MessageEncoding)>,
}

/// The future of one call's handler.
pub type Dispatch = BoxFuture<'static, Result<()>>;

/// Boxes a handler's future. A function of its own, so that the place where it is called is where the compiler
/// says that the future is not `Send`.
pub fn dispatch<F: Future<Output = Result<()>> + Send + 'static>(future: F) -> Dispatch {
    Box::pin(future)
}

impl Incoming {
    pub(super) fn new(call: Arc<Call>, body: RequestBody, encoding: MessageEncoding) -> Self {
        let requests = Requests::new(body, Arc::clone(&call));
        Self {
            call,
            requests: Some((requests, encoding)),
        }
    }

    pub(super) fn call(&self) -> &Call {
        &self.call
    }

    pub(super) fn map_requests(&mut self, map: MessageMap) {
        if let Some((requests, _)) = &mut self.requests {
            requests.map(map);
        }
    }

    /// The call, for a handler that shares it.
    pub(super) fn share(&self) -> Arc<Call> {
        Arc::clone(&self.call)
    }

    /// The call, when its requests have been taken.
    pub(super) fn into_call(self) -> Arc<Call> {
        self.call
    }

    pub(super) fn take_reader(&mut self) -> Result<RequestReader> {
        let (requests, encoding) = self
            .requests
            .take()
            .ok_or_else(|| Status::internal("the requests have been taken already"))?;
        Ok(RequestReader::new(requests, encoding))
    }

    /// The call as a mounted service takes it, and as its answer needs it.
    pub(super) fn into_http(mut self) -> Result<(http::Request<HttpRequestBody>, Arc<Call>)> {
        let reader = self.take_reader()?;
        let body = HttpRequestBody::new(reader, Arc::clone(&self.call));
        Ok((self.call.to_request(body), self.call))
    }

    /// The call's context.
    pub fn context(&self) -> Context {
        Context::new(Arc::clone(&self.call))
    }

    /// The handler's request: a message, a [`Streaming`] or a [`ServerCall`].
    ///
    /// # Errors
    /// A message that is missing, one too many or not to be read.
    pub async fn request<T: FromCall<Form, C>, Form, C>(&mut self, codec: C) -> Result<T> {
        T::from_call(self, codec).await
    }

    /// Answers with one message, or fails.
    pub fn once<M, E, C>(self, reply: Result<M, E>, codec: C) -> Ready<Result<()>>
    where
        M: Send,
        E: Into<Status>,
        C: Codec<M>,
    {
        // Not a future of its own: the reply's error need not be Send then.
        let reply = reply.map_err(Into::into);
        ready(reply.and_then(|message| self.call.answer(&codec, &message)))
    }

    /// Ends a [`ServerCall`], whose handler has sent what it wanted.
    pub fn done<E: Into<Status>>(self, reply: Result<(), E>) -> Ready<Result<()>> {
        let reply = reply.map_err(Into::into);
        ready(reply.and_then(|()| self.call.check_answered()))
    }

    /// Answers with a stream of messages. The stream may borrow from the future that awaits this.
    pub fn many<R, Form, C>(self, reply: R, codec: C) -> impl Future<Output = Result<()>>
    where
        R: Responses<Form, C>,
        C: Codec<R::M>,
    {
        let call = self.call;
        let stream = reply.start();
        async move { send_all(&call, stream?, &codec).await }
    }
}

/// Sends every message of the stream: as many at a time as are ready and fit into a DATA frame.
async fn send_all<M, E, C: Codec<M>>(
    call: &Call,
    stream: impl ResponseStream<M, E>,
    codec: &C,
) -> Result<()> {
    let mut stream = pin!(stream);
    let mut frames = BytesMut::new();
    let mut messages = 0;
    // Most calls are not polled again before what they have sent is taken, so only a full outbox is asked.
    let mut full = false;
    poll_fn(move |cx| {
        if full {
            if call.outbox().poll_room(cx)?.is_pending() {
                return Poll::Pending;
            }
            full = false;
        }
        let polled = loop {
            match stream.as_mut().poll_message(cx) {
                Poll::Ready(Some(Ok(message))) => {
                    if let Err(status) = call.encode(codec, &message, &mut frames) {
                        break Poll::Ready(Err(status));
                    }
                    messages += 1;
                    if frames.len() >= BATCH {
                        break Poll::Pending;
                    }
                }
                Poll::Ready(Some(Err(status))) => break Poll::Ready(Err(status)),
                Poll::Ready(None) => break Poll::Ready(Ok(())),
                Poll::Pending => break Poll::Pending,
            }
        };
        let mut outbox = call.outbox();
        let reader = if messages > 0 {
            let reader = outbox.push(&mut frames, std::mem::take(&mut messages))?;
            full = polled.is_pending() && outbox.poll_room(cx)?.is_pending();
            reader
        } else if polled.is_pending() {
            outbox.start()
        } else {
            None
        };
        drop(outbox);
        wake(reader);
        polled
    })
    .await
}

/// A form of request that a handler can take.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a handler's request",
    label = "expected a message, `Streaming<_>` or `ServerCall<_, _>`"
)]
pub trait FromCall<Form, C>: Sized {
    /// Takes the request from the call.
    fn from_call(call: &mut Incoming, codec: C) -> impl Future<Output = Result<Self>> + Send;
}

/// The request is one message.
#[derive(Debug)]
pub enum One {}

/// The requests are a [`Streaming`].
#[derive(Debug)]
pub enum Many {}

/// Requests and responses are a [`ServerCall`].
#[derive(Debug)]
pub enum Explicit {}

impl<M: Send + 'static, C: Codec<M>> FromCall<One, C> for M {
    async fn from_call(call: &mut Incoming, codec: C) -> Result<Self> {
        let mut reader = call.take_reader()?;
        let mut first = None;
        let bytes = poll_fn(|cx| reader.poll_only(&mut first, cx)).await?;
        codec.decode(bytes)
    }
}

impl<M: Send + 'static, C: Codec<M>> FromCall<Many, C> for Streaming<M> {
    async fn from_call(call: &mut Incoming, codec: C) -> Result<Self> {
        Ok(Self::new(call.take_reader()?, codec))
    }
}

impl<Q: Send + 'static, R: Send + 'static, C: Codec<Q> + Codec<R> + Copy> FromCall<Explicit, C>
    for ServerCall<Q, R>
{
    async fn from_call(call: &mut Incoming, codec: C) -> Result<Self> {
        let requests = Streaming::new(call.take_reader()?, codec);
        let responses = ResponseSender::new(Arc::clone(&call.call), codec);
        Ok(Self::new(requests, responses, call.context()))
    }
}

/// What a handler that answers many can return: a response stream, bare or inside a `Result`.
#[diagnostic::on_unimplemented(message = "not a response stream: `{Self}`")]
pub trait Responses<Form, C> {
    /// The message.
    type M: Send;
    /// The stream's error.
    type E;
    /// The stream.
    type S: ResponseStream<Self::M, Self::E>;

    /// The stream, or the error in its place.
    ///
    /// # Errors
    /// What the handler returned instead of a stream.
    fn start(self) -> Result<Self::S>;
}

/// The handler returns a stream.
#[derive(Debug)]
pub struct Bare<M, E>(PhantomData<(M, E)>);

/// The handler returns a `Result` of a stream.
#[derive(Debug)]
pub struct InResult<M, E>(PhantomData<(M, E)>);

impl<S: ResponseStream<M, E>, M: Send, E, C: Codec<M>> Responses<Bare<M, E>, C> for S {
    type M = M;
    type E = E;
    type S = S;

    fn start(self) -> Result<S> {
        Ok(self)
    }
}

impl<S: ResponseStream<M, E>, M: Send, E, F: Into<Status>, C: Codec<M>> Responses<InResult<M, E>, C>
    for Result<S, F>
{
    type M = M;
    type E = E;
    type S = S;

    fn start(self) -> Result<S> {
        self.map_err(Into::into)
    }
}
