use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use h2::{Reason, server as http2};
use tokio::{
    sync::{Notify, OwnedSemaphorePermit},
    time::{Instant, Sleep},
};

use super::{
    answer::Accepted,
    blocking::Places,
    frame_watch::FrameWatch,
    handshake::PrefaceWatch,
    in_flight::Calls,
    interceptor::ServerInterceptor,
    lifetime::{Lifetime, Verdict},
    options::Options,
    router::Router,
    shutdown::{Lifecycle, Running},
    silence::{Heard, Silence},
    unread::Taken,
};
use crate::{
    driver::{ConnectionIo, Driver, HeaderLimit, Inspection, Keepalive, Link, Spawner},
    transport::{Io, Peer},
};

/// What all connections of a server share from its start on.
pub(super) struct Shared {
    pub(super) router: Router,
    pub(super) options: Options,
    pub(super) interceptors: Vec<Arc<dyn ServerInterceptor>>,
    pub(super) places: Places,
    /// How many calls are open, if they are limited.
    pub(super) calls: AtomicUsize,
    /// How many handlers go on whether their calls do or not.
    pub(super) detached: AtomicUsize,
}

/// A connection, as its calls and the server see it.
pub(super) struct Connection {
    pub(super) shared: Arc<Shared>,
    pub(super) peer: Peer,
    pub(super) spawner: Spawner,
    pub(super) inspection: Arc<Inspection>,
    pub(super) calls: Calls,
    pub(super) heard: Heard,
    pub(super) taken: Taken,
    /// How large a response's headers and trailers may be.
    pub(super) header_limit: HeaderLimit,
    draining: AtomicBool,
    /// Notified when that becomes true.
    drain: Notify,
}

impl Connection {
    /// A connection that there is not: what is spawned on it is dropped.
    #[cfg(feature = "testing")]
    pub(super) fn detached(peer: Peer) -> Self {
        let options = Options::default();
        Self {
            shared: Arc::new(Shared {
                router: Router::new(super::Routes::default()),
                places: Places::new(options.max_blocking),
                options,
                interceptors: Vec::new(),
                calls: AtomicUsize::new(0),
                detached: AtomicUsize::new(0),
            }),
            peer,
            spawner: Spawner::detached(),
            inspection: Arc::default(),
            calls: Calls::default(),
            heard: Heard::default(),
            taken: Taken::default(),
            header_limit: HeaderLimit::default(),
            draining: AtomicBool::new(false),
            drain: Notify::new(),
        }
    }

    /// How large trailers may be, also those without headers before them, in bytes as HTTP/2 counts them.
    pub(super) fn max_trailers_size(&self) -> usize {
        /// `:status: 200`, with which such trailers begin.
        const STATUS: usize = 42;
        let limit = self.header_limit.get().saturating_sub(STATUS);
        limit.min(self.shared.options.max_trailers_size)
    }

    /// Lets the open calls finish and takes no more.
    pub(super) fn drain(&self) {
        self.draining.store(true, Ordering::Release);
        self.drain.notify_waiters();
        // The driver looks at the flag when it is woken, and an empty task wakes it.
        self.spawner.spawn(Box::pin(async {}));
    }

