//! Asking a web server: up to four questions on one connection. Redirects are read, never followed.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::net::IpAddr;
use std::time::Duration;

use exward_core::evidence::EvidenceKind;
use exward_read::answer::HttpAnswer;
use http_body_util::{BodyExt as _, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper::header::{ACCEPT, AUTHORIZATION, HOST, HeaderMap, RETRY_AFTER, USER_AGENT};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};

use super::metered::Metered;
use super::questions::{Question, Seen, next};
use super::{Context, Probe};
use crate::connection::Stream;
use crate::endpoint::Service;
use crate::limits::{
    BODIES_KEPT, HEAD_BYTES_MAX, HEADER_CHARS_MAX, HEADERS_MAX, MANIFEST_BYTES_MAX, PAGE_BYTES_MAX,
};
use crate::visit::{Answer, Failure, Front};

/// NTLM type 1: "which names and which Windows?", without any account. [MS-NLMP] 2.2.1.1.
pub(super) const NTLM_TYPE_1: &str = "TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAAKAGNFAAAADw==";

/// What a server does that has had enough of a connection; on one that was used before it is no failure.
const CLOSED: &str = "connected, but it closed the connection without an answer";

/// Pause that a server gets if it asks to be left alone and does not say for how long.
const RETRY_AFTER_DEFAULT_S: u64 = 30;

/// Web servers.
pub(super) struct Web;

impl Probe for Web {
    async fn ask(&self, context: &Context<'_>, front: &mut Front) {
        let mut asked = Vec::new();
        let mut open: Option<Conversation> = None;
        loop {
            let evidence = front.evidence();
            let seen = Seen::of(&evidence, (context.settled)(&evidence));
            let Some(question) = next(&asked, seen, context.wishes) else { return };
            asked.push(question);
            let Some(status) = one(question, context, front, &mut open).await else {
                // A server that answers some questions is asked the rest of them, too.
                if front.answers.is_empty() {
                    return;
                }
                continue;
            };
            if front.failures.iter().any(|it| it.retry_after_s.is_some()) {
                return;
            }
            if let Some(name) = name_to_ask_by(status, context, front) {
                front.asked_as = Some(name);
                asked.clear();
                open = None;
            }
        }
    }
}

/// Asks one question, on the open connection if there is one. Gives the status of the answer.
async fn one(
    question: Question,
    context: &Context<'_>,
    front: &mut Front,
    open: &mut Option<Conversation>,
) -> Option<u16> {
    let patience = context.opener.patience.first_byte;
    if let Some(conversation) = open.take() {
        match conversation.ask(question, context.user_agent, patience).await {
            Ok((reply, rest)) => {
                *open = rest;
                return Some(took(reply, front));
            }
            Err(failure) if failure.why != CLOSED => {
                front.failures.push(failure);
                return None;
            }
            Err(_) => {}
        }
    }
    // None was open, or the server had closed it meanwhile.
    let conversation = Conversation::open(context, front).await?;
    match conversation.ask(question, context.user_agent, patience).await {
        Ok((reply, rest)) => {
            *open = rest;
            Some(took(reply, front))
        }
        Err(failure) => {
            front.failures.push(failure);
            None
        }
    }
}

/// Keeps an answer, and notes if it asks to be left alone.
fn took(reply: Reply, front: &mut Front) -> u16 {
    let Reply { answer, status, retry_after_s } = reply;
    if let Some(seconds) = retry_after_s {
        front.failures.push(Failure {
            why: format!("it asks to be left alone for {seconds} s (status {status})"),
            passing: true,
            retry_after_s: Some(seconds),
        });
    }
    front.answers.push(answer);
    status
}

/// A name from the certificate, if a bare address was turned away: sites may be bound to a name.
fn name_to_ask_by(status: u16, context: &Context<'_>, front: &Front) -> Option<String> {
    let turned_away = matches!(status, 403 | 404 | 421);
    if !turned_away || context.name.is_some() || front.asked_as.is_some() {
        return None;
    }
    if Seen::of(&front.evidence(), false).exchange {
        return None;
    }
    let is_name = |it: &&String| {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
        it.contains('.') && it.len() <= 253 && it.chars().all(fits)
    };
    let names = &front.tls.as_ref()?.certificate.as_ref()?.names;
    names.iter().filter(is_name).find(|it| (context.may_name)(it)).cloned()
}

