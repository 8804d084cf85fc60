//! Rules that load, and what is said of those that do not.

use super::*;
use crate::sigma::Tri;
use crate::{Fields, Values};

/// Fields with one value each.
struct Record<'r>(&'r [(&'r str, &'r str)]);

impl Fields for Record<'_> {
    fn values(&self, field: &str) -> Values<'_> {
        let found = self.0.iter().find(|(name, _)| *name == field);
        found.map_or(Values::Absent, |(_, value)| Values::one(value))
    }

    fn words(&self) -> Values<'_> {
        Values::Absent
    }
}

const HEAD: &str = "title: T\nlogsource: {category: webserver}\n";

#[track_caller]
fn one(text: &str) -> Rule {
    load(text, "rule.yml").unwrap().remove(0)
}

/// A rule with this detection cannot be run, for this reason.
#[track_caller]
fn check_refused(detection: &str, want: &str) {
    let text = format!("{HEAD}detection:\n  {}", detection.replace('\n', "\n  "));
    let got = load(&text, "rule.yml").map(|_| ()).map_err(|err| err.to_string());
    assert_eq!(got, Err(format!("rule.yml: line 1: rule `T` {want}")), "detection `{detection}`");
}

#[test]
fn a_rule_that_cannot_be_run_as_it_is_meant_says_why() {
    let of = |why: &str| format!("has a selection `s` that cannot be run: {why}");
    check_refused(
        "s: {'a|sounds': x}\ncondition: s",
        &of("`a|sounds`: `sounds` is no modifier of the Sigma specification 2.1"),
    );
    check_refused(
        "s: {'a|expand': 'x%servers%y'}\ncondition: s",
        &of("`a|expand`: the placeholder `%servers%` is filled in by nobody here; \
             write its values into the rule"),
    );
    check_refused(
        "s: {'a|re': 'x(?=y)'}\ncondition: s",
        &of("`a|re`: the regular expression `x(?=y)` cannot be used: \
         look-around, including look-ahead and look-behind, is not supported"),
    );
    check_refused(
        "s: {'a|cidr': 10.0.0.0/40}\ncondition: s",
        &of(
            "`a|cidr`: `10.0.0.0/40` is no network; one is written `10.0.0.0/8` or `2001:db8::/32`",
        ),
    );
    check_refused("s: {'a|gt': ten}\ncondition: s", &of("`a|gt`: `ten` is no number"));
    check_refused(
        "s: {'a|re|cidr': x}\ncondition: s",
        &of("`a|re|cidr`: has modifiers that cannot stand together"),
    );
    check_refused(
        "s: {'a|contains|base64': x}\ncondition: s",
        &of("`a|contains|base64`: `base64` cannot be made of a value with wildcards"),
    );
    check_refused(
        "s: {'a|windash': '-a -b -c -d'}\ncondition: s",
        &of("`a|windash`: `windash` takes at most 3 dashes in one value; split it"),
    );
    check_refused("s: [null]\ncondition: s", &of("needs a field to look at"));
    check_refused("s: {}\ncondition: s", &of("is empty"));
    check_refused(
        "s: {a: {b: c}}\ncondition: s",
        &of("`a`: holds a list or a map where a value is meant"),
    );
    check_refused("s: {a: b}", "lacks `condition`");
    let aggregation = "uses an aggregation (`|`, `near`), which the Sigma specification has dropped; \
                       leave it out and look at single records";
    let condition = "s | count() by a > 5";
    check_refused(
        &format!("s: {{a: b}}\ncondition: {condition}"),
        &format!("has a condition `{condition}` that {aggregation}"),
    );
    check_refused(
        "s: {a: b}\ncondition: s near t",
        &format!("has a condition `s near t` that {aggregation}"),
    );
    check_refused(
        "s: {a: b}\ncondition: s and t",
        "has a condition `s and t` that names `t`, and no selection is named so",
    );
    check_refused("s: {a: b}\ncondition: (s", "has a condition `(s` that lacks a `)`");
    check_refused("s: {a: b}\ncondition: s s", "has a condition `s s` that has a `s` too many");
    check_refused(
        "s: {a: b}\ncondition: 1 of x*",
        "has a condition `1 of x*` that says `1 of x*`, and no selection is named so",
    );
    check_refused(
        "s: {a: b}\ncondition: 2 of s*",
        "has a condition `2 of s*` that wants 2 of 1 selections named `s*`",
    );
}

/// The whole text cannot be loaded, for this reason.
#[track_caller]
fn check_text(text: &str, want: &str) {
    let got = load(text, "rule.yml").map(|_| ()).map_err(|err| err.to_string());
    assert_eq!(got, Err(format!("rule.yml: {want}")), "text `{text}`");
}

#[test]
fn other_documents_are_named() {
    check_text(
        "title: C\ncorrelation: {type: event_count}",
        "line 1: rule `C` is a correlation rule, which joins several records; only rules over one are run",
    );
    check_text(
        &format!("{HEAD}detection: {{s: {{a: b}}, condition: s}}\n---\ntitle: Second\n"),
        "line 5: rule `Second` lacks `logsource`",
    );
    check_text("- a\n- b", "rule 1 is no map; a rule begins with `title:`");
    check_text("detection: {}", "rule 1 lacks `logsource`");
    assert!(load("", "rule.yml").unwrap().is_empty());
    let err = load("title: a\ntitle: b", "rule.yml").map(|_| ()).unwrap_err().to_string();
    assert!(err.starts_with("rule.yml: line 2: "), "{err}");
}

