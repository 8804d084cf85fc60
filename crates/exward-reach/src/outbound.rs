//! The way out of the house: messages to whoever wants to be told (webhooks).
//!
//! A name in a configuration must not become a way into the house. So every address that a name has is judged
//! before anything is sent, and the connection goes to an address that was judged.
//!
//! # Invariants
//! * **X1 judged, then connected.** If one address of a name is refused, nothing is sent. The connection is made
//!   to a judged address itself; the name is not looked up again (DNS rebinding).
//! * **X2 no detour.** A redirect is told and never followed; no proxy is used, no cookie kept.
//! * **X3 bounded.** Names, addresses, bytes and times have limits, whatever the other side does.
//! * **X4 sound TLS.** rustls, with the certificate checked against the usual roots and those named; never the
//!   weakened library that old servers are probed with (A14).
//! * **X5 discreet.** The path and the query of an address are secrets: no error and no `Debug` shows them.

mod error;
mod guard;
mod sign;
mod trust;
mod url;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::Builder;
use hyper::header::{
    CONNECTION, CONTENT_LENGTH, COOKIE, HOST, HeaderMap, HeaderName, HeaderValue, LOCATION,
    RETRY_AFTER, TE, TRANSFER_ENCODING, UPGRADE, USER_AGENT,
};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use ipnet::IpNet;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;

use crate::connection::{Stream, dial};
use crate::dns::Resolver;
use crate::endpoint::Host;
use crate::limits::{
    HEAD_BYTES_MAX, HEADER_CHARS_MAX, HEADERS_MAX, OUTBOUND_ADDRESSES_MAX,
    OUTBOUND_ANSWER_BYTES_MAX, OUTBOUND_BODY_BYTES_MAX, OUTBOUND_TIMEOUT_MAX, OUTBOUND_TIMEOUT_MIN,
    Patience,
};
use crate::probe::metered::Metered;

pub use error::OutboundError;
pub use sign::{SECRET_BYTES, SignError, WebhookSecret};
pub use url::{OutboundUrl, OutboundUrlError};

/// Headers that are this module's to set, or nobody's.
const OURS: [HeaderName; 8] =
    [HOST, USER_AGENT, CONTENT_LENGTH, TRANSFER_ENCODING, CONNECTION, UPGRADE, TE, COOKIE];

/// Whom messages may go to, and how much is waited for.
#[derive(Clone, Debug)]
pub struct OutboundRules {
    /// Networks of the house, or of this machine, that may be reached although they are private. Empty: none.
    /// Link-local networks, and the addresses where clouds answer for the machine itself, are never reached.
    pub allow: Vec<IpNet>,
    /// True if `http://` may be used: whoever listens on the way then reads and changes what is sent.
    pub allow_plain: bool,
    /// For one message in all; between [`OUTBOUND_TIMEOUT_MIN`] and [`OUTBOUND_TIMEOUT_MAX`].
    pub timeout: Duration,
    /// Bytes of an answer that are kept; at most [`OUTBOUND_ANSWER_BYTES_MAX`].
    pub body_bytes_max: usize,
    /// Certificates in PEM that are trusted as well as the usual roots.
    pub ca: Option<Vec<u8>>,
    /// Who it is that sends: the `User-Agent`.
    pub user_agent: String,
}

impl Default for OutboundRules {
    /// Public receivers only, over TLS; 10 s; 4 KiB of the answer.
    fn default() -> Self {
        Self {
            allow: Vec::new(),
            allow_plain: false,
            timeout: Duration::from_secs(10),
            body_bytes_max: 4 << 10,
            ca: None,
            user_agent: "exward".to_owned(),
        }
    }
}

/// What a receiver said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its status. A redirect (3xx) is an answer as any other, and no success (X2).
    pub status: u16,
    /// Where a redirect would have led, shortened; for a person, never to be asked.
    pub location: Option<String>,
    /// Seconds that it wants to be left alone, if it says so as a number.
    pub retry_after_s: Option<u64>,
    /// The first bytes of what it said; empty if there was nothing.
    pub body: Vec<u8>,
    /// True if that is all of it: not cut off by the limit, the time or the connection.
    pub is_whole: bool,
}

