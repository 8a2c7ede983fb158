//! A channel whose servers are written by hand.

use std::{future::Future, io, time::Duration};

use bytes::Bytes;
use grpc::{
    BoxFuture, Channel, ChannelBuilder, ClientCall, Code, Connector, Method, MethodKind, OpenCall, Responses,
    Result, Status, StreamingCall,
    client::Call,
    codec::Raw,
    transport::{Address, Io, Peer as PeerInfo},
};
use tokio::{
    io::DuplexStream,
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, timeout},
};

use crate::raw::{Block, END_HEADERS, Frame, Peer, continuation, data, headers, message, response, trailers};

pub(crate) static UNARY: Method = Method::new("/hostile.Hostile/Unary", MethodKind::Unary);
pub(crate) static SERVER_STREAM: Method = Method::new("/hostile.Hostile/Stream", MethodKind::ServerStreaming);
pub(crate) static BIDI: Method = Method::new("/hostile.Hostile/Bidi", MethodKind::BidiStreaming);

/// The server's end of a connection.
pub(crate) type End = DuplexStream;

/// Makes connections whose other ends the test gets.
#[derive(Clone)]
pub(crate) struct Pipes {
    ends: mpsc::UnboundedSender<(Instant, End)>,
    buffer: usize,
}

impl Connector for Pipes {
    fn connect(&self, address: &Address) -> BoxFuture<'_, io::Result<(Box<dyn Io>, PeerInfo)>> {
        let peer = PeerInfo::new(address.clone());
        Box::pin(async move {
            let (ours, theirs) = tokio::io::duplex(self.buffer);
            self.ends
                .send((Instant::now(), theirs))
                .map_err(|_| io::Error::other("the test is over"))?;
            Ok((Box::new(ours) as Box<dyn Io>, peer))
        })
    }
}

/// A channel, and the servers that it connects to, one after the other.
pub(crate) struct Hostile {
    pub(crate) channel: Channel,
    ends: mpsc::UnboundedReceiver<(Instant, End)>,
}

impl Hostile {
    pub(crate) fn new() -> Self {
        Self::with(|builder| builder)
    }

    /// The same with a channel that is set up like this.
    pub(crate) fn with(set_up: impl FnOnce(ChannelBuilder) -> ChannelBuilder) -> Self {
        Self::over(256 * 1024, set_up)
    }

    /// The same over pipes that hold this many bytes.
    pub(crate) fn over(buffer: usize, set_up: impl FnOnce(ChannelBuilder) -> ChannelBuilder) -> Self {
        let (sender, ends) = mpsc::unbounded_channel();
        let pipes = Pipes { ends: sender, buffer };
        let channel = set_up(Channel::builder("127.0.0.1:1").connector(pipes)).build();
        Self { channel, ends }
    }

    /// The server's end of the next connection, and when that was made.
    pub(crate) async fn end(&mut self) -> (Instant, End) {
        within("another connection", self.ends.recv()).await.unwrap()
    }

    /// The same with a server that has read the preface and sent its SETTINGS.
    pub(crate) async fn server(&mut self) -> Peer<End> {
        self.server_with(&[]).await
    }

    pub(crate) async fn server_with(&mut self, settings: &[(u16, u32)]) -> Peer<End> {
        let (_, end) = self.end().await;
        Peer::server_with(end, settings).await
    }

    /// True if the channel has not connected again.
    pub(crate) fn has_not_reconnected(&mut self) -> bool {
        self.ends.try_recv().is_err()
    }

    /// A call that has begun; `Unary` with a request of three bytes.
    pub(crate) fn unary(&self) -> Running<Bytes> {
        Running(tokio::spawn(self.call().into_future()))
    }

    pub(crate) fn call(&self) -> Call<Bytes> {
        Call::unary(&self.channel, &UNARY, Bytes::from_static(b"ask"), Raw)
    }

    pub(crate) fn stream(&self) -> StreamingCall<Bytes> {
        StreamingCall::server_streaming(&self.channel, &SERVER_STREAM, Bytes::from_static(b"ask"), Raw)
    }

