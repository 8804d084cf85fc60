//! The shapes of a hunt's answer. All show the same [`HuntSummary`] (A13).

mod csv;
mod html;
pub(super) mod json;
mod picture;
pub(super) mod reasons;
mod table;
#[cfg(test)]
pub(super) mod tests;

use std::borrow::Cow;
use std::io::{self, Write};

use exward_core::sentence::first_few;
use exward_hunt::correlate::Chain;
use exward_hunt::{HuntSummary, HuntVerdict, Noted, Sighting};
use jiff::Timestamp;
use jiff::civil::Date;

use super::{Shape, Tlp, skipped_line};
use crate::plain;

/// Server names in a heading.
const SERVERS_SHOWN_MAX: usize = 3;

/// How a hunt is to be shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    pub(crate) shape: Shape,
    pub(crate) tlp: Tlp,
    /// All sightings in time order, one a line.
    pub(crate) timeline: bool,
    /// Secrets in excerpts as they stand.
    pub(crate) raw: bool,
    pub(crate) today: Date,
    pub(crate) width: u16,
    pub(crate) color: bool,
}

/// Writes the answer in one shape.
pub(crate) fn write(it: &HuntSummary, look: Look, out: &mut dyn Write) -> io::Result<()> {
    match look.shape {
        Shape::Json => json::write(it, look, out),
        Shape::Csv => csv::write(it, look, out),
        Shape::Html => html::write(it, look, out),
        Shape::Table | Shape::Nagios => table::write(it, look, out),
    }
}

/// `EX01`; `EX01, EX02 (one answer for several servers)`; `unnamed server`.
fn who(it: &HuntSummary) -> String {
    let names: Vec<&str> = it.servers.iter().map(String::as_str).collect();
    let text = match &it.server {
        Some(name) => name.clone(),
        None if names.is_empty() => "unnamed server".to_owned(),
        None => {
            format!("{} (one answer for several servers)", first_few(&names, SERVERS_SHOWN_MAX))
        }
    };
    plain::line(&text).into_owned()
}

/// The verdict in capitals, as words.
fn title(verdict: HuntVerdict) -> &'static str {
    match verdict {
        HuntVerdict::NothingFound => "NOTHING FOUND",
        HuntVerdict::NotEnoughEvidence => "NOT ENOUGH EVIDENCE",
        HuntVerdict::Scanned => "SCANNED",
        HuntVerdict::Attempted => "ATTEMPTED",
        HuntVerdict::ExploitReached => "EXPLOIT REACHED",
        HuntVerdict::Compromised => "COMPROMISED",
    }
}

/// `u_ex261120.log:12`, made plain.
fn place(it: &Sighting) -> String {
    let line = it.line.map_or_else(String::new, |line| format!(":{line}"));
    plain::line(&format!("{}{line}", it.file)).into_owned()
}

/// `…/u_ex261120.log` of a path, of a member of an archive too.
fn file_name(path: &str) -> String {
    match path.rsplit_once(['/', '\\', '!']) {
        Some((_, name)) => format!("…/{name}"),
        None => path.to_owned(),
    }
}

/// The record, its secrets masked unless they are asked for.
fn excerpt(it: &Sighting, raw: bool) -> Cow<'_, str> {
    if raw { Cow::Borrowed(&it.excerpt) } else { Cow::Owned(exward_hunt::mask::mask(&it.excerpt)) }
}

/// `2026-11-20T02:00:00Z`, or nothing. JSON has the parts of a second, too.
fn time(at: Option<Timestamp>) -> String {
    at.map_or_else(String::new, |it| it.strftime("%FT%TZ").to_string())
}

/// `asked by exward itself: 12 times from 203.0.113.9`, made plain.
fn noted(it: &Noted) -> String {
    const ACTORS_SHOWN_MAX: usize = 3;
    let times = if it.count == 1 { "once".to_owned() } else { format!("{} times", it.count) };
    let actors: Vec<&str> = it.actors.iter().map(String::as_str).collect();
    let from = if actors.is_empty() {
        String::new()
    } else {
        format!(" from {}", first_few(&actors, ACTORS_SHOWN_MAX))
    };
    let last = it.to.map_or_else(String::new, |at| format!(", last {at}"));
    plain::line(&format!("{}: {times}{from}{last}", it.sentence)).into_owned()
}

/// The most telling sighting of a chain.
fn telling<'h>(it: &'h HuntSummary, chain: &Chain) -> Option<&'h Sighting> {
    let mut members = chain.sightings.iter().filter_map(|at| it.sightings.get(*at));
    members.find(|one| {
        (one.stage, one.confidence) == (chain.stage, chain.confidence)
            && one.rule.title == chain.title
    })
}

/// `file:12: why` of what could not be read, up to a number; then how many more.
fn skips(it: &HuntSummary, most: usize) -> (Vec<String>, u64) {
    let line = |(file, skipped): &(String, exward_read::Skipped)| {
        skipped_line(file, skipped.line, &skipped.why)
    };
    let shown: Vec<String> = it.skipped.iter().take(most).map(line).collect();
    let more = it.skipped.len().saturating_sub(shown.len());
    (shown, it.skipped_more.saturating_add(u64::try_from(more).unwrap_or(u64::MAX)))
}
