//! What went wrong in TLS, said so that whoever sees it knows what to change.

use std::io;

use tokio_rustls::rustls::{AlertDescription, CertificateError, Error, InvalidMessage};

/// The peer, as errors name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PeerRole {
    Server,
    Client,
}

impl PeerRole {
    fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Client => "client",
        }
    }
}

/// A handshake's error.
pub(super) fn handshake(error: io::Error, peer: PeerRole) -> io::Error {
    if error.kind() == io::ErrorKind::UnexpectedEof && tls_error(&error).is_none() {
        let peer = peer.name();
        return io::Error::new(
            error.kind(),
            format!("TLS: the {peer} closed the connection during the handshake"),
        );
    }
    describe(error, peer)
}

/// An error of a connection, which may be one of the handshake that the peer has told late.
pub(super) fn describe(error: io::Error, peer: PeerRole) -> io::Error {
    match tls_error(&error) {
        Some(tls) => io::Error::new(error.kind(), format!("TLS: {}", text(tls, peer))),
        None => error,
    }
}

/// RFC 9113 §3.2: ALPN is how HTTP/2 over TLS begins.
pub(super) fn no_alpn(peer: PeerRole) -> io::Error {
    let why = format!("TLS: the {} did not agree to HTTP/2 (ALPN h2)", peer.name());
    io::Error::new(io::ErrorKind::InvalidData, why)
}

/// Some servers send no alert for a client's certificate.
pub(super) fn closed_after_handshake(kind: io::ErrorKind) -> io::Error {
    let why = "TLS: the server closed the connection right after the handshake; it may want a certificate of the \
               client, or another one";
    io::Error::new(kind, why)
}

fn tls_error(error: &io::Error) -> Option<&Error> {
    error.get_ref()?.downcast_ref()
}

fn text(error: &Error, peer: PeerRole) -> String {
    let (peer, us) = match peer {
        PeerRole::Server => ("server", "client"),
        PeerRole::Client => ("client", "server"),
    };
    match error {
        Error::InvalidCertificate(error) => certificate(error, peer),
        Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            format!("the {peer} does not speak TLS; is it in plain text?")
        }
        Error::NoCertificatesPresented => format!("the {peer} gave no certificate"),
        Error::NoApplicationProtocol | Error::AlertReceived(AlertDescription::NoApplicationProtocol) => {
            format!("the {peer} does not offer HTTP/2 (ALPN h2)")
        }
        Error::AlertReceived(AlertDescription::CertificateRequired) => {
            format!("the {peer} wants a certificate, and the {us} has none")
        }
        Error::AlertReceived(AlertDescription::ProtocolVersion) => {
            format!("the {peer} speaks no version of TLS that is allowed here: 1.2 or 1.3")
        }
        Error::AlertReceived(AlertDescription::UnknownCA) => {
            format!("the {peer} does not know the issuer of the {us}'s certificate")
        }
        Error::AlertReceived(AlertDescription::CertificateExpired) => {
            format!("the {peer} says that the {us}'s certificate has expired or is not valid yet")
        }
        Error::AlertReceived(
            alert @ (AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateUnknown
            | AlertDescription::AccessDenied),
        ) => format!("the {peer} does not accept the {us}'s certificate: {alert:?}"),
        other => other.to_string(),
    }
}

fn certificate(error: &CertificateError, peer: &str) -> String {
    let subject = format!("the {peer}'s certificate");
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            format!("{subject} has expired")
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            format!("{subject} is not valid yet")
        }
        CertificateError::UnknownIssuer => {
            format!("{subject} has an unknown issuer: it leads to no root certificate that is trusted here")
        }
        CertificateError::NotValidForNameContext { expected, presented } => format!(
            "{subject} is not for the name {}, but for: {}",
            expected.to_str(),
            presented.join(", ")
        ),
        other => format!("{subject} is not accepted: {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_that_is_not_tls_s_own_passes_as_it_is() {
        let reset = io::Error::from(io::ErrorKind::ConnectionReset);
        assert_eq!(
            handshake(reset, PeerRole::Server).kind(),
            io::ErrorKind::ConnectionReset
        );
    }

    #[test]
    fn what_the_peer_says_of_our_certificate_names_both() {
        let alert = Error::AlertReceived(AlertDescription::CertificateRequired);
        let error = describe(
            io::Error::new(io::ErrorKind::InvalidData, alert),
            PeerRole::Server,
        );
        assert_eq!(
            error.to_string(),
            "TLS: the server wants a certificate, and the client has none"
        );
    }
}
