use std::io;

use tokio::net::TcpStream;

use super::{Address, Connector, Io, Peer};

use crate::BoxFuture;

/// Connects to TCP addresses, with TCP_NODELAY, and on unix to unix sockets.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SocketConnector;

impl SocketConnector {
    /// The connector that channels use by default.
    pub fn new() -> Self {
        Self
    }
}

impl Connector for SocketConnector {
    fn connect(&self, address: &Address) -> BoxFuture<'_, io::Result<(Box<dyn Io>, Peer)>> {
        let address = address.clone();
        Box::pin(async move {
            let io: Box<dyn Io> = match &address {
                Address::Tcp(socket) => {
                    let stream = TcpStream::connect(socket).await?;
                    stream.set_nodelay(true)?;
                    Box::new(stream)
                }
                #[cfg(unix)]
                Address::Unix(path) => Box::new(tokio::net::UnixStream::connect(path).await?),
                other => {
                    let why = format!("{other} takes a connector of its own");
                    return Err(io::Error::new(io::ErrorKind::Unsupported, why));
                }
            };
            Ok((io, Peer::new(address)))
        })
    }
}
