//! Whether a channel's connections are secure.

use std::sync::Arc;

use http::uri::{Authority, Scheme};

use super::target;
use crate::transport::Connector;
#[cfg(feature = "__tls")]
use crate::transport::tls::{ClientTls, SecureConnector};

/// What a channel was set up with.
pub(super) enum Security {
    /// Plain text, unless the target is an `https` one.
    ByTarget,
    Plaintext,
    #[cfg(feature = "__tls")]
    Tls(ClientTls),
}

impl Security {
    /// The name that the server has to prove, if it is not the target's.
    pub(super) fn server_name(&self) -> Option<&str> {
        match self {
            #[cfg(feature = "__tls")]
            Self::Tls(tls) => tls.server_name_override(),
            _ => None,
        }
    }

    /// The connector that makes such connections, with the scheme of requests on them.
    ///
    /// # Errors
    /// If the target says otherwise.
    pub(super) fn secure(
        self,
        connector: Arc<dyn Connector>,
        said: target::Security,
        authority: &Authority,
    ) -> Result<(Arc<dyn Connector>, Scheme), String> {
        match (self, said) {
            (Self::Plaintext, target::Security::Tls) => {
                Err("an https target is not insecure: `secure_channel` takes it".to_owned())
            }
            (Self::ByTarget, target::Security::Tls) => by_default(connector, authority),
            (Self::ByTarget | Self::Plaintext, _) => Ok((connector, Scheme::HTTP)),
            #[cfg(feature = "__tls")]
            (Self::Tls(_), target::Security::Plaintext) => {
                Err("an http target is not secure: write https".to_owned())
            }
            #[cfg(feature = "__tls")]
            (Self::Tls(tls), _) => by_tls(connector, tls, authority),
        }
    }
}

#[cfg(feature = "__tls")]
fn by_default(
    connector: Arc<dyn Connector>,
    authority: &Authority,
) -> Result<(Arc<dyn Connector>, Scheme), String> {
    by_tls(connector, ClientTls::new(), authority)
}

#[cfg(not(feature = "__tls"))]
fn by_default(_: Arc<dyn Connector>, _: &Authority) -> Result<(Arc<dyn Connector>, Scheme), String> {
    Err("https takes the package grpc-servicer with its feature \"tls\"".to_owned())
}

#[cfg(feature = "__tls")]
fn by_tls(
    connector: Arc<dyn Connector>,
    tls: ClientTls,
    authority: &Authority,
) -> Result<(Arc<dyn Connector>, Scheme), String> {
    let name = tls
        .server_name_override()
        .unwrap_or_else(|| authority.host())
        .to_owned();
    let connector = SecureConnector::new(connector, tls, &name)?;
    Ok((Arc::new(connector), Scheme::HTTPS))
}
