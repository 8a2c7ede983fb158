//! How calls of every kind end before their time, as both sides see it: the client's call, the source of its requests, and a
//! scripted server.

mod client_support;

use std::{
    convert::Infallible,
    future::{pending, poll_fn},
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use client_support::*;
use futures_core::Stream as Requests;
use grpc_core::{
    Code, Status,
    client::{Call, Channel, OpenCall, StreamingCall, insecure_channel},
    message::Raw,
};
use h2::Reason;
use tokio::{net::TcpListener, sync::mpsc, sync::oneshot, task::AbortHandle};

#[derive(Clone, Copy, Debug)]
enum Kind {
    Unary,
    ServerStream,
    ClientStream,
    Bidi,
    ByHand,
}

const KINDS: [Kind; 5] = [
    Kind::Unary,
    Kind::ServerStream,
    Kind::ClientStream,
    Kind::Bidi,
    Kind::ByHand,
];

/// One request and then none, without an end; `held` goes with it.
fn requests(held: oneshot::Sender<Infallible>) -> impl Requests<Item = Bytes> + Send {
    async_stream::stream! {
        let _held = held;
        yield Bytes::from_static(b"request");
        pending::<()>().await;
    }
}

/// Makes a call that its server does not answer, and gives what it ends with. `held` goes with the source of its requests.
async fn end_of(
    kind: Kind,
    channel: Channel,
    timeout: Option<Duration>,
    held: oneshot::Sender<Infallible>,
) -> Status {
    let one = Bytes::from_static(b"request");
    let timeout = timeout.unwrap_or(Duration::from_secs(600));
    let end = match kind {
        Kind::Unary => {
            drop(held);
            let call = Call::<Bytes>::unary(&channel, &UNARY, one, Raw);
            call.timeout(timeout).await.map(drop)
        }
        Kind::ServerStream => {
            drop(held);
            let call = StreamingCall::<Bytes>::server_streaming(&channel, &SERVER_STREAM, one, Raw);
            let mut replies = call.timeout(timeout).await.unwrap();
            replies.receive().await.map(drop)
        }
        Kind::ClientStream => {
            let call = Call::<Bytes>::client_streaming(&channel, &CLIENT_STREAM, requests(held), Raw);
            call.timeout(timeout).await.map(drop)
        }
        Kind::Bidi => {
            let call = StreamingCall::<Bytes>::bidi_streaming(&channel, &BIDI, requests(held), Raw);
            let mut replies = call.timeout(timeout).await.unwrap();
            replies.receive().await.map(drop)
        }
        Kind::ByHand => {
            let call = OpenCall::<Bytes, Bytes>::open(&channel, &BIDI, Raw);
            let mut call = call.timeout(timeout).await.unwrap();
            call.send(one.clone()).await.unwrap();
            let end = call.receive().await.map(drop);
            assert_eq!(
                call.send(one).await.unwrap_err().code(),
                end.as_ref().unwrap_err().code()
            );
            drop(held);
            end
        }
    };
    end.unwrap_err()
}

/// A server that hands every stream to the test, and can be cut off.
struct Server {
    channel: Channel,
    streams: mpsc::UnboundedReceiver<Stream>,
    connection: Arc<Mutex<Option<AbortHandle>>>,
}

impl Server {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let channel = insecure_channel(listener.local_addr().unwrap().to_string());
        let (sender, streams) = mpsc::unbounded_channel();
        let connection = Arc::<Mutex<Option<AbortHandle>>>::default();
        let current = Arc::clone(&connection);
        tokio::spawn(async move {
            while let Ok((io, _)) = listener.accept().await {
                let sender = sender.clone();
                let serving = serve_connection(io, builder(), move |stream| {
                    let _ = sender.send(stream);
                    async {}
                });
                *current.lock().unwrap() = Some(tokio::spawn(serving).abort_handle());
            }
        });
        Self {
            channel,
            streams,
            connection,
        }
    }

    /// The stream of a call, once its request is there.
    async fn stream(&mut self) -> Stream {
        let mut stream = self.streams.recv().await.unwrap();
        assert_eq!(stream.body.message().await.unwrap().unwrap(), "request");
        stream
    }

    fn disconnect(&self) {
        self.connection.lock().unwrap().take().unwrap().abort();
    }

    /// The channel goes on: a call on it is answered.
    async fn check(&mut self) {
        let call = Call::<Bytes>::unary(&self.channel, &UNARY, Bytes::from_static(b"request"), Raw);
        let call = tokio::spawn(call);
        self.stream().await.answer(b"reply");
        assert_eq!(call.await.unwrap().unwrap(), "reply");
    }
}

