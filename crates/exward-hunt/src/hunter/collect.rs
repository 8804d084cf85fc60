//! What the records of one file come to: rules are tested, harmless traffic is set apart, sightings are kept
//! within their limits.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use exward_read::Skipped;
use jiff::Timestamp;

use super::Hunter;
use crate::bundled::Facts;
use crate::engine::{LineSink, Watcher};
use crate::limits::{
    EXCERPT_CHARS_MAX, SERVER_CHARS_MAX, SERVERS_MAX, SIGHTINGS_PER_RULE_AND_FILE_MAX,
    SKIPPED_PER_FILE_MAX,
};
use crate::shell::ShellTable;
use crate::sigma::Tri;
use crate::summary::{Coverage, Examined, Noted};
use crate::typed::{self, TypedHit};
use crate::yara::YaraRules;
use crate::{Confidence, Fields, Record, Sighting, Source, Stage, known};

/// Collects from one file.
pub(super) struct Collector<'h> {
    hunter: &'h Hunter,
    file: Arc<str>,
    progress: &'h dyn Fn(u64) -> bool,
    /// Sightings kept so far, by rule, stage and confidence: a thousand refused requests must not crowd out the one
    /// that worked.
    kept: BTreeMap<(String, Stage, Confidence), usize>,
    /// Events of each channel, where one file holds several.
    seen: BTreeMap<Source, (u64, Option<Timestamp>, Option<Timestamp>)>,
    skipped: usize,
    examined: Examined,
}

impl<'h> Collector<'h> {
    pub(super) fn new(hunter: &'h Hunter, file: &str, progress: &'h dyn Fn(u64) -> bool) -> Self {
        Self {
            hunter,
            file: file.into(),
            progress,
            kept: BTreeMap::new(),
            seen: BTreeMap::new(),
            skipped: 0,
            examined: Examined::default(),
        }
    }

    /// Everything collected.
    pub(super) fn finish(self) -> Examined {
        self.examined
    }

    /// What a member of this archive held.
    pub(super) fn absorb(&mut self, member: Examined) {
        self.examined.absorb(member);
    }

    /// How many sightings there are so far.
    pub(super) fn sighted(&self) -> usize {
        self.examined.sightings.len()
    }

