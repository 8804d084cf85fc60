//! Weakened TLS of the probes (A14: nothing else in this crate names `openssl`): a client that old
//! servers understand, and what a handshake told.
//!
//! It reads; it does not trust. No certificate is verified, so nothing secret may ever be sent over
//! these connections.
//!
//! # Invariants
//! * **T-H1 facts survive.** Whatever ends a handshake (an alert, a reset, a timeout), what the server
//!   said before it stays.
//! * **T-H2 never an error.** A failed handshake is a fact about the server, in
//!   [`TlsFacts::failure`].
//! * **T-H3 short hello.** At most thirty suites; the old hello has nothing newer than TLS 1.0.
//!
//! Sources: OpenSSL, `SSL_CTX_set_options(3)`; RFC 5746 (servers without it); RFC 6066 §3 (names);
//! RFC 7685 (padding).

mod certificate;
mod failure;
mod kept;
pub mod record;
mod stream;
mod suites;

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::LazyLock;

use exward_core::tls::{TlsFacts, TlsVersion};
use openssl::error::ErrorStack;
use openssl::provider::Provider;
use openssl::ssl::{
    Ssl, SslContext, SslContextBuilder, SslMethod, SslMode, SslOptions, SslSessionCacheMode,
    SslVerifyMode, SslVersion,
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, timeout_at};
use tokio_openssl::SslStream;

use failure::Failure;
use kept::Kept;
use record::Seen;

pub use stream::TlsStream;

/// What the client offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hello {
    /// SSL 3.0 to TLS 1.3.
    Full,
    /// Nothing newer than TLS 1.0, no extension, few suites: for servers that drop what they do not
    /// know.
    Old,
}

/// What keeps a connector from being made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The library refused a step.
    #[error("OpenSSL cannot {step}; was it built with `legacy`, `ssl3` and `weak-crypto`?")]
    Library {
        /// What was to be done.
        step: &'static str,
        /// What the library says.
        #[source]
        source: ErrorStack,
    },
}

/// Both providers, loaded once and kept to the end of the program: unloading one while another
/// thread shakes hands would take its algorithms away. RC4 lives in `legacy`, and loading that one
/// alone would leave out `default`.
static PROVIDERS: LazyLock<Result<[Provider; 2], ErrorStack>> =
    LazyLock::new(|| Ok([Provider::load(None, "legacy")?, Provider::load(None, "default")?]));

/// The client of all probes. Holds one context for each [`Hello`]; clones share them.
#[derive(Clone)]
pub struct Connector {
    full: SslContext,
    old: SslContext,
}

/// How one handshake went.
#[must_use]
pub struct Handshake<S> {
    /// What it told, whether it came to its end or not.
    pub facts: TlsFacts,
    /// The connection; `None` if it did not come to its end. Dropping it closes the connection.
    pub stream: Option<TlsStream<S>>,
    old_may_help: bool,
}

impl<S> Handshake<S> {
    fn done(mut stream: SslStream<Kept<S>>, hello: Hello) -> Self {
        stream.get_mut().forget();
        let ssl = stream.ssl();
        let suite = ssl.current_cipher().map(|it| u16::from_be_bytes(it.protocol_id()));
        let facts = TlsFacts {
            version: ssl.version2().and_then(version_of),
            suite: suite.map(suites::name).unwrap_or_default(),
            certificate: ssl.peer_certificate().map(|it| certificate::facts(&it)),
            failure: None,
            old_hello: hello == Hello::Old,
        };
        Self { facts, stream: Some(TlsStream::new(stream)), old_may_help: false }
    }

    fn broken(stream: &SslStream<Kept<S>>, hello: Hello, failure: &Failure) -> Self {
        let bytes = stream.get_ref().bytes();
        let seen = record::read(bytes);
        // TLS 1.3 shows its certificate to the library alone.
        let shown = || stream.ssl().peer_certificate().map(|it| certificate::facts(&it));
        let facts = TlsFacts {
            version: seen.hello.and_then(|it| it.version),
            suite: seen.hello.map(|it| suites::name(it.suite)).unwrap_or_default(),
            certificate: seen.certificate.as_deref().and_then(certificate::of_der).or_else(shown),
            failure: Some(failure.text(&seen, bytes)),
            old_hello: hello == Hello::Old && seen.hello.is_some(),
        };
        let old_may_help = hello == Hello::Full && failure.is_refusal(&seen);
        Self { facts, stream: None, old_may_help }
    }

