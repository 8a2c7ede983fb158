//! Clients: a [`Channel`], the calls made on it, and the places where it can be extended.
//!
//! A call's way: a stub makes a [`Call`], [`StreamingCall`] or [`OpenCall`], which does nothing until it is
//! polled; `opening` then takes it through the channel's interceptors and has it pick a connection from the
//! channel's `hub`; an `attempt` runs in that connection's driver and feeds the call's `exchange`, from which
//! the caller's task reads. Which connections there are is up to the channel's `worker`, which runs a
//! [`Resolver`], a [`Balancer`] and one `subchannel` per address.

mod active;
mod attempt;
mod backoff;
mod balancer;
pub(crate) mod blocking;
mod call;
mod channel;
mod config;
mod connection;
mod credentials;
#[cfg(feature = "protos")]
mod described;
mod exchange;
mod explicit;
mod goaway;
mod head;
mod hub;
mod idle;
mod interceptor;
mod listening;
mod opening;
mod options;
mod outbound;
mod outgoing;
mod parent;
mod pool;
mod reader;
mod request_body;
mod requests;
mod resolver;
mod security;
mod send_buffer;
mod source;
mod status;
mod streaming;
mod streams;
mod subchannel;
mod target;
mod tower;
mod unread;
mod worker;

#[cfg(feature = "__tls")]
pub use self::channel::secure_channel;
#[doc(hidden)]
pub use self::requests::{
    ByIterator, ByReceiver, ByStream, ByTryStream, Iterated, Received, Streamed, Tried,
};
pub use self::{
    active::ActiveCall,
    backoff::BackoffConfig,
    balancer::{Balancer, BalancerAction, BalancerEvent, Pick, PickFirst, PickInfo, Picker, SubchannelId},
    call::{Call, Response, ResponseFuture},
    channel::{Callee, Channel, insecure_channel},
    config::ChannelBuilder,
    credentials::{CallCredentials, CredentialsInfo},
    explicit::{ClientCall, OpenCall, RequestSender},
    head::CallHead,
    interceptor::{CallObserver, ClientInterceptor, Next},
    requests::IntoRequests,
    resolver::{DnsResolver, FixedResolver, Resolver},
    streaming::{Responses, StreamingCall},
    subchannel::ConnectivityState,
    tower::{HttpCall, HttpResponseBody, Independent},
};
