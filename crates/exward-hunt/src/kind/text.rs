//! The kind of a text, from its first lines.

use std::borrow::Cow;

use super::{IIS_FORMAT, Kind, NCSA_FORMAT, columns};
use crate::Source;

/// Whether a text is UTF-16, told by its byte order mark or a zero byte beside the first character.
#[must_use]
pub fn is_utf16(head: &[u8]) -> bool {
    matches!(head, [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..])
        || matches!(head, [first, 0, _, 0, ..] | [0, first, 0, _, ..] if first.is_ascii_graphic())
}

/// The first bytes of a file as text.
pub(super) fn of_head(head: &[u8]) -> Cow<'_, str> {
    match head {
        _ if is_utf16(head) => exward_read::text::decode(head).text,
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest),
        _ => String::from_utf8_lossy(head),
    }
}

pub(super) fn detect(name: &str, text: &str) -> Kind {
    let text = text.trim_start();
    by_marks(text)
        .or_else(|| by_first_character(name, text))
        .or_else(|| by_first_line(text))
        .or_else(|| by_words(name, text))
        .unwrap_or(Kind::Other)
}

/// By lines that begin with `#`, as IIS and Exchange write them. `#Fields:` decides: every log may have it.
fn by_marks(text: &str) -> Option<Kind> {
    let mut log_type = None;
    for line in text.lines().take(LINES_MAX).filter(|line| line.starts_with('#')) {
        if let Some(value) = after(line, "#log-type:") {
            if value.to_ascii_lowercase().starts_with("oab") {
                return Some(Kind::OabGenerator);
            }
            log_type = Some(columns::of_log_type(value));
        }
        if let Some(names) = after(line, "#fields:") {
            if !names.contains(',') {
                return Some(Kind::W3c);
            }
            let by_columns = || columns::source(names).unwrap_or(Source::ExchangeOther);
            return Some(Kind::Exchange(log_type.flatten().unwrap_or_else(by_columns)));
        }
    }
    log_type.map(|it| Kind::Exchange(it.unwrap_or(Source::ExchangeOther)))
}

/// What follows a mark, if the line begins with it.
fn after<'t>(line: &'t str, mark: &str) -> Option<&'t str> {
    let (head, rest) = line.split_at_checked(mark.len())?;
    head.eq_ignore_ascii_case(mark).then(|| rest.trim())
}

/// Lines that are looked at.
const LINES_MAX: usize = 200;

fn by_first_character(name: &str, text: &str) -> Option<Kind> {
    match text.as_bytes().first()? {
        b'{' => of_object(text),
        b'[' if looks_like_events(text) => Some(Kind::EventDocument),
        b'<' => of_markup(name, text),
        _ => None,
    }
}

fn of_object(text: &str) -> Option<Kind> {
    if !looks_like_events(text) {
        return None;
    }
    let first = text.lines().next()?;
    // A line that is longer than the head has no end here; a document in one line does not either, but then
    // it is one object, and one line.
    let cut = first.len() == text.len();
    let whole = serde_json::from_str::<serde::de::IgnoredAny>(first).is_ok();
    Some(if whole || cut { Kind::EventLines } else { Kind::EventDocument })
}

/// Names that one of the known exports of events has near its start.
const EVENT_MARKS: [&str; 9] = [
    "\"EventID\"",
    "\"event_id\"",
    "\"winlog\"",
    "\"Channel\"",
    "\"System\"",
    "\"EventCode\"",
    "\"EventId\"",
    "\"RuleTitle\"",
    "\"SourceName\"",
];

fn looks_like_events(text: &str) -> bool {
    EVENT_MARKS.iter().any(|mark| text.contains(mark))
}

fn of_markup(name: &str, text: &str) -> Option<Kind> {
    // Code within a configuration is the shell scan's matter; what else it says is read as configuration.
    if name.ends_with(".config") {
        return Some(Kind::Config);
    }
    if is_server_code(name, text) {
        return Some(Kind::WebFile);
    }
    text.contains("<configuration").then_some(Kind::Config)
}

