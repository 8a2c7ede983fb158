//! Certificates and keys as they lie in files, with errors that name the file.

use std::{borrow::Cow, fmt, path::PathBuf};

use tokio_rustls::rustls::pki_types::{
    CertificateDer, PrivateKeyDer,
    pem::{Error as PemError, PemObject},
};

use crate::Error;

/// What certificates or a key are read from.
#[derive(Clone)]
pub(super) enum Source {
    File(PathBuf),
    Memory(Vec<u8>),
}

impl Source {
    pub(super) fn file(&self) -> Option<PathBuf> {
        match self {
            Self::File(path) => Some(path.clone()),
            Self::Memory(_) => None,
        }
    }

    /// All certificates of a PEM text, at least one.
    ///
    /// # Errors
    /// `read the certificates of server.pem: no such file`
    pub(super) fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, Error> {
        let failed = || Error::new(format!("read the certificates of {self}"));
        let text = self.read().map_err(|error| failed().with_source(error))?;
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(&text)
            .collect::<Result<_, _>>()
            .map_err(|error| failed().with_source(pem_error(&error)))?;
        if certificates.is_empty() {
            let found = Section::first_of(&text);
            return Err(failed().with_source(format!("{found}, where a CERTIFICATE was expected")));
        }
        Ok(certificates)
    }

    /// The first private key of a PEM text: PKCS #8, PKCS #1 or SEC 1.
    ///
    /// # Errors
    /// `read the private key of server.key: its first section is a CERTIFICATE, where …`
    pub(super) fn private_key(&self) -> Result<PrivateKeyDer<'static>, Error> {
        let failed = || Error::new(format!("read the private key of {self}"));
        let text = self.read().map_err(|error| failed().with_source(error))?;
        PrivateKeyDer::from_pem_slice(&text).map_err(|error| {
            failed().with_source(match (error, Section::first_of(&text)) {
                (PemError::NoItemsFound, Section::EncryptedKey) => {
                    "the key is encrypted; `openssl pkey` writes it without a password".to_owned()
                }
                (PemError::NoItemsFound, found) => format!("{found}, where a PRIVATE KEY was expected"),
                (error, _) => pem_error(&error),
            })
        })
    }

    fn read(&self) -> std::io::Result<Cow<'_, [u8]>> {
        match self {
            Self::File(path) => std::fs::read(path).map(Cow::Owned),
            Self::Memory(text) => Ok(Cow::Borrowed(text)),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Memory(_) => f.write_str("the PEM text in memory"),
        }
    }
}

/// What a text that should hold something else begins with.
enum Section {
    None,
    EncryptedKey,
    Other(String),
}

impl Section {
    fn first_of(text: &[u8]) -> Self {
        const BEGIN: &str = "-----BEGIN ";
        let text = String::from_utf8_lossy(text);
        let Some((_, rest)) = text.split_once(BEGIN) else {
            return Self::None;
        };
        let label = rest.split("-----").next().unwrap_or_default();
        // RFC 1421 §4.6: the older form says so in a header of the section.
        if label == "ENCRYPTED PRIVATE KEY" || rest.contains("Proc-Type: 4,ENCRYPTED") {
            Self::EncryptedKey
        } else {
            Self::Other(label.chars().take(40).collect())
        }
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("there is no PEM section in it"),
            Self::EncryptedKey => f.write_str("its first section is an ENCRYPTED PRIVATE KEY"),
            Self::Other(label) => write!(f, "its first section is {label:?}"),
        }
    }
}

fn pem_error(error: &PemError) -> String {
    match error {
        PemError::MissingSectionEnd { end_marker } => {
            // The marker comes with or without its dashes.
            let label = String::from_utf8_lossy(end_marker);
            let label = label.trim().trim_matches('-').trim_start_matches("END ");
            format!("`-----END {label}-----` is missing")
        }
        PemError::IllegalSectionStart { line } => {
            format!(
                "`{}` does not begin a section",
                String::from_utf8_lossy(line).trim()
            )
        }
        other => format!("the PEM text is damaged: {other}"),
    }
}
