//! Whether a web file is a web shell, and why.
//!
//! A file is judged by what comes together in it (the request and what runs it), by its first bytes,
//! by the folder it stands in, and, for `web.config`, by what it makes IIS run. No signature names one
//! shell: the words are what a page needs for doing harm, and stand in `facts/webshell_traits.csv`.
//!
//! # Invariants
//! * **W1 client code is not server code**: only what IIS runs is judged for what it does.
//! * **W2 one word never decides**: what is surer than low is a combination, apart from pages that nobody
//!   can read (encoded, UTF-7).
//! * **W3 linear** in the size of the file, and without recursion.

mod config;
mod decide;
mod heads;
mod leftover;
mod normal;
mod parts;
mod place;
mod table;

#[cfg(test)]
mod tests;

use memchr::memmem;

pub use leftover::{Leftover, compiled_leftover};
pub use place::{Place, is_server_script, is_stranger, place};
pub use table::ShellTable;

use crate::Confidence;
use decide::{Page, Told};
use heads::Head;
use normal::Normal;
use table::{Group, Seen};

/// How far behind `ExternalUrl` its value may hold a script.
const URL_BYTES_MAX: usize = 400;

/// A reason to take a file for a web shell. Ordered as in the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ShellTrait {
    /// Request data is run as it comes.
    RequestRuns,
    /// A virtual directory's settings with a script in a URL (CVE-2021-27065).
    ScriptInUrl,
    /// A mailbox export or certificate request under a web ending (ProxyShell).
    ExportedPage,
    /// A picture, archive or the like with server script.
    DisguisedPage,
    /// Text is run, and the page takes input.
    TextRuns,
    /// Text is run that was made unreadable.
    HiddenTextRuns,
    /// Code is compiled or interpreted.
    Compiles,
    /// A process is started.
    StartsProcess,
    /// An assembly or machine code is loaded.
    LoadsCode,
    /// A socket is steered by requests.
    Tunnel,
    /// What was sent is written to files.
    WritesFiles,
    /// Something is fetched from elsewhere, and perhaps kept as a file.
    Fetches,
    /// Files and drives are listed, read, changed.
    FileManager,
    /// A database is used as a shell or through a connection typed in.
    SqlShell,
    /// The page is encoded.
    EncodedPage,
    /// Telling words are put together from pieces.
    FromPieces,
    /// Letters are written as numbers.
    SpelledOut,
    /// Host, registry, accounts are looked at.
    LooksAround,
    /// Words that shells use of themselves.
    NamesItself,
    /// A configuration makes IIS run files that it only serves.
    RunsInertFiles,
    /// A configuration makes `web.config` itself readable.
    UnlocksConfig,
    /// A script stands where only Microsoft's, or none, should.
    Stranger,
}

impl ShellTrait {
    /// The name in machine output; never changes.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::RequestRuns => "request-runs",
            Self::ScriptInUrl => "script-in-url",
            Self::ExportedPage => "exported-page",
            Self::DisguisedPage => "disguised-page",
            Self::TextRuns => "text-runs",
            Self::HiddenTextRuns => "hidden-text-runs",
            Self::Compiles => "compiles",
            Self::StartsProcess => "starts-process",
            Self::LoadsCode => "loads-code",
            Self::Tunnel => "tunnel",
            Self::WritesFiles => "writes-files",
            Self::Fetches => "fetches",
            Self::FileManager => "file-manager",
            Self::SqlShell => "sql-shell",
            Self::EncodedPage => "encoded-page",
            Self::FromPieces => "from-pieces",
            Self::SpelledOut => "spelled-out",
            Self::LooksAround => "looks-around",
            Self::NamesItself => "names-itself",
            Self::RunsInertFiles => "runs-inert-files",
            Self::UnlocksConfig => "unlocks-config",
            Self::Stranger => "stranger",
        }
    }

    /// For a person: what the page does, as a part of a sentence that begins with "it".
    fn does(self) -> &'static str {
        match self {
            Self::RequestRuns => "runs what a request sends as code",
            Self::ScriptInUrl => "is the settings of a virtual directory with a script in a URL",
            Self::ExportedPage => "has the ending of a web page but is an export",
            Self::DisguisedPage => "hides server script in a file of another kind",
            Self::TextRuns => "runs text as code",
            Self::HiddenTextRuns => "runs text as code that was made unreadable",
            Self::Compiles => "compiles or interprets code that it is given",
            Self::StartsProcess => "starts processes",
            Self::LoadsCode => "loads assemblies or machine code",
            Self::Tunnel => "opens sockets at the command of requests",
            Self::WritesFiles => "writes what is sent to it into files",
            Self::Fetches => "fetches what stands elsewhere",
            Self::FileManager => "lists, reads and changes files of the server",
            Self::SqlShell => "runs commands or connections of the client's choice in a database",
            Self::EncodedPage => "is encoded so that nobody can read it",
            Self::FromPieces => "puts telling words together from pieces",
            Self::SpelledOut => "writes letters as numbers",
            Self::LooksAround => "looks at registry, accounts or other settings of the host",
            Self::NamesItself => "uses words that web shells use of themselves",
            Self::RunsInertFiles => "makes IIS run files that are no pages",
            Self::UnlocksConfig => "makes IIS hand out configuration files",
            Self::Stranger => {
                "is a script in a folder where only Microsoft's pages, or none, stand"
            }
        }
    }
}