async fn reset_of(mut stream: Stream) -> Reason {
    poll_fn(|cx| stream.respond.poll_reset(cx)).await.unwrap()
}

#[tokio::test]
async fn a_call_of_any_kind_that_is_dropped_is_reset_and_its_requests_go_with_it() {
    let mut server = Server::start().await;
    for kind in KINDS {
        let (held, released) = oneshot::channel();
        let call = tokio::spawn(end_of(kind, server.channel.clone(), None, held));
        let stream = server.stream().await;
        call.abort();
        assert_eq!(reset_of(stream).await, Reason::CANCEL, "{kind:?}");
        released.await.unwrap_err();
        server.check().await;
    }
}

#[tokio::test]
async fn a_call_of_any_kind_ends_with_its_deadline_on_both_sides() {
    let mut server = Server::start().await;
    server.check().await;
    for kind in KINDS {
        let (held, released) = oneshot::channel();
        let timeout = Some(Duration::from_millis(300));
        let call = tokio::spawn(end_of(kind, server.channel.clone(), timeout, held));
        let stream = server.stream().await;
        assert!(stream.header("grpc-timeout").is_some());
        assert_eq!(reset_of(stream).await, Reason::CANCEL, "{kind:?}");
        assert_eq!(call.await.unwrap().code(), Code::DeadlineExceeded, "{kind:?}");
        released.await.unwrap_err();
        server.check().await;
    }
}

#[tokio::test]
async fn a_call_of_any_kind_learns_at_once_that_the_server_has_reset_it() {
    let mut server = Server::start().await;
    for kind in KINDS {
        let (held, released) = oneshot::channel();
        let call = tokio::spawn(end_of(kind, server.channel.clone(), None, held));
        server.stream().await.respond.send_reset(Reason::CANCEL);
        assert_eq!(call.await.unwrap().code(), Code::Cancelled, "{kind:?}");
        released.await.unwrap_err();
        server.check().await;
    }
}

#[tokio::test]
async fn a_call_of_any_kind_learns_at_once_that_the_server_is_gone() {
    let mut server = Server::start().await;
    for kind in KINDS {
        let (held, released) = oneshot::channel();
        let call = tokio::spawn(end_of(kind, server.channel.clone(), None, held));
        let _stream = server.stream().await;
        server.disconnect();
        let status = call.await.unwrap();
        assert_eq!(status.code(), Code::Unavailable, "{kind:?}: {status}");
        released.await.unwrap_err();
        server.check().await;
    }
}

#[tokio::test]
async fn a_call_of_any_kind_that_the_server_ends_while_requests_go_on_stops_them() {
    let mut server = Server::start().await;
    for kind in KINDS {
        for after_a_message in [false, true] {
            let (held, released) = oneshot::channel();
            let call = tokio::spawn(end_of(kind, server.channel.clone(), None, held));
            let mut stream = server.stream().await;
            if after_a_message && matches!(kind, Kind::Unary | Kind::ClientStream) {
                let mut answer = stream.open();
                answer.message(b"reply");
                answer.finish(9);
            } else {
                stream.fail(9, "enough");
            }
            assert_eq!(call.await.unwrap().code(), Code::FailedPrecondition, "{kind:?}");
            released.await.unwrap_err();
            // The server need not wait for more requests.
            let more = stream.body.message().await;
            assert!(matches!(more, Ok(None) | Err(_)), "{kind:?}: {more:?}");
            server.check().await;
        }
    }
}