#[test]
fn bombs_are_refused() {
    let dashes = vec![format!("' -a -b -c {}'", "x".repeat(8000)); 60].join(", ");
    let dashes = format!("{HEAD}detection: {{s: {{'a|windash': [{dashes}]}}, condition: s}}");
    assert!(load(&dashes, "rule.yml").unwrap_err().what.contains("characters; split it"));
    let aliases = "a: &a [x,x,x,x,x,x,x,x]\n\
                   b: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\n\
                   d: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d]\n\
                   f: &f [*e,*e,*e,*e,*e,*e,*e,*e]\ng: &g [*f,*f,*f,*f,*f,*f,*f,*f]\n";
    assert!(load(aliases, "rule.yml").is_err());
    assert!(load(&"[".repeat(100_000), "rule.yml").is_err());
    let nested = format!("s: {{a: b}}\ncondition: {}s{}", "(".repeat(200), ")".repeat(200));
    let text = format!("{HEAD}detection:\n  {}", nested.replace('\n', "\n  "));
    assert!(load(&text, "rule.yml").unwrap_err().what.contains("nested too deeply"));
    let regex =
        format!("{HEAD}detection: {{s: {{'a|re': '(\\w{{1000}}){{1000}}'}}, condition: s}}");
    assert!(load(&regex, "rule.yml").unwrap_err().what.contains("cannot be used"));
}

#[test]
fn a_rule_can_be_shared_by_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Rule>();
}

#[test]
fn a_rule_says_what_it_is() {
    let rule = one("title: T\nid: 1-2\nauthor: A. Uthor\nlevel: high\nreferences: [https://x]\n\
                    falsepositives: [Unknown, Backups]\n\
                    tags: [attack.T1190, attack.persistence, attack.t1505.003, cve.2021-34473, cve.2021.31207]\n\
                    logsource: {product: windows, service: sysmon}\n\
                    detection: {s: {a: x}, condition: s}");
    let facts = &rule.facts;
    assert_eq!((facts.id.as_str(), facts.author.as_deref()), ("1-2", Some("A. Uthor")));
    assert_eq!(facts.cves, ["CVE-2021-31207", "CVE-2021-34473"]);
    assert_eq!(facts.techniques, ["T1190", "T1505.003"]);
    assert_eq!(facts.false_positives, ["Backups"]);
    let hit = rule.hit(&Record(&[("a", "X")])).unwrap();
    assert_eq!((hit.stage, hit.confidence, hit.why), (Stage::Post, Confidence::Medium, "T"));
    assert_eq!(rule.hit(&Record(&[("a", "y")])), None);
}

const RAISED: &str = "title: T\nlogsource: {category: webserver}\nauthor: exward\ndetection:\n\
    \x20 s: {a: x}\n  reached: {status: [200, 302]}\n  blocked: {b: y}\n  condition: s\n\
    exward:\n  stage: attempt\n  confidence: low\n  why: someone asked\n  raise:\n\
    \x20 - {when: reached and not blocked, stage: success, confidence: high, why: it answered}\n\
    \x20 - {when: reached, confidence: medium}\n";

#[track_caller]
fn check_raised(record: &[(&str, &str)], want: (Stage, Confidence, &str)) {
    let rule = one(RAISED);
    let hit = rule.hit(&Record(record)).unwrap();
    assert_eq!((hit.stage, hit.confidence, hit.why), want, "record {record:?}");
    assert_eq!(rule.facts.author, None);
}

#[test]
fn the_first_raise_that_holds_speaks() {
    let asked = "someone asked";
    check_raised(&[("a", "x")], (Stage::Attempt, Confidence::Low, asked));
    check_raised(&[("a", "x"), ("status", "404")], (Stage::Attempt, Confidence::Low, asked));
    let answered = (Stage::Success, Confidence::High, "it answered");
    check_raised(&[("a", "x"), ("status", "200")], answered);
    let blocked = (Stage::Attempt, Confidence::Medium, asked);
    check_raised(&[("a", "x"), ("status", "200"), ("b", "y")], blocked);
    assert_eq!(one(RAISED).test(&Record(&[("status", "200")])), Tri::False);
}

#[test]
fn slips_in_the_extension_are_named() {
    let check = |from: &str, to: &str, want: &str| {
        let want = format!("line 1: rule `T` {want}");
        check_text(&RAISED.replace(from, to), &want);
    };
    check("stage: attempt", "stage: tried", "`stage` is scan, attempt, success, webshell or post");
    check("confidence: low", "confidense: low", "`exward` knows no `confidense`");
    check(
        "when: reached,",
        "when: reach,",
        "`when: reach` names `reach`, and no selection is named so",
    );
    check(
        " and not blocked",
        "",
        "has a selection `blocked` that neither `condition` nor a `when` uses",
    );
}

#[test]
fn what_yaml_could_read_otherwise_stays_text() {
    let rule = one("title: T\nlogsource: {category: webserver}\n\
                    detection: {s: {a: [yes, n, 0755, 1_000, .inf]}, condition: s}");
    for value in ["yes", "N", "0755", "1_000", ".inf"] {
        assert_eq!(rule.test(&Record(&[("a", value)])), Tri::True, "value `{value}`");
    }
    assert_eq!(rule.test(&Record(&[("a", "true")])), Tri::False);
    check_refused(
        "s: {a: 12e3}\ncondition: s",
        "holds a number that YAML reads as `12000.0`; quote it, so that it is compared as it stands",
    );
    let rule = one(&format!("{HEAD}detection: {{s: {{a: 15.2}}, condition: s}}"));
    assert_eq!(rule.test(&Record(&[("a", "15.2")])), Tri::True);
}