impl Answer {
    /// True if it took the message (2xx).
    #[must_use]
    pub const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }
}

/// Sends messages out of the house. Cheap to clone.
#[derive(Clone)]
pub struct Outbound {
    resolver: Resolver,
    tls: Arc<ClientConfig>,
    rules: Arc<OutboundRules>,
    user_agent: HeaderValue,
}

impl Outbound {
    /// With the name servers of this machine.
    ///
    /// # Errors
    /// [`OutboundError`] if a certificate or the `User-Agent` is none, or there is no name server.
    pub fn new(rules: OutboundRules) -> Result<Self, OutboundError> {
        let resolver = Resolver::system();
        Self::with_resolver(
            rules,
            resolver.map_err(|it| OutboundError::Resolver { source: Box::new(it) })?,
        )
    }

    /// With these name servers.
    ///
    /// # Errors
    /// [`OutboundError`] if a certificate or the `User-Agent` is none.
    pub fn with_resolver(
        mut rules: OutboundRules,
        resolver: Resolver,
    ) -> Result<Self, OutboundError> {
        rules.timeout = rules.timeout.clamp(OUTBOUND_TIMEOUT_MIN, OUTBOUND_TIMEOUT_MAX);
        rules.body_bytes_max = rules.body_bytes_max.min(OUTBOUND_ANSWER_BYTES_MAX);
        let tls = trust::client(rules.ca.as_deref())?;
        let user_agent = HeaderValue::from_str(&rules.user_agent)
            .map_err(|_| OutboundError::Header { name: "user-agent".to_owned() })?;
        Ok(Self { resolver, tls, rules: Arc::new(rules), user_agent })
    }

