//! A scripted HTTP/2 server: it sends what a test tells it to, well-behaved or not.
#![allow(dead_code, unreachable_pub, reason = "every test uses a part of it")]

use std::{
    future::Future,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use bytes::{BufMut, Bytes, BytesMut};
use grpc_core::{
    BoxFuture, Method, MethodKind,
    transport::{Address, Connector, Io, Peer},
};
use h2::{RecvStream, SendStream, server::SendResponse};
use http::{HeaderMap, Request, Response};
use tokio::{
    io::{AsyncRead, AsyncWrite, DuplexStream},
    net::TcpListener,
    sync::mpsc,
};

pub static UNARY: Method = Method::new("/test.Test/Unary", MethodKind::Unary);
pub static SERVER_STREAM: Method = Method::new("/test.Test/ServerStream", MethodKind::ServerStreaming);
pub static CLIENT_STREAM: Method = Method::new("/test.Test/ClientStream", MethodKind::ClientStreaming);
pub static BIDI: Method = Method::new("/test.Test/Bidi", MethodKind::BidiStreaming);

/// One stream, as the server got it.
pub struct Stream {
    pub head: http::request::Parts,
    pub body: Body,
    pub respond: SendResponse<Bytes>,
}

impl Stream {
    /// Answers with a head of gRPC's, and goes on to send.
    pub fn open(&mut self) -> Answer {
        self.open_with(HeaderMap::new())
    }

    pub fn open_with(&mut self, metadata: HeaderMap) -> Answer {
        let mut response = grpc_head();
        response.headers_mut().extend(metadata);
        Answer(self.respond.send_response(response, false).unwrap())
    }

    /// Answers with one message and OK.
    pub fn answer(&mut self, message: &[u8]) {
        let mut answer = self.open();
        answer.message(message);
        answer.finish(0);
    }

    /// Answers trailers-only.
    pub fn fail(&mut self, code: u32, message: &str) {
        let mut response = grpc_head();
        response.headers_mut().extend(trailers(code, message));
        self.respond.send_response(response, true).unwrap();
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

pub struct Answer(pub SendStream<Bytes>);

impl Answer {
    pub fn message(&mut self, message: &[u8]) {
        self.0.send_data(frame(message), false).unwrap();
    }

    pub fn finish(&mut self, code: u32) {
        self.0.send_trailers(trailers(code, "")).unwrap();
    }
}

/// The requests of a stream.
pub struct Body {
    stream: RecvStream,
    buffer: BytesMut,
}

impl Body {
    /// The next message; `None` at the end, an error if the client has reset the stream.
    pub async fn message(&mut self) -> Result<Option<Bytes>, h2::Error> {
        loop {
            if self.buffer.len() >= 5 {
                let len = u32::from_be_bytes(self.buffer[1..5].try_into().unwrap()) as usize;
                if self.buffer.len() >= 5 + len {
                    return Ok(Some(self.buffer.split_to(5 + len).freeze().slice(5..)));
                }
            }
            match self.stream.data().await {
                Some(data) => {
                    let data = data?;
                    self.stream.flow_control().release_capacity(data.len()).unwrap();
                    self.buffer.extend_from_slice(&data);
                }
                None => {
                    assert!(self.buffer.is_empty(), "the client ended inside a message");
                    return Ok(None);
                }
            }
        }
    }

    /// Every message with its compressed-flag, as it was on the wire.
    pub async fn frames(&mut self) -> Vec<(u8, Bytes)> {
        while let Some(data) = self.stream.data().await {
            let data = data.unwrap();
            self.stream.flow_control().release_capacity(data.len()).unwrap();
            self.buffer.extend_from_slice(&data);
        }
        let mut frames = Vec::new();
        while !self.buffer.is_empty() {
            let len = u32::from_be_bytes(self.buffer[1..5].try_into().unwrap()) as usize;
            let frame = self.buffer.split_to(5 + len).freeze();
            frames.push((frame[0], frame.slice(5..)));
        }
        frames
    }

    pub async fn all(&mut self) -> Vec<Bytes> {
        let mut messages = Vec::new();
        while let Some(message) = self.message().await.unwrap() {
            messages.push(message);
        }
        messages
    }

    /// The code that the client resets the stream with.
    pub async fn reset(&mut self) -> h2::Reason {
        loop {
            match self.message().await {
                Ok(Some(_)) => {}
                Ok(None) => panic!("the client ended the stream"),
                Err(error) => return error.reason().unwrap(),
            }
        }
    }
}

pub fn frame(message: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(5 + message.len());
    frame.put_u8(0);
    frame.put_u32(message.len().try_into().unwrap());
    frame.extend_from_slice(message);
    frame.freeze()
}

pub fn grpc_head() -> Response<()> {
    Response::builder()
        .header("content-type", "application/grpc")
        .body(())
        .unwrap()
}

pub fn trailers(code: u32, message: &str) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", code.into());
    if !message.is_empty() {
        trailers.insert("grpc-message", message.parse().unwrap());
    }
    trailers
}

pub fn builder() -> h2::server::Builder {
    let mut builder = h2::server::Builder::new();
    builder.initial_connection_window_size(1 << 20);
    builder
}

/// Serves each stream of one connection with `handler`, in a task of its own.
pub async fn serve_connection<F, Fut>(
    io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    builder: h2::server::Builder,
    handler: F,
) where
    F: Fn(Stream) -> Fut,
    Fut: Future<Output = ()> + Send + 'static,
{
    let Ok(mut connection) = builder.handshake(io).await else {
        return;
    };
    while let Some(Ok((request, respond))) = connection.accept().await {
        tokio::spawn(handler(Stream::new(request, respond)));
    }
}

impl Stream {
    pub fn new(request: Request<RecvStream>, respond: SendResponse<Bytes>) -> Self {
        let (head, stream) = request.into_parts();
        Self {
            head,
            body: Body {
                stream,
                buffer: BytesMut::new(),
            },
            respond,
        }
    }
}

/// Serves any number of connections on a port of its own.
pub async fn serve<F, Fut>(handler: F) -> String
where
    F: Fn(Stream) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    serve_with(builder(), handler).await
}

pub async fn serve_with<F, Fut>(builder: h2::server::Builder, handler: F) -> String
where
    F: Fn(Stream) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((io, _)) = listener.accept().await {
            tokio::spawn(serve_connection(io, builder.clone(), handler.clone()));
        }
    });
    address.to_string()
}

