//! The report in one file: no scripts, a picture of the timeline, the table behind it; prints well.

use std::cmp::Reverse;
use std::io::{self, Write};

use askama::Template;
use exward_hunt::verdict::{alone, weight};
use exward_hunt::{HuntSummary, Sighting};
use jiff::civil::Date;

use super::picture::{Picture, draw};
use super::{Look, excerpt, noted, place, skips, time, title, who};
use crate::plain;

/// Sightings in one report. A browser does not open more with pleasure.
const SIGHTINGS_MAX: usize = 20_000;

/// Chains in one report.
const CHAINS_MAX: usize = 500;

/// Skipped files and lines named in one report.
const SKIPPED_SHOWN_MAX: usize = 1000;

#[derive(Template)]
#[template(path = "hunt.html")]
struct Page {
    tlp: String,
    today: Date,
    title: &'static str,
    class: &'static str,
    who: String,
    reasons: Vec<String>,
    next_step: String,
    picture: Option<Picture>,
    chains: Vec<Row<6>>,
    chains_more: usize,
    sightings: Vec<Row<8>>,
    sightings_more: u64,
    covered: Vec<[String; 5]>,
    missing: Vec<String>,
    noted: Vec<String>,
    skipped: Vec<String>,
    skipped_more: u64,
}

/// Cells, and whether the row asks to act.
struct Row<const CELLS: usize> {
    class: &'static str,
    cells: [String; CELLS],
}

/// The whole page.
pub(super) fn write(it: &HuntSummary, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let lines = |all: &[String]| all.iter().map(|it| plain::line(it).into_owned()).collect();
    let (skipped, skipped_more) = skips(it, SKIPPED_SHOWN_MAX);
    let shown = most_telling(&it.sightings);
    let left_out = it.sightings.len().saturating_sub(shown.len());
    let page = Page {
        tlp: look.tlp.to_string(),
        today: look.today,
        title: title(it.verdict),
        class: it.verdict.name(),
        who: who(it),
        reasons: lines(&it.reasons),
        next_step: plain::line(&it.next_step).into_owned(),
        picture: draw(it),
        chains: chains(it),
        chains_more: it.chains.len().saturating_sub(CHAINS_MAX),
        sightings: shown.into_iter().map(|it| row(it, look.raw)).collect(),
        sightings_more: it
            .sightings_more
            .saturating_add(u64::try_from(left_out).unwrap_or(u64::MAX)),
        covered: covered(it),
        missing: lines(&it.missing),
        noted: it.noted.iter().map(noted).collect(),
        skipped,
        skipped_more,
    };
    page.write_into(out).map_err(io::Error::other)?;
    writeln!(out)
}

/// The most telling sightings, in time order.
fn most_telling(all: &[Sighting]) -> Vec<&Sighting> {
    let mut shown: Vec<(usize, &Sighting)> = all.iter().enumerate().collect();
    if shown.len() > SIGHTINGS_MAX {
        shown.sort_by_key(|(_, it)| Reverse(weight(it.stage, it.confidence)));
        shown.truncate(SIGHTINGS_MAX);
        shown.sort_by_key(|(at, _)| *at);
    }
    shown.into_iter().map(|(_, it)| it).collect()
}

fn chains(it: &HuntSummary) -> Vec<Row<6>> {
    let list = |all: &std::collections::BTreeSet<String>| {
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        plain::line(&exward_core::sentence::first_few(&all, 10)).into_owned()
    };
    let row = |chain: &exward_hunt::correlate::Chain| {
        let (from, to) = (time(chain.from), time(chain.to));
        let when = if to.is_empty() || to == from { from } else { format!("{from} to {to}") };
        let who = [list(&chain.actors), list(&chain.users)];
        let who: Vec<String> = who.into_iter().filter(|it| !it.is_empty()).collect();
        let cells = [
            format!("{} ({})", chain.stage, chain.confidence),
            when,
            who.join(", "),
            plain::line(&chain.title).into_owned(),
            list(&chain.files),
            chain.sightings.len().to_string(),
        ];
        Row { class: alone(chain.stage, chain.confidence).name(), cells }
    };
    it.chains.iter().take(CHAINS_MAX).map(row).collect()
}

fn row(it: &Sighting, raw: bool) -> Row<8> {
    let text =
        |some: &Option<String>| plain::line(some.as_deref().unwrap_or_default()).into_owned();
    let who = [text(&it.actor), text(&it.user)];
    let who: Vec<String> = who.into_iter().filter(|it| !it.is_empty()).collect();
    let author = it.rule.author.as_ref().map_or_else(String::new, |it| format!(", by {it}"));
    let cells = [
        time(it.at),
        format!("{} ({})", it.stage, it.confidence),
        who.join(", "),
        plain::line(&it.rule.title).into_owned(),
        plain::line(&it.why).into_owned(),
        place(it),
        plain::line(&excerpt(it, raw)).into_owned(),
        plain::line(&format!("{}{author} {}", it.rule.id, it.rule.cves.join(" "))).into_owned(),
    ];
    Row { class: alone(it.stage, it.confidence).name(), cells }
}

fn covered(it: &HuntSummary) -> Vec<[String; 5]> {
    let row = |it: &exward_hunt::Coverage| {
        let counts = [it.records.to_string(), it.files.to_string()];
        let [records, files] = counts;
        [it.source.to_string(), time(it.from), time(it.to), records, files]
    };
    it.covered.iter().map(row).collect()
}