    /// Sends a message and waits for the answer. What kind of content it is stands in the headers.
    ///
    /// # Errors
    /// [`OutboundError`]: it was refused before anything was sent, or the receiver gave no answer; then it may
    /// have got the message or not.
    pub async fn post(
        &self,
        url: &OutboundUrl,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Answer, OutboundError> {
        if body.len() > OUTBOUND_BODY_BYTES_MAX {
            return Err(OutboundError::TooLarge { bytes: body.len() });
        }
        let request = self.request(url, headers, body)?;
        let now = Instant::now();
        let deadline = now.checked_add(self.rules.timeout).unwrap_or(now);
        let sent = timeout_at(deadline, self.send(url, request)).await;
        let (response, _driver) = sent.unwrap_or_else(|_| {
            Err(OutboundError::Silent { host: url.host(), within: self.rules.timeout })
        })?;
        let status = response.status().as_u16();
        let (location, retry_after_s) = told(response.headers());
        let (body, is_whole) = first_bytes(response, self.rules.body_bytes_max, deadline).await;
        Ok(Answer { status, location, retry_after_s, body, is_whole })
    }

    fn request(
        &self,
        url: &OutboundUrl,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Request<Full<Bytes>>, OutboundError> {
        let mut request = Request::new(Full::new(Bytes::from(body)));
        *request.method_mut() = hyper::Method::POST;
        *request.uri_mut() = url.target();
        let fields = request.headers_mut();
        for (name, value) in headers {
            let wrong = || OutboundError::Header { name: (*name).to_owned() };
            let key: HeaderName = name.parse().map_err(|_| wrong())?;
            if OURS.contains(&key) || fields.len() >= HEADERS_MAX {
                return Err(wrong());
            }
            fields.append(key, value.parse().map_err(|_| wrong())?);
        }
        let authority = url.authority();
        let authority = HeaderValue::from_str(&authority);
        let authority = authority.map_err(|_| OutboundError::Header { name: "host".to_owned() })?;
        fields.insert(HOST, authority);
        fields.insert(USER_AGENT, self.user_agent.clone());
        fields.insert(CONNECTION, HeaderValue::from_static("close"));
        Ok(request)
    }

    /// The head of the answer, and what drives the connection that the rest comes over.
    async fn send(
        &self,
        url: &OutboundUrl,
        request: Request<Full<Bytes>>,
    ) -> Result<(Response<Incoming>, Driver), OutboundError> {
        if !url.is_tls() && !self.rules.allow_plain {
            return Err(OutboundError::Plain { host: url.host() });
        }
        let addresses = self.judged(url).await?;
        let stream = self.connect(url, &addresses).await?;
        let broken = |error| OutboundError::broken(url, &error);
        let mut builder = Builder::new();
        builder.max_buf_size(HEAD_BYTES_MAX).max_headers(HEADERS_MAX);
        let made = builder.handshake(TokioIo::new(Metered::new(stream))).await;
        let (mut sender, connection) = made.map_err(broken)?;
        // Its errors come out of the request that they spoil.
        let driver = Driver(tokio::spawn(async move { drop(connection.await) }));
        let response = sender.send_request(request).await.map_err(broken)?;
        Ok((response, driver))
    }

    /// The addresses of a receiver, if every one of them may be reached (X1).
    async fn judged(&self, url: &OutboundUrl) -> Result<Vec<IpAddr>, OutboundError> {
        let addresses = match &url.endpoint().host {
            Host::Address(address) => vec![*address],
            Host::Name(name) => self
                .resolver
                .addresses(name)
                .await
                .map_err(|it| OutboundError::Name { host: url.host(), source: Box::new(it) })?,
            // No URL names a range.
            Host::Range(range) => vec![range.addr()],
        };
        for address in &addresses {
            guard::judge(&self.rules.allow, *address).map_err(|why| OutboundError::Refused {
                host: url.host(),
                address: *address,
                why,
            })?;
        }
        Ok(addresses)
    }

    /// A connection to the first of the addresses that takes one, with TLS on it if the URL says so.
    async fn connect(
        &self,
        url: &OutboundUrl,
        addresses: &[IpAddr],
    ) -> Result<Box<dyn Stream>, OutboundError> {
        let within = Patience::within(self.rules.timeout).connect;
        let mut why = OutboundError::Silent { host: url.host(), within };
        for address in addresses.iter().take(OUTBOUND_ADDRESSES_MAX) {
            let at = SocketAddr::new(*address, url.endpoint().port);
            match timeout(within, dial(at)).await {
                Ok(Ok(stream)) if url.is_tls() => return self.secured(url, stream).await,
                Ok(Ok(stream)) => return Ok(Box::new(stream)),
                Ok(Err(source)) => why = OutboundError::Connect { host: url.host(), at, source },
                Err(_) => {}
            }
        }
        Err(why)
    }

    async fn secured(
        &self,
        url: &OutboundUrl,
        stream: impl Stream + 'static,
    ) -> Result<Box<dyn Stream>, OutboundError> {
        let name = trust::name(&url.endpoint().host).ok_or_else(|| OutboundError::Certificate {
            host: url.host(),
            why: "no certificate can be for this name".to_owned(),
        })?;
        let connector = TlsConnector::from(Arc::clone(&self.tls));
        match connector.connect(name, stream).await {
            Ok(stream) => Ok(Box::new(stream)),
            Err(error) => Err(OutboundError::handshake(url, error)),
        }
    }
}

/// Drives a connection; ends with it.
struct Driver(JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What an answer's head says beside its status.
fn told(headers: &HeaderMap) -> (Option<String>, Option<u64>) {
    let location = headers
        .get(LOCATION)
        .map(|it| String::from_utf8_lossy(it.as_bytes()).chars().take(HEADER_CHARS_MAX).collect());
    let seconds = headers.get(RETRY_AFTER).and_then(|it| it.to_str().ok());
    (location, seconds.and_then(|it| it.trim().parse().ok()))
}

/// The beginning of an answer; true if it is all of it. What comes late or breaks costs nothing of what came before.
async fn first_bytes(
    response: Response<Incoming>,
    limit: usize,
    deadline: Instant,
) -> (Vec<u8>, bool) {
    let mut body = response.into_body();
    let mut bytes: Vec<u8> = Vec::new();
    loop {
        match timeout_at(deadline, body.frame()).await {
            Ok(None) => return (bytes, true),
            Ok(Some(Err(_))) | Err(_) => return (bytes, false),
            Ok(Some(Ok(frame))) => bytes.extend(frame.data_ref().into_iter().flatten()),
        }
        if bytes.len() > limit {
            bytes.truncate(limit);
            return (bytes, false);
        }
    }
}
