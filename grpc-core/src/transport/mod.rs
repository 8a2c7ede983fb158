//! What carries HTTP/2: byte streams, the addresses at their ends, and what makes or accepts them.

mod address;
mod connector;
mod in_process;
mod listener;
#[cfg(feature = "__tls")]
pub mod tls;

use std::io;

use tokio::io::{AsyncRead, AsyncWrite};

use crate::BoxFuture;

pub use self::{
    address::{Address, Peer},
    connector::SocketConnector,
    in_process::{InProcess, InProcessListener},
    listener::IntoListener,
};

/// A byte stream that HTTP/2 can run over. Implemented for everything that reads and writes.
pub trait Io: AsyncRead + AsyncWrite + Send + Unpin + 'static {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin + 'static> Io for T {}

/// Accepts connections for a server: a TCP or unix socket, or anything that yields byte streams.
pub trait Listener: Send + 'static {
    /// The next connection, with who is at its other end.
    ///
    /// # Errors
    /// An error of the listener or of one connection; the server waits a little and accepts again.
    ///
    /// # Cancel safety
    /// The future may be dropped at any await; a connection must not be lost by it.
    fn accept(&mut self) -> BoxFuture<'_, io::Result<(Box<dyn Io>, Peer)>>;

    /// The address that clients reach it at.
    fn local_address(&self) -> Address;
}

/// Connects a channel to one address: TCP, a unix socket, or anything that yields a byte stream.
pub trait Connector: Send + Sync + 'static {
    /// A new connection to `address`, with who is at its other end.
    ///
    /// # Errors
    /// Why the connection could not be made; the channel backs off and tries again.
    fn connect(&self, address: &Address) -> BoxFuture<'_, io::Result<(Box<dyn Io>, Peer)>>;
}
