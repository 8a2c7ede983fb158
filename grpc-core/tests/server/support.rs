//! A server with the handlers of one test, and a client that sends whatever a test wants.

use std::{
    future::Future,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::{BufMut, Bytes, BytesMut};
use grpc_core::{
    Method, MethodKind, Result, Status,
    message::Raw,
    server::{
        Context, Explicit, Incoming, Many, One, RouteOptions, Routes, Server, ServerCall, Service, Streaming,
        dispatch,
    },
    stream::ResponseStream,
};
use h2::{RecvStream, SendStream, client::SendRequest};
use http::{HeaderMap, Request};
use tokio::{net::TcpStream, sync::Mutex};

pub(crate) static UNARY: Method = Method::new("/test.Test/Unary", MethodKind::Unary);
pub(crate) static SERVER_STREAM: Method = Method::new("/test.Test/ServerStream", MethodKind::ServerStreaming);
pub(crate) static CLIENT_STREAM: Method = Method::new("/test.Test/ClientStream", MethodKind::ClientStreaming);
pub(crate) static BIDI: Method = Method::new("/test.Test/Bidi", MethodKind::BidiStreaming);

/// A service whose methods are put together by a test.
type Register = Box<dyn Fn(&Arc<Tests>, &mut Routes) + Send + Sync>;

#[derive(Default)]
pub(crate) struct Tests {
    methods: Vec<Register>,
    options: RouteOptions,
}

impl Service<Self> for Tests {
    const NAME: &'static str = "test.Test";

    fn register(self: Arc<Self>, routes: &mut Routes) {
        for method in &self.methods {
            method(&self, routes);
        }
    }
}

impl Tests {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn options(mut self, options: RouteOptions) -> Self {
        self.options = options;
        self
    }

    /// Each handler owns the service's `Arc`, as the expansion of the macro does.
    pub(crate) fn add<F, Fut>(mut self, method: &'static Method, handler: F) -> Self
    where
        F: Fn(Incoming) -> Fut + Send + Sync + Clone + 'static,
        Fut: Future<Output = Result<()>> + Send + 'static,
    {
        let options = self.options;
        self.methods.push(Box::new(move |service, routes| {
            let (service, handler) = (Arc::clone(service), handler.clone());
            routes.add(method, options, move |call| {
                let (service, handler) = (Arc::clone(&service), handler.clone());
                dispatch(async move {
                    let _service = service;
                    handler(call).await
                })
            });
        }));
        self
    }

    pub(crate) fn unary<F, Fut>(self, handler: F) -> Self
    where
        F: Fn(Bytes, Context) -> Fut + Send + Sync + Clone + 'static,
        Fut: Future<Output = Result<Bytes>> + Send + 'static,
    {
        self.add(&UNARY, move |mut call| {
            let handler = handler.clone();
            async move {
                let context = call.context();
                let request = call.request::<Bytes, One, _>(Raw).await?;
                let reply = handler(request, context).await;
                call.once(reply, Raw).await
            }
        })
    }

    pub(crate) fn server_stream<F, S>(self, handler: F) -> Self
    where
        F: Fn(Bytes, Context) -> S + Send + Sync + Clone + 'static,
        S: ResponseStream<Bytes> + 'static,
    {
        self.add(&SERVER_STREAM, move |mut call| {
            let handler = handler.clone();
            async move {
                let context = call.context();
                let request = call.request::<Bytes, One, _>(Raw).await?;
                let reply = handler(request, context);
                call.many(reply, Raw).await
            }
        })
    }

    pub(crate) fn server_stream_later<F, Fut, S>(self, handler: F) -> Self
    where
        F: Fn(Bytes, Context) -> Fut + Send + Sync + Clone + 'static,
        Fut: Future<Output = Result<S>> + Send + 'static,
        S: ResponseStream<Bytes> + Send + 'static,
    {
        self.add(&SERVER_STREAM, move |mut call| {
            let handler = handler.clone();
            async move {
                let context = call.context();
                let request = call.request::<Bytes, One, _>(Raw).await?;
                let reply = handler(request, context).await;
                call.many(reply, Raw).await
            }
        })
    }

    pub(crate) fn client_stream<F, Fut>(self, handler: F) -> Self
    where
        F: Fn(Streaming<Bytes>, Context) -> Fut + Send + Sync + Clone + 'static,
        Fut: Future<Output = Result<Bytes>> + Send + 'static,
    {
        self.add(&CLIENT_STREAM, move |mut call| {
            let handler = handler.clone();
            async move {
                let context = call.context();
                let requests = call.request::<Streaming<Bytes>, Many, _>(Raw).await?;
                let reply = handler(requests, context).await;
                call.once(reply, Raw).await
            }
        })
    }

    pub(crate) fn bidi<F, S>(self, handler: F) -> Self
    where
        F: Fn(Streaming<Bytes>, Context) -> S + Send + Sync + Clone + 'static,
        S: ResponseStream<Bytes> + 'static,
    {
        self.add(&BIDI, move |mut call| {
            let handler = handler.clone();
            async move {
                let context = call.context();
                let requests = call.request::<Streaming<Bytes>, Many, _>(Raw).await?;
                let reply = handler(requests, context);
                call.many(reply, Raw).await
            }
        })
    }

    pub(crate) fn explicit<F, Fut>(self, handler: F) -> Self
    where
        F: Fn(ServerCall<Bytes, Bytes>) -> Fut + Send + Sync + Clone + 'static,
        Fut: Future<Output = Result<()>> + Send + 'static,
    {
        self.add(&BIDI, move |mut call| {
            let handler = handler.clone();
            async move {
                let both = call.request::<ServerCall<Bytes, Bytes>, Explicit, _>(Raw).await?;
                let reply = handler(both).await;
                call.done(reply).await
            }
        })
    }

    /// A server of this service alone, and a client that is connected to it.
    pub(crate) async fn start(self) -> (Server, Client) {
        self.start_with(|_| {}).await
    }

    pub(crate) async fn start_with(self, configure: impl FnOnce(&mut Server)) -> (Server, Client) {
        let mut server = grpc_core::server::server();
        configure(&mut server);
        let address = server
            .add_insecure_port("127.0.0.1:0")
            .unwrap()
            .socket_addr()
            .unwrap();
        server.add_service(self);
        server.start().await.unwrap();
        (server, Client::connect(address).await)
    }
}

/// A connection to the server.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) address: SocketAddr,
    send: SendRequest<Bytes>,
    /// Ends the connection when the last clone is dropped.
    pub(crate) connection: Arc<Connection>,
    pings: Arc<Mutex<h2::PingPong>>,
}

pub(crate) struct Connection(tokio::task::AbortHandle);

impl Connection {
    /// Closes the socket without a word.
    pub(crate) fn cut(&self) {
        self.0.abort();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.0.is_finished()
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.cut();
    }
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self::over(address, stream).await
    }

    pub(crate) async fn over<T>(address: SocketAddr, stream: T) -> Self
    where
        T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin + 'static,
    {
        Self::built(address, stream, &mut h2::client::Builder::new()).await
    }

    /// A client that says what it takes as `builder` has it.
    pub(crate) async fn built<T>(address: SocketAddr, stream: T, builder: &mut h2::client::Builder) -> Self
    where
        T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin + 'static,
    {
        let (send, mut connection) = builder
            .initial_window_size(8 * 1024 * 1024)
            .initial_connection_window_size(64 * 1024 * 1024)
            .max_concurrent_reset_streams(100_000)
            .handshake(stream)
            .await
            .unwrap();
        let pings = connection.ping_pong().unwrap();
        let task = tokio::spawn(async move {
            let _ = connection.await;
        });
        Self {
            address,
            send,
            pings: Arc::new(Mutex::new(pings)),
            connection: Arc::new(Connection(task.abort_handle())),
        }
    }

    /// Resolves when a PING has been acknowledged.
    pub(crate) async fn ping(&self) {
        let mut pings = self.pings.lock().await;
        pings.ping(h2::Ping::opaque()).await.unwrap();
    }

    /// Sends headers, and nothing else yet.
    pub(crate) async fn open(&self, method: &Method) -> Open {
        self.open_with(method.path(), &[]).await
    }

    pub(crate) async fn open_with(&self, path: &str, headers: &[(&str, &str)]) -> Open {
        self.try_open_with(path, headers).await.unwrap()
    }

    pub(crate) async fn try_open_with(
        &self,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<Open, h2::Error> {
        let mut request = Request::post(format!("http://{}{path}", self.address))
            .header("content-type", "application/grpc")
            .header("te", "trailers");
        for (key, value) in headers {
            if *key == "content-type" {
                request.headers_mut().unwrap().remove("content-type");
            }
            request = request.header(*key, *value);
        }
        self.request(request.body(()).unwrap()).await
    }

    pub(crate) async fn request(&self, request: Request<()>) -> Result<Open, h2::Error> {
        let mut send = self.send.clone().ready().await?;
        let (response, requests) = send.send_request(request, false)?;
        Ok(Open { requests, response })
    }

    /// One request, and everything that comes back.
    pub(crate) async fn call(&self, method: &Method, message: &[u8]) -> Reply {
        self.call_with(method, &[], message).await
    }

    pub(crate) async fn call_with(&self, method: &Method, headers: &[(&str, &str)], message: &[u8]) -> Reply {
        let mut call = self.open_with(method.path(), headers).await;
        call.send(message, true);
        call.reply().await
    }
}

/// A call that is open.
pub(crate) struct Open {
    pub(crate) requests: SendStream<Bytes>,
    pub(crate) response: h2::client::ResponseFuture,
}

impl Open {
    pub(crate) fn send(&mut self, message: &[u8], last: bool) {
        self.requests.send_data(frame(message), last).unwrap();
    }

    pub(crate) fn half_close(&mut self) {
        self.requests.send_data(Bytes::new(), true).unwrap();
    }

    pub(crate) async fn head(self) -> (SendStream<Bytes>, HeaderMap, Responses) {
        let (head, body) = self.response.await.unwrap().into_parts();
        (
            self.requests,
            head.headers,
            Responses {
                body,
                buffer: BytesMut::new(),
            },
        )
    }

    pub(crate) async fn reply(self) -> Reply {
        let (head, body) = self.response.await.unwrap().into_parts();
        let _until_the_end = self.requests;
        let trailers_only = body.is_end_stream();
        let mut responses = Responses {
            body,
            buffer: BytesMut::new(),
        };
        let mut messages = Vec::new();
        while let Some(message) = responses.next().await.unwrap() {
            messages.push(message);
        }
        let trailers = responses.body.trailers().await.unwrap().unwrap_or_default();
        Reply {
            http: head.status.as_u16(),
            headers: head.headers,
            messages,
            trailers,
            trailers_only,
        }
    }
}

/// The responses of a call, one by one.
pub(crate) struct Responses {
    pub(crate) body: RecvStream,
    buffer: BytesMut,
}

impl Responses {
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, h2::Error> {
        loop {
            if let Some((prefix, rest)) = self.buffer.split_at_checked(5) {
                let len = u32::from_be_bytes(prefix[1..].try_into().unwrap()) as usize;
                if rest.len() >= len {
                    return Ok(Some(self.buffer.split_to(5 + len).freeze().slice(5..)));
                }
            }
            let Some(data) = self.body.data().await else {
                assert!(self.buffer.is_empty(), "the responses ended inside of a message");
                return Ok(None);
            };
            let data = data?;
            self.body.flow_control().release_capacity(data.len()).unwrap();
            self.buffer.put(data);
        }
    }

    pub(crate) async fn trailers(&mut self) -> HeaderMap {
        assert_eq!(self.next().await.unwrap(), None);
        self.body.trailers().await.unwrap().unwrap_or_default()
    }
}

/// All that a call was answered with.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) http: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) messages: Vec<Bytes>,
    pub(crate) trailers: HeaderMap,
    pub(crate) trailers_only: bool,
}

