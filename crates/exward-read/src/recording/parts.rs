//! The lines of one recording, sorted into answers, EHLO verbs and single facts.

use exward_core::build::SeenBuild;
use exward_core::evidence::{Claim, Evidence, EvidenceKind};

use crate::answer::{HttpAnswer, greeting, ntlm, windows_host};

/// What the lines of one recording hold.
#[derive(Debug, Default)]
pub(super) struct Parts<'a> {
    pub(super) answers: Vec<Part<'a>>,
    pub(super) verbs: Vec<&'a str>,
    pub(super) other: Vec<Evidence>,
}

/// One HTTP answer in the making.
#[derive(Debug, Default)]
pub(super) struct Part<'a> {
    endpoint: Option<&'a str>,
    status: Option<u16>,
    headers: Vec<(String, String)>,
    body: String,
    in_body: bool,
}

impl Part<'_> {
    pub(super) fn answer(&self) -> HttpAnswer<'_> {
        HttpAnswer {
            endpoint: self.endpoint,
            status: self.status,
            headers: self.headers.clone(),
            body: &self.body,
        }
    }

    const fn is_empty(&self) -> bool {
        self.status.is_none() && self.headers.is_empty() && self.body.is_empty()
    }
}

/// The base64 text of a line that is an NTLM challenge.
pub(super) fn challenge(line: &str) -> Option<&str> {
    let text = line.strip_prefix("NTLM ").or_else(|| line.strip_prefix("334 "))?;
    text.starts_with("TlRMTVNTUA").then_some(text)
}

impl<'a> Parts<'a> {
    pub(super) fn of(lines: &[&'a str]) -> Self {
        let mut parts = Self::default();
        let mut part = Part::default();
        let mut asked = None;
        for line in lines {
            // `curl -v` marks what came back.
            let line = line.strip_prefix("< ").unwrap_or(line);
            if let Some(request) = line.strip_prefix("> ") {
                asked = path_asked(request).or(asked);
                continue;
            }
            if let Some(status) = status(line) {
                parts.finish(&mut part);
                part = Part { endpoint: asked, status: Some(status), ..Part::default() };
            } else if part.in_body {
                part.body.push_str(line);
                part.body.push('\n');
            } else {
                parts.line(&mut part, line);
            }
        }
        parts.finish(&mut part);
        parts
    }

    fn finish(&mut self, part: &mut Part<'a>) {
        if !part.is_empty() {
            self.answers.push(std::mem::take(part));
        }
    }

    fn line(&mut self, part: &mut Part<'a>, line: &'a str) {
        let trimmed = line.trim();
        if trimmed.is_empty() {
            part.in_body = part.status.is_some();
        } else if trimmed.starts_with('<') {
            part.in_body = true;
            part.body.push_str(line);
            part.body.push('\n');
        } else if let Some(facts) = mail_or_tool(trimmed) {
            self.other.extend(facts);
        } else if let Some(verb) =
            trimmed.strip_prefix("250-").or_else(|| trimmed.strip_prefix("250 "))
        {
            self.verbs.push(verb);
        } else if let Some((_, verbs)) = trimmed.split_once("smtp-commands:") {
            self.verbs.extend(verbs.split(',').map(str::trim).filter(|it| !it.is_empty()));
        } else if let Some((name, value)) = trimmed.split_once(':').filter(|(it, _)| is_name(it)) {
            part.headers.push((name.to_owned(), value.trim().to_owned()));
        }
    }
}

/// Facts of a line that stands for itself: a greeting, a challenge, or a line that a tool prints.
fn mail_or_tool(line: &str) -> Option<Vec<Evidence>> {
    if let Some(challenge) = challenge(line) {
        return ntlm(challenge).ok();
    }
    let greeted = greeting(line);
    if !greeted.is_empty() {
        return Some(greeted);
    }
    if let Some((_, version)) = line.split_once("OWA path version:") {
        let seen: SeenBuild = version.trim().parse().ok()?;
        let claim = Claim::Version(seen);
        return Some(vec![Evidence::new(EvidenceKind::OwaPath, seen.to_string(), claim)]);
    }
    let (_, version) = line.split_once("Product_Version:")?;
    let mut numbers = version.trim().splitn(3, '.').map(|it| it.parse::<u32>().ok());
    let (major, minor, build) = (numbers.next()??, numbers.next()??, numbers.next()??);
    let claim = windows_host(major, minor, build).map_or(Claim::Shown, Claim::Host);
    let value = format!("Windows {major}.{minor}.{build}");
    Some(vec![Evidence::new(EvidenceKind::Ntlm, value, claim)])
}

/// `HTTP/1.1 302 Found`, `HTTP/2 401`.
fn status(line: &str) -> Option<u16> {
    let rest = line.strip_prefix("HTTP/")?;
    let (_, rest) = rest.split_once(' ')?;
    rest.split(' ').next()?.trim().parse().ok()
}

/// The path of a request line such as `GET /owa/ HTTP/1.1`.
fn path_asked(request: &str) -> Option<&str> {
    let mut words = request.split(' ');
    let method = words.next()?;
    let path = words.next()?;
    (matches!(method, "GET" | "HEAD") && path.starts_with('/')).then_some(path)
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}
