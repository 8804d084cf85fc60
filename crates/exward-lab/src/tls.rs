//! Weakened TLS of the lab's faces: servers that speak like Windows of one age (A14: nothing else in
//! this crate names `openssl`).
//!
//! # Invariants
//! * **L-T1 one age, one answer.** An acceptor negotiates the newest version of its age, and never
//!   a suite outside its age's list.
//! * **L-T2 cheap.** The contexts and keys are made once for the whole estate; a face adds one
//!   certificate.
//!
//! Sources: Microsoft Learn, "TLS Cipher Suites in Windows 8.1" (Server 2012 R2); KB2984448 and
//! KB938857 (Windows Server 2003); KB5006983 (Exchange's own certificates were signed with SHA-1).

mod certificate;
mod recipe;
mod stream;

use std::collections::BTreeMap;
use std::io;
use std::pin::Pin;
use std::sync::LazyLock;

use openssl::dh::Dh;
use openssl::ec::{EcGroup, EcKey};
use openssl::error::ErrorStack;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::provider::Provider;
use openssl::rsa::Rsa;
use openssl::ssl::{
    Ssl, SslContext, SslMethod, SslMode, SslOptions, SslSessionCacheMode, SslVersion,
};
use openssl::x509::X509;
use tokio::io::{AsyncRead, AsyncWrite};

use exward_core::tls::TlsVersion;

pub use recipe::{Digest, KeyKind, Recipe, TLS_AGES, TlsAge};
pub use stream::TlsStream;

/// What keeps an acceptor from being made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabTlsError {
    /// The library refused a step.
    #[error("OpenSSL cannot {step}; was it built with `legacy`, `ssl3` and `weak-crypto`?")]
    Library {
        /// What was to be done.
        step: &'static str,
        /// What the library says.
        #[source]
        source: ErrorStack,
    },
    /// A certificate needs one name or more.
    #[error("a face without a name has no certificate; give it one name or more")]
    NoName,
    /// A date of validity does not exist.
    #[error("the year {year} is no year of a certificate; use 1950 to 9999")]
    Year {
        /// The year of the recipe.
        year: i16,
    },
}

/// Names the step that failed.
fn step(step: &'static str) -> impl Fn(ErrorStack) -> LabTlsError {
    move |source| LabTlsError::Library { step, source }
}

/// Both providers, loaded once and kept to the end of the program: unloading one while another
/// thread shakes hands would take its algorithms away. RC4 lives in `legacy`, and loading that one
/// alone would leave out `default`.
static PROVIDERS: LazyLock<Result<[Provider; 2], ErrorStack>> =
    LazyLock::new(|| Ok([Provider::load(None, "legacy")?, Provider::load(None, "default")?]));

/// Keys and contexts of the whole estate, made once: one key of each [`KeyKind`], one context of
/// each [`TlsAge`]. Making them takes about as long as one RSA-2048 key does.
pub struct Keys {
    keys: BTreeMap<KeyKind, PKey<Private>>,
    contexts: BTreeMap<TlsAge, SslContext>,
}

impl Keys {
    /// New random keys.
    ///
    /// # Errors
    /// If the library lacks what an old age needs.
    pub fn new() -> Result<Self, LabTlsError> {
        PROVIDERS.as_ref().map_err(Clone::clone).map_err(step("load its providers"))?;
        let key = |kind| Ok((kind, new_key(kind).map_err(step("make a key"))?));
        let context = |age: TlsAge| Ok((age, new_context(&age.recipe())?));
        Ok(Self {
            keys: recipe::KEY_KINDS.into_iter().map(key).collect::<Result<_, LabTlsError>>()?,
            contexts: TLS_AGES.into_iter().map(context).collect::<Result<_, LabTlsError>>()?,
        })
    }
}

/// The server's side of one face: cheap to keep (some kilobytes) and to clone.
#[derive(Clone)]
pub struct Acceptor {
    context: SslContext,
    certificate: X509,
    key: PKey<Private>,
}

impl Acceptor {
    /// A face of this age. The first name is the common name; all are DNS names. Self-signed.
    ///
    /// # Errors
    /// If there is no name.
    pub fn new(age: TlsAge, names: &[String], keys: &Keys) -> Result<Self, LabTlsError> {
        match keys.contexts.get(&age) {
            Some(context) => Self::with(context.clone(), &age.recipe(), names, keys),
            None => Self::custom(&age.recipe(), names, keys),
        }
    }

