//! How a channel is set up.

use std::{fmt, sync::Arc, time::Duration};

use http::{
    HeaderMap, HeaderName, HeaderValue, header,
    uri::{Authority, Scheme},
};

use super::{
    backoff::BackoffConfig,
    balancer::{Balancer, PickFirst},
    channel::Channel,
    credentials::CallCredentials,
    goaway::KeepaliveTime,
    interceptor::ClientInterceptor,
    resolver::{self, Resolver},
    security::Security,
    target::{self, Target},
};
#[cfg(feature = "__tls")]
use crate::transport::tls::ClientTls;
use crate::{
    Status,
    message::{Compression, Compressor, Encodings},
    metadata::check_key,
    transport::{Connector, SocketConnector},
};

const USER_AGENT: &str = concat!("grpc-rust-servicer/", env!("CARGO_PKG_VERSION"));

type MakeResolver = Arc<dyn Fn() -> Box<dyn Resolver> + Send + Sync>;
type MakeBalancer = Arc<dyn Fn() -> Box<dyn Balancer> + Send + Sync>;

/// What all the calls and connections of a channel go by.
pub(super) struct Config {
    pub(super) authority: Authority,
    /// HTTPS if the connections are secure.
    pub(super) scheme: Scheme,
    /// Those of every request.
    pub(super) headers: HeaderMap,
    pub(super) connector: Arc<dyn Connector>,
    pub(super) resolver: MakeResolver,
    pub(super) balancer: MakeBalancer,
    pub(super) interceptors: Vec<Arc<dyn ClientInterceptor>>,
    pub(super) credentials: Vec<Arc<dyn CallCredentials>>,
    pub(super) backoff: BackoffConfig,
    pub(super) http2: Http2Config,
    pub(super) keepalive: Arc<KeepaliveTime>,
    pub(super) idle_timeout: Option<Duration>,
    pub(super) max_receive_message_size: usize,
    pub(super) max_send_message_size: usize,
    pub(super) compressor: Compressor,
    pub(super) accepted: Encodings,
    /// The keys of metadata that calls take over from the call whose handler makes them.
    pub(super) propagated: Vec<HeaderName>,
}

/// What a connection is told at its start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Http2Config {
    pub(super) stream_window: u32,
    pub(super) connection_window: u32,
    pub(super) max_header_list_size: u32,
    pub(super) max_queued_calls: usize,
    pub(super) keepalive_interval: Option<Duration>,
    pub(super) min_keepalive_interval: Duration,
    pub(super) keepalive_timeout: Duration,
    pub(super) keepalive_while_idle: bool,
}

impl Default for Http2Config {
    fn default() -> Self {
        Self {
            stream_window: 256 * 1024,
            // So much larger than a stream's that a response nobody reads cannot block the others, and so small that a thousand
            // of them take less than 100 MB.
            connection_window: 48 * 1024 * 1024,
            max_header_list_size: 16 * 1024,
            max_queued_calls: 65_536,
            keepalive_interval: None,
            // gRFC A8 §Client-side Keepalive, as grpc-go and grpc-java have it.
            min_keepalive_interval: Duration::from_secs(10),
            keepalive_timeout: Duration::from_secs(20),
            keepalive_while_idle: false,
        }
    }
}

impl Http2Config {
    /// How often to ping: what was asked for, unless that is too often.
    fn keepalive(&self) -> Option<Duration> {
        let (asked, least) = (self.keepalive_interval?, self.min_keepalive_interval);
        if asked < least {
            tracing::warn!(
                ?asked,
                ?least,
                "a keepalive interval is too short, and counts as the least"
            );
        }
        Some(asked.max(least))
    }
}

/// Sets up a [`Channel`]: [`Channel::builder`].
#[must_use = "a builder does nothing until `build`"]
#[non_exhaustive]
pub struct ChannelBuilder {
    target: String,
    authority: Option<String>,
    security: Security,
    user_agent: Option<String>,
    connector: Arc<dyn Connector>,
    resolver: Option<MakeResolver>,
    balancer: MakeBalancer,
    interceptors: Vec<Arc<dyn ClientInterceptor>>,
    credentials: Vec<Arc<dyn CallCredentials>>,
    backoff: BackoffConfig,
    http2: Http2Config,
    idle_timeout: Option<Duration>,
    max_receive_message_size: usize,
    max_send_message_size: usize,
    compressor: Compressor,
    accepted: Encodings,
    propagated: Vec<String>,
}

