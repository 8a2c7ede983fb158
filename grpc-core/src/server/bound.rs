use std::{
    fmt, io,
    sync::{Arc, Mutex, PoisonError},
};

use crate::transport::{Address, IntoListener, Listener};
#[cfg(feature = "__tls")]
use crate::{Error, transport::tls::ServerTls};

/// A port that waits for its server to start.
pub(super) struct Bound {
    address: Address,
    /// In a mutex so that a server can be shared between threads, although a listener cannot.
    sockets: Mutex<Sockets>,
}

/// What a port listens with.
pub(super) enum Sockets {
    /// A listener that the server was given: for the runtime that it is started on.
    Given(IntoIt),
    /// The server's own: one for each of its threads, or one if it has none.
    Own(Vec<IntoIt>),
}

/// Makes a listener that is registered with the current runtime.
pub(super) type IntoIt = Box<dyn FnOnce() -> io::Result<Box<dyn Listener>> + Send>;

impl Bound {
    pub(super) fn given(listener: impl IntoListener + Send + 'static) -> io::Result<Self> {
        Ok(Self {
            address: listener.bound_address()?,
            sockets: Mutex::new(Sockets::Given(into_it(listener))),
        })
    }

    /// Sockets that share the address of the first.
    pub(super) fn tcp(
        first: std::net::TcpListener,
        others: impl IntoIterator<Item = std::net::TcpListener>,
    ) -> io::Result<Self> {
        let address = first.bound_address()?;
        let mut sockets = vec![into_it(first)];
        sockets.extend(others.into_iter().map(into_it));
        Ok(Self {
            address,
            sockets: Mutex::new(Sockets::Own(sockets)),
        })
    }

    /// A unix socket whose file goes when the listener does. That many threads accept from it.
    #[cfg(unix)]
    pub(super) fn unix(
        listener: &std::os::unix::net::UnixListener,
        path: &std::path::Path,
        threads: usize,
    ) -> io::Result<Self> {
        let file = Arc::new(unix::SocketFile::new(path)?);
        let address = listener.bound_address()?;
        let sockets = (0..threads).map(|_| {
            let listener = listener.try_clone()?;
            let file = Arc::clone(&file);
            let into_listener: IntoIt = Box::new(|| {
                Ok(Box::new(unix::WithFile {
                    listener: listener.into_listener()?,
                    _file: file,
                }))
            });
            Ok(into_listener)
        });
        Ok(Self {
            address,
            sockets: Mutex::new(Sockets::Own(sockets.collect::<io::Result<_>>()?)),
        })
    }

    /// The same, with its connections made secure.
    ///
    /// # Errors
    /// If the roots for clients' certificates cannot be used.
    #[cfg(feature = "__tls")]
    pub(super) fn secure(self, tls: &ServerTls) -> Result<Self, Error> {
        let secure = tls.secure()?;
        let secured = |into_listener: IntoIt| -> IntoIt {
            let secure = secure.clone();
            Box::new(move || Ok(secure(into_listener()?)))
        };
        let address = self.address.clone();
        let sockets = match self.into_sockets() {
            Sockets::Given(listener) => Sockets::Given(secured(listener)),
            Sockets::Own(listeners) => Sockets::Own(listeners.into_iter().map(secured).collect()),
        };
        Ok(Self {
            address,
            sockets: Mutex::new(sockets),
        })
    }

    pub(super) fn address(&self) -> &Address {
        &self.address
    }

    pub(super) fn into_sockets(self) -> Sockets {
        self.sockets.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

fn into_it(listener: impl IntoListener + Send + 'static) -> IntoIt {
    Box::new(|| listener.into_listener())
}

impl fmt::Debug for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Bound").field(&self.address).finish()
    }
}

#[cfg(unix)]
mod unix {
    use std::{
        fs, io,
        os::unix::fs::MetadataExt,
        path::{Path, PathBuf},
        sync::Arc,
    };

    use crate::transport::{Address, Io, Listener, Peer};

    /// The file of a unix socket, removed when this is dropped unless it is another's by then.
    pub(super) struct SocketFile {
        path: PathBuf,
        inode: u64,
    }

    impl SocketFile {
        pub(super) fn new(path: &Path) -> io::Result<Self> {
            Ok(Self {
                path: path.to_owned(),
                inode: fs::symlink_metadata(path)?.ino(),
            })
        }
    }

    impl Drop for SocketFile {
        fn drop(&mut self) {
            if fs::symlink_metadata(&self.path).is_ok_and(|file| file.ino() == self.inode) {
                // If it cannot be removed, the next server finds it stale.
                let _ = fs::remove_file(&self.path);
            }
        }
    }

    pub(super) struct WithFile {
        pub(super) listener: Box<dyn Listener>,
        pub(super) _file: Arc<SocketFile>,
    }

    impl Listener for WithFile {
        fn accept(&mut self) -> crate::BoxFuture<'_, io::Result<(Box<dyn Io>, Peer)>> {
            self.listener.accept()
        }

        fn local_address(&self) -> Address {
            self.listener.local_address()
        }
    }
}
