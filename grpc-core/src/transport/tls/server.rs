use std::{
    fmt, io,
    path::PathBuf,
    pin::Pin,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::{
    Accept, TlsAcceptor,
    rustls::{
        RootCertStore, ServerConfig,
        server::WebPkiClientVerifier,
        sign::{CertifiedKey, SingleCertAndKey},
    },
    server::TlsStream,
};

use super::{
    H2, Identity, Roots, TlsInfo,
    error::{self, PeerRole},
    provider,
};
use crate::{
    BoxFuture, Error,
    transport::{Address, Io, Listener, Peer},
};

/// How a server's connections are secured: its certificate, and what it wants of its clients.
#[derive(Clone, Debug)]
pub struct ServerTls {
    identity: Identity,
    clients: Clients,
}

/// Whose clients' certificates are believed.
#[derive(Clone, Debug)]
enum Clients {
    Unknown,
    Optional(Roots),
    Required(Roots),
}

impl ServerTls {
    /// TLS with this certificate and key. Clients are not asked for theirs.
    pub fn new(identity: Identity) -> Self {
        Self {
            identity,
            clients: Clients::Unknown,
        }
    }

    /// TLS with the certificate and key of these PEM files, see [`Identity::from_pem_files`].
    ///
    /// # Errors
    /// If a file cannot be read or is of another kind, or the key is not the certificate's.
    pub fn from_pem_files(
        certificates: impl Into<PathBuf>,
        private_key: impl Into<PathBuf>,
    ) -> Result<Self, Error> {
        Identity::from_pem_files(certificates, private_key).map(Self::new)
    }

    /// Takes clients only that show a certificate which one of these roots vouches for (mutual TLS). Who they are
    /// is in [`Peer::tls`].
    #[must_use]
    pub fn require_client_certificates(mut self, roots: Roots) -> Self {
        self.clients = Clients::Required(roots);
        self
    }

    /// Asks clients for a certificate which one of these roots vouches for, and takes those that have none, too.
    /// One that nobody vouches for is refused.
    #[must_use]
    pub fn accept_client_certificates(mut self, roots: Roots) -> Self {
        self.clients = Clients::Optional(roots);
        self
    }

    /// What makes the connections of listeners secure.
    ///
    /// # Errors
    /// If the roots for clients' certificates cannot be used.
    pub(crate) fn secure(
        &self,
    ) -> Result<impl Fn(Box<dyn Listener>) -> Box<dyn Listener> + Clone + Send + use<>, Error> {
        let configs = Arc::new(Configs {
            tls: self.clone(),
            current: Mutex::new(None),
        });
        configs.current()?;
        Ok(move |listener| {
            let configs = Arc::clone(&configs);
            Box::new(SecureListener { listener, configs }) as Box<dyn Listener>
        })
    }
}

struct SecureListener {
    listener: Box<dyn Listener>,
    /// One for all threads that listen, so that a client resumes its session with any of them.
    configs: Arc<Configs>,
}

impl Listener for SecureListener {
    fn accept(&mut self) -> BoxFuture<'_, io::Result<(Box<dyn Io>, Peer)>> {
        Box::pin(async {
            let (io, peer) = self.listener.accept().await?;
            let config = self.configs.current().map_err(io::Error::other)?;
            let info = Arc::new(OnceLock::new());
            let stream = SecureStream {
                state: State::Handshake(TlsAcceptor::from(config).accept(io)),
                address: peer.address.clone(),
                info: Arc::clone(&info),
            };
            Ok((Box::new(stream) as Box<dyn Io>, peer.with_tls(info)))
        })
    }

    fn local_address(&self) -> Address {
        self.listener.local_address()
    }
}

/// The configuration, made again when the files that it comes from have changed.
struct Configs {
    tls: ServerTls,
    current: Mutex<Option<Current>>,
}

