use std::{io, net::SocketAddr, sync::Arc};

use tokio::net::TcpListener;

use super::{Address, Io, Listener, Peer};

use crate::BoxFuture;

type Accepted<'a> = BoxFuture<'a, io::Result<(Box<dyn Io>, Peer)>>;

/// What a server can be given to accept connections with: a bound listener of std or tokio, or any
/// [`Listener`].
pub trait IntoListener {
    /// The listener. Called inside of the runtime that the server runs on.
    ///
    /// # Errors
    /// If it cannot be registered with the runtime.
    fn into_listener(self) -> io::Result<Box<dyn Listener>>;

    /// The address that clients reach it at.
    ///
    /// # Errors
    /// If the system does not tell.
    fn bound_address(&self) -> io::Result<Address>;
}

impl<L: Listener> IntoListener for L {
    fn into_listener(self) -> io::Result<Box<dyn Listener>> {
        Ok(Box::new(self))
    }

    fn bound_address(&self) -> io::Result<Address> {
        Ok(self.local_address())
    }
}

impl IntoListener for std::net::TcpListener {
    fn into_listener(self) -> io::Result<Box<dyn Listener>> {
        self.set_nonblocking(true)?;
        Ok(Box::new(TcpListener::from_std(self)?))
    }

    fn bound_address(&self) -> io::Result<Address> {
        self.local_addr().map(Address::Tcp)
    }
}

/// Accepts with TCP_NODELAY set: small frames leave at once.
impl Listener for TcpListener {
    fn accept(&mut self) -> Accepted<'_> {
        Box::pin(async {
            let (stream, address) = Self::accept(self).await?;
            stream.set_nodelay(true)?;
            // A client over IPv4 on a socket for both shows as ::ffff:1.2.3.4.
            let address = SocketAddr::new(address.ip().to_canonical(), address.port());
            Ok((Box::new(stream) as Box<dyn Io>, Peer::new(address)))
        })
    }

    fn local_address(&self) -> Address {
        self.local_addr()
            .map_or_else(|_| Address::Named(Arc::from("tcp")), Address::Tcp)
    }
}

#[cfg(unix)]
mod unix {
    use tokio::net::{UnixListener, unix};

    use super::{Accepted, Address, Arc, IntoListener, Io, Listener, Peer, io};

    impl IntoListener for std::os::unix::net::UnixListener {
        fn into_listener(self) -> io::Result<Box<dyn Listener>> {
            self.set_nonblocking(true)?;
            Ok(Box::new(UnixListener::from_std(self)?))
        }

        fn bound_address(&self) -> io::Result<Address> {
            Ok(named(self.local_addr()?.as_pathname()))
        }
    }

    impl Listener for UnixListener {
        fn accept(&mut self) -> Accepted<'_> {
            Box::pin(async {
                let (stream, address) = Self::accept(self).await?;
                Ok((
                    Box::new(stream) as Box<dyn Io>,
                    Peer::new(named(address.as_pathname())),
                ))
            })
        }

        fn local_address(&self) -> Address {
            let address = self.local_addr().ok();
            named(address.as_ref().and_then(unix::SocketAddr::as_pathname))
        }
    }

    fn named(path: Option<&std::path::Path>) -> Address {
        path.map_or_else(
            || Address::Named(Arc::from("unix")),
            |path| Address::Unix(path.to_owned()),
        )
    }
}
