//! Which of the addresses to connect to, and which connection a call takes (gRPC load-balancing.md).

mod pick_first;

use std::sync::Arc;

use tokio::time::Instant;

pub use self::pick_first::PickFirst;
use super::subchannel::ConnectivityState;
use crate::{Method, Status, metadata::Metadata, transport::Address};

/// Decides which addresses a channel connects to, and which connection each call takes.
///
/// It does no I/O: the channel feeds it [`BalancerEvent`]s and carries out the [`BalancerAction`]s that it
/// takes from it. Calls do not go through it but through the [`Picker`] it published last.
pub trait Balancer: Send + 'static {
    /// Something has happened.
    fn handle(&mut self, event: BalancerEvent, now: Instant);

    /// The next thing to do; called after every event until it gives `None`.
    fn next_action(&mut self) -> Option<BalancerAction>;

    /// When it wants a [`BalancerEvent::Timeout`].
    fn next_timeout(&self) -> Option<Instant> {
        None
    }
}

/// What a [`Balancer`] is told.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum BalancerEvent {
    /// The resolver has found these addresses, in this order.
    Addresses(Vec<Address>),
    /// The resolver has failed.
    ResolveFailed(Status),
    /// A subchannel has changed its state. A failed one becomes idle when its backoff is over.
    Subchannel {
        /// Which one.
        id: SubchannelId,
        /// Its new state.
        state: ConnectivityState,
        /// Why, if it is [`ConnectivityState::TransientFailure`].
        error: Option<Status>,
    },
    /// A call waits, and nothing is being done about it.
    CallWaiting,
    /// The time of [`Balancer::next_timeout`] has come.
    Timeout,
}

/// What a [`Balancer`] wants done.
#[derive(Clone)]
#[non_exhaustive]
pub enum BalancerAction {
    /// Make a subchannel, idle, for this address.
    Create(SubchannelId, Address),
    /// Connect it, if it is idle.
    Connect(SubchannelId),
    /// Give it up; calls on it go on to their end.
    Remove(SubchannelId),
    /// Say what state the channel is in, and let calls go where this picker sends them.
    Publish(ConnectivityState, Arc<dyn Picker>),
    /// Ask the resolver for new addresses.
    Resolve,
}

/// A subchannel: one address's connection. The balancer chooses the numbers, and never reuses one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubchannelId(pub u64);

/// Chooses a connection for each call. Every call runs through it, on the caller's thread: it must be quick.
pub trait Picker: Send + Sync + 'static {
    /// Where this call goes.
    fn pick(&self, call: &PickInfo<'_>) -> Pick;

    /// The subchannel that every call goes to, if that is one for all of them: calls then go to it without a further question,
    /// as long as it is connected. There is none by default.
    fn always(&self) -> Option<SubchannelId> {
        None
    }
}

/// What a [`Picker`] knows of a call.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PickInfo<'a> {
    /// The call's method.
    pub method: &'a Method,
    /// The metadata that it will send.
    pub metadata: &'a Metadata,
}

/// What becomes of a call.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Pick {
    /// It goes to this subchannel.
    Subchannel(SubchannelId),
    /// It waits for the next picker.
    Queue,
    /// It fails with this status, unless it waits for ready.
    Fail(Status),
    /// It fails with this status in any case.
    Drop(Status),
}

impl<'a> PickInfo<'a> {
    pub(super) fn new(method: &'a Method, metadata: &'a Metadata) -> Self {
        Self { method, metadata }
    }
}

/// A picker that treats every call alike.
pub(super) struct Always(pub(super) Pick);

impl Picker for Always {
    fn pick(&self, _call: &PickInfo<'_>) -> Pick {
        self.0.clone()
    }

    fn always(&self) -> Option<SubchannelId> {
        match self.0 {
            Pick::Subchannel(id) => Some(id),
            _ => None,
        }
    }
}
