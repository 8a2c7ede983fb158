use std::{
    fmt, io,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    io::{DuplexStream, duplex},
    sync::mpsc,
};

use super::{Address, Connector, Io, Listener, Peer};
use crate::BoxFuture;

/// A place inside of this process where a server listens and channels connect to it, over pipes in memory: HTTP/2 and all
/// that is above it, without sockets or ports.
///
/// Cheap to clone; all clones are the same place. One server listens at a time, on any runtime. When it has gone the next
/// may, and channels connect to that one then.
///
/// ```
/// # use grpc_core::{Error, client::Channel, server::server, transport::InProcess};
/// # async fn example() -> Result<(), Error> {
/// let inside = InProcess::new("greeter");
/// let mut server = server();
/// server.add_listener(inside.listen()?)?;
/// server.start().await?;
/// let channel = Channel::in_process(&inside).build();
/// # drop(channel);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct InProcess(Arc<Place>);

struct Place {
    name: Arc<str>,
    listening: Mutex<Option<mpsc::Sender<DuplexStream>>>,
}

impl InProcess {
    /// A place of its own, whatever else has that name. It is what logs and peers call it.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self(Arc::new(Place {
            name: name.into(),
            listening: Mutex::default(),
        }))
    }

    /// Its name, as an [`Address::Named`].
    pub fn address(&self) -> Address {
        Address::Named(Arc::clone(&self.0.name))
    }

    /// Listens, for [`Server::add_listener`](crate::server::Server::add_listener).
    ///
    /// # Errors
    /// If another server still does.
    pub fn listen(&self) -> io::Result<InProcessListener> {
        let (sender, pipes) = mpsc::channel(BACKLOG);
        let mut listening = self.0.listening.lock().unwrap_or_else(PoisonError::into_inner);
        if listening.as_ref().is_some_and(|before| !before.is_closed()) {
            let why = format!("listen on {}: a server does already", self.address());
            return Err(io::Error::new(io::ErrorKind::AddrInUse, why));
        }
        *listening = Some(sender);
        Ok(InProcessListener {
            address: self.address(),
            pipes,
        })
    }

    async fn pipe(&self) -> io::Result<DuplexStream> {
        let (ours, theirs) = duplex(CAPACITY);
        let listening = {
            let listening = self.0.listening.lock().unwrap_or_else(PoisonError::into_inner);
            listening.clone()
        };
        if let Some(listening) = listening
            && listening.send(theirs).await.is_ok()
        {
            return Ok(ours);
        }
        Err(io::Error::new(
            io::ErrorKind::ConnectionRefused,
            "no server listens",
        ))
    }
}

/// A channel connects to it by itself: this is for a channel with a resolver of one's own.
impl Connector for InProcess {
    fn connect(&self, address: &Address) -> BoxFuture<'_, io::Result<(Box<dyn Io>, Peer)>> {
        let peer = Peer::new(address.clone());
        Box::pin(async move { Ok((Box::new(self.pipe().await?) as Box<dyn Io>, peer)) })
    }
}

impl fmt::Debug for InProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("InProcess").field(&self.0.name).finish()
    }
}

/// A server's end of an [`InProcess`]. No other can listen there while this is not dropped.
#[derive(Debug)]
pub struct InProcessListener {
    address: Address,
    pipes: mpsc::Receiver<DuplexStream>,
}

impl Listener for InProcessListener {
    fn accept(&mut self) -> BoxFuture<'_, io::Result<(Box<dyn Io>, Peer)>> {
        Box::pin(async {
            match self.pipes.recv().await {
                Some(pipe) => Ok((Box::new(pipe) as Box<dyn Io>, Peer::new(self.address.clone()))),
                // Nobody is left who knows the place.
                None => std::future::pending().await,
            }
        })
    }

    fn local_address(&self) -> Address {
        self.address.clone()
    }
}

/// How many connections wait to be accepted before further ones wait to be made.
const BACKLOG: usize = 128;

/// How many bytes a pipe holds in each direction: what a driver reads in one turn.
const CAPACITY: usize = 64 * 1024;
