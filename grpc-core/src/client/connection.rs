//! A connection: HTTP/2 over what a connector gave, driven as one task.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use h2::client::SendRequest;
use tokio::sync::oneshot;

use super::{
    config::{Config, Http2Config},
    goaway::GoAwayWatch,
    listening::{First, Listening},
    status::Chain,
    streams::Streams,
};
use crate::{
    BoxFuture, Status,
    driver::{ConnectionIo, Driver, Keepalive, Link, Spawner, Task},
    transport::{Address, Io},
};

/// What calls need of a connection. It lives on until the last of its clones and calls is gone.
pub(super) struct Connection {
    pub(super) sender: SendRequest<Bytes>,
    pub(super) streams: Arc<Streams>,
    // Behind the sender, which is dropped first.
    pub(super) spawner: Waking,
}

/// Adds streams to the connection's driver, and has it look at its end when this is dropped: h2 does not notice by itself
/// that nobody is left to send anything.
pub(super) struct Waking(Spawner);

impl Waking {
    pub(super) fn spawn(&self, task: Task) {
        self.0.spawn(task);
    }
}

impl Drop for Waking {
    fn drop(&mut self) {
        self.0.spawn(Box::pin(async {}));
    }
}

/// Makes a connection; done once the server has sent its SETTINGS. `lost` is called, from then on, when it takes no more calls.
pub(super) async fn connect(
    config: Arc<Config>,
    address: Address,
    lost: impl FnOnce() + Send + 'static,
) -> Result<Connection, Status> {
    let failed = |why: &dyn std::fmt::Display| Status::unavailable(format!("connect to {address}: {why}"));
    let (io, _peer) = match config.connector.connect(&address).await {
        Ok(connected) => connected,
        Err(error) => return Err(failed(&error).with_source(error)),
    };
    let streams = Arc::new(Streams::new(config.http2.max_queued_calls));
    let (opened, open) = oneshot::channel();
    let mut spawner = None;
    let driver = Driver::new(|streams_spawner| {
        spawner = Some(streams_spawner.clone());
        ClientLink::new(
            io,
            Arc::clone(&config),
            &streams_spawner,
            Arc::clone(&streams),
            opened,
            Box::new(lost),
        )
    });
    tokio::spawn(driver.gathering());
    let (Some(spawner), Ok(outcome)) = (spawner, open.await) else {
        return Err(failed(&"the runtime is shutting down"));
    };
    let sender = outcome.map_err(|why| failed(&why))?;
    Ok(Connection {
        sender,
        streams,
        spawner: Waking(spawner),
    })
}

type H2Connection = h2::client::Connection<ConnectionIo, Bytes>;
type Handshake = BoxFuture<'static, Result<(SendRequest<Bytes>, H2Connection), h2::Error>>;
type Opened = oneshot::Sender<Result<SendRequest<Bytes>, String>>;

/// The client's link: HTTP/2's connection.
struct ClientLink {
    state: State,
    streams: Arc<Streams>,
    first: Arc<First>,
    config: Arc<Config>,
    keepalive: Option<Keepalive>,
    lost: Option<Box<dyn FnOnce() + Send>>,
}

enum State {
    /// Our preface is being sent.
    Handshake(Handshake, Opened),
    /// The server has not said anything yet.
    Silent(H2Connection, SendRequest<Bytes>, Opened),
    Open(H2Connection),
    Closed,
}

impl ClientLink {
    fn new(
        io: Box<dyn Io>,
        config: Arc<Config>,
        spawner: &Spawner,
        streams: Arc<Streams>,
        opened: Opened,
        lost: Box<dyn FnOnce() + Send>,
    ) -> Self {
        let first = Arc::<First>::default();
        let io: Box<dyn Io> = Box::new(Listening::new(io, Arc::clone(&first)));
        let io = ConnectionIo::new(io, spawner).watched(GoAwayWatch::new(&config.keepalive, &streams), false);
        let builder = builder(&config.http2);
        let handshake = async move { builder.handshake(io).await };
        Self {
            state: State::Handshake(Box::pin(handshake), opened),
            streams,
            first,
            config,
            keepalive: None,
            lost: Some(lost),
        }
    }

