//! A connection: HTTP/2 over what a connector gave, driven as one task.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use hyper::client::conn::http2::{self, SendRequest};
use tokio::sync::oneshot;

use super::{
    body::RequestBody,
    config::{Config, Http2Config},
    executor::{Begun, ClientExecutor},
    goaway::GoAwayWatch,
    listening::{First, Listening},
    status::Chain,
    streams::Streams,
};
use crate::{
    BoxFuture, Status,
    driver::{ConnectionIo, Driver, HyperIo, Link, NewStream, Spawner, TokioTimer},
    transport::{Address, Io},
};

/// What calls need of a connection. It lives on until the last of its clones and calls is gone.
pub(super) struct Connection {
    pub(super) sender: SendRequest<RequestBody>,
    pub(super) spawner: Spawner,
    pub(super) begun: Begun,
    pub(super) streams: Arc<Streams>,
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
    let begun = Begun::default();
    let (opened, open) = oneshot::channel();
    let mut spawner = None;
    let driver = Driver::new(|streams_spawner| {
        spawner = Some(streams_spawner.clone());
        ClientLink::new(
            io,
            &config,
            streams_spawner,
            begun.clone(),
            Arc::clone(&streams),
            opened,
            Box::new(lost),
        )
    });
    tokio::spawn(driver);
    let (Some(spawner), Ok(outcome)) = (spawner, open.await) else {
        return Err(failed(&"the runtime is shutting down"));
    };
    let sender = outcome.map_err(|why| failed(&why))?;
    Ok(Connection {
        sender,
        spawner,
        begun,
        streams,
    })
}

type H2Connection = http2::Connection<HyperIo, RequestBody, ClientExecutor>;
type Handshake = BoxFuture<'static, hyper::Result<(SendRequest<RequestBody>, H2Connection)>>;
type Opened = oneshot::Sender<Result<SendRequest<RequestBody>, String>>;

/// The client's link: hyper's connection. hyper's I/O is a stream of the driver.
struct ClientLink {
    state: State,
    streams: Arc<Streams>,
    first: Arc<First>,
    lost: Option<Box<dyn FnOnce() + Send>>,
}

enum State {
    /// Our preface is being sent.
    Handshake(Handshake, Opened),
    /// The server has not said anything yet.
    Silent(H2Connection, SendRequest<RequestBody>, Opened),
    Open(H2Connection),
    Closed,
}

impl ClientLink {
    fn new(
        io: Box<dyn Io>,
        config: &Config,
        spawner: Spawner,
        begun: Begun,
        streams: Arc<Streams>,
        opened: Opened,
        lost: Box<dyn FnOnce() + Send>,
    ) -> Self {
        let first = Arc::<First>::default();
        let io: Box<dyn Io> = Box::new(Listening::new(io, Arc::clone(&first)));
        let io =
            ConnectionIo::new(io, &spawner).watched(GoAwayWatch::new(&config.keepalive, &streams), false);
        let handshake = builder(
            &config.http2,
            config.keepalive.current(),
            ClientExecutor::new(spawner, begun),
        )
        .handshake(HyperIo(io));
        Self {
            state: State::Handshake(Box::pin(handshake), opened),
            streams,
            first,
            lost: Some(lost),
        }
    }
}

fn builder(
    config: &Http2Config,
    keepalive: Option<Duration>,
    executor: ClientExecutor,
) -> http2::Builder<ClientExecutor> {
    let mut builder = http2::Builder::new(executor);
    builder
        .timer(TokioTimer)
        .initial_stream_window_size(config.stream_window)
        .initial_connection_window_size(config.connection_window)
        .max_header_list_size(config.max_header_list_size)
        .max_send_buf_size(64 * 1024)
        // The default counts for the connection's whole life and would end it after 1,024 cancelled calls.
        .max_local_error_reset_streams(None)
        .max_concurrent_reset_streams(1024)
        .keep_alive_timeout(config.keepalive_timeout)
        .keep_alive_while_idle(config.keepalive_while_idle);
    if let Some(interval) = keepalive {
        builder.keep_alive_interval(interval);
    }
    builder
}

impl Link for ClientLink {
    fn poll_link(&mut self, cx: &mut Context<'_>, _: &mut Vec<NewStream>) -> Poll<()> {
        loop {
            match std::mem::replace(&mut self.state, State::Closed) {
                State::Handshake(mut handshake, mut opened) => {
                    if opened.poll_closed(cx).is_ready() {
                        return self.close();
                    }
                    match handshake.as_mut().poll(cx) {
                        Poll::Ready(Ok((sender, connection))) => {
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
                                // hyper does not always pass on what its I/O said.
                                Err(error) => match self.first.failure() {
                                    Some(why) => format!("connection error: {why}"),
                                    None => Chain(&error).to_string(),
                                },
                            };
                            let _ = opened.send(Err(why));
                            return self.close();
                        }
                        Poll::Pending if self.first.was_heard() => {
                            self.streams.set_limit(connection.current_max_send_streams());
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
                    if Pin::new(&mut connection).poll(cx).is_ready() {
                        // The only sign of a GOAWAY, too: calls in flight go on, in the driver.
                        return self.close();
                    }
                    self.streams.set_limit(connection.current_max_send_streams());
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