/// The configuration, and what it was made of.
struct Current {
    identity: Arc<CertifiedKey>,
    roots: Option<Arc<RootCertStore>>,
    config: Arc<ServerConfig>,
}

impl Configs {
    fn current(&self) -> Result<Arc<ServerConfig>, Error> {
        let identity = self.tls.identity.current();
        let roots = match &self.tls.clients {
            Clients::Unknown => None,
            Clients::Optional(roots) | Clients::Required(roots) => Some(roots.current()),
        };
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(current) = &*current
            && Arc::ptr_eq(&current.identity, &identity)
            && current.roots.as_ref().map(Arc::as_ptr) == roots.as_ref().map(Arc::as_ptr)
        {
            return Ok(Arc::clone(&current.config));
        }
        let config = Arc::new(self.config(&identity, roots.clone())?);
        *current = Some(Current {
            identity,
            roots,
            config: Arc::clone(&config),
        });
        Ok(config)
    }

    fn config(
        &self,
        identity: &Arc<CertifiedKey>,
        roots: Option<Arc<RootCertStore>>,
    ) -> Result<ServerConfig, Error> {
        let failed = |error: &dyn fmt::Display| Error::new(format!("set up TLS: {error}"));
        let config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| failed(&error))?;
        let config = match roots {
            None => config.with_no_client_auth(),
            Some(roots) => {
                let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider());
                let verifier = match &self.tls.clients {
                    Clients::Optional(_) => verifier.allow_unauthenticated(),
                    _ => verifier,
                };
                config.with_client_cert_verifier(verifier.build().map_err(|error| failed(&error))?)
            }
        };
        let mut config = config.with_cert_resolver(Arc::new(SingleCertAndKey::from(Arc::clone(identity))));
        config.alpn_protocols = vec![H2.to_vec()];
        Ok(config)
    }
}

/// A client's connection, which makes its handshake as it is first read or written: so that runs on the
/// connection's own task, within the time that the server gives to handshakes, and holds up no one else. It is to
/// be used by one task only, as HTTP/2 does.
struct SecureStream {
    state: State,
    address: Address,
    /// Set when the handshake is over.
    info: Arc<OnceLock<TlsInfo>>,
}

enum State {
    Handshake(Accept<Box<dyn Io>>),
    Open(Stream),
    Failed,
}

type Stream = TlsStream<Box<dyn Io>>;

impl SecureStream {
    fn poll_open(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Pin<&mut Stream>>> {
        if let State::Handshake(handshake) = &mut self.state {
            let outcome = match ready!(Pin::new(handshake).poll(cx)) {
                Ok(stream) if stream.get_ref().1.alpn_protocol() == Some(H2) => Ok(stream),
                Ok(_) => Err(error::no_alpn(PeerRole::Client)),
                Err(error) => Err(error::handshake(error, PeerRole::Client)),
            };
            match outcome {
                Ok(stream) => {
                    let session = stream.get_ref().1;
                    let info = TlsInfo::new(session, session.server_name());
                    self.info.get_or_init(|| info);
                    self.state = State::Open(stream);
                }
                Err(error) => {
                    tracing::debug!(peer = %self.address, %error, "a TLS handshake failed");
                    self.state = State::Failed;
                    return Poll::Ready(Err(error));
                }
            }
        }
        Poll::Ready(match &mut self.state {
            State::Open(stream) => Ok(Pin::new(stream)),
            _ => Err(io::ErrorKind::NotConnected.into()),
        })
    }
}

impl AsyncRead for SecureStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(self.poll_open(cx))?
            .poll_read(cx, buf)
            .map_err(|error| error::describe(error, PeerRole::Client))
    }
}

impl AsyncWrite for SecureStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_open(cx))?.poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_open(cx))?.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.state {
            State::Open(stream) => Pin::new(stream).poll_shutdown(cx),
            // Dropping it is all that is left.
            _ => Poll::Ready(Ok(())),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_open(cx))?.poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }
}
