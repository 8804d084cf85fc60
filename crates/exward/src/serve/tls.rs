//! The certificate: read, held against its key, and asked for its names.

use std::fs::File;
use std::io::Read as _;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::client::verify_server_name;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::ParsedCertificate;

use super::limits::PEM_MAX;

/// A certificate that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum TlsError {
    /// A file that cannot be read.
    #[error("cannot read {}", path.display())]
    File { path: PathBuf, source: std::io::Error },
    /// A file of another kind.
    #[error("{} holds no {what} in PEM form", path.display())]
    Pem { path: PathBuf, what: &'static str },
    /// They do not fit each other, or are of a kind that is not spoken.
    #[error("certificate and key cannot be used together")]
    Pair { source: rustls::Error },
}

/// A certificate with its key, ready to be shown to clients.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) config: Arc<ServerConfig>,
    own: CertificateDer<'static>,
}

impl Identity {
    /// The certificate chain and the key of two PEM files.
    ///
    /// # Errors
    /// [`TlsError`].
    pub(crate) fn read(chain: &Path, key: &Path) -> Result<Self, TlsError> {
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(&read(chain)?)
            .collect::<Result<_, _>>()
            .map_err(|_| TlsError::Pem { path: chain.to_owned(), what: "certificate" })?;
        let Some(own) = certificates.first().cloned() else {
            return Err(TlsError::Pem { path: chain.to_owned(), what: "certificate" });
        };
        let key = PrivateKeyDer::from_pem_slice(&read(key)?)
            .map_err(|_| TlsError::Pem { path: key.to_owned(), what: "private key" })?;
        let pair = |source| TlsError::Pair { source };
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(pair)?
            .with_no_client_auth()
            .with_single_cert(certificates, key)
            .map_err(pair)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { config: Arc::new(config), own })
    }

    /// True if the certificate was issued for this name or address.
    pub(crate) fn is_for(&self, host: &str) -> bool {
        let name = match host.parse::<IpAddr>() {
            Ok(ip) => ServerName::from(ip),
            Err(_) => match ServerName::try_from(host) {
                Ok(name) => name,
                Err(_) => return false,
            },
        };
        ParsedCertificate::try_from(&self.own)
            .is_ok_and(|certificate| verify_server_name(&certificate, &name).is_ok())
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    let failed = |source| TlsError::File { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    File::open(path).map_err(failed)?.take(PEM_MAX).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}