impl ChannelBuilder {
    pub(super) fn new(target: &str) -> Self {
        Self {
            target: target.to_owned(),
            authority: None,
            security: Security::ByTarget,
            user_agent: None,
            connector: Arc::new(SocketConnector::new()),
            resolver: None,
            balancer: Arc::new(|| Box::new(PickFirst::new())),
            interceptors: Vec::new(),
            credentials: Vec::new(),
            backoff: BackoffConfig::default(),
            http2: Http2Config::default(),
            // gRPC's own (GRPC_ARG_CLIENT_IDLE_TIMEOUT_MS).
            idle_timeout: Some(Duration::from_secs(30 * 60)),
            max_receive_message_size: 4 * 1024 * 1024,
            max_send_message_size: usize::MAX,
            compressor: Compressor {
                compression: Compression::Identity,
                threshold: 1024,
            },
            accepted: Encodings::all(),
            propagated: Vec::new(),
        }
    }

    /// The channel. It connects at the first call; what is wrong with the target or an option is the error
    /// of every call.
    pub fn build(self) -> Channel {
        Channel::new(self.into_config())
    }

    /// Makes the connections secure. An `https` target does so by itself, as [`ClientTls::new`] says.
    #[cfg(feature = "__tls")]
    pub fn tls(mut self, tls: ClientTls) -> Self {
        self.security = Security::Tls(tls);
        self
    }

    pub(super) fn insecure(mut self) -> Self {
        self.security = Security::Plaintext;
        self
    }

    /// What calls send as `:authority` in place of the target's host and port. Over TLS the server's certificate
    /// has to be for its host, unless `ClientTls::server_name` says another.
    pub fn authority(mut self, authority: impl Into<String>) -> Self {
        self.authority = Some(authority.into());
        self
    }