    /// A face of any recipe, with a context of its own (about 20 KB). Names as in
    /// [`Acceptor::new`]; a name may be as long as 64 KB.
    ///
    /// # Errors
    /// If there is no name, or the library does not know a suite of the recipe.
    pub fn custom(recipe: &Recipe, names: &[String], keys: &Keys) -> Result<Self, LabTlsError> {
        Self::with(new_context(recipe)?, recipe, names, keys)
    }

    fn with(
        context: SslContext,
        recipe: &Recipe,
        names: &[String],
        keys: &Keys,
    ) -> Result<Self, LabTlsError> {
        let key = match keys.keys.get(&recipe.key) {
            Some(key) => key.clone(),
            None => new_key(recipe.key).map_err(step("make a key"))?,
        };
        let certificate = certificate::self_signed(recipe, names, &key)?;
        Ok(Self { context, certificate, key })
    }

    /// Shakes hands as the server. The caller sets the time limit.
    ///
    /// # Errors
    /// If the client leaves, or the two find nothing in common.
    pub async fn accept<S>(&self, stream: S) -> io::Result<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let ssl = self.session().map_err(io::Error::other)?;
        let mut inner = tokio_openssl::SslStream::new(ssl, stream).map_err(io::Error::other)?;
        let done = Pin::new(&mut inner).accept().await;
        done.map_err(|error| error.into_io_error().unwrap_or_else(io::Error::other))?;
        Ok(TlsStream::new(inner))
    }

    /// One connection's state. The certificate hangs on it and not on the context, so that two
    /// thousand faces share the seven contexts of [`Keys`] (L-T2).
    fn session(&self) -> Result<Ssl, ErrorStack> {
        let mut ssl = Ssl::new(&self.context)?;
        ssl.set_certificate(&self.certificate)?;
        ssl.set_private_key(&self.key)?;
        Ok(ssl)
    }
}

fn new_key(kind: KeyKind) -> Result<PKey<Private>, ErrorStack> {
    match kind {
        KeyKind::Rsa1024 => PKey::from_rsa(Rsa::generate(1024)?),
        KeyKind::Rsa2048 => PKey::from_rsa(Rsa::generate(2048)?),
        KeyKind::P256 => {
            let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
            PKey::from_ec_key(EcKey::generate(&group)?)
        }
    }
}

fn new_context(recipe: &Recipe) -> Result<SslContext, LabTlsError> {
    PROVIDERS.as_ref().map_err(Clone::clone).map_err(step("load its providers"))?;
    built(recipe).map_err(step("set up a server of this recipe"))
}

fn built(recipe: &Recipe) -> Result<SslContext, ErrorStack> {
    let mut context = SslContext::builder(SslMethod::tls_server())?;
    context.set_security_level(0); // or it refuses RSA-1024, SHA-1, 3DES and RC4
    context.set_min_proto_version(Some(library_version(recipe.oldest)))?;
    context.set_max_proto_version(Some(library_version(recipe.newest)))?;
    context.set_cipher_list(recipe.suites)?;
    context.set_groups_list("P-256:X25519:P-384")?;
    context.set_tmp_dh(&*Dh::get_2048_256()?)?;
    // No resumption: every probe sees a whole handshake, and nothing is kept between connections.
    context.set_options(SslOptions::CIPHER_SERVER_PREFERENCE | SslOptions::NO_TICKET);
    context.set_num_tickets(0)?;
    context.set_session_cache_mode(SslSessionCacheMode::OFF);
    context.set_mode(
        SslMode::RELEASE_BUFFERS
            | SslMode::ENABLE_PARTIAL_WRITE
            | SslMode::ACCEPT_MOVING_WRITE_BUFFER,
    );
    Ok(context.build())
}

fn library_version(version: TlsVersion) -> SslVersion {
    match version {
        TlsVersion::Ssl3 => SslVersion::SSL3,
        TlsVersion::Tls10 => SslVersion::TLS1,
        TlsVersion::Tls11 => SslVersion::TLS1_1,
        TlsVersion::Tls12 => SslVersion::TLS1_2,
        TlsVersion::Tls13 => SslVersion::TLS1_3,
    }
}

