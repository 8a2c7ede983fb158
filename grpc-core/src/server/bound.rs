use std::{
    fmt, io,
    sync::{Mutex, PoisonError},
};

use crate::transport::{Address, IntoListener, Listener};
#[cfg(feature = "__tls")]
use crate::{Error, transport::tls::ServerTls};

/// A listener that waits for its server to start.
pub(super) struct Bound {
    address: Address,
    /// In a mutex so that a server can be shared between threads, although a listener cannot.
    into_listener: Mutex<IntoIt>,
}

type IntoIt = Box<dyn FnOnce() -> io::Result<Box<dyn Listener>> + Send>;

impl Bound {
    pub(super) fn new(listener: impl IntoListener + Send + 'static) -> io::Result<Self> {
        Ok(Self {
            address: listener.bound_address()?,
            into_listener: Mutex::new(Box::new(|| listener.into_listener())),
        })
    }

    /// A unix socket whose file goes when the listener does.
    #[cfg(unix)]
    pub(super) fn unix(
        listener: std::os::unix::net::UnixListener,
        path: &std::path::Path,
    ) -> io::Result<Self> {
        let file = unix::SocketFile::new(path)?;
        let address = listener.bound_address()?;
        let into_listener: IntoIt = Box::new(|| {
            Ok(Box::new(unix::WithFile {
                listener: listener.into_listener()?,
                _file: file,
            }))
        });
        Ok(Self {
            address,
            into_listener: Mutex::new(into_listener),
        })
    }

    /// The same, with its connections made secure.
    ///
    /// # Errors
    /// If the roots for clients' certificates cannot be used.
    #[cfg(feature = "__tls")]
    pub(super) fn secure(self, tls: &ServerTls) -> Result<Self, Error> {
        let secure = tls.secure()?;
        let into_listener = self
            .into_listener
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        Ok(Self {
            address: self.address,
            into_listener: Mutex::new(Box::new(move || Ok(secure(into_listener()?)))),
        })
    }

    pub(super) fn address(&self) -> &Address {
        &self.address
    }

    /// The listener, registered with the current runtime.
    pub(super) fn into_listener(self) -> io::Result<Box<dyn Listener>> {
        self.into_listener
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)()
    }
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
        pub(super) _file: SocketFile,
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