    /// Resolves when the connection is to end as soon as its calls do.
    pub(super) async fn draining(&self) {
        // Registered before the look, so that a change between the two is not missed.
        let notified = self.drain.notified();
        if !self.draining.load(Ordering::Acquire) {
            notified.await;
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("peer", &self.peer)
            .finish_non_exhaustive()
    }
}

/// Serves a connection on a task of its own, which `place` is kept for.
pub(super) fn spawn(
    io: Box<dyn Io>,
    peer: Peer,
    shared: &Arc<Shared>,
    lifecycle: &Arc<Lifecycle>,
    place: Option<OwnedSemaphorePermit>,
) {
    let Some(running) = lifecycle.enter() else { return };
    let id = running.id();
    let mut made = None;
    let mut driver = Driver::new(|spawner| {
        let connection = Arc::new(Connection {
            shared: Arc::clone(shared),
            peer,
            inspection: spawner.inspection(),
            spawner,
            calls: Calls::default(),
            heard: Heard::default(),
            taken: Taken::default(),
            header_limit: HeaderLimit::default(),
            draining: AtomicBool::new(false),
            drain: Notify::new(),
        });
        made = Some(Arc::clone(&connection));
        ServerLink::new(io, connection)
    });
    let running = Arc::new(running);
    driver.keep(Arc::<Running>::clone(&running));
    let task = tokio::spawn(async move {
        let _until_the_end = (running, place);
        driver.await;
    });
    if let Some(connection) = made {
        lifecycle.add_connection(id, connection, task.abort_handle());
    }
}

/// HTTP/2's half of a connection.
struct ServerLink {
    http: Http,
    connection: Arc<Connection>,
    draining: bool,
    handshake: Option<Handshake>,
    life: Option<Life>,
    silence: Silence,
    /// When to look for it.
    silence_timer: Pin<Box<Sleep>>,
    /// The timer is to be set.
    silence_is_new: bool,
}

/// How far HTTP/2 is.
enum Http {
    Handshake(http2::Handshake<ConnectionIo, Bytes>),
    Open(http2::Connection<ConnectionIo, Bytes>, Option<Keepalive>),
}

/// A connection whose life is limited.
struct Life {
    limits: Lifetime,
    timer: Pin<Box<Sleep>>,
}

/// A connection whose client has not said that it speaks HTTP/2.
struct Handshake {
    preface: Arc<AtomicBool>,
    timeout: Pin<Box<Sleep>>,
}

impl ServerLink {
    fn new(io: Box<dyn Io>, connection: Arc<Connection>) -> Self {
        let options = &connection.shared.options;
        let (io, preface) = PrefaceWatch::new(io);
        let timeout = Box::pin(tokio::time::sleep(options.handshake_timeout));
        let now = Instant::now();
        let life = Lifetime::new(options, now, fastrand::f64()).map(|limits| Life {
            limits,
            timer: Box::pin(tokio::time::sleep_until(now)),
        });
        let silence = Silence::new(options, now);
        let watch = FrameWatch::new(&connection);
        let io = ConnectionIo::new(Box::new(io), &connection.spawner).watched(watch, true);
        let handshake = builder(options).handshake(io);
        Self {
            http: Http::Handshake(handshake),
            connection,
            draining: false,
            handshake: Some(Handshake { preface, timeout }),
            life,
            silence,
            silence_timer: Box::pin(tokio::time::sleep_until(now)),
            silence_is_new: true,
        }
    }

    /// Reads and writes, and begins the calls that it finds. Ready when HTTP/2 is at its end.
    fn poll_http(
        &mut self,
        cx: &mut Context<'_>,
        streams: &mut Vec<Accepted>,
    ) -> Poll<Result<(), h2::Error>> {
        loop {
            match &mut self.http {
                Http::Handshake(handshake) => {
                    let mut http = ready!(Pin::new(handshake).poll(cx))?;
                    if self.draining {
                        http.graceful_shutdown();
                    }
                    let options = &self.connection.shared.options;
                    let keepalive = Keepalive::new(
                        options.keepalive_interval,
                        options.keepalive_timeout,
                        http.ping_pong(),
                    );
                    self.http = Http::Open(http, keepalive);
                }
                Http::Open(http, keepalive) => {
                    while let Poll::Ready(request) = http.poll_accept(cx) {
                        let Some(request) = request else {
                            return Poll::Ready(Ok(()));
                        };
                        let (request, respond) = request?;
                        streams.push(Accepted::new(&self.connection, request, respond));
                    }
                    // Keepalive last: it looks at what has been read.
                    if let Some(pings) = keepalive {
                        let heard = self.connection.heard.lately.swap(false, Ordering::Relaxed);
                        if pings.poll(heard, true, cx).is_ready() {
                            *keepalive = None;
                            http.abrupt_shutdown(Reason::NO_ERROR);
                            continue;
                        }
                    }
                    return Poll::Pending;
                }
            }
        }
    }

