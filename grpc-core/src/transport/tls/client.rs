use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore,
        pki_types::ServerName,
        sign::{CertifiedKey, SingleCertAndKey},
    },
};

use super::{
    H2, Identity, Roots, TlsInfo,
    error::{self, PeerRole},
    provider, roots,
};
use crate::{
    BoxFuture,
    transport::{Address, Connector, Io, Peer},
};

/// How a channel's connections are secured: whom to believe, as whom to appear.
///
/// As it is made, it trusts the roots of the system, and takes the server's name from the channel's target.
#[derive(Clone, Debug, Default)]
pub struct ClientTls {
    roots: Option<Roots>,
    extra: Option<Roots>,
    identity: Option<Identity>,
    server_name: Option<String>,
}

impl ClientTls {
    /// TLS with the system's roots.
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts these roots in place of the system's.
    #[must_use]
    pub fn roots(mut self, roots: Roots) -> Self {
        self.roots = Some(roots);
        self
    }

    /// Trusts these roots besides the system's, or those of [`ClientTls::roots`].
    #[must_use]
    pub fn extra_roots(mut self, roots: Roots) -> Self {
        self.extra = Some(roots);
        self
    }

    /// The certificate to show to servers that ask for one (mutual TLS).
    #[must_use]
    pub fn identity(mut self, identity: Identity) -> Self {
        self.identity = Some(identity);
        self
    }

    /// The name that the server's certificate has to be for, in place of the target's host; a DNS name or an IP
    /// address. It is what calls send as `:authority`, too, unless the channel is given one: as
    /// `grpc.ssl_target_name_override` of other gRPC libraries.
    #[must_use]
    pub fn server_name(mut self, name: impl Into<String>) -> Self {
        self.server_name = Some(name.into());
        self
    }

    pub(crate) fn server_name_override(&self) -> Option<&str> {
        self.server_name.as_deref()
    }
}

/// Connects by another connector, and makes the connection secure.
pub(crate) struct SecureConnector {
    inner: Arc<dyn Connector>,
    tls: ClientTls,
    name: ServerName<'static>,
    config: Mutex<Option<Current>>,
}

/// The configuration, and what it was made of.
struct Current {
    roots: Option<Arc<RootCertStore>>,
    extra: Option<Arc<RootCertStore>>,
    identity: Option<Arc<CertifiedKey>>,
    config: Arc<ClientConfig>,
}

impl SecureConnector {
    /// `host` is whom the server's certificate has to be for.
    ///
    /// # Errors
    /// If the host is neither a DNS name nor an IP address.
    pub(crate) fn new(inner: Arc<dyn Connector>, tls: ClientTls, host: &str) -> Result<Self, String> {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| format!("{host:?} is no name that a server's certificate can be for"))?;
        Ok(Self {
            inner,
            tls,
            name,
            config: Mutex::new(None),
        })
    }

    async fn handshake(&self, io: Box<dyn Io>) -> io::Result<TlsStream<Box<dyn Io>>> {
        if self.tls.roots.is_none() {
            // Some hundred files, the first time.
            let _ = tokio::task::spawn_blocking(roots::system).await;
        }
        let config = self
            .config()
            .map_err(|why| io::Error::other(format!("TLS: {why}")))?;
        let stream = TlsConnector::from(config)
            .connect(self.name.clone(), io)
            .await
            .map_err(|error| error::handshake(error, PeerRole::Server))?;
        if stream.get_ref().1.alpn_protocol() != Some(H2) {
            return Err(error::no_alpn(PeerRole::Server));
        }
        Ok(stream)
    }

    /// The configuration of the files as they are now. It is kept for as long as they are, and with it what
    /// earlier connections can be resumed by.
    fn config(&self) -> Result<Arc<ClientConfig>, String> {
        let roots = self.tls.roots.as_ref().map(Roots::current);
        let extra = self.tls.extra.as_ref().map(Roots::current);
        let identity = self.tls.identity.as_ref().map(Identity::current);
        let mut current = self.config.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(current) = &*current
            && same(&current.roots, &roots)
            && same(&current.extra, &extra)
            && same(&current.identity, &identity)
        {
            return Ok(Arc::clone(&current.config));
        }
        let config = Arc::new(config(roots.clone(), extra.as_deref(), identity.clone())?);
        *current = Some(Current {
            roots,
            extra,
            identity,
            config: Arc::clone(&config),
        });
        Ok(config)
    }
}

