//! CSV for spreadsheets: one sighting a row, formulas defused; what is no sighting goes to standard error.

use std::io::{self, Write};

use exward_hunt::HuntSummary;

use super::{Look, excerpt, json, skips, time, title, who};
use crate::output::warn;
use crate::plain;

/// The first cells mark the file as ours: see `evidence/own.rs`.
const HEADER: [&str; 22] = [
    "schema",
    "rule",
    "title",
    "cve",
    "stage",
    "confidence",
    "time",
    "source",
    "file",
    "line",
    "actor",
    "user",
    "path",
    "cmdlet",
    "why",
    "excerpt",
    "references",
    "author",
    "chain",
    "server",
    "verdict",
    "tlp",
];

/// Skipped lines named on standard error.
const SKIPPED_SHOWN_MAX: usize = 1000;

/// A row a sighting, in time order.
pub(super) fn write(it: &HuntSummary, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(HEADER)?;
    let chains = json::chain_of_each(it);
    for (at, sighting) in it.sightings.iter().enumerate() {
        let rule = &sighting.rule;
        let text = |some: &Option<String>| some.clone().unwrap_or_default();
        let cells = [
            "exward.hunt.sighting/1".to_owned(),
            rule.id.clone(),
            rule.title.clone(),
            rule.cves.join(" "),
            sighting.stage.to_string(),
            sighting.confidence.to_string(),
            time(sighting.at),
            sighting.source.name().to_owned(),
            sighting.file.to_string(),
            sighting.line.map_or_else(String::new, |it| it.to_string()),
            text(&sighting.actor),
            text(&sighting.user),
            text(&sighting.path),
            text(&sighting.cmdlet),
            sighting.why.clone(),
            excerpt(sighting, look.raw).into_owned(),
            rule.references.join(" "),
            text(&rule.author),
            chains.get(at).map_or_else(String::new, ToString::to_string),
            it.server.clone().unwrap_or_default(),
            it.verdict.to_string(),
            look.tlp.to_string(),
        ];
        writer.write_record(cells.iter().map(|it| plain::cell(it).into_owned()))?;
    }
    writer.flush()?;
    warn(&format!("{}  {}", title(it.verdict), who(it)));
    let (shown, more) = skips(it, SKIPPED_SHOWN_MAX);
    shown.iter().for_each(|it| warn(it));
    if more > 0 {
        warn(&format!("… and {more} more skipped; --format json names them"));
    }
    Ok(())
}