    /// Ready if the server has not answered a keepalive PING in time.
    fn poll_keepalive(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(keepalive) = &mut self.keepalive else {
            return Poll::Pending;
        };
        let heard = self.streams.heard.swap(false, Ordering::Relaxed);
        let is_used = self.config.http2.keepalive_while_idle || self.streams.activity().0;
        ready!(keepalive.poll(heard, is_used, cx));
        self.streams
            .set_goaway("a keepalive PING had no answer".to_owned());
        Poll::Ready(())
    }
}

fn builder(config: &Http2Config) -> h2::client::Builder {
    let mut builder = h2::client::Builder::new();
    builder
        .initial_window_size(config.stream_window)
        .initial_connection_window_size(config.connection_window)
        .max_header_list_size(config.max_header_list_size)
        .max_send_buffer_size(64 * 1024)
        // The default counts for the connection's whole life and would end it after 1,024 cancelled calls.
        .max_local_error_reset_streams(None)
        .max_concurrent_reset_streams(1024)
        .enable_push(false);
    builder
}

impl Link for ClientLink {
    type New = Infallible;

    fn poll_link(&mut self, cx: &mut Context<'_>, _: &mut Vec<Infallible>) -> Poll<()> {
        loop {
            match std::mem::replace(&mut self.state, State::Closed) {
                State::Handshake(mut handshake, mut opened) => {
                    if opened.poll_closed(cx).is_ready() {
                        return self.close();
                    }
                    match handshake.as_mut().poll(cx) {
                        Poll::Ready(Ok((sender, mut connection))) => {
                            let interval = self.config.keepalive.current();
                            let timeout = self.config.http2.keepalive_timeout;
                            self.keepalive = Keepalive::new(interval, timeout, connection.ping_pong());
                            self.state = State::Silent(connection, sender, opened);
                        }
                        Poll::Ready(Err(error)) => {
                            let _ = opened.send(Err(Chain(&error).to_string()));
                            return self.close();
                        }
                        Poll::Pending => {
                            self.state = State::Handshake(handshake, opened);
                            return Poll::Pending;
                        }
                    }
                }
                State::Silent(mut connection, sender, mut opened) => {
                    if opened.poll_closed(cx).is_ready() {
                        return self.close();
                    }
                    match Pin::new(&mut connection).poll(cx) {
                        Poll::Ready(outcome) => {
                            let why = match outcome {
                                Ok(()) => "the server closed the connection at once".to_owned(),
                                // h2 does not always pass on what its I/O said.
                                Err(error) => match self.first.failure() {
                                    Some(why) => format!("connection error: {why}"),
                                    None => Chain(&error).to_string(),
                                },
                            };
                            let _ = opened.send(Err(why));
                            return self.close();
                        }
                        Poll::Pending if self.first.was_heard() => {
                            self.streams.set_limit(connection.max_concurrent_send_streams());
                            self.state = State::Open(connection);
                            let _ = opened.send(Ok(sender));
                        }
                        Poll::Pending => {
                            self.state = State::Silent(connection, sender, opened);
                            return Poll::Pending;
                        }
                    }
                }
                State::Open(mut connection) => {
                    // Keepalive last: it looks at what has been read.
                    if Pin::new(&mut connection).poll(cx).is_ready() || self.poll_keepalive(cx).is_ready() {
                        return self.close();
                    }
                    let limit = connection.max_concurrent_send_streams();
                    if self.streams.set_limit(limit) || self.streams.is_closed() {
                        // It takes no more calls. Those that it has go on.
                        let _ = self.close();
                    }
                    self.state = State::Open(connection);
                    return Poll::Pending;
                }
                State::Closed => return self.close(),
            }
        }
    }
}

impl ClientLink {
    fn close(&mut self) -> Poll<()> {
        self.streams.close();
        if let Some(lost) = self.lost.take() {
            lost();
        }
        Poll::Ready(())
    }
}

/// The driver may go without being polled to its end: with its runtime.
impl Drop for ClientLink {
    fn drop(&mut self) {
        let _ = self.close();
    }
}
