//! Asking a mail server: its greeting, the verbs it knows, the certificate of STARTTLS. Nothing is sent
//! through it, and no account is named.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use super::web::NTLM_TYPE_1;
use super::{Context, Probe};
use crate::connection::Stream;
use crate::endpoint::Service;
use crate::limits::{MAIL_LINE_BYTES_MAX, MAIL_LINES_MAX};
use crate::visit::{Answer, Failure, Front};

/// Mail servers.
pub(super) struct Mail;

impl Probe for Mail {
    async fn ask(&self, context: &Context<'_>, front: &mut Front) {
        if matches!(context.service, Service::Smtps | Service::Imaps | Service::Pops) {
            let Some(mut stream) = context.opener.tls(context.at, context.name, front).await else {
                return;
            };
            Talk::of(context).converse(&mut stream, front).await;
            return;
        }
        let Some(mut stream) = context.opener.plain(context.at, front).await else { return };
        let talk = Talk::of(context);
        let offers_tls = talk.converse(&mut stream, front).await;
        if offers_tls && talk.begin_tls(&mut stream).await {
            let _only_its_facts = context.opener.upgrade(stream, context.name, front).await;
        } else {
            talk.bid_farewell(&mut stream).await;
        }
    }
}

/// Talks over a connection that is there already: what a peer in memory, or a fuzzer, answers.
///
/// # Errors
/// Why there is no answer.
pub async fn converse_over(
    mut stream: impl Stream,
    service: Service,
    patience: Duration,
) -> Result<Answer, Failure> {
    let mut front = Front::new(IpAddr::V4(Ipv4Addr::LOCALHOST), service.default_port());
    let _offers_tls =
        Talk { service, patience, ntlm: true }.converse(&mut stream, &mut front).await;
    match (front.answers.pop(), front.failures.pop()) {
        (Some(answer), _) => Ok(answer),
        (None, Some(failure)) => Err(failure),
        (None, None) => Err(Failure::lasting("nothing was asked")),
    }
}

/// How one mail server is talked to.
#[derive(Clone, Copy)]
struct Talk {
    service: Service,
    patience: Duration,
    ntlm: bool,
}

impl Talk {
    const fn of(context: &Context<'_>) -> Self {
        let patience = context.opener.patience.first_byte;
        Self { service: context.service, patience, ntlm: context.wishes.ntlm }
    }

    /// Greeting and verbs; true if STARTTLS is on offer.
    async fn converse(self, stream: &mut impl Stream, front: &mut Front) -> bool {
        let greeted = match timeout(self.patience, reply(self.service, stream)).await {
            Ok(Ok(lines)) => lines,
            Ok(Err(failure)) => {
                front.failures.push(failure);
                return false;
            }
            Err(_) => {
                let within = self.patience.as_secs_f32();
                let why = format!("connected, but no greeting within {within} s");
                front.failures.push(Failure::passing(why));
                return false;
            }
        };
        let greeting = greeted.into_iter().next().unwrap_or_default();
        let may_ask = is_smtp(self.service) && greeting.starts_with("220");
        // Kept step by step: the patience for all of it may end anywhere.
        let said = |verbs: &[String], challenge| Answer::Mail {
            greeting: greeting.clone(),
            verbs: verbs.to_vec(),
            challenge,
        };
        let at = front.answers.len();
        front.answers.push(said(&[], None));
        if !may_ask {
            return false;
        }
        let verbs = self.verbs(stream).await;
        front.answers.truncate(at);
        front.answers.push(said(&verbs, None));
        if let Some(challenge) = self.challenge(stream, &verbs).await {
            front.answers.truncate(at);
            front.answers.push(said(&verbs, Some(challenge)));
        }
        self.service == Service::Smtp && verbs.iter().any(|it| it.eq_ignore_ascii_case("STARTTLS"))
    }

