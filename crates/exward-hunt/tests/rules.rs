//! The bundled rules by themselves: all load, all say what a reader of a sighting needs, and the table in
//! `docs/hunt-rules.md` is theirs.
#![expect(clippy::disallowed_methods, reason = "the test reads the rules; the crate does not")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "rules/bundled.rs"]
mod bundled;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use exward_hunt::sigma::Alphabet;
use exward_hunt::{Source, Stage};

use bundled::{Bundled, rules};

/// What the prefilter can look for at full speed.
const WEB_NEEDLES_MAX: usize = 60;

#[test]
fn every_rule_says_what_a_person_needs() {
    let mut ids = BTreeSet::new();
    for it in rules() {
        let name = format!("{}: {}", it.file, it.rule.facts.title);
        assert!(it.rule.log_source.unserved().is_none(), "{name}: {:?}", it.rule.log_source);
        assert!(ids.insert(it.rule.facts.id.clone()), "{name}: its id stands twice");
        assert!(!it.rule.facts.references.is_empty(), "{name}: where does the idea come from?");
        assert!(!it.rule.facts.techniques.is_empty(), "{name}: which technique?");
        assert!(it.rule.facts.author.is_none(), "{name}: ours");
        assert!(it.sayings().all(|(_, _, why)| !why.ends_with('.')), "{name}: full stop");
        assert!(it.text("description").is_some(), "{name}: description");
    }
}

/// H3 at speed: few texts to look for, all of them such that no log writer changes them.
#[test]
fn requests_need_few_needles() {
    let mut needles: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for it in rules() {
        let web = [Source::Iis, Source::HttpProxy].iter().any(|at| it.rule.log_source.covers(*at));
        if web && it.rule.log_source.category.is_some() {
            let found = it.rule.needles(Alphabet::Url);
            let found = found.unwrap_or_else(|| panic!("{}: must see every request", it.file));
            for needle in found {
                needles.entry(needle).or_default().insert(it.file.clone());
            }
        }
    }
    assert!(needles.len() <= WEB_NEEDLES_MAX, "{needles:#?}");
}

#[test]
fn logs_need_needles_too() {
    let mut without = Vec::new();
    for it in rules() {
        for alphabet in [Alphabet::Json, Alphabet::Plain] {
            if it.rule.needles(alphabet).is_none() {
                without.push(format!("{alphabet:?} {}", it.file));
            }
        }
    }
    insta::assert_snapshot!(without.join("\n"), @r"
    Json owassrf-client.yml
    Plain owassrf-client.yml
    ");
}

/// `EXWARD_WRITE_DOCS=1` writes it anew.
#[test]
fn the_table_of_rules_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/hunt-rules.md");
    let want = table();
    if std::env::var_os("EXWARD_WRITE_DOCS").is_some() {
        fs::write(&path, &want).unwrap();
    }
    let have = fs::read_to_string(&path).unwrap_or_default();
    assert!(have == want, "run this test with EXWARD_WRITE_DOCS=1 and look at the difference");
}

const INTRODUCTION: &str = "\
# Rules of the hunt

Every Sigma rule that `exward hunt` brings with it: what it sees, how far an attack came where it matches, and what
harmless thing may look like it. The rules are our own; each names where its idea comes from. They stand in
`crates/exward-hunt/rules/` and are read by any tool that reads Sigma; what they say under `exward:` is ours.

How far: *scan* somebody asked whether the hole is there · *attempt* the hole was used and nothing shows that it worked ·
*success* the server answered as if it worked · *webshell* a web shell was written or answered · *post* what intruders
do inside. Where several stand, the status or another part of the record decides. How sure: *low* never decides anything
alone · *medium* administrators do it too · *high* nothing harmless is known that looks like it.

Rules that need tables or must decode something are written in Rust and have names for ids: `exward-known-shell-name`
and `exward-stranger-page` (pages where only Microsoft's stand), `exward-access-token` (whom a token in an address makes
the sender), `exward-address-list`, `exward-domain-list` and `exward-file-hash` (published lists, never above *low* for
an address alone), `exward-web-shell-file` and `exward-compiled-stranger` (files on disk).

This page is made by `cargo test -p exward-hunt --test rules`; change the rules, not the page.
";

const COLUMNS: &str =
    "| id | what | log | how far, how sure | CVE | idea | what may look like it |";

fn table() -> String {
    let mut all = rules();
    all.sort_by_key(|it| {
        (it.rule.facts.cves.is_empty(), it.rule.facts.cves.first().cloned(), it.file.clone())
    });
    let mut page = INTRODUCTION.to_owned();
    let of_stage =
        |it: &&Bundled, stage| it.sayings().map(|(stage, ..)| stage).max() == Some(stage);
    for (stage, heading) in [
        (Stage::Attempt, "Ways in: tried"),
        (Stage::Success, "Ways in"),
        (Stage::WebShell, "Web shells"),
        (Stage::Post, "Inside"),
        (Stage::Scan, "Questions"),
    ] {
        let part: Vec<&Bundled> = all.iter().filter(|it| of_stage(it, stage)).collect();
        if part.is_empty() {
            continue;
        }
        write!(page, "\n## {heading}\n\n{COLUMNS}\n|---|---|---|---|---|---|---|\n").unwrap();
        for it in part {
            page.push_str(&row(it));
        }
    }
    page
}

fn row(it: &Bundled) -> String {
    let facts = &it.rule.facts;
    let far: BTreeSet<_> = it.sayings().map(|(stage, sure, _)| (stage, sure)).collect();
    let far: Vec<String> = far.iter().map(|(stage, sure)| format!("{stage} {sure}")).collect();
    let source = &it.rule.log_source;
    let source = [&source.category, &source.product, &source.service];
    let source: Vec<&str> = source.into_iter().flatten().map(String::as_str).collect();
    let cell = |texts: &[String], between| texts.join(between).replace('|', "\\|");
    format!(
        "| `{}` | {} | {} | {} | {} | {} | {} |\n",
        facts.id.get(..8).unwrap_or(&facts.id),
        facts.title.replace('|', "\\|"),
        source.join(" "),
        far.join(", "),
        cell(&facts.cves, ", "),
        cell(&facts.references, ", "),
        cell(&facts.false_positives, "; "),
    )
}