    /// Not even a hello was sent.
    fn unmade(failure: &Failure) -> Self {
        let failure = Some(failure.text(&Seen::default(), &[]));
        let facts = TlsFacts { failure, ..TlsFacts::default() };
        Self { facts, stream: None, old_may_help: false }
    }

    /// True if one more connection with [`Hello::Old`] is worth it: the full hello was refused (an
    /// alert, a reset, a close) before any ServerHello. False after silence, after an answer that is
    /// not TLS, and for an old hello.
    #[must_use]
    pub const fn is_old_hello_worth_it(&self) -> bool {
        self.old_may_help
    }
}

impl Connector {
    /// A connector that speaks SSL 3.0 to TLS 1.3.
    ///
    /// # Errors
    /// If OpenSSL was built without what old servers need.
    pub fn new() -> Result<Self, TlsError> {
        let step = |step| move |source| TlsError::Library { step, source };
        PROVIDERS.as_ref().map_err(Clone::clone).map_err(step("load its providers"))?;
        Ok(Self {
            full: context(Hello::Full).map_err(step("set up the full hello"))?,
            old: context(Hello::Old).map_err(step("set up the old hello"))?,
        })
    }

    /// Shakes hands until `deadline`. `name` is sent as the server's name (SNI) with the full hello;
    /// an address, or what cannot be a name, is not sent. A TCP stream should have its delay turned off
    /// (`set_nodelay`), or the first request waits 40 ms behind the end of the handshake.
    pub async fn handshake<S>(
        &self,
        stream: S,
        name: Option<&str>,
        hello: Hello,
        deadline: Instant,
    ) -> Handshake<S>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let start = Instant::now();
        let session = self.session(name, hello);
        let stream = session.and_then(|it| SslStream::new(it, Kept::new(stream)));
        let mut stream = match stream {
            Ok(stream) => stream,
            Err(error) => return Handshake::unmade(&Failure::Library(error)),
        };
        let done = timeout_at(deadline, Pin::new(&mut stream).connect()).await;
        let failure = match done {
            Ok(Ok(())) => return Handshake::done(stream, hello),
            Ok(Err(error)) => Failure::new(&error, stream.get_ref().end()),
            Err(_) => Failure::Timeout(deadline.saturating_duration_since(start)),
        };
        stream.get_mut().gather().await;
        Handshake::broken(&stream, hello, &failure)
    }

    fn session(&self, name: Option<&str>, hello: Hello) -> Result<Ssl, ErrorStack> {
        let mut ssl = Ssl::new(match hello {
            Hello::Full => &self.full,
            Hello::Old => &self.old,
        })?;
        if let Some(name) = name.and_then(sni).filter(|_| hello == Hello::Full) {
            ssl.set_hostname(name)?;
        }
        Ok(ssl)
    }
}

/// What may stand in a hello as a name (RFC 6066 §3): no address, no final dot, at most 255 bytes.
fn sni(name: &str) -> Option<&str> {
    let name = name.strip_suffix('.').unwrap_or(name);
    let is_name = (1..=255).contains(&name.len()) && name.bytes().all(|it| it.is_ascii_graphic());
    (is_name && name.parse::<IpAddr>().is_err()).then_some(name)
}

/// Signatures that may be shown, the old ones last; TLS 1.2 servers of 2008 have RSA with SHA-1 alone.
const SIGNATURES: &str = "ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256:ECDSA+SHA384:RSA-PSS+SHA384:\
    RSA+SHA384:ECDSA+SHA512:RSA-PSS+SHA512:RSA+SHA512:ed25519:ECDSA+SHA1:RSA+SHA1";

