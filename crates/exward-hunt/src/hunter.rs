//! All rules, made ready once, and the way of a file through them.

mod collect;
mod file;
mod page;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use crate::bundled::{self, Facts};
use crate::engine::{Plan, Watcher};
use crate::reader::LineFormat;
use crate::shell::ShellTable;
use crate::sigma::{self, Rule};
use crate::source::SOURCES;
use crate::typed;
use crate::yara::YaraRules;
use crate::{Source, known};

pub use file::{Evidence, ReadSeek};

/// A rule file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedRule {
    /// The file as the caller named it.
    pub file: String,
    /// Why, and what to do.
    pub why: String,
    /// True if it is a whole rule that is right but that nothing here can be held against, such as one for
    /// the log of a proxy: it is named, and no error.
    pub unserved: bool,
}

/// A named text: a file's name and what stands in it.
pub type RuleFile = (String, String);

/// Everything that a hunt looks for.
#[derive(Debug)]
pub struct Hunter {
    rules: Vec<Rule>,
    /// So many of them are built in; the user's follow.
    built_in: usize,
    /// The rules that look at a source, by index.
    by_source: BTreeMap<Source, Vec<usize>>,
    /// How lines of a source are ruled out; made when the first such log comes.
    plans: BTreeMap<Source, OnceLock<Plan>>,
    facts: Facts,
    shells: ShellTable,
    yara: YaraRules,
}

impl Hunter {
    /// With the built-in rules, and the user's Sigma and YARA files. What cannot be used is given back.
    #[must_use]
    pub fn new(sigma_files: &[RuleFile], yara_files: &[RuleFile]) -> (Self, Vec<RefusedRule>) {
        let mut broken = Vec::new();
        let mut rules = bundled::rules(&mut broken);
        let built_in = rules.len();
        for (file, text) in sigma_files {
            match sigma::load(text, file) {
                Ok(loaded) => rules.extend(loaded),
                Err(error) => broken.push((file.clone(), error.what)),
            }
        }
        let (yara, broken_yara) = YaraRules::compile(yara_files);
        broken.extend(broken_yara);
        let broken = broken.into_iter();
        let mut refused: Vec<RefusedRule> =
            broken.map(|(file, why)| RefusedRule { file, why, unserved: false }).collect();
        for rule in &rules {
            if let Some(why) = rule.log_source.unserved() {
                let file = rule.facts.title.clone();
                refused.push(RefusedRule { file, why, unserved: true });
            }
        }
        let looking_at = |source: &Source| {
            let all = rules.iter().enumerate();
            all.filter(|(_, it)| it.log_source.covers(*source)).map(|(at, _)| at).collect()
        };
        let by_source = SOURCES.iter().map(|it| (*it, looking_at(it))).collect();
        let plans = SOURCES.iter().map(|it| (*it, OnceLock::new())).collect();
        let (facts, shells) = (bundled::facts(), bundled::shell_table());
        (Self { rules, built_in, by_source, plans, facts, shells, yara }, refused)
    }

    /// The plan for a log of lines; `None` for a source that is unknown here.
    fn plan(&self, format: &dyn LineFormat) -> Option<&Plan> {
        let plan = self.plans.get(&format.source())?;
        Some(plan.get_or_init(|| self.make_plan(format)))
    }

    fn make_plan(&self, format: &dyn LineFormat) -> Plan {
        let (source, alphabet) = (format.source(), format.alphabet());
        let rules = self.rules_for(source).iter();
        let rules = rules.filter_map(|at| Some((*at, self.rules.get(*at)?)));
        let others: [(Watcher, BTreeSet<String>); 2] = [
            (Watcher::Typed, typed::needles(&self.facts, source, alphabet)),
            (Watcher::Known, known::needles(source)),
        ];
        Plan::new(rules, &others, alphabet, format.verbatim())
    }

    /// Titles of the user's rules that name no text which could be looked for: for them every record is parsed.
    fn costly(&self, plan: &Plan) -> Vec<&str> {
        let titles = plan.always.iter().filter_map(|watcher| match watcher {
            Watcher::Rule(at) if *at >= self.built_in => self.rules.get(*at),
            Watcher::Rule(_) | Watcher::Typed | Watcher::Known => None,
        });
        titles.map(|it| it.facts.title.as_str()).collect()
    }

    /// The rules that look at a source, by index.
    fn rules_for(&self, source: Source) -> &[usize] {
        self.by_source.get(&source).map_or(&[], Vec::as_slice)
    }
}
