use std::{
    error::Error as StdError,
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use grpc::server::HttpRequestBody;
use http::{HeaderMap, Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody, combinators::UnsyncBoxBody};

pub(crate) type BoxError = Box<dyn StdError + Send + Sync>;
pub(crate) type Body = UnsyncBoxBody<Bytes, BoxError>;

/// One gRPC message, `text`, as it goes on the wire.
pub(crate) fn frame(text: &str) -> Bytes {
    let mut frame = vec![0];
    frame.extend(u32::try_from(text.len()).unwrap().to_be_bytes());
    frame.extend(text.as_bytes());
    frame.into()
}

/// A body of these frames.
pub(crate) fn body(frames: impl IntoIterator<Item = Frame<Bytes>, IntoIter: Send + 'static>) -> Body {
    let frames = frames.into_iter().map(Ok::<_, BoxError>);
    StreamBody::new(futures_util::stream::iter(frames)).boxed_unsync()
}

/// A response of these messages, and of trailers with this status.
pub(crate) fn response(texts: &[&str], status: &str) -> Response<Body> {
    let mut frames: Vec<_> = texts.iter().map(|text| Frame::data(frame(text))).collect();
    frames.push(Frame::trailers(trailers(status)));
    let response = Response::builder().header("content-type", "application/grpc");
    response.body(body(frames)).unwrap()
}

pub(crate) fn trailers(status: &str) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", status.parse().unwrap());
    trailers
}

/// A gRPC request with this message, or with none.
pub(crate) fn request(path: &str, text: &str) -> Request<Body> {
    let request = Request::post(path)
        .header("te", "trailers")
        .header("content-type", "application/grpc");
    request.body(body([Frame::data(frame(text))])).unwrap()
}

/// All that a response is.
pub(crate) struct Collected {
    pub(crate) headers: HeaderMap,
    pub(crate) data: Bytes,
    /// In the trailers, or in the headers if those are all there is.
    pub(crate) status: HeaderMap,
}

impl Collected {
    pub(crate) fn code(&self) -> &str {
        self.status["grpc-status"].to_str().unwrap()
    }

    pub(crate) fn message(&self) -> &str {
        self.status
            .get("grpc-message")
            .map_or("", |message| message.to_str().unwrap())
    }
}

pub(crate) async fn collect<B>(response: Response<B>) -> Collected
where
    B: http_body::Body<Data = Bytes, Error: std::fmt::Debug>,
{
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap();
    let status = body.trailers().unwrap_or(&head.headers).clone();
    Collected {
        headers: head.headers,
        data: body.to_bytes(),
        status,
    }
}

/// A service of tower that is an async function.
#[derive(Clone)]
pub(crate) struct ServiceFn<F>(pub(crate) F);

impl<F, Fut> tower_service::Service<Request<HttpRequestBody>> for ServiceFn<F>
where
    F: Fn(Request<HttpRequestBody>) -> Fut,
    Fut: Future<Output = Result<Response<Body>, BoxError>> + Send + 'static,
{
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<HttpRequestBody>) -> Self::Future {
        Box::pin((self.0)(request))
    }
}

/// A server on loopback, and where it is.
pub(crate) async fn serve(set_up: impl FnOnce(&mut grpc::Server)) -> (grpc::Server, String) {
    let mut server = grpc::server();
    let address = server.add_insecure_port("127.0.0.1:0").unwrap();
    set_up(&mut server);
    server.start().await.unwrap();
    (server, address.to_string())
}

/// Counts what is alive of what it has given out.
#[derive(Clone, Default)]
pub(crate) struct Alive(Arc<AtomicUsize>);

pub(crate) struct Guard(Alive);

impl Alive {
    pub(crate) fn guard(&self) -> Guard {
        self.0.fetch_add(1, Ordering::SeqCst);
        Guard(self.clone())
    }

    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    pub(crate) async fn is(&self, count: usize) {
        until(&format!("{count} are alive"), || self.count() == count).await;
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Waits for what is about to become true, for ten seconds at most.
pub(crate) async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let waiting = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), waiting)
        .await
        .unwrap_or_else(|_| panic!("not within ten seconds: {what}"));
}
