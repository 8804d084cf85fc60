//! `web.config` as a shell: it can make IIS run any file, and hold the code itself.
//!
//! Sources: "Handlers `<handlers>`" and "Request filtering" (Microsoft Learn); shells in `web.config`
//! have been public knowledge since 2014.

use memchr::memmem;

use crate::Confidence;

use super::ShellTrait;

/// A tag is looked through this far for its end.
const TAG_BYTES_MAX: usize = 2048;

/// What runs a file as a page.
const ENGINES: [&str; 4] =
    ["asp.dll", "aspnet_isapi.dll", "pagehandlerfactory", "simplehandlerfactory"];
/// Endings that IIS serves as they are, or refuses to serve.
const INERT: [&str; 16] = [
    ".config", ".jpg", ".jpeg", ".png", ".gif", ".ico", ".bmp", ".svg", ".txt", ".css", ".js",
    ".html", ".htm", ".xml", ".log", ".pdf",
];

/// Whether the name is that of a configuration file.
pub(super) fn is_config(name: &str) -> bool {
    name.ends_with(".config")
}

/// What a configuration (in lower case) says, surest first.
pub(super) fn told(text: &[u8]) -> Option<(ShellTrait, Confidence)> {
    let mut unlocked = false;
    for at in memmem::find_iter(text, b"<") {
        let tag = text.get(at..).unwrap_or_default();
        let tag = tag.get(..TAG_BYTES_MAX.min(tag.len())).unwrap_or_default();
        let is_add = tag.starts_with(b"<add ");
        if !is_add && !tag.starts_with(b"<remove ") {
            continue;
        }
        let inside = tag.get(1..).unwrap_or_default();
        let tag =
            memchr::memchr2(b'<', b'>', inside).and_then(|end| inside.get(..end)).unwrap_or(inside);
        let tag = String::from_utf8_lossy(tag);
        if is_add && runs_inert(&tag) {
            return Some((ShellTrait::RunsInertFiles, Confidence::High));
        }
        unlocked |=
            tag.contains("fileextension=\".config\"") || tag.contains("segment=\"web.config\"");
    }
    unlocked.then_some((ShellTrait::UnlocksConfig, Confidence::Medium))
}

/// Whether an `<add …>` gives files of an inert ending to an engine.
fn runs_inert(tag: &str) -> bool {
    let engine = ENGINES.iter().any(|engine| tag.contains(engine));
    let builds = tag.contains("pagebuildprovider") || tag.contains("webhandlerbuildprovider");
    let target = attribute(tag, "path=\"").or_else(|| attribute(tag, "extension=\""));
    (engine || builds) && target.is_some_and(|it| INERT.iter().any(|end| it.ends_with(end)))
}

fn attribute<'a>(tag: &'a str, start: &str) -> Option<&'a str> {
    let (_, rest) = tag.split_once(start)?;
    rest.split_once('"').map(|(value, _)| value.trim())
}
