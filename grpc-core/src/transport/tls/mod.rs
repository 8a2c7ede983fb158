//! TLS, by rustls: version 1.2 or later, and HTTP/2 agreed on by ALPN.

mod client;
mod error;
mod identity;
mod info;
mod pem;
mod roots;
mod server;
mod watched;

use std::sync::Arc;

use tokio_rustls::rustls::crypto::CryptoProvider;

pub(crate) use self::client::SecureConnector;
pub use self::{client::ClientTls, identity::Identity, info::TlsInfo, roots::Roots, server::ServerTls};

/// RFC 9113 §3.2: what ALPN calls HTTP/2 over TLS.
const H2: &[u8] = b"h2";

/// The cryptography: what the program has installed for rustls, or the one that this crate is built with.
fn provider() -> Arc<CryptoProvider> {
    #[cfg(feature = "tls")]
    use tokio_rustls::rustls::crypto::aws_lc_rs as built_in;
    #[cfg(not(feature = "tls"))]
    use tokio_rustls::rustls::crypto::ring as built_in;
    CryptoProvider::get_default().map_or_else(|| Arc::new(built_in::default_provider()), Arc::clone)
}