    /// What the server says that it can do.
    async fn verbs(self, stream: &mut impl Stream) -> Vec<String> {
        let lines = self.command(stream, &format!("EHLO {OWN_NAME}")).await;
        let verbs = lines.iter().filter_map(|it| it.get(4..));
        verbs.filter(|it| !it.trim().is_empty()).map(str::to_owned).collect()
    }

    /// The NTLM challenge, if it is wished for and on offer.
    async fn challenge(self, stream: &mut impl Stream, verbs: &[String]) -> Option<String> {
        let offers_ntlm = verbs.iter().any(|it| {
            let it = it.to_ascii_uppercase();
            it.starts_with("AUTH") && it.contains("NTLM")
        });
        if !self.ntlm || !offers_ntlm {
            return None;
        }
        let answer = self.command(stream, &format!("AUTH NTLM {NTLM_TYPE_1}")).await;
        let challenge = answer.first().and_then(|it| it.strip_prefix("334 ")).map(str::to_owned);
        // `*` gives up: no account is ever named (RFC 4954).
        let _given_up = self.command(stream, "*").await;
        challenge
    }

    /// True if the server is ready for a handshake.
    async fn begin_tls(self, stream: &mut impl Stream) -> bool {
        let answer = self.command(stream, "STARTTLS").await;
        answer.first().is_some_and(|it| it.starts_with("220"))
    }

    async fn bid_farewell(self, stream: &mut impl Stream) {
        let is_imap = matches!(self.service, Service::Imap | Service::Imaps);
        let words: &[u8] = if is_imap { b"a LOGOUT\r\n" } else { b"QUIT\r\n" };
        // A server that has hung up already is no loss.
        let _gone = stream.write_all(words).await;
        let _gone = stream.flush().await;
    }

    /// Sends one line of SMTP and gives the lines of the answer; none if it does not come.
    async fn command(self, stream: &mut impl Stream, line: &str) -> Vec<String> {
        let sent = async {
            stream.write_all(format!("{line}\r\n").as_bytes()).await.ok()?;
            stream.flush().await.ok()?;
            reply(self.service, stream).await.ok()
        };
        timeout(self.patience, sent).await.ok().flatten().unwrap_or_default()
    }
}

/// How a probe introduces itself: a name that belongs to nobody (RFC 2606), since it is no mail server.
const OWN_NAME: &str = "exward.invalid";

const fn is_smtp(service: Service) -> bool {
    matches!(service, Service::Smtp | Service::Smtps)
}

/// True for `250-`: another protocol may have a `-` there as well (`SSH-2.0`).
fn is_continued(line: &str) -> bool {
    let parts = line.as_bytes().split_at_checked(3);
    parts.is_some_and(|(code, rest)| code.iter().all(u8::is_ascii_digit) && rest.starts_with(b"-"))
}

/// Reads one answer: a line, or in SMTP all lines up to the one without `-` after its code.
async fn reply(service: Service, stream: &mut impl Stream) -> Result<Vec<String>, Failure> {
    let mut lines: Vec<String> = Vec::new();
    loop {
        let line = line(stream).await?;
        let goes_on = is_smtp(service) && is_continued(&line);
        lines.push(line);
        if !goes_on {
            return Ok(lines);
        }
        if lines.len() >= MAIL_LINES_MAX {
            return Err(Failure::lasting(format!("an answer of more than {MAIL_LINES_MAX} lines")));
        }
    }
}

/// Reads one line, byte by byte: what follows it may belong to a handshake.
async fn line(stream: &mut impl Stream) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    loop {
        match stream.read_u8().await {
            Ok(b'\n') => break,
            Ok(byte) => bytes.push(byte),
            Err(_) if bytes.is_empty() => {
                return Err(Failure::passing(
                    "connected, but it closed the connection without a word",
                ));
            }
            Err(_) => break,
        }
        if bytes.len() >= MAIL_LINE_BYTES_MAX {
            let why = format!("a line of more than {MAIL_LINE_BYTES_MAX} bytes: no mail server");
            return Err(Failure::lasting(why));
        }
    }
    Ok(String::from_utf8_lossy(&bytes).trim_end().to_owned())
}
