use std::{
    fmt,
    future::poll_fn,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
};

use tokio::runtime::{self, Handle};

use super::{
    balancer::PickInfo,
    config::{ChannelBuilder, Config},
    connection::Connection,
    head::CallHead,
    hub::{Hub, Waiter},
    pool,
    resolver::FixedResolver,
    subchannel::ConnectivityState,
    worker::Worker,
};
#[cfg(feature = "__tls")]
use crate::transport::tls::ClientTls;
use crate::{Status, transport::InProcess};

/// A way to a server, by whatever connections that takes. Cheap to clone; to be used by any number of tasks.
///
/// It connects at its first call, and again when the connection is lost, with gRPC's backoff between
/// attempts. When the last clone is gone the connections close, once their calls are over. Connections
/// belong to the tokio runtime that uses them: on another runtime the channel makes its own.
#[derive(Clone)]
pub struct Channel(Arc<Inner>);

struct Inner {
    /// Or what is wrong with it: the error of every call.
    config: Result<Arc<Config>, Status>,
    /// Few: one for each runtime that is alive and uses the channel.
    hubs: Mutex<Vec<(runtime::Id, Arc<Hub>)>>,
    /// What others keep with the channel, by type.
    #[cfg(feature = "protos")]
    extensions: Mutex<http::Extensions>,
}

/// A channel to `target`, in plain text.
///
/// The target is `host:port`, `dns:///host:port`, `ipv4:1.2.3.4:5,…`, `ipv6:[::1]:5,…`, `unix:path`,
/// `unix:///path` or `http://host:port` (gRPC naming.md). A port that is not given is 443, or 80 after
/// `http://`. It connects at the first call; a bad target is the error of every call.
pub fn insecure_channel(target: impl AsRef<str>) -> Channel {
    Channel::builder(target).insecure().build()
}

/// A channel to `target`, over TLS.
///
/// The target is as [`insecure_channel`] takes it, or `https://host:port`. The server's certificate has to be for
/// its host (`localhost` for a unix socket), or for what [`ClientTls::server_name`] says. What is wrong with the
/// target or the name is the error of every call; a connection that is not secure is never used.
///
/// ```no_run
/// # use grpc_core as grpc;
/// use grpc::{client::secure_channel, transport::tls::ClientTls};
///
/// let channel = secure_channel("example.com:443", ClientTls::new());
/// # let _ = channel;
/// ```
#[cfg(feature = "__tls")]
pub fn secure_channel(target: impl AsRef<str>, tls: ClientTls) -> Channel {
    Channel::builder(target).tls(tls).build()
}

impl Channel {
    /// Sets up a channel to `target`, which is as [`insecure_channel`] takes it, or `https://host:port`. It is in
    /// plain text unless that is set or the target is an `https` one.
    pub fn builder(target: impl AsRef<str>) -> ChannelBuilder {
        ChannelBuilder::new(target.as_ref())
    }

    /// Sets up a channel to the server that listens at this place in the process. Its calls' authority is `localhost`.
    pub fn in_process(place: &InProcess) -> ChannelBuilder {
        let address = place.address();
        ChannelBuilder::new("localhost")
            .authority("localhost")
            .connector(place.clone())
            .resolver(move || FixedResolver::new([address.clone()]))
    }

    /// Its state on the runtime that this is called on: idle outside of one.
    pub fn state(&self) -> ConnectivityState {
        Handle::try_current().map_or(ConnectivityState::Idle, |runtime| self.state_on(&runtime))
    }

    /// Its state on this runtime.
    pub(super) fn state_on(&self, runtime: &Handle) -> ConnectivityState {
        let hub = self.existing_hub(runtime.id());
        hub.map_or(ConnectivityState::Idle, |hub| hub.connectivity())
    }

    pub(super) fn new(config: Result<Config, Status>) -> Self {
        Self(Arc::new(Inner {
            config: config.map(Arc::new),
            hubs: Mutex::default(),
            #[cfg(feature = "protos")]
            extensions: Mutex::default(),
        }))
    }