    /// What goes in front of the framework's own name in `user-agent`.
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.user_agent = Some(name.into());
        self
    }

    /// Makes connections with `connector` in place of TCP and unix sockets.
    pub fn connector(mut self, connector: impl Connector) -> Self {
        self.connector = Arc::new(connector);
        self
    }

    /// Finds addresses with what `make` returns, in place of looking at the target, which then only gives
    /// the authority. It is called once for every runtime that uses the channel.
    pub fn resolver<R: Resolver>(mut self, make: impl Fn() -> R + Send + Sync + 'static) -> Self {
        self.resolver = Some(Arc::new(move || Box::new(make())));
        self
    }

    /// Chooses connections with what `make` returns in place of [`PickFirst`]. It is called once for every
    /// runtime that uses the channel.
    pub fn balancer<B: Balancer>(mut self, make: impl Fn() -> B + Send + Sync + 'static) -> Self {
        self.balancer = Arc::new(move || Box::new(make()));
        self
    }

    /// Adds an interceptor, inside of those added before it.
    pub fn interceptor(mut self, interceptor: impl ClientInterceptor) -> Self {
        self.interceptors.push(Arc::new(interceptor));
        self
    }

    /// Adds credentials, whose metadata every call sends.
    pub fn credentials(mut self, credentials: impl CallCredentials) -> Self {
        self.credentials.push(Arc::new(credentials));
        self
    }

    /// The delays between attempts to connect.
    pub fn backoff(mut self, backoff: BackoffConfig) -> Self {
        self.backoff = backoff;
        self
    }

    /// The largest message to receive, in bytes; 4 MiB. A larger one ends its call with RESOURCE_EXHAUSTED.
    pub fn max_receive_message_size(mut self, bytes: usize) -> Self {
        self.max_receive_message_size = bytes;
        self
    }

    /// The largest message to send, in bytes; no limit. A larger one ends its call with RESOURCE_EXHAUSTED.
    pub fn max_send_message_size(mut self, bytes: usize) -> Self {
        self.max_send_message_size = bytes;
        self
    }

    /// Compresses the requests of all calls that do not say otherwise; no. A server that cannot read it answers with
    /// UNIMPLEMENTED. See [`Compression`] for the features that it takes.
    pub fn compression(mut self, compression: Compression) -> Self {
        self.compressor.compression = compression;
        self
    }

    /// Leaves requests of fewer bytes as they are, which compressing would hardly make smaller; 1,024.
    pub fn compression_threshold(mut self, bytes: usize) -> Self {
        self.compressor.threshold = bytes;
        self
    }

    /// Asks for responses in these encodings only, and in none at all; all that the features give.
    pub fn accept_compression(mut self, encodings: impl IntoIterator<Item = Compression>) -> Self {
        self.accepted = encodings.into_iter().collect();
        self
    }

    /// Sends on the metadata that a handler's call came with under these keys, in calls that the handler makes; none by
    /// default. A call that sets a key itself sends what it has set.
    ///
    /// Name nothing that is secret to the server behind this channel, such as `authorization`, unless it is trusted
    /// with it. A key that may not be sent is the error of every call.
    ///
    /// ```
    /// # use grpc_core as grpc;
    /// let ledger = grpc::client::Channel::builder("ledger:50051")
    ///     .propagate_metadata(["x-request-id", "traceparent"])
    ///     .build();
    /// # let _ = ledger;
    /// ```
    pub fn propagate_metadata<K: Into<String>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.propagated.extend(keys.into_iter().map(Into::into));
        self
    }

    /// How much a server may send on one stream before it is read, in bytes; 256 KiB.
    pub fn stream_window(mut self, bytes: u32) -> Self {
        self.http2.stream_window = bytes;
        self
    }

    /// How much a server may send on one connection before it is read, in bytes; 48 MiB. It should be many
    /// times the stream's.
    pub fn connection_window(mut self, bytes: u32) -> Self {
        self.http2.connection_window = bytes;
        self
    }

    /// The largest block of response metadata, in bytes; 16 KiB.
    pub fn max_header_list_size(mut self, bytes: u32) -> Self {
        self.http2.max_header_list_size = bytes;
        self
    }

    /// How many calls may wait on a connection because the server allows no more at a time; 65,536. Further
    /// ones fail with RESOURCE_EXHAUSTED.
    pub fn max_queued_calls(mut self, calls: usize) -> Self {
        self.http2.max_queued_calls = calls;
        self
    }

    /// Sends an HTTP/2 PING after this long without a frame from the server (gRPC keepalive.md); never.
    ///
    /// Servers close connections on which it comes too often, gRPC's by default where it is less than 5 minutes; the
    /// channel then doubles it for its next connection (gRFC A8). Less than
    /// [`min_keepalive_interval`](Self::min_keepalive_interval) counts as that.
    pub fn keepalive_interval(mut self, interval: Duration) -> Self {
        self.http2.keepalive_interval = Some(interval);
        self
    }

    /// The shortest time that [`keepalive_interval`](Self::keepalive_interval) may be; 10 s (gRFC A8). Only tests have a reason
    /// to lower it.
    pub fn min_keepalive_interval(mut self, interval: Duration) -> Self {
        self.http2.min_keepalive_interval = interval;
        self
    }

    /// Lets the connections go after this long without a call; 30 minutes. `None`: never. The next call connects
    /// again, and looks the name up anew.
    pub fn idle_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.idle_timeout = timeout.into();
        self
    }

    /// How long the answer to a keepalive PING may take before the connection counts as lost; 20 s.
    pub fn keepalive_timeout(mut self, timeout: Duration) -> Self {
        self.http2.keepalive_timeout = timeout;
        self
    }

    /// Sends keepalive PINGs while there is no call, too; no.
    pub fn keepalive_while_idle(mut self, enabled: bool) -> Self {
        self.http2.keepalive_while_idle = enabled;
        self
    }

    fn into_config(self) -> Result<Config, Status> {
        let (authority, said, resolver) = match (Target::parse(&self.target), self.resolver) {
            (Ok(target), Some(resolver)) => (target.authority, target.security, resolver),
            (Ok(target), None) => {
                let (authority, said) = (target.authority.clone(), target.security);
                let resolver: MakeResolver = Arc::new(move || resolver::for_target(&target));
                (authority, said, resolver)
            }
            // A name that only a resolver of one's own understands; the authority then has to be given, or
            // is localhost.
            (Err(_), Some(resolver)) => (
                Authority::from_static("localhost"),
                target::Security::Open,
                resolver,
            ),
            (Err(error), None) => return Err(error),
        };
        let given = self.authority.as_deref();
        let authority = match given.or_else(|| self.security.server_name()) {
            Some(text) => text
                .parse()
                .map_err(|_| Status::invalid_argument(format!("authority {text:?} is none")))?,
            None => authority,
        };
        let (connector, scheme) = self
            .security
            .secure(self.connector, said, &authority)
            .map_err(|why| Status::invalid_argument(format!("target {:?}: {why}", self.target)))?;
        let user_agent = match self.user_agent {
            Some(name) => HeaderValue::try_from(format!("{name} {USER_AGENT}"))
                .map_err(|_| Status::invalid_argument(format!("user-agent {name:?} cannot be sent")))?,
            None => HeaderValue::from_static(USER_AGENT),
        };
        let propagated = self
            .propagated
            .iter()
            .map(|key| check_key(key))
            .collect::<Result<_, _>>();
        let propagated =
            propagated.map_err(|error| Status::invalid_argument(format!("propagate_metadata: {error}")))?;
        let mut headers = HeaderMap::new();
        headers.insert(header::TE, HeaderValue::from_static("trailers"));
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        headers.insert(header::USER_AGENT, user_agent);
        self.accepted.write_to(&mut headers);
        Ok(Config {
            authority,
            scheme,
            headers,
            connector,
            resolver,
            balancer: self.balancer,
            interceptors: self.interceptors,
            credentials: self.credentials,
            backoff: self.backoff,
            keepalive: Arc::new(KeepaliveTime::new(self.http2.keepalive())),
            idle_timeout: self.idle_timeout,
            http2: self.http2,
            max_receive_message_size: self.max_receive_message_size,
            max_send_message_size: self.max_send_message_size,
            compressor: self.compressor,
            accepted: self.accepted,
            propagated,
        })
    }
}

impl fmt::Debug for ChannelBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelBuilder")
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}
