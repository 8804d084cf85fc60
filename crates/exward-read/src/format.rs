//! What an input is, told by its content.

use std::fmt;
use std::str::FromStr;

use exward_core::catalog::Catalog;
use serde_json::Value;

use crate::answer;
use crate::feed::layout::record_of_line;
use crate::feed::{self, JSON_KINDS, JsonKind, Shadowserver};
use crate::healthchecker;
use crate::limits::DETECT_BYTES;
use crate::list;
use crate::table::{Cells, Columns};

/// A format that exward reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One host or build a line.
    List,
    /// Shadowserver's `scan_exchange` or `scan6_exchange` CSV.
    Shadowserver,
    /// JSON records of one kind.
    Json(JsonKind),
    /// HealthChecker's `-VulnerabilityReport`.
    HealthCheckerReport,
    /// nmap XML.
    Nmap,
    /// Seen on the server itself: a HealthChecker result, exported objects, FIP-FS configuration.
    Inside,
    /// Recorded answers.
    Recording,
}

const NAMES: [(&str, Format); 6] = [
    ("list", Format::List),
    ("shadowserver", Format::Shadowserver),
    ("healthchecker-report", Format::HealthCheckerReport),
    ("nmap", Format::Nmap),
    ("healthchecker", Format::Inside),
    ("recording", Format::Recording),
];

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Json(kind) = self {
            return f.pad(kind.name());
        }
        let name = NAMES.iter().find(|(_, format)| format == self).map(|(name, _)| *name);
        f.pad(name.unwrap_or_default())
    }
}

/// The text is not the name of a format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a format; there are {}", format_names().join(", "))]
pub struct ParseFormatError {
    text: String,
}

impl FromStr for Format {
    type Err = ParseFormatError;

    fn from_str(text: &str) -> Result<Self, ParseFormatError> {
        let json = JSON_KINDS.into_iter().find(|kind| kind.name() == text).map(Self::Json);
        let named = NAMES.iter().find(|(name, _)| *name == text).map(|(_, format)| *format);
        named.or(json).ok_or_else(|| ParseFormatError { text: text.to_owned() })
    }
}

/// The names of all formats, as the command line takes them.
#[must_use]
pub fn format_names() -> Vec<&'static str> {
    let json = JSON_KINDS.into_iter().map(JsonKind::name);
    NAMES.iter().map(|(name, _)| *name).chain(json).collect()
}

/// Tells what an input is from its first [`DETECT_BYTES`], decoded.
///
/// # Errors
/// Why it is nothing that exward reads, as a fragment that can stand after "not a feed:".
pub fn detect(catalog: &Catalog, head: &str) -> Result<Format, String> {
    let text = head.trim_start();
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    if text.contains('\0') {
        return Err("it is binary; unpack archives first".to_owned());
    }
    if text.starts_with(['{', '[']) {
        return json(text);
    }
    if text.starts_with('<') && !text.starts_with("< ") {
        return xml(text);
    }
    let first = text.lines().next().unwrap_or_default();
    if first.contains(',') && first.to_ascii_lowercase().contains("timestamp") {
        return table(first);
    }
    if text.lines().take(LINES_LOOKED_AT).any(is_recorded) {
        return Ok(Format::Recording);
    }
    plain_list(catalog, text)
}

/// Lines of an input that detection looks at.
const LINES_LOOKED_AT: usize = 200;

