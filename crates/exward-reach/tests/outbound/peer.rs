//! A receiver on a loopback port that does as it is told.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// What a receiver does once it has read a request.
#[derive(Clone, Copy)]
pub(crate) enum Does {
    /// Says this, and closes.
    Says(&'static str),
    /// Says this, and then nothing, without closing.
    Holds(&'static str),
    /// Says this, and then the other again and again.
    Repeats(&'static str, &'static str),
}

/// A receiver, and what it was sent; it ends with the test's runtime.
pub(crate) struct Peer {
    pub(crate) port: u16,
    connections: Arc<Mutex<usize>>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Peer {
    /// How often somebody connected.
    pub(crate) fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }

    /// Everything it was sent, request by request.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

/// Listens on loopback only; with TLS if a certificate is given.
pub(crate) async fn listen(tls: Option<ServerConfig>, does: Does) -> Peer {
    let at = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let listener = TcpListener::bind(at).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (connections, requests) = (Arc::default(), Arc::default());
    let peer =
        Peer { port, connections: Arc::clone(&connections), requests: Arc::clone(&requests) };
    let acceptor = tls.map(|it| TlsAcceptor::from(Arc::new(it)));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            *connections.lock().unwrap() += 1;
            let (acceptor, requests) = (acceptor.clone(), Arc::clone(&requests));
            tokio::spawn(async move {
                match acceptor {
                    None => answer(stream, does, &requests).await,
                    Some(acceptor) => {
                        if let Ok(stream) = acceptor.accept(stream).await {
                            answer(stream, does, &requests).await;
                        }
                    }
                }
            });
        }
    });
    peer
}

async fn answer(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    does: Does,
    requests: &Mutex<Vec<String>>,
) {
    let Some(request) = request(&mut stream).await else { return };
    requests.lock().unwrap().push(request);
    let (said, more) = match does {
        Does::Says(said) => (said, None),
        Does::Holds(said) => (said, Some("")),
        Does::Repeats(said, more) => (said, Some(more)),
    };
    if stream.write_all(said.as_bytes()).await.is_err() || stream.flush().await.is_err() {
        return;
    }
    match more {
        None => drop(stream.shutdown().await),
        Some("") => std::future::pending().await,
        Some(more) => while stream.write_all(more.as_bytes()).await.is_ok() {},
    }
}

/// Reads one request, head and body.
async fn request(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|it| it.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |it| it.parse().unwrap()) {
                return Some(text);
            }
        }
    }
}

/// A CA of the house, and what it signs.
pub(crate) struct Ca {
    pub(crate) pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Ca {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Self { pem, issuer: Issuer::new(params, key) }
    }

    /// A server that has a certificate for this name, valid until the end of this year.
    pub(crate) fn server(&self, name: &str, until: i32) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_after = date_time_ymd(until, 12, 31);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap()
    }
}
