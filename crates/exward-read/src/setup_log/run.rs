//! One run of Exchange's setup: what it said, and what of that explains its end.
//!
//! # Invariants
//! * **U1 only the task that failed explains.** Errors of tasks that setup went on from are shown
//!   beside the cause, never as it.
//! * **U2 the first error of a task says most.** Setup repeats it in more general words.

use exward_core::product::Product;

use super::cause::Cause;
use super::entries::{Entries, Entry};
use super::origin::Origin;
use super::prerequisite::Rule;
use super::recognise::{Scene, message, recognise};
use super::{Finding, Kind, Outcome, SetupLog};
use crate::limits::SETUP_FINDINGS_MAX;
use crate::record::kept;

/// What was said in a run so far.
#[derive(Default)]
struct Run<'a> {
    log: Option<SetupLog>,
    scene: Scene<'a>,
    origin: Origin,
    /// Findings of the task that runs now.
    task: Vec<Finding>,
    /// Findings of tasks that setup went on from.
    passed: Vec<Finding>,
    /// Rules that failed in the last check of prerequisites.
    rules: Vec<Finding>,
    /// The line before said what is required, and the next names the rule.
    required: Option<&'a str>,
    end: End,
}

/// How the run ends, as far as it was read.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum End {
    #[default]
    Open,
    Completed,
    /// Setup says that it did not complete, but not in which task.
    Failed,
    /// A task failed, and setup stopped because of it.
    Stopped,
}

/// The last run of the text; `None` if it has no entry of a setup log.
pub(super) fn read(text: &str) -> Option<SetupLog> {
    let mut run = Run::default();
    for entry in Entries::new(text) {
        if let Some(product) = start(entry.text) {
            run = Run::default();
            run.log().product = product;
        }
        run.take(entry);
    }
    run.finish()
}

/// The product, if the entry begins a run.
fn start(text: &str) -> Option<Option<Product>> {
    let first = text.lines().next()?.trim_end();
    let name = first.strip_prefix("Starting Microsoft Exchange Server ")?.strip_suffix(" Setup")?;
    let name = if name == "Subscription Edition" { "SE" } else { name };
    Some(name.parse().ok())
}

impl<'a> Run<'a> {
    fn log(&mut self) -> &mut SetupLog {
        self.log.get_or_insert_with(|| SetupLog::empty(Kind::Setup))
    }

    fn take(&mut self, entry: Entry<'a>) {
        let log = self.log();
        log.from.get_or_insert(entry.at);
        log.to = Some(entry.at);
        let text = entry.text;
        if let Some(error) = error(text) {
            self.error(entry.line, error);
        } else if let Some(rule) = text.strip_prefix("Failed [Rule:") {
            self.rule(entry.line, rule, text);
        } else {
            self.scene(text);
            self.prerequisites(entry.line, text);
            self.origin.take(entry.line, text);
            self.ending(text);
        }
    }

    fn error(&mut self, line: u64, error: &str) {
        // What follows the first line is the way through the program.
        let said = message(error).unwrap_or(error).trim().lines().next();
        let excerpt = kept(said.unwrap_or_default());
        self.log().last_error = Some((line, excerpt.clone()));
        if let Some((cause, detail)) = recognise(error, self.scene) {
            push(&mut self.task, Finding { cause, line, excerpt, detail });
        }
    }

    /// `NAME] [Message:TEXT]`.
    fn rule(&mut self, line: u64, rule: &str, text: &str) {
        let Some((name, rest)) = rule.split_once(']') else { return };
        let said = rest.trim().strip_prefix("[Message:").and_then(|it| it.strip_suffix(']'));
        self.failed_rule(line, name, said.unwrap_or(text));
    }

    fn failed_rule(&mut self, line: u64, name: &str, said: &str) {
        let Some(rule) = Rule::new(name) else { return };
        let detail = named_by(&rule, said);
        let cause = Cause::of_rule(rule);
        push(&mut self.rules, Finding { cause, line, excerpt: kept(said), detail });
    }

    /// A rule that is told by its help page only: `[REQUIRED] TEXT`, then `Help URL: …NAME.aspx`.
    fn prerequisites(&mut self, line: u64, text: &'a str) {
        if text.starts_with("Finished [Analysis:") {
            // A new check; what the one before found was cured or will be found again.
            self.rules.clear();
        } else if let Some(said) = text.strip_prefix("[REQUIRED] ") {
            self.required = Some(said);
        } else if text.starts_with("[RECOM") {
            self.required = None;
        } else if let Some(page) = text.strip_prefix("Help URL: ")
            && let Some(said) = self.required.take()
            && let Some((_, name)) = page.rsplit_once("setupreadiness.")
        {
            let name = name.split('.').next().unwrap_or_default();
            self.failed_rule(line, name, said);
        }
    }

