#[cfg(feature = "__tls")]
use std::sync::OnceLock;
use std::{fmt, net::SocketAddr, path::PathBuf, sync::Arc};

#[cfg(feature = "__tls")]
use super::tls::TlsInfo;

/// Where a server listens or a client connects.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Address {
    /// An IP address and port.
    Tcp(SocketAddr),
    /// The path of a unix socket.
    Unix(PathBuf),
    /// Something that only its listener and connector understand, such as an in-process pipe.
    Named(Arc<str>),
}

impl Address {
    /// The IP address and port, if it is one.
    pub fn socket_addr(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(address) => Some(*address),
            _ => None,
        }
    }

    /// The port; 0 for what has none.
    pub fn port(&self) -> u16 {
        self.socket_addr().map_or(0, |address| address.port())
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        Self::Tcp(address)
    }
}

/// As a channel's target takes it: `127.0.0.1:50051`, `unix:/run/greeter.sock`.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Named(name) => f.write_str(name),
        }
    }
}

/// Who is at the other end of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Peer {
    /// Its address.
    pub address: Address,
    #[cfg(feature = "__tls")]
    tls: Option<Arc<OnceLock<TlsInfo>>>,
}

impl Peer {
    /// The peer at this address.
    pub fn new(address: impl Into<Address>) -> Self {
        Self {
            address: address.into(),
            #[cfg(feature = "__tls")]
            tls: None,
        }
    }

    /// What TLS says of the connection and of who is at its other end: the peer's certificate, if it gave one.
    /// `None` if the connection is not secure.
    #[cfg(feature = "__tls")]
    pub fn tls(&self) -> Option<&TlsInfo> {
        self.tls.as_ref()?.get()
    }

    /// With what a handshake says, which may be going on.
    #[cfg(feature = "__tls")]
    pub(super) fn with_tls(mut self, info: Arc<OnceLock<TlsInfo>>) -> Self {
        self.tls = Some(info);
        self
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(f)
    }
}