/// Text that a web server hands out as it is, unless a handler was added.
const INERT_TEXT: [&str; 9] =
    [".txt", ".htm", ".html", ".js", ".css", ".xml", ".json", ".ini", ".config"];

/// `<%@ Page …%>` and scripts that run at the server; whatever the file is called.
fn is_server_code(name: &str, text: &str) -> bool {
    if text.contains("<%") && INERT_TEXT.iter().any(|ending| name.ends_with(ending)) {
        return true;
    }
    let text = text.to_ascii_lowercase();
    let squeezed = || text.replace(['"', '\'', ' '], "");
    text.contains("<%@") || text.contains("<%=") || squeezed().contains("runat=server>")
}

fn by_first_line(text: &str) -> Option<Kind> {
    let line = text.lines().next()?;
    if let Some(source) = columns::of_plain_header(line) {
        return Some(Kind::Exchange(source));
    }
    if is_iis_format(line) {
        return Some(Kind::Refused(IIS_FORMAT));
    }
    if is_ncsa(line) {
        return Some(Kind::Refused(NCSA_FORMAT));
    }
    (is_bare_w3c(line)).then_some(Kind::W3c)
}

/// `192.168.114.201, -, 03/20/01, 7:55:20, W3SVC2, SERVER, …`: 15 columns, an address first, a service fifth.
fn is_iis_format(line: &str) -> bool {
    let cells: Vec<&str> = line.split(", ").collect();
    let is_service = |cell: &&str| {
        let cell = cell.to_ascii_uppercase();
        ["W3SVC", "MSFTPSVC", "FTPSVC", "SMTPSVC"].iter().any(|it| cell.starts_with(it))
    };
    cells.len() >= 14
        && cells.first().is_some_and(|cell| cell.parse::<std::net::IpAddr>().is_ok())
        && cells.get(4).is_some_and(is_service)
}

/// `172.21.13.45 - user [08/Apr/2001:17:39:04 -0800] "GET /x HTTP/1.0" 200 3401`
fn is_ncsa(line: &str) -> bool {
    let first = line.split(' ').next().unwrap_or_default();
    first.parse::<std::net::IpAddr>().is_ok() && line.contains(" [") && line.contains("] \"")
}

/// A W3C log whose head was cut off: a date, a time, and columns enough for a request, among them an address
/// and a path.
fn is_bare_w3c(line: &str) -> bool {
    let cells: Vec<&str> = line.split(' ').collect();
    let [date, clock, rest @ ..] = cells.as_slice() else { return false };
    has_shape(date, "0000-00-00")
        && has_shape(clock, "00:00:00")
        && rest.len() >= 8
        && rest.iter().any(|cell| cell.parse::<std::net::IpAddr>().is_ok())
        && rest.iter().any(|cell| cell.starts_with('/'))
}

/// `0` stands for a digit, everything else for itself.
fn has_shape(text: &str, pattern: &str) -> bool {
    text.len() == pattern.len()
        && text.bytes().zip(pattern.bytes()).all(|(byte, want)| match want {
            b'0' => byte.is_ascii_digit(),
            _ => byte == want,
        })
}

/// What the OAB generator writes of a download that failed.
const OAB_MESSAGE: &str = "Download failed and temporary file '";

fn by_words(name: &str, text: &str) -> Option<Kind> {
    if text.contains(",S:CMD=") || text.contains(",'S:CMD=") {
        return Some(Kind::Exchange(Source::EcpServer));
    }
    // The words alone stand in lists of indicators too.
    let is_message = |line: &str| {
        let time = line.trim_start_matches(['[', '"']).get(..10);
        line.contains(OAB_MESSAGE) && time.is_some_and(|it| has_shape(it, "0000-00-00"))
    };
    if name.starts_with("oabgenerator") || text.lines().any(is_message) {
        return Some(Kind::OabGenerator);
    }
    is_server_code(name, text).then_some(Kind::WebFile)
}
