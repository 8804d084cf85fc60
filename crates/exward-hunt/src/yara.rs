//! YARA rules that the user brings: compiled once, looked for in web files.
//!
//! exward ships no YARA rules of others. A file of rules that does not compile is named with the reason,
//! and the others still work. `include` is refused, because this crate opens no files; hashes and the
//! rest of the engine are boreal's.
//!
//! # Invariants
//! * **Y1 a bad file never hides the next**: each file compiles alone, in a namespace of its own.
//! * **Y2 a scan ends**: by size ([`DOCUMENT_BYTES_MAX`]) and by time ([`SCAN_TIME_MAX`]); what was
//!   not scanned to its end is named.

use std::collections::BTreeSet;
use std::time::Duration;

use boreal::compiler::{Compiler, CompilerParams};
use boreal::scanner::{EvaluatedRule, ScanParams};
use boreal::{MetadataValue, Scanner};
use exward_read::Skipped;

use crate::limits::DOCUMENT_BYTES_MAX;

/// The longest that the rules may take for one file; the largest sets take a second for a megabyte.
pub const SCAN_TIME_MAX: Duration = Duration::from_secs(30);
/// Size of one file of rules.
pub const RULE_FILE_BYTES_MAX: usize = 16 << 20;
/// Bytes of a match that the engine keeps.
const MATCH_BYTES_MAX: usize = 64;

/// The user's rules, compiled. Cheap to clone.
#[derive(Clone, Debug)]
pub struct YaraRules {
    scanner: Scanner,
    count: usize,
}

/// A rule that matched.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct YaraHit {
    /// The name of the file of rules.
    pub namespace: String,
    /// The name of the rule.
    pub rule: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// What it says it finds (`title`, else `description`).
    pub title: Option<String>,
    /// Who wrote it: many licences ask for the name wherever a match is shown.
    pub author: Option<String>,
    /// Where it says more (`reference`, `reference1`, `link`, `url`).
    pub references: Vec<String>,
    /// Where the first of its strings stands, in bytes; `None` for a rule without strings.
    pub offset: Option<usize>,
    /// The line of that, from 1.
    pub line: Option<u64>,
}

impl YaraRules {
    /// Compiles files of rules, given as name and text. Files without errors work even if others have
    /// some; those come back by name, with the reason.
    #[must_use]
    pub fn compile(files: &[(String, String)]) -> (Self, Vec<(String, String)>) {
        let mut compiler = empty();
        let (mut refused, mut names) = (Vec::new(), BTreeSet::new());
        for (name, text) in files {
            let fresh = if names.insert(name) { Ok(()) } else { Err("named twice".to_owned()) };
            // A file that breaks off in the middle would leave its first rules behind.
            let tried =
                fresh.and_then(|()| check(text)).and_then(|()| add(&mut compiler, name, text));
            if let Err(why) = tried {
                refused.push((name.clone(), why));
            }
        }
        let mut scanner = compiler.finalize();
        scanner.set_scan_params(
            ScanParams::default()
                .compute_full_matches(true)
                .match_max_length(MATCH_BYTES_MAX)
                .timeout_duration(Some(SCAN_TIME_MAX)),
        );
        let count = scanner.rules().filter(|it| !it.is_private).count();
        (Self { scanner, count }, refused)
    }

    /// How many rules can match.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// True if no rule can match.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The rules that match, by namespace and name; and why the scan is not whole, if it is not.
    #[must_use]
    pub fn scan(&self, bytes: &[u8]) -> (Vec<YaraHit>, Option<Skipped>) {
        if bytes.len() > DOCUMENT_BYTES_MAX {
            let mib = DOCUMENT_BYTES_MAX >> 20;
            return (
                Vec::new(),
                Some(Skipped::whole(format!("larger than {mib} MiB: no YARA rule was tried"))),
            );
        }
        let (result, skipped) = match self.scanner.scan_mem(bytes) {
            Ok(result) => (result, None),
            Err((why, result)) => {
                let why = format!("the YARA scan did not end ({why}): more rules may match");
                (result, Some(Skipped::whole(why)))
            }
        };
        let mut hits: Vec<YaraHit> =
            result.rules.iter().map(|rule| self.hit(rule, bytes)).collect();
        hits.sort();
        (hits, skipped)
    }

