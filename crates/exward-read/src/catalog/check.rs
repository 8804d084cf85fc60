//! Checks across the catalog's files.

use std::collections::{BTreeMap, BTreeSet};

use exward_core::build::Build;
use exward_core::catalog::{Advisory, Facts, Fix, LineKey, Release};
use exward_core::product::{Cu, Numbering, Product};

use super::rows::Lines;
use super::{Problem, moves};

/// Every contradiction among the facts, in no particular order.
pub(super) fn facts(facts: &Facts, lines: &Lines) -> Vec<Problem> {
    let mut check =
        Check { problems: Vec::new(), cu_of_line: BTreeMap::new(), builds: BTreeSet::new() };
    check.releases(&facts.releases, &lines.releases);
    check.advisories(&facts.advisories, &lines.advisories);
    let mut fix_lines: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for (id, line) in &lines.fixes {
        fix_lines.entry(id).or_default().push(*line);
    }
    for advisory in &facts.advisories {
        let at = fix_lines.remove(advisory.id.as_str()).unwrap_or_default();
        check.fixes(advisory, &at);
    }
    let known = |id: &str| facts.advisories.iter().any(|it| it.id == id);
    for (switch, line) in facts.overrides.iter().zip(&lines.overrides) {
        if !known(&switch.cve) {
            check.problem("overrides.csv", *line, format!("`{}` is not in cves.csv", switch.cve));
        }
    }
    check.lifecycles(facts, lines);
    check.problems.extend(moves::check(facts, &lines.moves));
    check.problems
}

struct Check {
    problems: Vec<Problem>,
    cu_of_line: BTreeMap<LineKey, (Product, Cu)>,
    builds: BTreeSet<Build>,
}

impl Check {
    fn problem(&mut self, file: &str, line: u64, what: String) {
        self.problems.push(Problem { file: file.to_owned(), line, what });
    }

    fn releases(&mut self, releases: &[Release], lines: &[u64]) {
        const FILE: &str = "builds.csv";
        for (it, line) in releases.iter().zip(lines).filter(|(it, _)| it.kind.is_base()) {
            let key = LineKey::of(it.build.prefix());
            if self.cu_of_line.insert(key, (it.product, it.cu)).is_some() {
                let what = format!("{} starts a line that another build starts already", it.build);
                self.problem(FILE, *line, what);
            }
        }
        for (it, line) in releases.iter().zip(lines) {
            if !self.builds.insert(it.build) {
                self.problem(FILE, *line, format!("build {} stands here twice", it.build));
            }
            if Numbering::product(it.build) != Some(it.product) {
                let what = format!("build {} is not Exchange {}", it.build, it.product);
                self.problem(FILE, *line, what);
            }
            if it.cu == Cu::Preview {
                continue;
            }
            match self.cu_of_line.get(&LineKey::of(it.build.prefix())) {
                Some((_, cu)) if *cu == it.cu => {}
                Some((_, cu)) => {
                    let what = format!("build {} stands on {cu}, not on {}", it.build, it.cu);
                    self.problem(FILE, *line, what);
                }
                None => {
                    let what =
                        format!("no base of {} {} for build {}", it.product, it.cu, it.build);
                    self.problem(FILE, *line, what);
                }
            }
        }
    }

    fn advisories(&mut self, advisories: &[Advisory], lines: &[u64]) {
        const FILE: &str = "cves.csv";
        let mut seen = BTreeSet::new();
        for (it, line) in advisories.iter().zip(lines) {
            if !seen.insert(&it.id) {
                self.problem(FILE, *line, format!("`{}` stands here twice", it.id));
            }
            if it.fixes.is_empty() {
                self.problem(FILE, *line, format!("`{}` has no row in fixes.csv", it.id));
            }
            if !it.listed && it.note.is_empty() {
                self.problem(FILE, *line, format!("`{}` is kept out without a note", it.id));
            }
        }
    }

    fn fixes(&mut self, advisory: &Advisory, lines: &[u64]) {
        const FILE: &str = "fixes.csv";
        let mut seen = BTreeSet::new();
        for (fix, line) in advisory.fixes.iter().zip(lines) {
            if !seen.insert((fix.product, fix.cu)) {
                let what = format!("a second row of {} for this product and CU", advisory.id);
                self.problem(FILE, *line, what);
            }
            for build in [fix.fixed, fix.fixed_msrc].into_iter().flatten() {
                if let Some(what) = self.wrong_fixed_build(fix, build) {
                    self.problem(FILE, *line, what);
                }
            }
            if fix.fixed_msrc.is_some() && fix.fixed_msrc <= fix.fixed {
                self.problem(FILE, *line, "fixed_msrc must be later than fixed".to_owned());
            }
            let explained =
                fix.config.is_some() || !fix.note.is_empty() || fix.source.contains("not in");
            if fix.fixed.is_none() && !explained {
                self.problem(
                    FILE,
                    *line,
                    "no fixed build, and nothing that explains it".to_owned(),
                );
            }
        }
    }

    /// A fixed build must exist, and lie on the CU that its row names (V1).
    fn wrong_fixed_build(&self, fix: &Fix, build: Build) -> Option<String> {
        if !self.builds.contains(&build) && fix.note.is_empty() {
            return Some(format!(
                "fixed build {build} is not in builds.csv, and no note explains it"
            ));
        }
        let wanted = fix.cu.map(|cu| (fix.product, cu));
        let on = self.cu_of_line.get(&LineKey::of(build.prefix())).copied();
        if wanted.is_some() && on != wanted {
            let (product, cu) = (fix.product, fix.cu?);
            return Some(format!("fixed build {build} does not lie on {product} {cu}"));
        }
        None
    }

    fn lifecycles(&mut self, facts: &Facts, lines: &Lines) {
        let mut seen = BTreeSet::new();
        for (it, line) in facts.lifecycles.iter().zip(&lines.lifecycles) {
            if !seen.insert(it.product) {
                self.problem("lifecycle.csv", *line, format!("{} stands here twice", it.product));
            }
        }
        for product in facts.releases.iter().map(|it| it.product).collect::<BTreeSet<_>>() {
            if !seen.contains(&product) {
                self.problem("lifecycle.csv", 0, format!("no row for {product}"));
            }
        }
    }
}