    pub(super) fn facts(&self) -> &'h Facts {
        &self.hunter.facts
    }

    pub(super) fn shells(&self) -> &'h ShellTable {
        &self.hunter.shells
    }

    pub(super) fn yara_rules(&self) -> &'h YaraRules {
        &self.hunter.yara
    }

    /// So much was read of a source.
    pub(super) fn cover(&mut self, coverage: Coverage) {
        self.examined.cover(coverage);
    }

    /// A file that no reader is for.
    pub(super) fn unexamined(&mut self) {
        self.examined.unexamined = self.examined.unexamined.saturating_add(1);
    }

    /// A file without a byte: named once for all of them, since a log that was emptied is worth a look.
    pub(super) fn empty(&mut self) {
        self.examined.note(Noted {
            what: "empty-file".to_owned(),
            sentence: "a file is empty: if it is a log, somebody may have emptied it".to_owned(),
            count: 1,
            from: None,
            to: None,
            actors: BTreeSet::new(),
        });
        self.unexamined();
    }

    /// So many more bytes were read.
    pub(super) fn advance(&self, bytes: u64) {
        let _go_on = (self.progress)(bytes);
    }

    /// Says which rules made every record of a log be parsed.
    pub(super) fn costly(&mut self, source: Source, titles: &[&str]) {
        if titles.is_empty() || matches!(source, Source::Events(_)) {
            return;
        }
        self.examined.note(Noted {
            what: format!("rules-on-every-record-{}", source.name()),
            sentence: format!(
                "{} rules name no text that can be looked for, so every record of {source} was parsed for them, \
                 which is slow: {}",
                titles.len(),
                titles.join(", ")
            ),
            count: u64::try_from(titles.len()).unwrap_or(u64::MAX),
            from: None,
            to: None,
            actors: BTreeSet::new(),
        });
    }

    /// An element of a configuration file: every rule for configuration looks at it.
    pub(super) fn element(&mut self, record: &dyn Record, line: u64) {
        let watchers = self.everybody(record.source());
        self.look(&watchers, record, Some(line));
    }

    /// Everybody who looks at a source.
    fn everybody(&self, source: Source) -> Vec<Watcher> {
        let rules = self.hunter.rules_for(source).iter().map(|at| Watcher::Rule(*at));
        rules.chain([Watcher::Typed]).collect()
    }

    /// An event: every rule for its channel looks at it.
    pub(super) fn event(&mut self, record: &dyn Record, number: u64) {
        let source = record.source();
        if !self.seen.contains_key(&source) {
            self.name_server(record);
        }
        let seen = self.seen.entry(source).or_default();
        seen.0 = seen.0.saturating_add(1);
        if let Some(at) = record.at() {
            seen.1 = Some(seen.1.map_or(at, |it| it.min(at)));
            seen.2 = Some(seen.2.map_or(at, |it| it.max(at)));
        }
        let watchers = self.everybody(source);
        self.look(&watchers, record, Some(number));
    }

    /// Counts the events seen as read, with the bytes of the file; to the most usual channel.
    pub(super) fn cover_events(&mut self, bytes: u64) {
        let mut left = bytes;
        let mut seen: Vec<_> = std::mem::take(&mut self.seen).into_iter().collect();
        seen.sort_by_key(|(_, (records, ..))| std::cmp::Reverse(*records));
        for (source, (records, from, to)) in seen {
            let bytes = std::mem::take(&mut left);
            self.examined.cover(Coverage { source, from, to, records, bytes, files: 1 });
        }
    }

    /// Tests what wants to see the record.
    pub(super) fn look(&mut self, watchers: &[Watcher], record: &dyn Record, line: Option<u64>) {
        let mut hits = Vec::new();
        let mut knows = false;
        for watcher in watchers {
            match watcher {
                Watcher::Rule(at) => {
                    let rule = self.hunter.rules.get(*at);
                    let rule = rule.filter(|it| it.log_source.routes(record.source(), record));
                    hits.extend(rule.and_then(|it| Some(TypedHit::of(it, it.hit(record)?))));
                }
                Watcher::Typed => typed::look(record, &self.hunter.facts, &mut hits),
                Watcher::Known => knows = true,
            }
        }
        if hits.is_empty() && !knows {
            return;
        }
        let is_sure = hits.iter().any(|it| it.confidence == Confidence::High);
        if let Some(known) = known::recognise(record).filter(|_| !is_sure) {
            self.note(known, record);
            return;
        }
        self.name_server(record);
        for hit in hits {
            self.keep(hit, record, line);
        }
    }

    /// The name that the record gives its server.
    fn name_server(&mut self, record: &dyn Record) {
        let name = record.server().filter(|_| self.examined.servers.len() < SERVERS_MAX);
        self.examined.servers.extend(name.map(|it| it.chars().take(SERVER_CHARS_MAX).collect()));
    }

    /// A sighting, counted, and kept while its rule has not had too many here.
    fn keep(&mut self, hit: TypedHit, record: &dyn Record, line: Option<u64>) {
        // Whoever sends a request chooses the length of its fields.
        let short = |text: &str| text.chars().take(EXCERPT_CHARS_MAX).collect::<String>();
        let owned = |text: Option<Cow<'_, str>>| text.map(|it| short(&it));
        self.sighting(Sighting {
            rule: hit.rule,
            stage: hit.stage,
            confidence: hit.confidence,
            at: record.at(),
            source: record.source(),
            file: Arc::clone(&self.file),
            line,
            excerpt: short(&record.text()),
            actor: owned(record.actor()),
            user: owned(record.user()),
            path: owned(record.path()),
            cmdlet: owned(record.cmdlet()),
            why: short(&hit.why),
        });
    }

    /// Counts a sighting and keeps it within the limit.
    pub(super) fn sighting(&mut self, sighting: Sighting) {
        self.examined.count(&sighting.rule.id);
        let kind = (sighting.rule.id.clone(), sighting.stage, sighting.confidence);
        let kept = self.kept.entry(kind).or_default();
        if *kept < SIGHTINGS_PER_RULE_AND_FILE_MAX {
            *kept = kept.saturating_add(1);
            self.examined.sightings.push(sighting);
        } else {
            self.examined.sightings_more = self.examined.sightings_more.saturating_add(1);
        }
    }

    /// Something harmless that is worth naming.
    fn note(&mut self, known: known::Known, record: &dyn Record) {
        let at = record.at();
        self.examined.note(Noted {
            what: known.name().to_owned(),
            sentence: known.sentence().to_owned(),
            count: 1,
            from: at,
            to: at,
            actors: record.actor().map(Cow::into_owned).into_iter().collect(),
        });
    }

    /// Evidence that could not be read.
    pub(super) fn skip(&mut self, skipped: Skipped) {
        self.examined.lost = self.examined.lost.saturating_add(1);
        self.name_skipped(skipped);
    }

    /// Something that could not be read, and need not.
    pub(super) fn name_skipped(&mut self, skipped: Skipped) {
        if self.skipped < SKIPPED_PER_FILE_MAX {
            self.skipped = self.skipped.saturating_add(1);
            self.examined.skipped.push((self.file.to_string(), skipped));
        } else {
            self.examined.skipped_more = self.examined.skipped_more.saturating_add(1);
        }
    }
}

impl LineSink for Collector<'_> {
    fn record(&mut self, watchers: &[Watcher], record: &dyn Record, line: u64) {
        if let Source::Events(_) = record.source() {
            self.event(record, line);
        } else {
            self.look(watchers, record, Some(line));
        }
    }

    fn may_matter(&self, watchers: &[Watcher], known: &dyn Fields) -> bool {
        watchers.iter().any(|watcher| match watcher {
            Watcher::Rule(at) => {
                self.hunter.rules.get(*at).is_some_and(|it| it.test(known) != Tri::False)
            }
            Watcher::Typed => typed::may_matter(known, &self.hunter.facts),
            Watcher::Known => true,
        })
    }

    fn skipped(&mut self, line: u64, why: String) {
        self.skip(Skipped::line(line, why));
    }

    fn read(&mut self, record: &dyn Record) {
        self.name_server(record);
    }

    fn ends_within(&mut self, line: u64, why: String) {
        // The log that is being written ends so, on every server.
        self.name_skipped(Skipped::line(line, why));
    }

    fn progress(&mut self, bytes: u64) -> bool {
        (self.progress)(bytes)
    }
}