/// The kind of the first record: the whole document, inside an array, or on a line of its own.
fn json(text: &str) -> Result<Format, String> {
    let first_line = || {
        let mut records = text.lines().filter_map(record_of_line);
        serde_json::from_str(records.next()?).ok()
    };
    let value: Value = match serde_json::from_str(text).ok().or_else(first_line) {
        Some(value) => value,
        None if text.len() >= DETECT_BYTES / 2 => return json_by_words(text),
        None => return Err("it is neither JSON nor lines of JSON".to_owned()),
    };
    let value = match value.as_array() {
        Some(records) => records.first().cloned().unwrap_or_default(),
        None => value,
    };
    if let Some(why) = feed::not_a_feed(&value) {
        return Err(why);
    }
    if healthchecker::is_vulnerability_report(&value) {
        return Ok(Format::HealthCheckerReport);
    }
    feed::recognise(&value).map(Format::Json).ok_or_else(|| {
        "JSON, but of no tool that exward reads (shodan, zgrab2, httpx, nuclei, whatweb, \
         binaryedge, intelmq, HealthChecker)"
            .to_owned()
    })
}

/// A first record longer than what detection looks at is told by words that only one kind has.
fn json_by_words(text: &str) -> Result<Format, String> {
    if text.contains("\"VersionReport\"") {
        return Ok(Format::HealthCheckerReport);
    }
    let kind = [
        ("\"_shodan\"", JsonKind::Shodan),
        ("\"ip_str\"", JsonKind::Shodan),
        ("\"template-id\"", JsonKind::Nuclei),
        ("\"status_line\"", JsonKind::Zgrab2),
        ("\"webserver\"", JsonKind::Httpx),
    ];
    let found = kind.iter().find(|(word, _)| text.contains(word));
    found.map(|(_, kind)| Format::Json(*kind)).ok_or_else(|| {
        "its first JSON record is too long to tell what it is; name it with --from-format"
            .to_owned()
    })
}

fn xml(text: &str) -> Result<Format, String> {
    let has = |word: &str| text.contains(word);
    if has("<Objs") && has("schemas.microsoft.com/powershell") {
        Ok(Format::Inside)
    } else if has("<nmaprun") {
        Ok(Format::Nmap)
    } else if has("forefront/2010/1/fs-configuration") {
        Ok(Format::Inside)
    } else if has("<configuration") {
        Err("an IIS or .NET configuration file, which exward does not read yet".to_owned())
    } else {
        // Pages, parts of pages, and the export tool's manifest.
        Ok(Format::Recording)
    }
}

fn table(first: &str) -> Result<Format, String> {
    let mut cells = Cells::default();
    cells.split(first).map_err(|error| error.to_string())?;
    match Shadowserver::new(&Columns::of(&cells)) {
        Some(_) => Ok(Format::Shadowserver),
        None => Err("a CSV without the columns timestamp, ip, port and version or tag".to_owned()),
    }
}

/// True for a line that only a recorded answer has.
fn is_recorded(line: &str) -> bool {
    let line = line.strip_prefix("< ").unwrap_or(line).trim_start();
    let is_header = || {
        const HEADERS: [&str; 8] = [
            "x-owa-version",
            "x-feserver",
            "server",
            "location",
            "www-authenticate",
            "content-type",
            "x-clientid",
            "x-beserver",
        ];
        let name = line.split_once(':').map(|(name, _)| name.trim().to_ascii_lowercase());
        name.is_some_and(|name| HEADERS.contains(&name.as_str()))
    };
    let marks = ["HTTP/", "250-", "250 ", "NTLM ", "334 ", "OWA path version:", "| smtp-commands:"];
    marks.iter().any(|mark| line.starts_with(mark))
        || !answer::greeting(line).is_empty()
        || is_header()
}

fn plain_list(catalog: &Catalog, text: &str) -> Result<Format, String> {
    let lines: Vec<&str> = text.lines().take(LINES_LOOKED_AT).collect();
    let wrong =
        (1_u64..).zip(&lines).filter(|(number, line)| list::line(catalog, *number, line).is_err());
    let wrong = wrong.count();
    // A list may have a few bad lines; a text of another kind is bad nearly everywhere.
    if wrong.saturating_mul(2) > lines.len()
        || lines.iter().all(|it| it.trim_start().starts_with('#'))
    {
        return Err("no list of hosts or builds, and no format that exward knows".to_owned());
    }
    Ok(Format::List)
}