    /// What is kept with the channel under this type; its default, from now on, if there is none.
    #[cfg(feature = "protos")]
    pub(crate) fn extension<T: Clone + Default + Send + Sync + 'static>(&self) -> T {
        let mut extensions = self.0.extensions.lock().unwrap_or_else(PoisonError::into_inner);
        extensions.get_or_insert_default::<T>().clone()
    }

    /// The configuration; only of a channel that has a good one, which every call has checked.
    pub(super) fn try_config(&self) -> Result<&Arc<Config>, Status> {
        self.0.config.as_ref().map_err(Status::clone)
    }

    /// A connection for this call that takes it at once, if there is one.
    pub(super) fn ready_connection(
        &self,
        head: &CallHead,
        runtime: &Handle,
    ) -> Result<Option<Arc<Connection>>, Status> {
        Ok(self
            .hub(runtime)?
            .try_pick(&PickInfo::new(&head.method, &head.metadata)))
    }

    /// A connection for this call, waited for as long as the call wants and may.
    pub(super) async fn connection(&self, head: &CallHead) -> Result<Arc<Connection>, Status> {
        let mut waiter = Waiter::new(self.hub(&current_runtime()?)?);
        let info = PickInfo::new(&head.method, &head.metadata);
        let mut sleep = pin!(head.deadline.map(tokio::time::sleep_until));
        poll_fn(|cx| {
            if let Poll::Ready(picked) = waiter.poll(cx, &info, head.wait_for_ready) {
                return Poll::Ready(picked);
            }
            match sleep.as_mut().as_pin_mut() {
                Some(sleep) => sleep.poll(cx).map(|()| Err(head.deadline_exceeded())),
                None => Poll::Pending,
            }
        })
        .await
    }

    /// True if no one but the caller of this holds the channel.
    pub(super) fn is_unused(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }

    fn existing_hub(&self, runtime: runtime::Id) -> Option<Arc<Hub>> {
        let hubs = self.0.hubs.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, hub) = hubs.iter().find(|(id, hub)| *id == runtime && !hub.is_closed())?;
        Some(Arc::clone(hub))
    }

    fn hub(&self, runtime: &Handle) -> Result<Arc<Hub>, Status> {
        let mut hubs = self.0.hubs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, hub)) = hubs
            .iter()
            .find(|(id, hub)| *id == runtime.id() && !hub.is_closed())
        {
            return Ok(Arc::clone(hub));
        }
        let config = Arc::clone(self.try_config()?);
        hubs.retain(|(_, hub)| !hub.is_closed());
        let hub = Arc::new(Hub::new());
        hubs.push((runtime.id(), Arc::clone(&hub)));
        drop(hubs);
        runtime.spawn(Worker::new(Arc::clone(&hub), config));
        Ok(hub)
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Channel");
        match &self.0.config {
            Ok(config) => out.field("authority", &config.authority.as_str()),
            Err(error) => out.field("error", error),
        };
        out.finish_non_exhaustive()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let hubs = self.hubs.get_mut().unwrap_or_else(PoisonError::into_inner);
        hubs.drain(..).for_each(|(_, hub)| hub.close());
    }
}

/// The runtime that polls the call.
pub(super) fn current_runtime() -> Result<Handle, Status> {
    Handle::try_current()
        .map_err(|_| Status::failed_precondition("a call has to be awaited inside a tokio runtime"))
}

/// Where a stub's method or a free function sends its call: a channel, or a target whose channel is pooled.
#[derive(Clone, Debug)]
pub struct Callee(To);

#[derive(Clone, Debug)]
enum To {
    Channel(Channel),
    Target(String),
}

impl Callee {
    /// The channel; only inside a runtime.
    pub(crate) fn channel(self) -> Result<Channel, Status> {
        match self.0 {
            To::Channel(channel) => Ok(channel),
            To::Target(target) => pool::channel(&target),
        }
    }
}

impl From<&Channel> for Callee {
    fn from(channel: &Channel) -> Self {
        Self(To::Channel(channel.clone()))
    }
}

impl From<Channel> for Callee {
    fn from(channel: Channel) -> Self {
        Self(To::Channel(channel))
    }
}

impl From<&str> for Callee {
    fn from(target: &str) -> Self {
        Self(To::Target(target.to_owned()))
    }
}

impl From<String> for Callee {
    fn from(target: String) -> Self {
        Self(To::Target(target))
    }
}

impl From<&String> for Callee {
    fn from(target: &String) -> Self {
        target.as_str().into()
    }
}