    /// True if the connection is to be given up because its client says nothing any more.
    fn is_silent(&mut self, cx: &mut Context<'_>) -> bool {
        let heard = &self.connection.heard;
        let is_new = std::mem::take(&mut self.silence_is_new) || heard.refused.load(Ordering::Relaxed);
        // In most turns there is nothing to look at.
        if !is_new && !self.silence_timer.is_elapsed() {
            return false;
        }
        loop {
            let has_calls = self.connection.calls.are_open();
            if self.silence.look(Instant::now(), heard, has_calls) {
                tracing::debug!(peer = %self.connection.peer, "a client has fallen silent");
                return true;
            }
            let Some(timeout) = self.silence.next_timeout() else {
                return false;
            };
            self.silence_timer.as_mut().reset(timeout);
            if self.silence_timer.as_mut().poll(cx).is_pending() {
                return false;
            }
        }
    }

    /// True if the connection is to end now because it is too old. One that is to end with its calls is told to.
    fn has_had_its_time(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(life) = &mut self.life else { return false };
        loop {
            let calls = &self.connection.calls;
            let verdict = life.limits.look(Instant::now(), calls.are_open(), calls.begun());
            match verdict {
                Verdict::Live => {}
                Verdict::Drain => self.connection.drain(),
                Verdict::Close => return true,
            }
            let Some(timeout) = life.limits.next_timeout() else {
                return false;
            };
            if life.timer.deadline() != timeout {
                life.timer.as_mut().reset(timeout);
            }
            if life.timer.as_mut().poll(cx).is_pending() {
                return false;
            }
        }
    }

    /// True if the connection is to be given up before it has begun.
    fn gives_up(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(handshake) = &mut self.handshake else {
            return false;
        };
        if handshake.preface.load(Ordering::Relaxed) {
            self.handshake = None;
            return false;
        }
        self.draining || handshake.timeout.as_mut().poll(cx).is_ready()
    }
}

impl Link for ServerLink {
    type New = Accepted;

    fn poll_link(&mut self, cx: &mut Context<'_>, streams: &mut Vec<Accepted>) -> Poll<()> {
        if self.has_had_its_time(cx) {
            return Poll::Ready(());
        }
        if !self.draining && self.connection.draining.load(Ordering::Acquire) {
            self.draining = true;
            if let Http::Open(http, _) = &mut self.http {
                http.graceful_shutdown();
            }
            self.silence.ask(Instant::now(), &self.connection.heard);
            self.silence_is_new = true;
        }
        match self.poll_http(cx, streams) {
            Poll::Ready(outcome) => {
                // An error is that of one connection, whose calls learn of it by themselves.
                if let Err(error) = outcome {
                    tracing::debug!(peer = %self.connection.peer, %error, "a connection broke");
                }
                Poll::Ready(())
            }
            Poll::Pending if self.gives_up(cx) || self.is_silent(cx) => Poll::Ready(()),
            Poll::Pending => Poll::Pending,
        }
    }
}

/// How much a stream may have given to HTTP/2 before its handler has to wait, in bytes. It gives away what it has whole, so there may be a
/// message more.
const SEND_BUFFER: usize = 32 * 1024;

fn builder(options: &Options) -> http2::Builder {
    /// h2 counts streams that were reset for errors over the whole life of a connection.
    const ERROR_RESETS: usize = 16 * 1024;
    /// As many cancelled calls as fit into what is read in one turn are no attack.
    const RESETS_PER_TURN: usize = 4096;
    /// RFC 9113 §6.9.1: the largest window. h2 panics at one that is larger.
    const LARGEST_WINDOW: u32 = (1 << 31) - 1;
    let max_streams = options.max_concurrent_streams as usize;
    let mut builder = http2::Builder::new();
    builder
        .initial_window_size(options.stream_window.min(LARGEST_WINDOW))
        .initial_connection_window_size(options.connection_window.min(LARGEST_WINDOW))
        .max_concurrent_streams(options.max_concurrent_streams)
        .max_pending_accept_reset_streams(max_streams.max(RESETS_PER_TURN))
        .max_local_error_reset_streams(Some(ERROR_RESETS))
        .max_send_buffer_size(SEND_BUFFER)
        .max_header_list_size(options.max_header_list_size);
    builder
}