/// One answer, with what the next step depends on.
struct Reply {
    answer: Answer,
    status: u16,
    /// Seconds that the server wants to be left alone.
    retry_after_s: Option<u64>,
}

/// Asks one question over a connection that is there already: what a peer in memory, or a fuzzer, answers.
///
/// # Errors
/// Why there is no answer.
pub async fn ask_over(
    stream: impl Stream + 'static,
    question: Question,
    patience: Duration,
) -> Result<Answer, Failure> {
    let conversation = Conversation::over(Box::new(stream), "localhost".to_owned()).await?;
    let (reply, _) = conversation.ask(question, "exward", patience).await?;
    Ok(reply.answer)
}

/// An open connection on which a question can be asked.
struct Conversation {
    sender: SendRequest<Empty<Bytes>>,
    host: String,
    /// Drives the connection; ends with it.
    driver: JoinHandle<()>,
}

impl Drop for Conversation {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Conversation {
    async fn open(context: &Context<'_>, front: &mut Front) -> Option<Self> {
        let name = front.asked_as.clone().or_else(|| context.name.map(str::to_owned));
        let stream: Box<dyn Stream> = if context.service == Service::Http {
            Box::new(context.opener.plain(context.at, front).await?)
        } else {
            context.opener.tls(context.at, name.as_deref(), front).await?
        };
        let host = match name {
            Some(name) if context.at.port() == context.service.default_port() => name,
            Some(name) => format!("{name}:{}", context.at.port()),
            None if context.at.port() == context.service.default_port() => match context.at.ip() {
                IpAddr::V4(address) => address.to_string(),
                IpAddr::V6(address) => format!("[{address}]"),
            },
            None => context.at.to_string(),
        };
        match Self::over(stream, host).await {
            Ok(conversation) => Some(conversation),
            Err(failure) => {
                front.failures.push(failure);
                None
            }
        }
    }

    /// A conversation over a connection that is there already.
    async fn over(stream: Box<dyn Stream>, host: String) -> Result<Self, Failure> {
        let mut builder = Builder::new();
        builder.max_buf_size(HEAD_BYTES_MAX).max_headers(HEADERS_MAX);
        let made = builder.handshake(TokioIo::new(Metered::new(stream))).await;
        let (sender, connection) =
            made.map_err(|error| Failure::passing(format!("no HTTP: {error}")))?;
        // Its errors come out of the request that they spoil.
        let driver = tokio::spawn(async move { drop(connection.await) });
        Ok(Self { sender, host, driver })
    }

    /// Asks. The conversation comes back if it can go on.
    async fn ask(
        mut self,
        question: Question,
        user_agent: &str,
        patience: Duration,
    ) -> Result<(Reply, Option<Self>), Failure> {
        let path = question.path(nonce());
        let request = self.request(question, &path, user_agent)?;
        let response = match timeout(patience, self.sender.send_request(request)).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(spoiled(&error)),
            Err(_) => return Err(silent(patience)),
        };
        let status = response.status().as_u16();
        let retry_after_s = matches!(status, 429 | 503).then(|| wait_asked(response.headers()));
        let headers = kept_headers(response.headers());
        let (body, is_whole) =
            page(question, response, patience.checked_div(2).unwrap_or(patience)).await;
        let control = question == Question::Control;
        let answer = shortened(Answer::Web { path, control, status, headers, body });
        let goes_on = is_whole && self.sender.ready().await.is_ok();
        Ok((Reply { answer, status, retry_after_s }, goes_on.then_some(self)))
    }

    fn request(
        &self,
        question: Question,
        path: &str,
        user_agent: &str,
    ) -> Result<Request<Empty<Bytes>>, Failure> {
        let mut request = Request::get(path)
            .header(HOST, &self.host)
            .header(USER_AGENT, user_agent)
            .header(ACCEPT, "*/*");
        if question == Question::Ntlm {
            request = request.header(AUTHORIZATION, format!("NTLM {NTLM_TYPE_1}"));
        }
        request.body(Empty::new()).map_err(|error| Failure::lasting(format!("not asked: {error}")))
    }
}

