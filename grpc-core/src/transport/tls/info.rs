use std::sync::Arc;

use tokio_rustls::rustls::{CommonState, ProtocolVersion, pki_types::CertificateDer};

/// What TLS says of a connection and of the peer at its other end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsInfo(Arc<Inner>);

#[derive(Debug, PartialEq, Eq)]
struct Inner {
    version: &'static str,
    server_name: Option<String>,
    certificates: Vec<Vec<u8>>,
    dns_names: Vec<String>,
    uris: Vec<String>,
}

impl TlsInfo {
    /// The protocol's version: `TLSv1.3` or `TLSv1.2`.
    pub fn version(&self) -> &str {
        self.0.version
    }

    /// The name that the client asked for (SNI), if it asked for one; not on the client itself.
    pub fn server_name(&self) -> Option<&str> {
        self.0.server_name.as_deref()
    }

    /// The peer's certificate in DER, and what it sent behind it. Empty for a client that gave none; what is here
    /// has been verified.
    pub fn certificates(&self) -> &[Vec<u8>] {
        &self.0.certificates
    }

    /// The DNS names that the peer's certificate is for (its subject alternative names).
    pub fn dns_names(&self) -> &[String] {
        &self.0.dns_names
    }

    /// The URIs that the peer's certificate is for, such as a SPIFFE id (its subject alternative names).
    pub fn uris(&self) -> &[String] {
        &self.0.uris
    }

    pub(super) fn new(session: &CommonState, server_name: Option<&str>) -> Self {
        let certificates = session.peer_certificates().unwrap_or_default();
        let (dns_names, uris) = certificates.first().map(names).unwrap_or_default();
        Self(Arc::new(Inner {
            version: match session.protocol_version() {
                Some(ProtocolVersion::TLSv1_2) => "TLSv1.2",
                _ => "TLSv1.3",
            },
            server_name: server_name.map(str::to_owned),
            certificates: certificates.iter().map(|der| der.to_vec()).collect(),
            dns_names,
            uris,
        }))
    }
}

fn names(certificate: &CertificateDer<'_>) -> (Vec<String>, Vec<String>) {
    // It has been verified by the same parser, so this does not fail.
    let Ok(certificate) = webpki::EndEntityCert::try_from(certificate) else {
        return Default::default();
    };
    (
        certificate.valid_dns_names().map(str::to_owned).collect(),
        certificate.valid_uri_names().map(str::to_owned).collect(),
    )
}