fn context(hello: Hello) -> Result<SslContext, ErrorStack> {
    let mut context = SslContext::builder(SslMethod::tls_client())?;
    context.set_security_level(0); // or it refuses RSA-1024, SHA-1, 3DES and RC4
    context.set_verify(SslVerifyMode::NONE);
    context.set_min_proto_version(None)?;
    // A configuration file of the machine may have set them.
    context.clear_options(SslOptions::NO_SSLV3 | SslOptions::NO_TLSV1 | SslOptions::NO_TLSV1_1);
    context.set_options(
        SslOptions::ALLOW_UNSAFE_LEGACY_RENEGOTIATION
            | SslOptions::IGNORE_UNEXPECTED_EOF
            | SslOptions::NO_TICKET
            | SslOptions::from_bits_retain(LEGACY_SERVER_CONNECT),
    );
    context.set_session_cache_mode(SslSessionCacheMode::OFF);
    // Two thousand idle connections with two buffers of 16 KiB each would be 64 MiB.
    context.set_mode(
        SslMode::RELEASE_BUFFERS
            | SslMode::ENABLE_PARTIAL_WRITE
            | SslMode::ACCEPT_MOVING_WRITE_BUFFER
            | SslMode::AUTO_RETRY,
    );
    match hello {
        Hello::Full => full(&mut context)?,
        Hello::Old => old(&mut context)?,
    }
    Ok(context.build())
}

fn full(context: &mut SslContextBuilder) -> Result<(), ErrorStack> {
    context.set_max_proto_version(None)?;
    context.set_ciphersuites(&suites::tls13_list())?;
    context.set_cipher_list(&suites::full_list())?;
    context.set_groups_list("X25519:P-256:P-384")?;
    context.set_options(SslOptions::from_bits_retain(PADDING));
    context.set_sigalgs_list(SIGNATURES)
}

fn old(context: &mut SslContextBuilder) -> Result<(), ErrorStack> {
    context.set_max_proto_version(Some(SslVersion::TLS1))?;
    context.set_options(SslOptions::from_bits_retain(NO_EXTENDED_MASTER | NO_ENCRYPT_THEN_MAC));
    context.set_cipher_list(&suites::old_list())
}

/// `SSL_OP_LEGACY_SERVER_CONNECT`: servers without RFC 5746.
const LEGACY_SERVER_CONNECT: u64 = 1 << 2;

/// `SSL_OP_TLSEXT_PADDING`: no hello of 256 to 511 bytes, at which some old load balancers hang
/// (RFC 7685). Browsers do the same.
const PADDING: u64 = 1 << 4;

/// `SSL_OP_NO_EXTENDED_MASTER_SECRET`: no such extension.
const NO_EXTENDED_MASTER: u64 = 1;

/// `SSL_OP_NO_ENCRYPT_THEN_MAC`: no such extension.
const NO_ENCRYPT_THEN_MAC: u64 = 1 << 19;

