//! What a file is: by its content, and by its name only where the content does not say.
//!
//! One thing goes the other way round. What IIS runs depends on the ending of the name, and whoever wrote the
//! file chose its content; so a name such as `x.aspx` makes a web file, even if it begins like a log.
//!
//! Sources: file formats of Microsoft (EVTX, EVT), PKWARE, RFC 1952, 7-Zip and RAR; logs of IIS and Exchange.

mod columns;
mod text;

use crate::reader::{ExchangeCsv, JsonLines, LineFormat, OabText, W3c};
use crate::{Channel, Source};

pub use text::is_utf16;

/// Bytes from the start of a file that [`detect`] looks at; more are not looked at.
pub const HEAD_BYTES_MAX: usize = 64 << 10;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// W3C log of IIS.
    W3c,
    /// CSV log of Exchange, or an export of one with a header line.
    Exchange(Source),
    /// Text log of the OAB generator.
    OabGenerator,
    /// Events, one JSON object a line.
    EventLines,
    /// Events as one JSON value, or as several that run over lines.
    EventDocument,
    /// Windows event log.
    Evtx,
    /// `applicationHost.config`, `web.config`, `agents.config`.
    Config,
    /// A file that a web server would run or serve.
    WebFile,
    /// What compiling a web file left behind; its name tells which.
    Leftover,
    /// ZIP archive.
    Zip,
    /// One file, compressed.
    Gzip,
    /// Evidence that is not read in this form: why, and what to do.
    Refused(&'static str),
    /// No bytes at all.
    Empty,
    /// Nothing that a hunt reads.
    Other,
}

impl Kind {
    /// How to read it, if it is a log of lines. The head is the one that was looked at: an export has its
    /// header line there, without a mark.
    #[must_use]
    pub fn lines(self, head: &[u8]) -> Option<Box<dyn LineFormat>> {
        match self {
            Self::W3c => Some(Box::new(W3c::default())),
            Self::Exchange(source) => {
                Some(Box::new(ExchangeCsv::new(source, &text::of_head(head))))
            }
            Self::OabGenerator => Some(Box::new(OabText)),
            Self::EventLines => Some(Box::new(JsonLines)),
            Self::EventDocument
            | Self::Evtx
            | Self::Config
            | Self::WebFile
            | Self::Leftover
            | Self::Zip
            | Self::Gzip
            | Self::Refused(_)
            | Self::Empty
            | Self::Other => None,
        }
    }

    /// Where its records stand; of events, before a record says its channel. `None` if it has no records.
    #[must_use]
    pub fn source(self) -> Option<Source> {
        match self {
            Self::W3c => Some(Source::Iis),
            Self::Exchange(source) => Some(source),
            Self::OabGenerator => Some(Source::OabGenerator),
            Self::EventLines | Self::EventDocument | Self::Evtx => {
                Some(Source::Events(Channel::Other))
            }
            Self::Config => Some(Source::Config),
            Self::WebFile | Self::Leftover => Some(Source::WebFolder),
            Self::Zip | Self::Gzip | Self::Refused(_) | Self::Empty | Self::Other => None,
        }
    }
}

/// Endings of names that IIS runs, or that it may be told to run by an intruder's handler.
const WEB_ENDINGS: [&str; 22] = [
    ".aspx", ".ashx", ".asmx", ".asp", ".asa", ".asax", ".ascx", ".master", ".svc", ".soap",
    ".rem", ".cshtm", ".cshtml", ".vbhtm", ".vbhtml", ".cer", ".cdx", ".shtml", ".stm", ".php",
    ".jsp", ".jspx",
];

const UNPACK_IT: &str = "an archive that exward does not unpack: unpack it and hunt the folder";
const OLD_EVENT_LOG: &str = "an event log of Windows before Vista: save it as .evtx with the Event Viewer of a \
                             newer Windows and hunt that file";
const IIS_FORMAT: &str = "the comma-separated IIS log format, which names no columns: set the site's log format to \
                          W3C; what is in this file must be looked at by hand";
const NCSA_FORMAT: &str = "the NCSA log format, which leaves out what rules look at: set the site's log format to \
                           W3C; what is in this file must be looked at by hand";

/// Cabinets are not among them: Windows keeps thousands, and none is evidence.
const MAGIC: [(usize, &[u8], Kind); 10] = [
    (0, b"ElfFile\0", Kind::Evtx),
    // Its head was wiped.
    (4096, b"ElfChnk\0", Kind::Evtx),
    (4, b"LfLe", Kind::Refused(OLD_EVENT_LOG)),
    (0, b"PK\x03\x04", Kind::Zip),
    (0, b"PK\x05\x06", Kind::Zip),
    (0, b"\x1F\x8B", Kind::Gzip),
    (0, b"7z\xBC\xAF\x27\x1C", Kind::Refused(UNPACK_IT)),
    (0, b"Rar!\x1A\x07", Kind::Refused(UNPACK_IT)),
    (0, b"\xFD7zXZ\0", Kind::Refused(UNPACK_IT)),
    (257, b"ustar", Kind::Refused(UNPACK_IT)),
];

/// What a file is, told from its name and its first bytes (up to [`HEAD_BYTES_MAX`]).
#[must_use]
pub fn detect(name: &str, head: &[u8]) -> Kind {
    let name = file_name(name).to_ascii_lowercase();
    let head = head.get(..HEAD_BYTES_MAX).unwrap_or(head);
    if is_leftover(&name) {
        return Kind::Leftover;
    }
    if head.is_empty() {
        return Kind::Empty;
    }
    if WEB_ENDINGS.iter().any(|ending| name.ends_with(ending)) {
        return Kind::WebFile;
    }
    let begins = |at: usize, magic: &[u8]| head.get(at..).is_some_and(|it| it.starts_with(magic));
    if let Some((_, _, kind)) = MAGIC.iter().find(|(at, magic, _)| begins(*at, magic)) {
        return *kind;
    }
    let told = text::detect(&name, &text::of_head(head));
    if told == Kind::Other { by_name(&name) } else { told }
}

/// What a name promises and the content does not keep: such a file was damaged or wiped, and is named when it is
/// read.
fn by_name(name: &str) -> Kind {
    let ending = |ending: &str| name.ends_with(ending);
    match () {
        () if ending(".evtx") => Kind::Evtx,
        () if ending(".zip") => Kind::Zip,
        () if ending(".log") => columns::of_log_name(name).unwrap_or(Kind::Other),
        () => Kind::Other,
    }
}

/// The last part of a path of either system.
fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

fn is_leftover(name: &str) -> bool {
    name.ends_with(".compiled") || (name.starts_with("app_web_") && name.ends_with(".dll"))
}

#[cfg(test)]
mod tests;
