//! Files that a web server runs, and what is told of any file by its bytes.

use std::sync::Arc;

use jiff::Timestamp;

use super::collect::Collector;
use crate::kind::Kind;
use crate::shell::{Place, ShellFinding, compiled_leftover, place};
use crate::summary::Coverage;
use crate::typed::{self, TypedHit};
use crate::yara::YaraHit;
use crate::{Confidence, RuleFacts, Sighting, Source, Stage};

impl Collector<'_> {
    /// A page, a compiled leftover, or a file of no kind that a hunt knows.
    pub(super) fn web_file(
        &mut self,
        kind: Kind,
        name: &str,
        bytes: &[u8],
        modified: Option<Timestamp>,
    ) {
        let before = self.sighted();
        if kind == Kind::WebFile {
            self.shell(name, bytes, modified);
        }
        if let Some(leftover) = compiled_leftover(name, bytes).filter(|it| it.is_stranger) {
            let why = format!(
                "{} was called at least once and is no page of Microsoft's: a compiled copy is left",
                leftover.page
            );
            let hit = TypedHit {
                rule: self.shared(
                    "exward-compiled-stranger",
                    "Compiled copy of an unknown page",
                    &[],
                ),
                stage: Stage::WebShell,
                confidence: Confidence::Medium,
                why,
            };
            self.of_file(hit, name, Some(leftover.page), None, modified);
        }
        if let Some(hit) = typed::of_file(name, bytes, self.facts()) {
            self.of_file(hit, name, Some(name.to_owned()), None, modified);
        }
        self.yara(name, bytes, modified);
        if kind == Kind::Other && self.sighted() == before {
            return self.unexamined();
        }
        let bytes = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let source = Source::WebFolder;
        // A page that stands anywhere is no witness of Exchange's folders.
        let records = u64::from(place(name) != Place::Elsewhere);
        self.cover(Coverage { source, from: None, to: None, records, bytes, files: 1 });
    }

    /// Whether the file is a web shell.
    pub(super) fn shell(&mut self, name: &str, bytes: &[u8], modified: Option<Timestamp>) {
        let Some(finding) = self.shells().examine(name, bytes) else { return };
        let ShellFinding { confidence, why, line, .. } = finding;
        let techniques = ["T1505.003"];
        let hit = TypedHit {
            rule: self.shared("exward-web-shell-file", "Web shell in a file", &techniques),
            stage: Stage::WebShell,
            confidence,
            why,
        };
        self.of_file(hit, name, Some(name.to_owned()), line, modified);
    }

    /// What the user's YARA rules say.
    fn yara(&mut self, name: &str, bytes: &[u8], modified: Option<Timestamp>) {
        if self.yara_rules().is_empty() {
            return;
        }
        let (hits, skipped) = self.yara_rules().scan(bytes);
        skipped.into_iter().for_each(|it| self.skip(it));
        for hit in hits {
            let line = hit.line;
            self.of_file(of_yara(hit), name, Some(name.to_owned()), line, modified);
        }
    }

    /// Keeps a sighting of a whole file.
    fn of_file(
        &mut self,
        hit: TypedHit,
        name: &str,
        path: Option<String>,
        line: Option<u64>,
        modified: Option<Timestamp>,
    ) {
        let TypedHit { rule, stage, confidence, why } = hit;
        self.sighting(Sighting {
            rule,
            stage,
            confidence,
            at: modified,
            source: Source::WebFolder,
            file: name.into(),
            line,
            excerpt: String::new(),
            actor: None,
            user: None,
            path,
            cmdlet: None,
            why,
        });
    }

    /// The facts of a rule that is written in Rust.
    fn shared(&self, id: &str, title: &str, techniques: &[&str]) -> Arc<RuleFacts> {
        Arc::new(RuleFacts {
            id: id.to_owned(),
            title: title.to_owned(),
            cves: Vec::new(),
            techniques: techniques.iter().map(|it| (*it).to_owned()).collect(),
            references: Vec::new(),
            false_positives: Vec::new(),
            author: None,
        })
    }
}

/// A foreign rule never says more than that somebody should look: the verdict rests on what exward knows.
fn of_yara(hit: YaraHit) -> TypedHit {
    let title = hit.title.unwrap_or_else(|| hit.rule.clone());
    let why = format!("the YARA rule {} of {} matches", hit.rule, hit.namespace);
    let rule = Arc::new(RuleFacts {
        id: format!("yara:{}:{}", hit.namespace, hit.rule),
        title,
        cves: Vec::new(),
        techniques: Vec::new(),
        references: hit.references,
        false_positives: Vec::new(),
        author: hit.author,
    });
    TypedHit { rule, stage: Stage::WebShell, confidence: Confidence::Medium, why }
}
