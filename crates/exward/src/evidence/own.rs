//! What exward wrote, and rules: they hold the texts that a hunt looks for, and are no evidence (trap 13).
//!
//! A web server runs neither: a page that only begins like a report is looked at all the same.

use std::collections::BTreeSet;
use std::path::Path;

use exward_hunt::Noted;

use crate::output::UNFINISHED;

/// First bytes of a file that are looked at.
pub(super) const HEAD_BYTES: usize = 4096;

/// Endings of reports. Nothing with one of them is run by a web server.
const REPORT_ENDINGS: [&str; 7] = ["json", "jsonl", "ndjson", "csv", "html", "htm", "txt"];

/// How a report of exward begins: JSON lines, CSV, HTML.
const REPORT_MARKS: [&str; 4] = [
    "{\"schema\":\"exward.",
    "schema,rule,title,",
    "<!-- exward report -->",
    "target,verdict,best,worst,product,",
];

/// What a file of ours, or of rules, is noted as. `None` if it is evidence.
pub(super) fn noted(path: &Path, head: &[u8]) -> Option<Noted> {
    let ending = path.extension()?.to_string_lossy().to_ascii_lowercase();
    let ending = ending.as_str();
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches('\u{FEFF}');
    let starts_line = |word: &str| text.lines().any(|line| line.trim_start().starts_with(word));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_unfinished = name.starts_with(UNFINISHED.0) && name.ends_with(UNFINISHED.1);
    let is_report = REPORT_ENDINGS.contains(&ending)
        && REPORT_MARKS.iter().any(|mark| text.trim_start().starts_with(mark));
    // Sigma, and indicators as CISA's CHIRP has them.
    let is_sigma = ["yml", "yaml"].contains(&ending)
        && ["logsource:", "indicator:", "ioc_type:"].into_iter().any(starts_line);
    let is_yara = ["yar", "yara"].contains(&ending)
        && (starts_line("rule ") || starts_line("private rule ") || starts_line("import "));
    let (what, sentence) = if is_report || is_unfinished {
        ("own-report", "a report of exward itself, not hunted")
    } else if is_sigma || is_yara {
        ("rule-file", "a file of rules, not hunted")
    } else {
        return None;
    };
    Some(Noted {
        what: what.to_owned(),
        sentence: sentence.to_owned(),
        count: 1,
        from: None,
        to: None,
        actors: BTreeSet::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, head: &str, want: Option<&str>) {
        let got = noted(Path::new(name), head.as_bytes()).map(|it| it.what);
        assert_eq!(got.as_deref(), want, "{name}: {head}");
    }

    #[test]
    fn only_what_nobody_runs_is_ours() {
        check("hunt.jsonl", "{\"schema\":\"exward.hunt.sighting/1\"", Some("own-report"));
        check("hunt.csv", "schema,rule,title,cve", Some("own-report"));
        check("hunt.html", "<!-- exward report -->\n<!DOCTYPE html>", Some("own-report"));
        check("d/.exward-a1b2c3.tmp", "", Some("own-report"));
        check("d/.exward-a1b2c3.tmp.aspx", "", None);
        check("x.aspx", "{\"schema\":\"exward.hunt.sighting/1\"", None);
        check("u_ex.log", "{\"schema\":\"exward.hunt.sighting/1\"", None);
        check("events.json", "{\"Channel\":\"Security\"", None);
        check("a.yml", "title: X\nlogsource:\n  category: webserver\n", Some("rule-file"));
        check("a.yaml", "---\nname: X\nindicator:\n", Some("rule-file"));
        check("a.yml", "title: X\n", None);
        check("a.yar", "rule x {", Some("rule-file"));
        check("a.aspx", "rule x {", None);
    }
}
