use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use tokio_rustls::rustls::{
    self,
    pki_types::{CertificateDer, PrivateKeyDer},
    sign::CertifiedKey,
};

use super::{pem::Source, provider, watched::Watched};
use crate::Error;

/// A certificate with its chain and its private key: who a server, or a client, is. Cheap to clone; the clones
/// change together.
#[derive(Clone)]
pub struct Identity(Arc<Watched<CertifiedKey>>);

impl Identity {
    /// Reads PEM files: the certificate, with the intermediate ones behind it, and its private key (PKCS #8,
    /// PKCS #1 or SEC 1; not encrypted).
    ///
    /// When the files change, the new ones are used for connections made from then on, see
    /// [`Identity::check_files_every`].
    ///
    /// # Errors
    /// If a file cannot be read or is of another kind, or the key is not the certificate's. The text names the
    /// file.
    pub fn from_pem_files(
        certificates: impl Into<PathBuf>,
        private_key: impl Into<PathBuf>,
    ) -> Result<Self, Error> {
        Self::from_pem_sources(
            Source::File(certificates.into()),
            Source::File(private_key.into()),
        )
    }

    /// Reads PEM texts, as [`Identity::from_pem_files`] does files.
    ///
    /// # Errors
    /// If a text is of another kind, or the key is not the certificate's.
    pub fn from_pem(certificates: impl AsRef<[u8]>, private_key: impl AsRef<[u8]>) -> Result<Self, Error> {
        Self::from_pem_sources(
            Source::Memory(certificates.as_ref().to_vec()),
            Source::Memory(private_key.as_ref().to_vec()),
        )
    }

    /// Takes certificates and key in DER: the certificate, then the intermediate ones.
    ///
    /// # Errors
    /// If one cannot be read, or the key is not the certificate's.
    pub fn from_der(
        certificates: impl IntoIterator<Item = Vec<u8>>,
        private_key: Vec<u8>,
    ) -> Result<Self, Error> {
        let certificates: Vec<_> = certificates.into_iter().map(CertificateDer::from).collect();
        let key = PrivateKeyDer::try_from(private_key)
            .map_err(|error| Error::new("read the private key in DER").with_source(error))?;
        let load = move || certify(certificates.clone(), key.clone_key(), &"in DER", &"in DER");
        Ok(Self(Arc::new(Watched::new(Vec::new(), load)?)))
    }

    /// How often the files are looked at, at most; every 10 seconds. They are looked at when a connection is
    /// made, and read if they have changed. New ones that cannot be used are warned of, and the old ones kept.
    #[must_use]
    pub fn check_files_every(self, interval: Duration) -> Self {
        self.0.set_interval(interval);
        self
    }

    /// Reads the files again now. Connections made from now on use them.
    ///
    /// # Errors
    /// As [`Identity::from_pem_files`]; the old ones are kept.
    pub fn reload(&self) -> Result<(), Error> {
        self.0.reload()
    }

    pub(super) fn current(&self) -> Arc<CertifiedKey> {
        self.0.current()
    }

    fn from_pem_sources(certificates: Source, key: Source) -> Result<Self, Error> {
        let files = [&certificates, &key]
            .into_iter()
            .filter_map(Source::file)
            .collect();
        let load = move || {
            certify(
                certificates.certificates()?,
                key.private_key()?,
                &certificates,
                &key,
            )
        };
        Ok(Self(Arc::new(Watched::new(files, load)?)))
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Never the key.
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}

fn certify(
    certificates: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    certificates_name: &dyn fmt::Display,
    key_name: &dyn fmt::Display,
) -> Result<CertifiedKey, Error> {
    CertifiedKey::from_der(certificates, key, &provider()).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => Error::new(format!(
            "the private key {key_name} is not that of the certificate {certificates_name}"
        )),
        rustls::Error::NoCertificatesPresented => Error::new("there is no certificate"),
        rustls::Error::InvalidCertificate(_) => {
            Error::new(format!("read the certificate {certificates_name}")).with_source(error)
        }
        error => Error::new(format!("use the private key {key_name}")).with_source(error),
    })
}