    fn hit(&self, rule: &EvaluatedRule<'_>, bytes: &[u8]) -> YaraHit {
        let meta = |wanted: &dyn Fn(&str) -> bool| -> Vec<String> {
            let named = rule
                .metadatas
                .iter()
                .filter(|it| wanted(&self.scanner.get_string_symbol(it.name).to_ascii_lowercase()));
            named.map(|it| self.text(&it.value)).collect()
        };
        let first = |name: &str| meta(&|it| it == name).into_iter().next();
        let offset = rule.matches.iter().flat_map(|it| &it.matches).map(|it| it.offset).min();
        let before = offset.and_then(|at| bytes.get(..at));
        let breaks = before.map(|it| memchr::memchr_iter(b'\n', it).count());
        YaraHit {
            namespace: rule.namespace.to_owned(),
            rule: rule.name.to_owned(),
            tags: rule
                .tags
                .iter()
                .map(|it| self.scanner.get_string_symbol(*it).to_owned())
                .collect(),
            title: first("title").or_else(|| first("description")),
            author: first("author"),
            references: meta(&|it| it.starts_with("reference") || it == "link" || it == "url"),
            offset,
            line: breaks.and_then(|it| u64::try_from(it).ok()).map(|it| it.saturating_add(1)),
        }
    }

    fn text(&self, value: &MetadataValue) -> String {
        match value {
            MetadataValue::Bytes(text) => {
                String::from_utf8_lossy(self.scanner.get_bytes_symbol(*text)).into_owned()
            }
            MetadataValue::Integer(number) => number.to_string(),
            MetadataValue::Boolean(yes) => yes.to_string(),
        }
    }
}

fn empty() -> Compiler {
    let mut compiler = Compiler::new();
    compiler.set_params(CompilerParams::default().disable_includes(true));
    compiler
}

/// Whether a file compiles by itself.
fn check(text: &str) -> Result<(), String> {
    if text.len() > RULE_FILE_BYTES_MAX {
        return Err(format!("larger than {} MiB; split it", RULE_FILE_BYTES_MAX >> 20));
    }
    add(&mut empty(), "default", text)
}

fn add(compiler: &mut Compiler, name: &str, text: &str) -> Result<(), String> {
    compiler
        .add_rules_str_in_namespace(text, name)
        .map(drop)
        .map_err(|why| one_line(&why.to_string()))
}

/// The engine draws its messages over several lines; a report has one for each.
fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compiled(files: &[(&str, &str)]) -> (YaraRules, Vec<(String, String)>) {
        let files: Vec<_> =
            files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        YaraRules::compile(&files)
    }

    #[test]
    fn a_hit_says_where_and_whose() {
        let (rules, refused) = compiled(&[(
            "a.yar",
            r#"rule marked : web shell {
                meta: description = "a mark" author = "someone" reference = "https://example.org/1" score = 5
                strings: $a = "mark" nocase
                condition: $a and filesize < 1KB }
               private rule hidden { condition: true }"#,
        )]);
        assert_eq!((refused, rules.len()), (vec![], 1));
        let (hits, skipped) = rules.scan(b"one\ntwo\nthe MARK\nand a mark");
        assert_eq!(skipped, None);
        assert_eq!(
            hits,
            [YaraHit {
                namespace: "a.yar".to_owned(),
                rule: "marked".to_owned(),
                tags: vec!["web".to_owned(), "shell".to_owned()],
                title: Some("a mark".to_owned()),
                author: Some("someone".to_owned()),
                references: vec!["https://example.org/1".to_owned()],
                offset: Some(12),
                line: Some(3),
            }]
        );
        assert_eq!(rules.scan(b"nothing").0, []);
    }

    #[test]
    fn a_bad_file_is_named_and_the_others_work() {
        let good = r#"rule same { strings: $a = "x" condition: $a }"#;
        let (rules, refused) = compiled(&[
            ("broken.yar", r#"rule first { condition: true } rule { "#),
            ("unknown.yar", r#"rule first { condition: true } rule second { condition: other }"#),
            ("include.yar", r#"include "/etc/passwd""#),
            ("good.yar", good),
            ("again.yar", good),
            ("hash.yar", r#"import "hash" rule empty { condition: hash.md5(0, 0) == "" }"#),
        ]);
        let names: Vec<&str> = refused.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["broken.yar", "unknown.yar", "include.yar"]); // Y1
        assert!(
            refused.iter().all(|(_, why)| !why.is_empty() && !why.contains('\n')),
            "{refused:?}"
        );
        let spaces: Vec<String> = rules.scan(b"x").0.into_iter().map(|it| it.namespace).collect();
        assert_eq!(spaces, ["again.yar", "good.yar"]);
    }

    #[test]
    fn without_rules_nothing_matches() {
        let (rules, refused) = compiled(&[]);
        assert!(rules.is_empty() && refused.is_empty() && rules.scan(b"x").0.is_empty());
    }
}
