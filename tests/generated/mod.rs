//! By hand, what a file that was generated for tonic holds: a server that is a service of tower and reads gRPC out
//! of HTTP by itself, and a client over any service of tower. Both know nothing of this framework.

use std::{
    convert::Infallible,
    error::Error as StdError,
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use http::{HeaderMap, HeaderValue, Request, Response, header::CONTENT_TYPE};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, StreamBody, combinators::UnsyncBoxBody};
use prost::Message;
use tower_service::Service;

type BoxError = Box<dyn StdError + Send + Sync>;
type BoxFuture<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;
pub(crate) type BoxBody = UnsyncBoxBody<Bytes, Infallible>;

/// An error as generated code has it: a code and a message.
pub(crate) type Failure = (i32, String);

/// The trait that a file generated from `hi.proto` has for its implementation.
pub(crate) trait Greeter<Q, R>: Send + Sync + 'static {
    fn hi(&self, request: Q) -> Result<R, Failure>;
    /// One request of the stream, and what is answered to it.
    fn streaming_hi(&self, request: Q) -> Result<Option<R>, Failure>;
}

pub(crate) const SERVICE_NAME: &str = "helloworld.Greeter";

/// The server in the generated file.
pub(crate) struct GreeterServer<T, Q, R> {
    inner: Arc<T>,
    messages: std::marker::PhantomData<fn(Q) -> R>,
}

impl<T, Q, R> GreeterServer<T, Q, R> {
    pub(crate) fn new(inner: T) -> Self {
        Self {
            inner: Arc::new(inner),
            messages: std::marker::PhantomData,
        }
    }
}

impl<T, Q, R> Clone for GreeterServer<T, Q, R> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            messages: std::marker::PhantomData,
        }
    }
}

impl<T, B, Q, R> Service<Request<B>> for GreeterServer<T, Q, R>
where
    T: Greeter<Q, R>,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError> + Send + 'static,
    Q: Message + Default + 'static,
    R: Message + 'static,
{
    type Response = Response<BoxBody>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let inner = Arc::clone(&self.inner);
        match request.uri().path() {
            "/helloworld.Greeter/Hi" => Box::pin(async move {
                let mut requests = pin!(messages::<_, Q>(request.into_body()));
                let reply = match requests.next().await {
                    Some(Ok(request)) => inner.hi(request),
                    Some(Err(failure)) => Err(failure),
                    None => Err((13, "no request".to_owned())),
                };
                Ok(match reply {
                    Ok(reply) => response(async_stream::stream! { yield Ok(reply); }),
                    Err(failure) => trailers_only(&failure),
                })
            }),
            "/helloworld.Greeter/StreamingHi" => Box::pin(async move {
                Ok(response(async_stream::stream! {
                    let mut requests = pin!(messages::<_, Q>(request.into_body()));
                    while let Some(request) = requests.next().await {
                        match request.and_then(|request| inner.streaming_hi(request)) {
                            Ok(Some(reply)) => yield Ok(reply),
                            Ok(None) => {}
                            Err(failure) => {
                                yield Err(failure);
                                return;
                            }
                        }
                    }
                }))
            }),
            _ => Box::pin(async { Ok(trailers_only(&(12, String::new()))) }),
        }
    }
}

/// The client in the generated file, over whatever sends HTTP requests.
#[derive(Clone)]
pub(crate) struct GreeterClient<T> {
    inner: T,
}