/// A file that may be a web shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShellFinding {
    /// How sure; [`Confidence::Low`] alone decides nothing.
    pub confidence: Confidence,
    /// Why, as a sentence without its full stop.
    pub why: String,
    /// All that was found, without repetition, in order.
    pub traits: Vec<ShellTrait>,
    /// The line of the first telling place in the code, from 1.
    pub line: Option<u64>,
}

impl ShellTable {
    /// Judges a file by its path and its bytes; `None` if nothing about it is telling.
    #[must_use]
    pub fn examine(&self, path: &str, bytes: &[u8]) -> Option<ShellFinding> {
        let name = place::file_name(path);
        let all_code = is_all_code(&name);
        let normal = normal::normalise(bytes, all_code);
        let seen = self.look(&normal);
        let page = Page {
            seen: &seen,
            code_bytes: normal.comments_at,
            spelled: normal.spelled,
            is_scripted: is_scripted(&name, &normal),
        };
        let mut told = page.told();
        told.extend(of_form(&name, bytes, &normal, &seen, !told.is_empty()));
        if is_stranger(path) {
            told.push((ShellTrait::Stranger, Confidence::Medium, None));
        }
        let mut confidence = weigh(&told)?;
        if is_inert(&name) {
            confidence = confidence.min(Confidence::Medium);
        }
        let telling = told
            .iter()
            .filter(|it| it.2.is_some())
            .max_by_key(|it| (it.1, std::cmp::Reverse(it.2)));
        let line = telling.and_then(|it| it.2).and_then(|at| normal::line_of(bytes, all_code, at));
        Some(finding(confidence, told, line, path, bytes))
    }
}

/// Traits of the file as a whole.
fn of_form(name: &str, bytes: &[u8], normal: &Normal, seen: &Seen, acts: bool) -> Option<Told> {
    let has_script = acts || seen.weight(Group::Source) > 0 || is_declared(normal);
    if is_script_in_url(normal) {
        return Some((ShellTrait::ScriptInUrl, Confidence::High, None));
    }
    if config::is_config(name) {
        let text = if normal.code.is_empty() { &normal.markup } else { &normal.code };
        return config::told(&normal.markup)
            .or_else(|| config::told(text))
            .or_else(|| (acts).then_some((ShellTrait::DisguisedPage, Confidence::High)))
            .map(|(what, confidence)| (what, confidence, None));
    }
    let is_script = is_server_script(name);
    let is_export = match Head::of(bytes)? {
        // `.cer` is an ending of ASP, and of certificates.
        Head::Der if name.ends_with(".cer") && !has_script => return None,
        Head::Pst | Head::Der => true,
        Head::Picture | Head::Binary => false,
    };
    let (what, confidence) = match (is_export, is_script, has_script) {
        (true, true, _) | (true, _, true) => (ShellTrait::ExportedPage, Confidence::High),
        (false, true, true) => (ShellTrait::DisguisedPage, Confidence::High),
        (false, true, false) => (ShellTrait::DisguisedPage, Confidence::Medium),
        (false, false, _) if acts => (ShellTrait::DisguisedPage, Confidence::Medium),
        (_, false, _) => return None,
    };
    Some((what, confidence, None))
}

