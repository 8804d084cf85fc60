//! JSON lines: one object a sighting in time order, then one for the server. Fields are only ever added.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use exward_hunt::{Coverage, HuntSummary, Sighting};
use jiff::Timestamp;
use serde::Serialize;

use super::{Look, excerpt};
use crate::output::escaped::to_writer;

/// Chains in one summary; the rest is counted.
const CHAINS_MAX: usize = 1000;

#[derive(Serialize)]
struct SightingLine<'a> {
    schema: &'static str,
    tlp: String,
    server: Option<&'a str>,
    rule: &'a str,
    title: &'a str,
    author: Option<&'a str>,
    cve: &'a [String],
    techniques: &'a [String],
    stage: &'static str,
    confidence: &'static str,
    time: Option<String>,
    source: &'static str,
    file: &'a str,
    line: Option<u64>,
    excerpt: Cow<'a, str>,
    actor: Option<&'a str>,
    user: Option<&'a str>,
    path: Option<&'a str>,
    cmdlet: Option<&'a str>,
    why: &'a str,
    false_positives: &'a [String],
    references: &'a [String],
    chain: Option<usize>,
}

/// The `exward.hunt.summary/1` object, which `check` shows as `hunt`, too.
#[derive(Serialize)]
pub(in crate::output) struct SummaryField<'a> {
    schema: &'static str,
    tlp: String,
    server: Option<&'a str>,
    servers: &'a BTreeSet<String>,
    verdict: &'static str,
    reasons: &'a [String],
    next_step: &'a str,
    covered: Vec<CoveredField>,
    missing: &'a [String],
    noted: Vec<NotedField<'a>>,
    skipped: Vec<SkippedField<'a>>,
    skipped_more: u64,
    counts: CountsField<'a>,
    chains: Vec<ChainField<'a>>,
    chains_more: usize,
}

#[derive(Serialize)]
struct CoveredField {
    source: &'static str,
    from: Option<String>,
    to: Option<String>,
    records: u64,
    bytes: u64,
    files: u64,
    gaps: Vec<[String; 2]>,
}

#[derive(Serialize)]
struct NotedField<'a> {
    what: &'a str,
    sentence: &'a str,
    count: u64,
    from: Option<String>,
    to: Option<String>,
    actors: &'a BTreeSet<String>,
}

#[derive(Serialize)]
struct SkippedField<'a> {
    file: &'a str,
    line: Option<u64>,
    why: &'a str,
}

#[derive(Serialize)]
struct CountsField<'a> {
    sightings: usize,
    sightings_more: u64,
    stages: BTreeMap<&'static str, u64>,
    rules: &'a BTreeMap<String, u64>,
}

#[derive(Serialize)]
struct ChainField<'a> {
    id: usize,
    title: &'a str,
    stage: &'static str,
    confidence: &'static str,
    from: Option<String>,
    to: Option<String>,
    sightings: usize,
    actors: &'a BTreeSet<String>,
    users: &'a BTreeSet<String>,
    files: &'a BTreeSet<String>,
}

/// One line a sighting, then the summary.
pub(super) fn write(it: &HuntSummary, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let chains = chain_of_each(it);
    for (at, sighting) in it.sightings.iter().enumerate() {
        let line = line(it, sighting, chains.get(at).copied(), look);
        to_writer(&mut *out, &line)?;
        out.write_all(b"\n")?;
    }
    to_writer(&mut *out, &SummaryField::of(it, look.tlp.to_string()))?;
    out.write_all(b"\n")
}

/// The id of the chain of each sighting.
pub(super) fn chain_of_each(it: &HuntSummary) -> Vec<usize> {
    let mut of = vec![0; it.sightings.len()];
    for chain in &it.chains {
        for at in &chain.sightings {
            if let Some(id) = of.get_mut(*at) {
                *id = chain.id;
            }
        }
    }
    of
}

fn line<'a>(
    summary: &'a HuntSummary,
    it: &'a Sighting,
    chain: Option<usize>,
    look: Look,
) -> SightingLine<'a> {
    SightingLine {
        schema: "exward.hunt.sighting/1",
        tlp: look.tlp.to_string(),
        server: summary.server.as_deref(),
        rule: &it.rule.id,
        title: &it.rule.title,
        author: it.rule.author.as_deref(),
        cve: &it.rule.cves,
        techniques: &it.rule.techniques,
        stage: it.stage.name(),
        confidence: it.confidence.name(),
        time: utc(it.at),
        source: it.source.name(),
        file: &it.file,
        line: it.line,
        excerpt: excerpt(it, look.raw),
        actor: it.actor.as_deref(),
        user: it.user.as_deref(),
        path: it.path.as_deref(),
        cmdlet: it.cmdlet.as_deref(),
        why: &it.why,
        false_positives: &it.rule.false_positives,
        references: &it.rule.references,
        chain,
    }
}

fn utc(at: Option<Timestamp>) -> Option<String> {
    at.map(|it| it.to_string())
}

impl<'a> SummaryField<'a> {
    pub(in crate::output) fn of(it: &'a HuntSummary, tlp: String) -> Self {
        Self {
            schema: "exward.hunt.summary/1",
            tlp,
            server: it.server.as_deref(),
            servers: &it.servers,
            verdict: it.verdict.name(),
            reasons: &it.reasons,
            next_step: &it.next_step,
            covered: it.covered.iter().map(|coverage| covered(it, coverage)).collect(),
            missing: &it.missing,
            noted: it.noted.iter().map(noted).collect(),
            skipped: it.skipped.iter().map(skipped).collect(),
            skipped_more: it.skipped_more,
            counts: CountsField {
                sightings: it.sightings.len(),
                sightings_more: it.sightings_more,
                stages: it.counts.stages.iter().map(|(it, count)| (it.name(), *count)).collect(),
                rules: &it.counts.rules,
            },
            chains: it.chains.iter().take(CHAINS_MAX).map(chain).collect(),
            chains_more: it.chains.len().saturating_sub(CHAINS_MAX),
        }
    }
}

fn covered(summary: &HuntSummary, it: &Coverage) -> CoveredField {
    let spans = summary.spans.get(&it.source);
    let gaps = spans.into_iter().flat_map(|it| it.gaps());
    CoveredField {
        source: it.source.name(),
        from: utc(it.from),
        to: utc(it.to),
        records: it.records,
        bytes: it.bytes,
        files: it.files,
        gaps: gaps.map(|(from, to)| [from.to_string(), to.to_string()]).collect(),
    }
}

fn noted(it: &exward_hunt::Noted) -> NotedField<'_> {
    NotedField {
        what: &it.what,
        sentence: &it.sentence,
        count: it.count,
        from: utc(it.from),
        to: utc(it.to),
        actors: &it.actors,
    }
}

fn skipped((file, it): &(String, exward_read::Skipped)) -> SkippedField<'_> {
    SkippedField { file, line: it.line, why: &it.why }
}

fn chain(it: &exward_hunt::correlate::Chain) -> ChainField<'_> {
    ChainField {
        id: it.id,
        title: &it.title,
        stage: it.stage.name(),
        confidence: it.confidence.name(),
        from: utc(it.from),
        to: utc(it.to),
        sightings: it.sightings.len(),
        actors: &it.actors,
        users: &it.users,
        files: &it.files,
    }
}
