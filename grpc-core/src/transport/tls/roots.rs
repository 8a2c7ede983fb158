use std::{
    fmt,
    path::PathBuf,
    sync::{Arc, OnceLock},
    time::Duration,
};

use tokio_rustls::rustls::{RootCertStore, pki_types::CertificateDer};

use super::{pem::Source, watched::Watched};
use crate::Error;

/// Root certificates: whom to believe who the peer is. Cheap to clone; the clones change together.
#[derive(Clone)]
pub struct Roots(Arc<Watched<RootCertStore>>);

impl Roots {
    /// Reads the certificates of a PEM file. When it changes, the new ones are used for connections made from
    /// then on, see [`Roots::check_files_every`].
    ///
    /// # Errors
    /// If the file cannot be read, or holds no certificate or a damaged one. The text names the file.
    pub fn from_pem_file(file: impl Into<PathBuf>) -> Result<Self, Error> {
        Self::from_pem_source(Source::File(file.into()))
    }

    /// Reads the certificates of a PEM text.
    ///
    /// # Errors
    /// If it holds no certificate, or a damaged one.
    pub fn from_pem(text: impl AsRef<[u8]>) -> Result<Self, Error> {
        Self::from_pem_source(Source::Memory(text.as_ref().to_vec()))
    }

    /// Takes certificates in DER, at least one.
    ///
    /// # Errors
    /// If there is none, or one cannot be read.
    pub fn from_der(certificates: impl IntoIterator<Item = Vec<u8>>) -> Result<Self, Error> {
        let certificates: Vec<_> = certificates.into_iter().map(CertificateDer::from).collect();
        let load = move || store(certificates.clone(), &"in DER");
        Ok(Self(Arc::new(Watched::new(Vec::new(), load)?)))
    }

    /// How often the file is looked at, at most; every 10 seconds. It is looked at when a connection is made, and
    /// read if it has changed. A new one that cannot be used is warned of, and the old one kept.
    #[must_use]
    pub fn check_files_every(self, interval: Duration) -> Self {
        self.0.set_interval(interval);
        self
    }

    /// Reads the file again now. Connections made from now on use it.
    ///
    /// # Errors
    /// As [`Roots::from_pem_file`]; the old certificates are kept.
    pub fn reload(&self) -> Result<(), Error> {
        self.0.reload()
    }

    pub(super) fn current(&self) -> Arc<RootCertStore> {
        self.0.current()
    }

    fn from_pem_source(source: Source) -> Result<Self, Error> {
        let files = source.file().into_iter().collect();
        let load = move || store(source.certificates()?, &source);
        Ok(Self(Arc::new(Watched::new(files, load)?)))
    }
}

impl fmt::Debug for Roots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Roots")
            .field("certificates", &self.current().len())
            .finish_non_exhaustive()
    }
}

fn store(
    certificates: Vec<CertificateDer<'static>>,
    source: &dyn fmt::Display,
) -> Result<RootCertStore, Error> {
    let mut store = RootCertStore::empty();
    for (index, certificate) in certificates.into_iter().enumerate() {
        store.add(certificate).map_err(|error| {
            Error::new(format!("use certificate {} of {source} as a root", index + 1)).with_source(error)
        })?;
    }
    if store.is_empty() {
        return Err(Error::new("there is no root certificate"));
    }
    Ok(store)
}

/// The roots that the system trusts, read once for the process.
///
/// # Errors
/// If the system has none.
pub(super) fn system() -> Result<Arc<RootCertStore>, String> {
    static SYSTEM: OnceLock<Arc<RootCertStore>> = OnceLock::new();
    if let Some(store) = SYSTEM.get() {
        return Ok(Arc::clone(store));
    }
    let found = rustls_native_certs::load_native_certs();
    let mut store = RootCertStore::empty();
    // Systems have some that are too old or too odd to be used.
    store.add_parsable_certificates(found.certs);
    if store.is_empty() {
        let why = match found.errors.first() {
            Some(error) => format!(": {error}"),
            None => String::new(),
        };
        return Err(format!(
            "this system has no root certificates{why}; install them (ca-certificates), or give ClientTls::roots"
        ));
    }
    Ok(Arc::clone(SYSTEM.get_or_init(|| Arc::new(store))))
}