fn same<T>(a: &Option<Arc<T>>, b: &Option<Arc<T>>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => Arc::ptr_eq(a, b),
        (None, None) => true,
        _ => false,
    }
}

fn config(
    roots: Option<Arc<RootCertStore>>,
    extra: Option<&RootCertStore>,
    identity: Option<Arc<CertifiedKey>>,
) -> Result<ClientConfig, String> {
    let mut roots = match (roots, extra) {
        (Some(roots), _) => roots,
        // One's own roots are enough where the system has none.
        (None, Some(_)) => roots::system().unwrap_or_else(|_| Arc::new(RootCertStore::empty())),
        (None, None) => roots::system()?,
    };
    if let Some(extra) = extra {
        Arc::make_mut(&mut roots).extend(extra.roots.iter().cloned());
    }
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots);
    let mut config = match identity {
        Some(identity) => config.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(identity))),
        None => config.with_no_client_auth(),
    };
    config.alpn_protocols = vec![H2.to_vec()];
    Ok(config)
}

impl Connector for SecureConnector {
    fn connect(&self, address: &Address) -> BoxFuture<'_, io::Result<(Box<dyn Io>, Peer)>> {
        let connecting = self.inner.connect(address);
        Box::pin(async move {
            let (io, peer) = connecting.await?;
            let stream = self.handshake(io).await?;
            let info = TlsInfo::new(stream.get_ref().1, None);
            let peer = peer.with_tls(Arc::new(info.into()));
            let stream = SecureStream { stream, silent: true };
            Ok((Box::new(stream) as Box<dyn Io>, peer))
        })
    }
}

/// A secure connection whose errors say what is wrong: in TLS 1.3 the server's verdict on a client's certificate
/// comes after the client's handshake, or it only closes.
struct SecureStream {
    stream: TlsStream<Box<dyn Io>>,
    /// The server has sent nothing yet.
    silent: bool,
}

impl SecureStream {
    fn described(&self, error: io::Error) -> io::Error {
        match error.kind() {
            io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::UnexpectedEof
                if self.silent =>
            {
                error::closed_after_handshake(error.kind())
            }
            _ => error::describe(error, PeerRole::Server),
        }
    }

    /// Why a write failed: an alert that was read meanwhile knows better.
    fn failed_to_write(&mut self, error: io::Error, cx: &mut Context<'_>) -> io::Error {
        if self.silent {
            let mut nothing = [0; 1];
            let mut buffer = ReadBuf::new(&mut nothing);
            if let Poll::Ready(Err(alert)) = Pin::new(&mut self.stream).poll_read(cx, &mut buffer) {
                return self.described(alert);
            }
        }
        self.described(error)
    }
}

impl AsyncRead for SecureStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        match polled {
            Poll::Ready(Err(error)) => return Poll::Ready(Err(self.described(error))),
            Poll::Ready(Ok(())) if buf.filled().len() > before => self.silent = false,
            Poll::Ready(Ok(())) if self.silent && buf.remaining() > 0 => {
                let eof = io::ErrorKind::UnexpectedEof;
                return Poll::Ready(Err(error::closed_after_handshake(eof)));
            }
            _ => {}
        }
        polled
    }
}

impl AsyncWrite for SecureStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write(cx, buf) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(self.failed_to_write(error, cx))),
            polled => polled,
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_flush(cx) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(self.failed_to_write(error, cx))),
            polled => polled,
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_write_vectored(cx, bufs) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(self.failed_to_write(error, cx))),
            polled => polled,
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