/// Reads as much of a page as the question needs. True if it was read to its end. A page that does not come in time
/// costs none of what came before it.
async fn page(
    question: Question,
    response: Response<Incoming>,
    patience: Duration,
) -> (String, bool) {
    let limit = if question == Question::Manifest { MANIFEST_BYTES_MAX } else { PAGE_BYTES_MAX };
    let mut body = response.into_body();
    let mut bytes: Vec<u8> = Vec::new();
    let deadline = later(Instant::now(), patience);
    let is_whole = loop {
        match timeout_at(deadline, body.frame()).await {
            Ok(None) => break true,
            // A broken or a late end does not spoil what came before it.
            Ok(Some(Err(_))) | Err(_) => break false,
            Ok(Some(Ok(frame))) => bytes.extend(frame.data_ref().into_iter().flatten()),
        }
        if bytes.len() >= limit || has_enough(question, &String::from_utf8_lossy(&bytes)) {
            // The end may be here already: then the connection can be used again.
            break hyper::body::Body::is_end_stream(&body);
        }
    };
    bytes.truncate(limit);
    (String::from_utf8_lossy(&bytes).into_owned(), is_whole)
}

/// True if a part of a page shows what its question is for.
fn has_enough(question: Question, body: &str) -> bool {
    if question == Question::Manifest {
        return body.rsplit_once("assemblyIdentity").is_some_and(|(before, last)| {
            before.contains("assemblyIdentity") && last.contains('>')
        });
    }
    let answer = HttpAnswer { body, ..HttpAnswer::default() };
    exward_read::answer::http(&answer).iter().any(|it| it.kind == EvidenceKind::OwaPath)
}

/// The answer with the shortest beginning of its page that says as much as the whole.
fn shortened(mut answer: Answer) -> Answer {
    let whole = answer.evidence();
    let Answer::Web { body, .. } = &mut answer else { return answer };
    let page = std::mem::take(body);
    for len in BODIES_KEPT.into_iter().filter(|len| *len < page.len()) {
        if let Answer::Web { body, .. } = &mut answer {
            page.get(..page.floor_char_boundary(len)).unwrap_or_default().clone_into(body);
        }
        if answer.evidence() == whole {
            return answer;
        }
    }
    if let Answer::Web { body, .. } = &mut answer {
        *body = page;
    }
    answer
}

fn kept_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let kept = |(name, value): (&hyper::header::HeaderName, &hyper::header::HeaderValue)| {
        let value = String::from_utf8_lossy(value.as_bytes());
        (name.as_str().to_owned(), value.chars().take(HEADER_CHARS_MAX).collect())
    };
    headers.iter().map(kept).collect()
}

/// Seconds of `Retry-After`. A date, or nothing, counts as the usual pause; a number that no integer holds, as the
/// longest.
fn wait_asked(headers: &HeaderMap) -> u64 {
    let value = headers.get(RETRY_AFTER).and_then(|it| it.to_str().ok()).map(str::trim);
    let digits = |it: &&str| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = value.filter(digits).map(|it| it.parse().unwrap_or(u64::MAX));
    seconds.unwrap_or(RETRY_AFTER_DEFAULT_S)
}

fn later(from: Instant, by: Duration) -> Instant {
    from.checked_add(by).unwrap_or(from)
}

/// What makes a path one that exists nowhere: nobody can know it beforehand.
fn nonce() -> u64 {
    RandomState::new().build_hasher().finish()
}

fn silent(patience: Duration) -> Failure {
    Failure::passing(format!("connected, but no answer within {} s", patience.as_secs_f32()))
}

/// Why there is no answer, in words for a person.
fn spoiled(error: &hyper::Error) -> Failure {
    if error.is_parse() {
        let why = error.to_string();
        // hyper has no question of its own for this outside its server.
        return Failure::lasting(if why.contains("too large") {
            let kib = HEAD_BYTES_MAX >> 10;
            format!("headers without end: more than {kib} KiB or {HEADERS_MAX} of them")
        } else {
            format!("not HTTP/1.1: {}", cause(error))
        });
    }
    if error.is_incomplete_message() || error.is_closed() || error.is_canceled() {
        return Failure::passing(CLOSED);
    }
    Failure::passing(format!("the connection broke: {}", cause(error)))
}

/// The innermost reason: the outer ones say only that something went wrong.
fn cause(error: &dyn std::error::Error) -> String {
    let mut inner: &dyn std::error::Error = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}