#[cfg(test)]
mod tests {
    use openssl::ssl::SslVerifyMode;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// Shakes hands over memory with a client that takes anything; gives version and suite.
    async fn shake(acceptor: &Acceptor) -> io::Result<(String, String)> {
        let mut client = SslContext::builder(SslMethod::tls_client())?;
        client.set_security_level(0);
        client.set_min_proto_version(None)?;
        client.set_cipher_list("ALL")?;
        client.set_verify(SslVerifyMode::NONE);
        let (near, far) = tokio::io::duplex(1 << 16);
        let mut near = tokio_openssl::SslStream::new(Ssl::new(&client.build())?, near)?;
        let server = async {
            let mut stream = acceptor.accept(far).await?;
            let byte = stream.read_u8().await?;
            stream.write_u8(byte).await?;
            stream.flush().await
        };
        let client = async {
            Pin::new(&mut near).connect().await.map_err(io::Error::other)?;
            near.write_u8(7).await?;
            assert_eq!(near.read_u8().await?, 7);
            let suite = near.ssl().current_cipher().map(|it| it.name().to_owned());
            Ok((near.ssl().version_str().to_owned(), suite.unwrap_or_default()))
        };
        let (served, seen) = tokio::join!(server, client);
        served.and(seen)
    }

    fn names() -> Vec<String> {
        vec!["mail.example.org".to_owned(), "autodiscover.example.org".to_owned()]
    }

    #[tokio::test]
    async fn each_age_negotiates_its_own() {
        let keys = Keys::new().unwrap();
        let mut got = String::new();
        for age in TLS_AGES {
            let acceptor = Acceptor::new(age, &names(), &keys).unwrap();
            let (version, suite) = shake(&acceptor).await.unwrap();
            got += &format!("{age}: {version} {suite}, {}\n", age.version());
        }
        insta::assert_snapshot!(got, @r"
        modern: TLSv1.3 TLS_AES_256_GCM_SHA384, TLS 1.3
        server-2012-r2: TLSv1.2 ECDHE-RSA-AES256-SHA384, TLS 1.2
        tls-1.1: TLSv1.1 ECDHE-RSA-AES256-SHA, TLS 1.1
        tls-1.0: TLSv1 AES128-SHA, TLS 1.0
        tls-1.0-3des: TLSv1 DES-CBC3-SHA, TLS 1.0
        tls-1.0-rc4: TLSv1 RC4-SHA, TLS 1.0
        ssl-3.0: SSLv3 RC4-SHA, SSL 3.0
        ");
    }

    #[test]
    fn a_face_needs_a_name_and_possible_years() {
        let keys = Keys::new().unwrap();
        let error = |it: Result<Acceptor, LabTlsError>| it.err().map(|it| it.to_string());
        assert_eq!(
            error(Acceptor::new(TlsAge::Modern, &[], &keys)).unwrap(),
            "a face without a name has no certificate; give it one name or more"
        );
        let recipe = Recipe { years: [1949, 2020], ..TlsAge::Modern.recipe() };
        assert_eq!(
            error(Acceptor::custom(&recipe, &names(), &keys)).unwrap(),
            "the year 1949 is no year of a certificate; use 1950 to 9999"
        );
    }

    #[test]
    #[ignore = "needs a quiet machine: it weighs this process and looks at the clock"]
    fn a_face_is_cheap() {
        let rss = || -> i64 {
            let status = std::fs::read_to_string("/proc/self/statm").unwrap();
            status.split(' ').nth(1).unwrap().parse::<i64>().unwrap() * 4
        };
        let keys = Keys::new().unwrap();
        let warm = Acceptor::new(TlsAge::Modern, &names(), &keys).unwrap();
        let (before, start) = (rss(), std::time::Instant::now());
        let all: Vec<Acceptor> =
            (0..2000).map(|_| Acceptor::new(TlsAge::Modern, &names(), &keys).unwrap()).collect();
        let each_kb = (rss() - before) as f64 / 2000.0;
        let each = start.elapsed() / 2000;
        assert!(each_kb < 20.0, "L-T2: {each_kb} KB each");
        assert!(each.as_micros() < 2000, "L-T2: {each:?} each");
        assert_eq!(all.len(), 2000);
        drop(warm);
    }
}