    /// What setup is doing.
    fn scene(&mut self, text: &'a str) {
        let first = text.lines().next().unwrap_or_default();
        if first.starts_with("Executing") || first.starts_with("Processing component ") {
            // U1: setup went on, so what was said before did not stop it.
            self.scene = Scene { site: self.scene.site, ..Scene::default() };
            for finding in std::mem::take(&mut self.task) {
                push(&mut self.passed, finding);
            }
        } else if let Some(cmdlet) = first.strip_prefix("Beginning processing ") {
            self.scene.cmdlet = cmdlet;
        } else if let Some(cmdlet) = first.strip_prefix("Ending processing ") {
            if cmdlet.to_ascii_lowercase().ends_with("-msipackage") {
                self.scene.package = None;
            }
        } else if let Some(program) = first.strip_prefix("Starting: ") {
            self.scene.program = program;
        } else if let Some(package) = between(first, "Installing MSI package '", "'")
            .or_else(|| between(first, "Removing MSI package with code '", "'"))
        {
            self.scene.package = Some(package);
        } else if let Some(object) = between(first, "Processing object \"", "\"") {
            self.scene.object = Some(object);
        } else if let Some((_, site)) = first.split_once("No Suitable Directory Servers Found in ")
        {
            self.scene.site = Some(site.trim_end_matches('.'));
        }
    }

    fn ending(&mut self, text: &str) {
        if text.starts_with("[ERROR-REFERENCE]")
            || text.starts_with("Setup is stopping now because of one or more critical errors")
        {
            self.end = End::Stopped;
        } else if self.end == End::Stopped {
            // Nothing that follows takes that back.
        } else if text.starts_with("The Exchange Server setup operation completed successfully") {
            self.end = End::Completed;
        } else if text.starts_with("The Exchange Server setup operation didn") || failed(text) {
            self.end = End::Failed;
        } else if text.starts_with("End of Setup") && self.end == End::Open {
            // In its window, setup ends like this after a check that failed.
            self.end = if self.rules.is_empty() { End::Open } else { End::Failed };
        }
    }

    fn finish(mut self) -> Option<SetupLog> {
        let mut log = self.log.take()?;
        log.build = self.origin.build;
        let facts = std::mem::take(&mut self.origin).findings();
        log.outcome = match self.end {
            End::Completed => Outcome::Completed,
            End::Failed | End::Stopped => Outcome::Failed,
            End::Open => Outcome::Unfinished,
        };
        if log.outcome == Outcome::Failed {
            log.cause = self.cause(&facts).map(|it| self.with_its_general_words(it));
        }
        let all = [facts, self.rules, self.passed, self.task].concat();
        for finding in all {
            if log.cause.as_ref().is_none_or(|it| it.cause != finding.cause) {
                push(&mut log.others, finding);
            }
        }
        log.others.sort_by_key(|it| it.line);
        Some(log)
    }

    /// What explains the failure best.
    fn cause(&self, facts: &[Finding]) -> Option<Finding> {
        let from_bin = facts.iter().find(|it| it.cause == Cause::SetupRunFromBin);
        // The first that is not general, else the first (U2).
        let of_task = || self.task.iter().min_by_key(|it| it.cause.is_general());
        // Without a task that stopped setup, general words may be about the way back.
        let plain = || self.task.iter().find(|it| !it.cause.is_general());
        // Of rules that explain as much, the first.
        let of_rules = || self.rules.iter().min_by_key(|it| it.cause.reach());
        let found = match self.end {
            End::Stopped => from_bin.or_else(of_task),
            End::Open | End::Failed | End::Completed => from_bin.or_else(of_rules).or_else(plain),
        };
        found.cloned()
    }
}

impl Run<'_> {
    /// What the same task said in more general words adds the name of the thing, and no finding.
    fn with_its_general_words(&mut self, mut cause: Finding) -> Finding {
        if cause.cause.is_general() || !self.task.contains(&cause) {
            return cause;
        }
        let (general, rest) =
            std::mem::take(&mut self.task).into_iter().partition(|it| it.cause.is_general());
        self.task = rest;
        let general: Vec<Finding> = general;
        cause.detail = cause.detail.or_else(|| general.into_iter().find_map(|it| it.detail));
        cause
    }
}

/// The text of an error entry.
fn error(text: &str) -> Option<&str> {
    let of_checks = || text.strip_prefix("Setup checks failed: ");
    text.strip_prefix("[ERROR] ").or_else(of_checks)
}

/// `CurrentResult main.run:235: 1`.
fn failed(text: &str) -> bool {
    let result = text.strip_prefix("CurrentResult ").and_then(|it| it.rsplit_once(": "));
    result.is_some_and(|(_, code)| code.trim() != "0")
}

/// What stands between two phrases.
pub(super) fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}

/// What a rule's message is about, where it names it.
fn named_by(rule: &Rule, said: &str) -> Option<String> {
    let found = match rule.name() {
        "ProcessNeedsToBeClosedOnUpgrade" => between(said, "because the ", " has open"),
        "NotInDC2Site" => between(said, "schema master (", ")"),
        "DomainControllerIsOutOfSite" => between(said, "domain controller '", "'"),
        name if name.starts_with("Delegated") || name == "SchemaUpdateRequired" => Some(name),
        _ => None,
    };
    found.map(kept)
}

/// Adds a finding unless its cause is there already, or too many are.
fn push(findings: &mut Vec<Finding>, finding: Finding) {
    let known = findings.iter().any(|it| it.cause == finding.cause);
    if !known && findings.len() < SETUP_FINDINGS_MAX {
        findings.push(finding);
    }
}
