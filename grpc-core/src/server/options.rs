use std::time::Duration;

use super::{Server, blocking::MAX_BLOCKING, compression::CompressionOptions};

/// What can be set on a [`Server`], with gRPC's or HTTP/2's usual values as defaults.
#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) stream_window: u32,
    pub(super) connection_window: u32,
    pub(super) max_concurrent_streams: u32,
    pub(super) max_header_list_size: u32,
    pub(super) max_trailers_size: usize,
    pub(super) keepalive_interval: Option<Duration>,
    pub(super) keepalive_timeout: Duration,
    pub(super) max_receive_message_size: usize,
    pub(super) max_send_message_size: usize,
    pub(super) handshake_timeout: Duration,
    pub(super) max_connections: Option<usize>,
    pub(super) compression: CompressionOptions,
    pub(super) max_concurrent_calls: Option<usize>,
    pub(super) permit_keepalive_time: Duration,
    pub(super) permit_keepalive_without_calls: bool,
    pub(super) max_connection_idle: Option<Duration>,
    pub(super) max_connection_age: Option<Duration>,
    pub(super) max_connection_age_grace: Option<Duration>,
    pub(super) spawn_calls: bool,
    pub(super) max_blocking: usize,
    pub(super) shutdown_grace: Duration,
    pub(super) threads: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            stream_window: 256 * 1024,
            // Far above the stream window, so that calls which nobody reads do not block the others.
            connection_window: 64 * 1024 * 1024,
            max_concurrent_streams: 1024,
            max_header_list_size: 16 * 1024,
            max_trailers_size: 8 * 1024,
            keepalive_interval: Some(Duration::from_secs(2 * 60 * 60)),
            keepalive_timeout: Duration::from_secs(20),
            max_receive_message_size: 4 * 1024 * 1024,
            max_send_message_size: usize::MAX,
            handshake_timeout: Duration::from_secs(20),
            max_connections: None,
            compression: CompressionOptions::default(),
            max_concurrent_calls: None,
            permit_keepalive_time: Duration::from_secs(5 * 60),
            permit_keepalive_without_calls: false,
            max_connection_idle: None,
            max_connection_age: None,
            max_connection_age_grace: None,
            spawn_calls: false,
            max_blocking: MAX_BLOCKING,
            shutdown_grace: Duration::from_secs(25),
            threads: 0,
        }
    }
}

/// Settings, all of which take effect at [`Server::start`].
impl Server {
    /// How many bytes a call's client may send ahead of its handler; 256 KiB.
    pub fn stream_window(&mut self, bytes: u32) -> &mut Self {
        self.options.stream_window = bytes;
        self
    }

    /// How many bytes a connection's client may send ahead of all its handlers together; 64 MiB.
    ///
    /// Keep it far above [`Server::stream_window`]: once it is full of requests that handlers have not read,
    /// every call on the connection waits.
    pub fn connection_window(&mut self, bytes: u32) -> &mut Self {
        self.options.connection_window = bytes;
        self
    }

    /// How many calls one connection may have open at a time; 1,024. Clients queue further calls.
    pub fn max_concurrent_streams(&mut self, calls: u32) -> &mut Self {
        self.options.max_concurrent_streams = calls;
        self
    }

    /// The most that a call's headers may come to, in bytes as HTTP/2 counts them; 16 KiB.
    pub fn max_header_list_size(&mut self, bytes: u32) -> &mut Self {
        self.options.max_header_list_size = bytes;
        self
    }

    /// The most that the block with a call's status may come to, in bytes as HTTP/2 counts them; 8 KiB, which is what
    /// clients of other implementations bear with.
    ///
    /// From a larger one the status' details are left out, then metadata, and at last the end of its message. That is
    /// logged as a warning.
    pub fn max_trailers_size(&mut self, bytes: usize) -> &mut Self {
        self.options.max_trailers_size = bytes;
        self
    }

    /// How often a connection is pinged to see whether its client is still there; every 2 hours. `None`: never.
    pub fn keepalive_interval(&mut self, interval: impl Into<Option<Duration>>) -> &mut Self {
        self.options.keepalive_interval = interval.into();
        self
    }

    /// How long a ping may stay without an answer before its connection is closed; 20 seconds.
    pub fn keepalive_timeout(&mut self, timeout: Duration) -> &mut Self {
        self.options.keepalive_timeout = timeout;
        self
    }

