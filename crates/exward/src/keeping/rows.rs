//! Reports and hunts as the store keeps them.

use exward_core::evidence::Evidence;
use exward_core::report::ServerReport;
use exward_core::standing::{Standing, decisive};
use exward_hunt::verdict::alone;
use exward_hunt::{HuntSummary, Sighting, Source};
use exward_read::kept;
use exward_read::limits::KEPT_BYTES_MAX;
use exward_store::store::{
    Hunted, SIGHTINGS_OF_HUNT_MAX, Seen, SightingSeen, SkippedLine, StandingRow, TARGET_LENGTH_MAX,
};
use jiff::Timestamp;
use jiff::civil::Date;
use sha2::{Digest as _, Sha256};

use crate::error::CommandError;
use crate::output::{self, HuntLook};

/// Characters of a name that say which one it is.
const NAMED_CHARS_MAX: usize = 60;

/// What the store keeps of a hunt: the lines of its JSON, secrets masked.
pub(super) fn hunted(
    target: String,
    summary: &HuntSummary,
    today: Date,
    at: Timestamp,
) -> Result<Hunted, CommandError> {
    let look = HuntLook {
        shape: output::Shape::Json,
        tlp: output::Tlp::Amber,
        timeline: false,
        raw: false,
        today,
        width: 0,
        color: false,
    };
    let mut text = Vec::new();
    let unwritable = |source| CommandError::Write { what: "the hunt".to_owned(), source };
    output::write_hunt(summary, look, &mut text).map_err(unwritable)?;
    let text = String::from_utf8_lossy(&text);
    let mut lines = text.lines();
    let body = lines.next_back().unwrap_or_default().to_owned();
    // The least telling come last: where one of those asks to act, more of its kind may have been left out.
    let is_cut = (summary.sightings_more > 0 || summary.sightings.len() > SIGHTINGS_OF_HUNT_MAX)
        && summary.sightings.iter().all(asks_to_act);
    let sightings = summary.sightings.iter().zip(lines).take(SIGHTINGS_OF_HUNT_MAX);
    let sightings = sightings.map(|(it, line)| SightingSeen {
        at: it.at,
        stage: it.stage.name().to_owned(),
        confidence: it.confidence.name().to_owned(),
        rule: it.rule.id.to_string(),
        body: line.to_owned(),
        alarm: asks_to_act(it),
        trace: (!is_cut).then(|| trace(it)),
    });
    Ok(Hunted {
        target,
        at,
        verdict: summary.verdict.name().to_owned(),
        alarm: summary.verdict.alarm(),
        from: summary.covered.iter().filter_map(|it| it.from).min(),
        to: summary.covered.iter().filter_map(|it| it.to).max(),
        body,
        sightings: sightings.collect(),
    })
}

fn asks_to_act(it: &Sighting) -> bool {
    alone(it.stage, it.confidence).alarm() > 0
}

/// What a trace is, wherever its log was copied to: the same log, hunted on twice, shows the same. A web file is
/// told by where it lies as well, since its time may be forged, and its text be that of another one.
fn trace(it: &Sighting) -> [u8; 32] {
    let at = it.at.map_or_else(String::new, |at| at.to_string());
    let place = if it.source == Source::WebFolder { &*it.file } else { "" };
    let about = it.path.as_deref().unwrap_or_default();
    let source = it.source.name();
    let mut hash = Sha256::new();
    for part in [&*it.rule.id, it.stage.name(), &at, source, place, about, &*it.excerpt] {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// What a front end is called: its target, and its name where several are behind it.
pub(crate) fn front_end_target(target: &str, name: &str, front_ends: usize) -> String {
    if front_ends > 1 { format!("{target} {name}") } else { target.to_owned() }
}

/// What the store keeps of a report.
///
/// # Errors
/// What is not kept, and why: it has a name or evidence that is too long to be shown, looked for or read again.
pub(crate) fn seen(
    target: String,
    report: &ServerReport<'_>,
    now: Timestamp,
) -> Result<Seen, SkippedLine> {
    // The times are those of the interval: with them, no two days would be alike.
    let timeless = |it: &Evidence| it.clone().at_time(None);
    let mut evidence: Vec<Evidence> = report.evidence.iter().map(timeless).collect();
    evidence.sort_by(|a, b| {
        let key = |it: &Evidence| (it.kind, it.endpoint.clone(), it.value.clone());
        key(a).cmp(&key(b))
    });
    let not_kept = |what: &str, bytes: usize, most: usize| SkippedLine {
        place: target.chars().take(NAMED_CHARS_MAX).collect(),
        why: format!("not kept: its {what} has {bytes} bytes, and at most {most} are kept"),
    };
    let Some(kept_target) = name(&target) else {
        return Err(not_kept("name", target.len(), TARGET_LENGTH_MAX));
    };
    let (body, imprint) = (kept::write(&evidence), kept::write(&decisive(&report.evidence)));
    let bytes = body.len().max(imprint.len());
    if bytes > KEPT_BYTES_MAX {
        return Err(not_kept("evidence", bytes, KEPT_BYTES_MAX));
    }
    Ok(Seen {
        target: kept_target,
        name: report.names().next().and_then(name),
        site: None,
        at: seen_at(report.observed_at, now),
        body,
        imprint,
        standing: row(&Standing::of(report)),
    })
}

/// When a server was seen, for a run that began at `now`. Evidence says times to the second: what it says of the second
/// in which the run began is taken for that moment, or else two runs within a second would seem to contradict each
/// other, and the later one would not be kept.
fn seen_at(observed_at: Option<Timestamp>, now: Timestamp) -> Timestamp {
    observed_at.filter(|it| it.as_second() != now.as_second()).unwrap_or(now)
}

/// A name as both engines can keep it: PostgreSQL has no NUL in texts. `None`: it is none, or too long for one.
fn name(text: &str) -> Option<String> {
    let name = text.replace('\0', "\u{fffd}");
    (!name.is_empty() && name.len() <= TARGET_LENGTH_MAX).then_some(name)
}

/// A standing as a row.
pub(crate) fn row(standing: &Standing) -> StandingRow {
    StandingRow {
        rank: standing.rank,
        verdict: standing.verdict.name().to_owned(),
        product: standing.product.map(|it| it.to_string()),
        cu: standing.cu.map(|it| it.to_string()),
        update: standing.update.clone(),
        build: standing.build.map(|it| it.to_string()),
        open: standing.open,
        kev_open: standing.kev_open,
        exposed_since: standing.exposed_since,
        next_step: standing.next_step.clone(),
        mitigation: standing.mitigation.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(observed_at: Option<&str>, now: &str, want: &str) {
        let [now, want]: [Timestamp; 2] = [now, want].map(|it| it.parse().unwrap());
        assert_eq!(seen_at(observed_at.map(|it| it.parse().unwrap()), now), want);
    }

    #[test]
    fn two_runs_within_a_second_are_told_apart() {
        check(Some("2026-11-24T02:00:00Z"), "2026-11-24T02:00:00.412Z", "2026-11-24T02:00:00.412Z");
        check(Some("2026-11-24T02:00:00Z"), "2026-11-24T02:00:00.880Z", "2026-11-24T02:00:00.880Z");
        check(Some("2026-11-24T02:00:01Z"), "2026-11-24T02:00:00.880Z", "2026-11-24T02:00:01Z");
        check(Some("2026-11-20T02:11:04Z"), "2026-11-24T02:00:00.5Z", "2026-11-20T02:11:04Z");
        check(None, "2026-11-24T02:00:00.5Z", "2026-11-24T02:00:00.5Z");
    }
}