impl<T, B> GreeterClient<T>
where
    T: Service<Request<BoxBody>, Response = Response<B>>,
    T::Error: Into<BoxError>,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError> + Send,
{
    pub(crate) fn new(inner: T) -> Self {
        Self { inner }
    }

    pub(crate) async fn hi<Q: Message + 'static, R: Message + Default + 'static>(
        &mut self,
        request: Q,
    ) -> Result<R, Failure> {
        let mut replies = self
            .call("/helloworld.Greeter/Hi", futures_util::stream::iter([request]))
            .await?;
        let reply = replies.next().await.ok_or_else(|| (13, "no reply".to_owned()))?;
        // The status is behind it.
        match replies.next().await {
            Some(Err(failure)) => Err(failure),
            _ => reply,
        }
    }

    pub(crate) async fn streaming_hi<Q: Message + 'static, R: Message + Default + 'static>(
        &mut self,
        requests: impl Stream<Item = Q> + Send + 'static,
    ) -> Result<Pin<Box<dyn Stream<Item = Result<R, Failure>> + Send>>, Failure> {
        self.call("/helloworld.Greeter/StreamingHi", requests).await
    }

    async fn call<Q: Message + 'static, R: Message + Default + 'static>(
        &mut self,
        path: &'static str,
        requests: impl Stream<Item = Q> + Send + 'static,
    ) -> Result<Pin<Box<dyn Stream<Item = Result<R, Failure>> + Send>>, Failure> {
        let unknown = |error: T::Error| (2, error.into().to_string());
        poll_fn(|cx| self.inner.poll_ready(cx)).await.map_err(unknown)?;
        let frames = requests.map(|message| Ok(Frame::data(frame(&message))));
        let request = Request::post(path)
            .header("te", "trailers")
            .header(CONTENT_TYPE, "application/grpc")
            .body(StreamBody::new(frames).boxed_unsync())
            .unwrap();
        let response = self.inner.call(request).await.map_err(unknown)?;
        if response.headers().contains_key("grpc-status") {
            status(response.headers())?;
        }
        Ok(Box::pin(messages(response.into_body())))
    }
}

/// The messages in a body, and the status in its trailers if that is an error.
fn messages<B, M>(body: B) -> impl Stream<Item = Result<M, Failure>> + Send
where
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError> + Send,
    M: Message + Default,
{
    async_stream::stream! {
        let mut body = pin!(body);
        let mut buffer = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let frame = match frame {
                Ok(frame) => frame,
                Err(error) => {
                    yield Err((2, error.into().to_string()));
                    return;
                }
            };
            match frame.into_data() {
                Ok(data) => buffer.put(data),
                Err(frame) => {
                    if let Err(failure) = status(frame.trailers_ref().unwrap()) {
                        yield Err(failure);
                    }
                    return;
                }
            }
            while buffer.len() >= 5 {
                let len = (&buffer[1..5]).get_u32() as usize;
                if buffer.len() < 5 + len {
                    break;
                }
                buffer.advance(5);
                yield M::decode(buffer.split_to(len)).map_err(|error| (13, error.to_string()));
            }
        }
    }
}

fn response<R: Message + 'static>(
    replies: impl Stream<Item = Result<R, Failure>> + Send + 'static,
) -> Response<BoxBody> {
    let frames = async_stream::stream! {
        let mut failed = (0, String::new());
        let mut replies = pin!(replies);
        while let Some(reply) = replies.next().await {
            match reply {
                Ok(reply) => yield Ok(Frame::data(frame(&reply))),
                Err(failure) => failed = failure,
            }
        }
        yield Ok(Frame::trailers(trailers(&failed)));
    };
    let mut response = Response::new(StreamBody::new(frames).boxed_unsync());
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    response
}

fn trailers_only(failure: &Failure) -> Response<BoxBody> {
    let mut response = Response::new(http_body_util::Empty::new().boxed_unsync());
    *response.headers_mut() = trailers(failure);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    response
}

fn trailers((code, message): &Failure) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from(*code));
    trailers.insert("grpc-message", HeaderValue::from_str(message).unwrap());
    trailers
}

fn status(headers: &HeaderMap) -> Result<(), Failure> {
    let text = |name| headers.get(name).map_or("", |value| value.to_str().unwrap());
    match text("grpc-status").parse() {
        Ok(0) => Ok(()),
        Ok(code) => Err((code, text("grpc-message").to_owned())),
        Err(_) => Err((2, "no status".to_owned())),
    }
}

fn frame(message: &impl Message) -> Bytes {
    let mut frame = BytesMut::new();
    frame.put_u8(0);
    frame.put_u32(message.encoded_len().try_into().unwrap());
    message.encode(&mut frame).unwrap();
    frame.freeze()
}