    /// The largest message that is received, in bytes; 4 MiB. A larger one ends its call with
    /// RESOURCE_EXHAUSTED.
    pub fn max_receive_message_size(&mut self, bytes: usize) -> &mut Self {
        self.options.max_receive_message_size = bytes;
        self
    }

    /// The largest message that is sent, in bytes; no limit. A larger one ends its call with
    /// RESOURCE_EXHAUSTED.
    pub fn max_send_message_size(&mut self, bytes: usize) -> &mut Self {
        self.options.max_send_message_size = bytes;
        self
    }

    /// How long a new connection may take to say that it speaks HTTP/2; 20 seconds.
    pub fn handshake_timeout(&mut self, timeout: Duration) -> &mut Self {
        self.options.handshake_timeout = timeout;
        self
    }

    /// How many connections may be open at a time, over all ports; no limit. Further ones wait until one has closed.
    pub fn max_connections(&mut self, connections: impl Into<Option<usize>>) -> &mut Self {
        self.options.max_connections = connections.into();
        self
    }

    /// How many calls may be open at a time, over all connections; no limit. Further ones are answered with
    /// RESOURCE_EXHAUSTED at once.
    ///
    /// A call is open from its first byte on until its response has been sent, or it is cancelled: one whose handler has
    /// answered counts while its client leaves no room for the answer, which is in memory meanwhile (but for its last 64 KiB).
    pub fn max_concurrent_calls(&mut self, calls: impl Into<Option<usize>>) -> &mut Self {
        self.options.max_concurrent_calls = calls.into();
        self
    }

    /// How far apart a client's keepalive pings have to be; 5 minutes (gRFC A8).
    ///
    /// The third that comes too soon after the one before, with no response sent between, ends the connection with
    /// GOAWAY, ENHANCE_YOUR_CALM and `too_many_pings`.
    pub fn permit_keepalive_time(&mut self, interval: Duration) -> &mut Self {
        self.options.permit_keepalive_time = interval;
        self
    }

    /// Lets clients ping that often without an open call, too; no. They are else to leave two hours between.
    pub fn permit_keepalive_without_calls(&mut self, permit: bool) -> &mut Self {
        self.options.permit_keepalive_without_calls = permit;
        self
    }

    /// Closes a connection that has had no call for this long; never (gRFC A9). Its client makes another when it
    /// needs one.
    pub fn max_connection_idle(&mut self, idle: impl Into<Option<Duration>>) -> &mut Self {
        self.options.max_connection_idle = idle.into();
        self
    }

    /// Closes a connection that has been there for this long, or up to a tenth less or more, once its calls are
    /// over; never (gRFC A9). Clients then connect anew, and find servers that were not there before.
    pub fn max_connection_age(&mut self, age: impl Into<Option<Duration>>) -> &mut Self {
        self.options.max_connection_age = age.into();
        self
    }

    /// How long the calls of a connection that is too old may still take before they are cancelled; no limit.
    pub fn max_connection_age_grace(&mut self, grace: impl Into<Option<Duration>>) -> &mut Self {
        self.options.max_connection_age_grace = grace.into();
        self
    }

    /// Gives every call a task of its own, as `#[rpc(spawn)]` does for one method's calls; off.
    ///
    /// Handlers otherwise run on their connection's task, which is far cheaper for short ones and keeps the
    /// calls of one connection on one thread.
    pub fn spawn_calls(&mut self, spawn: bool) -> &mut Self {
        self.options.spawn_calls = spawn;
        self
    }

    /// How many calls of `#[rpc(blocking)]` handlers may run at a time, over all connections; 256. A further one fails at once with
    /// RESOURCE_EXHAUSTED.
    ///
    /// Each has a thread of tokio's blocking pool. Of those a runtime has 512 unless
    /// [`max_blocking_threads`](tokio::runtime::Builder::max_blocking_threads) says otherwise; the default leaves the other half
    /// to name lookups, files and the program's own `spawn_blocking`. Beyond what the runtime has, calls wait for a thread.
    pub fn max_blocking(&mut self, calls: usize) -> &mut Self {
        self.options.max_blocking = calls;
        self
    }

    /// How long [`Server::serve_with_shutdown`] lets calls finish before it cancels them; 25 seconds.
    pub fn shutdown_grace(&mut self, grace: Duration) -> &mut Self {
        self.options.shutdown_grace = grace;
        self
    }
}