fn version_of(version: SslVersion) -> Option<TlsVersion> {
    let known = [
        (SslVersion::SSL3, TlsVersion::Ssl3),
        (SslVersion::TLS1, TlsVersion::Tls10),
        (SslVersion::TLS1_1, TlsVersion::Tls11),
        (SslVersion::TLS1_2, TlsVersion::Tls12),
        (SslVersion::TLS1_3, TlsVersion::Tls13),
    ];
    known.into_iter().find(|it| it.0 == version).map(|it| it.1)
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "a test fails by panicking")]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// What a connector sends first: the body of its ClientHello.
    async fn sent(name: Option<&str>, hello: Hello) -> Vec<u8> {
        let (near, mut far) = tokio::io::duplex(1 << 12);
        let deadline = Instant::now() + Duration::from_secs(5);
        let connector = Connector::new().unwrap();
        let server = async move {
            let mut head = [0; 9];
            far.read_exact(&mut head).await.unwrap();
            let mut body = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]])) - 4];
            far.read_exact(&mut body).await.unwrap();
            body
        };
        tokio::join!(connector.handshake(near, name, hello, deadline), server).1
    }

    /// Splits off the part whose length stands before it in so many bytes.
    fn part<'a>(bytes: &mut &'a [u8], length_bytes: usize) -> &'a [u8] {
        let (length, rest) = bytes.split_at(length_bytes);
        let length = length.iter().fold(0, |sum, it| sum * 256 + usize::from(*it));
        let (part, rest) = rest.split_at(length);
        *bytes = rest;
        part
    }

    #[track_caller]
    fn check_hello(body: &[u8], hello: Hello, version: [u8; 2], kinds: &[u16]) {
        assert_eq!(body[..2], version, "{hello:?}");
        let mut rest = &body[34..];
        let _session = part(&mut rest, 1);
        let pair = |it: &[u8]| u16::from_be_bytes([it[0], it[1]]);
        let offered: Vec<u16> = part(&mut rest, 2).chunks(2).map(pair).collect();
        let signal = [0x00ff]; // RFC 5746
        assert_eq!(offered, [&suites::numbers(hello == Hello::Old), &signal[..]].concat());
        assert!(offered.len() <= 30, "T-H3, T-S1");
        let _compression = part(&mut rest, 1);
        let mut seen = Vec::new();
        let mut extensions = if rest.is_empty() { rest } else { part(&mut rest, 2) };
        while !extensions.is_empty() {
            seen.push(pair(extensions));
            extensions = &extensions[2..];
            let _data = part(&mut extensions, 2);
        }
        assert_eq!(seen, kinds, "T-H3: {hello:?}");
    }

    #[tokio::test]
    async fn hellos_offer_what_the_table_says() {
        let full = sent(Some("mail.example.org."), Hello::Full).await;
        check_hello(&full, Hello::Full, [3, 3], &[0, 11, 10, 22, 23, 13, 43, 45, 51, 21]);
        let bare = sent(Some("192.0.2.1"), Hello::Full).await;
        check_hello(&bare, Hello::Full, [3, 3], &[11, 10, 22, 23, 13, 43, 45, 51, 21]);
        let old = sent(Some("mail.example.org"), Hello::Old).await;
        check_hello(&old, Hello::Old, [3, 1], &[]);
        assert!(full.windows(16).any(|it| it == b"mail.example.org"));
        let whole = |it: &Vec<u8>| it.len() + 4;
        assert_eq!([&full, &bare, &old].map(whole), [512, 512, 59], "none of 256 to 511 bytes");
    }

    /// The queue is the thread's: what one server leaves there would break the next connection.
    #[tokio::test]
    async fn a_broken_handshake_leaves_no_error_behind() {
        let connector = Connector::new().unwrap();
        // The last promises a hello that never comes.
        let answers: [&[u8]; 4] = [
            b"",
            b"\x15\x03\x01\0\x02\x02\x28",
            b"HTTP/1.1 400",
            b"\x16\x03\x01\0\x04\x02\0\0\xc8",
        ];
        for answer in answers {
            let (near, mut far) = tokio::io::duplex(1 << 12);
            far.write_all(answer).await.unwrap();
            far.shutdown().await.unwrap();
            let deadline = Instant::now() + Duration::from_secs(5);
            let done = connector.handshake(near, None, Hello::Full, deadline).await;
            assert!(done.facts.failure.is_some());
            assert!(ErrorStack::get().errors().is_empty(), "T-C2: {:?}", done.facts.failure);
        }
    }

    #[track_caller]
    fn check_name(name: &str, want: Option<&str>) {
        assert_eq!(sni(name), want, "{name:?}");
    }

    #[test]
    fn only_names_are_sent_as_names() {
        check_name("mail.example.org", Some("mail.example.org"));
        check_name("mail.example.org.", Some("mail.example.org"));
        check_name("192.0.2.1", None);
        check_name("2001:db8::1", None);
        check_name("", None);
        check_name("a\0b", None); // the library would stop the program
        check_name(&"a".repeat(256), None);
    }
}