/// Whether the code declares itself (`<%@ page …`), which random bytes do not.
fn is_declared(normal: &Normal) -> bool {
    [b"<%@page".as_slice(), b"<%@ page", b"language="]
        .into_iter()
        .any(|word| memmem::find(&normal.code, word).is_some())
}

/// `ExternalUrl : http://f/<script …>`, as in the file that Reset-VirtualDirectory writes.
fn is_script_in_url(normal: &Normal) -> bool {
    let markup = normal.markup.as_slice();
    let starts =
        memmem::find_iter(markup, b"externalurl").chain(memmem::find_iter(markup, b"internalurl"));
    starts.filter(|_| !normal.code.is_empty()).any(|at| {
        let value = markup.get(at..).unwrap_or_default();
        let value = value.get(..URL_BYTES_MAX.min(value.len())).unwrap_or_default();
        let line = value.split(|it| *it == b'\n').next().unwrap_or_default();
        memmem::find(line, b"<script").is_some() && memmem::find(line, b"runat").is_some()
    })
}

/// Files that are code from their first byte.
fn is_all_code(name: &str) -> bool {
    [".ashx", ".asmx", ".svc", ".cshtml", ".vbhtml", ".cshtm", ".asax"]
        .iter()
        .any(|it| name.ends_with(it))
}

/// Files that IIS does not run.
fn is_inert(name: &str) -> bool {
    const ENDINGS: [&str; 16] = [
        ".js", ".css", ".html", ".htm", ".txt", ".md", ".json", ".map", ".jpg", ".jpeg", ".png",
        ".gif", ".svg", ".ico", ".xml", ".log",
    ];
    ENDINGS.iter().any(|it| name.ends_with(it))
}

/// Whether the language has `eval` or `Execute`: C# and Visual Basic .NET have neither.
fn is_scripted(name: &str, normal: &Normal) -> bool {
    const COMPILED: [&str; 9] =
        [".aspx", ".ashx", ".asmx", ".svc", ".master", ".ascx", ".asax", ".cshtml", ".vbhtml"];
    let is_jscript = |text: &[u8]| memmem::find(text, b"jscript").is_some();
    !COMPILED.iter().any(|it| name.ends_with(it))
        || is_jscript(&normal.code)
        || is_jscript(&normal.markup)
}

/// The confidence of all traits together: two independent reasons, and a stranger that shows any
/// trait at all, are sure.
fn weigh(told: &[Told]) -> Option<Confidence> {
    let most = told.iter().map(|it| it.1).max()?;
    let reasons = told.iter().filter(|it| it.1 >= Confidence::Medium).count();
    let is_stranger = told.iter().any(|it| it.0 == ShellTrait::Stranger);
    let is_sure = reasons >= 2 || (is_stranger && told.len() >= 2);
    Some(if is_sure { Confidence::High } else { most })
}

fn finding(
    confidence: Confidence,
    mut told: Vec<Told>,
    line: Option<u64>,
    path: &str,
    bytes: &[u8],
) -> ShellFinding {
    told.sort_by_key(|it| (std::cmp::Reverse(it.1), it.0));
    let parts: Vec<String> = told
        .iter()
        .map(|(what, ..)| match (what, Head::of(bytes)) {
            (ShellTrait::ExportedPage | ShellTrait::DisguisedPage, Some(head)) => {
                format!("{} ({})", what.does(), head.name())
            }
            (ShellTrait::Stranger, _) => format!("{} ({})", what.does(), place(path).name()),
            _ => what.does().to_owned(),
        })
        .collect();
    let why = match parts.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("it {}, and {last}", first.join(", ")),
        _ => format!("it {}", parts.concat()),
    };
    let mut traits: Vec<ShellTrait> = told.iter().map(|it| it.0).collect();
    traits.sort_unstable();
    traits.dedup();
    ShellFinding { confidence, why, traits, line }
}