    /// A call of the server-streaming kind, with all its responses.
    pub(crate) fn collected(&self) -> Running<Vec<Bytes>> {
        let call = self.stream();
        Running(tokio::spawn(async move {
            let mut responses = call.await?;
            let mut all = Vec::new();
            while let Some(response) = responses.receive().await? {
                all.push(response);
            }
            Ok(all)
        }))
    }

    pub(crate) fn bidi(&self) -> OpenCall<Bytes, Bytes> {
        OpenCall::open(&self.channel, &BIDI, Raw)
    }

    /// A bidi call on a new connection with these settings.
    pub(crate) async fn open(&mut self, settings: &[(u16, u32)]) -> (ClientCall<Bytes, Bytes>, Peer<End>) {
        let call = Running(tokio::spawn(self.bidi().into_future()));
        let server = self.server_with(settings).await;
        (call.answer().await, server)
    }

    /// The next call is served, be it on this connection or on another.
    pub(crate) async fn serves_again(&mut self, old: &mut Peer<End>, stream: u32, lives: bool) {
        let call = self.unary();
        if lives {
            serve(old, stream, b"again").await;
        } else {
            let mut server = self.server().await;
            serve(&mut server, 1, b"again").await;
        }
        assert_eq!(call.answer().await, "again");
        assert!(self.has_not_reconnected());
    }
}

/// A call on a task of its own, which is over with this.
pub(crate) struct Running<T>(JoinHandle<Result<T>>);

impl<T: Send + 'static> Running<T> {
    pub(crate) fn map<U: Send + 'static>(self, map: impl FnOnce(T) -> U + Send + 'static) -> Running<U> {
        Running(tokio::spawn(async move { self.outcome().await.map(map) }))
    }

    pub(crate) async fn outcome(mut self) -> Result<T> {
        within("the call ends", &mut self.0).await.unwrap()
    }

    pub(crate) async fn answer(self) -> T {
        self.outcome().await.unwrap()
    }

    pub(crate) async fn error(self) -> Status {
        match self.outcome().await {
            Ok(_) => panic!("the call went well"),
            Err(status) => status,
        }
    }
}

impl<T> Drop for Running<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Awaits the request on this stream and answers with one message and OK.
pub(crate) async fn serve(server: &mut Peer<End>, stream: u32, text: &[u8]) {
    let request = server.answer(stream).await;
    assert!(!request.closed && request.reset.is_none(), "{request:?}");
    server.send(&answer(stream, text)).await;
}

/// One message and OK.
pub(crate) fn answer(stream: u32, text: &[u8]) -> [Frame; 3] {
    [
        headers(stream, response()),
        data(stream, &message(text)),
        headers(stream, trailers("0")).ending(),
    ]
}

/// A header block of any size, in as many frames as it takes.
pub(crate) fn long_headers(stream: u32, block: Block) -> Vec<Frame> {
    let block = Vec::from(block);
    let mut pieces = block.chunks(16_384);
    let first = headers(stream, pieces.next().unwrap_or_default()).without(END_HEADERS);
    let mut frames = vec![first];
    frames.extend(pieces.map(|piece| continuation(stream, piece)));
    let last = frames.pop().unwrap();
    frames.push(last.with(END_HEADERS));
    frames
}

/// The error that these responses end with.
pub(crate) async fn its_end(responses: &mut Responses<Bytes>) -> Status {
    loop {
        match within("the call ends", responses.receive()).await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("the call went well"),
            Err(status) => return status,
        }
    }
}

/// What `future` gives. Panics if that takes more than a minute.
pub(crate) async fn within<F: Future>(what: &str, future: F) -> F::Output {
    timeout(Duration::from_secs(60), future)
        .await
        .unwrap_or_else(|_| panic!("not within a minute: {what}"))
}

/// Panics unless it is this code, and says this.
pub(crate) fn assert_is(error: &Status, code: Code, text: &str) {
    assert_eq!(error.code(), code, "{error}");
    assert!(error.message().contains(text), "{text:?} is not in {error}");
}

/// How many tasks there are in this runtime.
pub(crate) fn tasks() -> usize {
    tokio::runtime::Handle::current().metrics().num_alive_tasks()
}

/// Waits until there are no more tasks than this.
pub(crate) async fn tasks_are(count: usize) {
    let waiting = async {
        while tasks() > count {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    within(&format!("{count} tasks are left"), waiting).await;
}