/// Connects through pipes, whose other ends the test gets.
#[derive(Clone)]
pub struct Pipes {
    ends: mpsc::UnboundedSender<DuplexStream>,
    refuse: Arc<Mutex<bool>>,
    attempts: mpsc::UnboundedSender<tokio::time::Instant>,
}

pub struct PipeEnds {
    pub ends: mpsc::UnboundedReceiver<DuplexStream>,
    pub attempts: mpsc::UnboundedReceiver<tokio::time::Instant>,
    refuse: Arc<Mutex<bool>>,
}

impl PipeEnds {
    pub fn refuse(&self, refuse: bool) {
        *self.refuse.lock().unwrap() = refuse;
    }
}

pub fn pipes() -> (Pipes, PipeEnds) {
    let (sender, ends) = mpsc::unbounded_channel();
    let (attempt, attempts) = mpsc::unbounded_channel();
    let refuse = Arc::new(Mutex::new(false));
    let pipes = Pipes {
        ends: sender,
        refuse: Arc::clone(&refuse),
        attempts: attempt,
    };
    (
        pipes,
        PipeEnds {
            ends,
            attempts,
            refuse,
        },
    )
}

impl Connector for Pipes {
    fn connect(&self, address: &Address) -> BoxFuture<'_, io::Result<(Box<dyn Io>, Peer)>> {
        let address = address.clone();
        Box::pin(async move {
            let _ = self.attempts.send(tokio::time::Instant::now());
            if *self.refuse.lock().unwrap() {
                return Err(io::Error::new(
                    io::ErrorKind::ConnectionRefused,
                    "refused by the test",
                ));
            }
            let (ours, theirs) = tokio::io::duplex(256 * 1024);
            self.ends
                .send(theirs)
                .map_err(|_| io::Error::other("the test is over"))?;
            Ok((Box::new(ours) as Box<dyn Io>, Peer::new(address)))
        })
    }
}
