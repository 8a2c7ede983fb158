use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use super::background::Background;
#[cfg(feature = "__tls")]
use crate::transport::tls::ClientTls;
use crate::{
    Result,
    client::{self, ChannelBuilder, ConnectivityState},
};

/// A channel for threads that block: a way to a server, by whatever connections that takes. Cheap to clone; to be used by any
/// number of threads.
///
/// It has the configuration of an async [`Channel`](client::Channel), which it is made from, and connections of its own: those
/// belong to the runtime of blocking channels. That is one thread, `grpc-blocking`, which all channels of the process share;
/// it starts with the first call and ends when the last channel, or call, that has used it is gone. What is still open then
/// has a second to close.
///
/// In async code, where waiting would hold up a runtime, every call fails with FAILED_PRECONDITION. Inside
/// `tokio::task::spawn_blocking` and `block_in_place` it works.
#[derive(Clone)]
pub struct Channel {
    channel: client::Channel,
    background: Arc<OnceLock<Arc<Background>>>,
}

/// A channel to `target`, in plain text, for threads that block: see [`client::insecure_channel`] for what a target is.
pub fn insecure_channel(target: impl AsRef<str>) -> Channel {
    client::insecure_channel(target).into()
}

/// A channel to `target`, over TLS, for threads that block: see [`client::secure_channel`].
#[cfg(feature = "__tls")]
pub fn secure_channel(target: impl AsRef<str>, tls: ClientTls) -> Channel {
    client::secure_channel(target, tls).into()
}

impl Channel {
    /// The channel for async code that this was made from: it has the same configuration.
    pub fn as_async(&self) -> &client::Channel {
        &self.channel
    }

    /// The state of its connections. Idle before the first call.
    pub fn state(&self) -> ConnectivityState {
        let background = self.background.get();
        // Without entering the runtime, which a thread that ends cannot do.
        background.map_or(ConnectivityState::Idle, |background| {
            self.channel.state_on(background.handle())
        })
    }

    /// What its calls run on.
    pub(super) fn background(&self) -> Result<Arc<Background>> {
        if let Some(background) = self.background.get() {
            return Ok(Arc::clone(background));
        }
        let shared = Background::shared()?;
        Ok(Arc::clone(self.background.get_or_init(|| shared)))
    }
}

impl From<client::Channel> for Channel {
    fn from(channel: client::Channel) -> Self {
        Self {
            channel,
            background: Arc::default(),
        }
    }
}

impl From<&client::Channel> for Channel {
    fn from(channel: &client::Channel) -> Self {
        channel.clone().into()
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.channel.fmt(f)
    }
}

impl ChannelBuilder {
    /// The channel, for threads that block.
    pub fn build_blocking(self) -> Channel {
        self.build().into()
    }
}