impl Reply {
    pub(crate) fn code(&self) -> i32 {
        let block = if self.trailers_only {
            &self.headers
        } else {
            &self.trailers
        };
        number(block)
    }

    pub(crate) fn message(&self) -> &str {
        let block = if self.trailers_only {
            &self.headers
        } else {
            &self.trailers
        };
        block
            .get("grpc-message")
            .map_or("", |message| message.to_str().unwrap())
    }

    pub(crate) fn ok(self) -> Vec<Bytes> {
        assert_eq!(self.code(), 0, "{self:?}");
        self.messages
    }
}

pub(crate) fn number(block: &HeaderMap) -> i32 {
    block
        .get("grpc-status")
        .expect("a grpc-status")
        .to_str()
        .unwrap()
        .parse()
        .unwrap()
}

pub(crate) fn frame(message: &[u8]) -> Bytes {
    let mut frame = BytesMut::new();
    frame.put_u8(0);
    frame.put_u32(u32::try_from(message.len()).unwrap());
    frame.put_slice(message);
    frame.freeze()
}

/// Counts how many of it are alive.
#[derive(Clone, Default)]
pub(crate) struct Alive(Arc<AtomicUsize>);

pub(crate) struct Guard(Arc<AtomicUsize>);

impl Alive {
    pub(crate) fn guard(&self) -> Guard {
        self.0.fetch_add(1, Ordering::SeqCst);
        Guard(Arc::clone(&self.0))
    }

    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    pub(crate) async fn reaches(&self, count: usize) {
        until(|| self.count() == count).await;
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Gives way to everything else until the condition holds.
pub(crate) async fn until(mut condition: impl FnMut() -> bool) {
    while !condition() {
        tokio::task::yield_now().await;
    }
}

/// A stream of what a future that is polled again and again gives.
pub(crate) fn stream<T, F>(poll: F) -> impl futures_core::Stream<Item = Result<T, Status>> + Send
where
    F: FnMut(&mut std::task::Context<'_>) -> std::task::Poll<Option<Result<T, Status>>> + Send + Unpin,
{
    struct FromFn<F>(F);
    impl<T, F> futures_core::Stream for FromFn<F>
    where
        F: FnMut(&mut std::task::Context<'_>) -> std::task::Poll<Option<Result<T, Status>>> + Unpin,
    {
        type Item = Result<T, Status>;
        fn poll_next(
            mut self: std::pin::Pin<&mut Self>,
            cx: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Self::Item>> {
            (self.0)(cx)
        }
    }
    FromFn(poll)
}
