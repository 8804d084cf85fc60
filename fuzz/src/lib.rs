//! What every target holds of every record, and the catalog that they judge by.

mod peer;

pub use peer::{PATIENCE, Speaks, answer_is_bounded, from_peer, reason_for_nothing_is_readable};

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::sync::{Arc, LazyLock};

use exward_core::assess::{Verdict, assess};
use exward_core::catalog::Catalog;
use exward_core::evidence::Evidence;
use exward_core::identify::identify;
use exward_core::report::report;
use exward_read::limits::VALUE_CHARS_MAX;
use exward_read::{Record, Skipped};
use jiff::civil::date;

/// The catalog that is compiled in.
pub static CATALOG: LazyLock<Catalog> =
    LazyLock::new(|| exward_read::catalog::built_in().expect("checked by a test"));

/// Longest reason that a person is shown for something left out: it quotes, but never at length.
const WHY_CHARS_MAX: usize = 600;

/// R2 of `exward-read`: what evidence keeps is bounded.
pub fn evidence_is_bounded(evidence: &[Evidence]) {
    for it in evidence {
        assert!(it.value.chars().count() <= VALUE_CHARS_MAX, "R2: {:?} {}", it.kind, it.value);
    }
}

/// R1 of `exward-read`: a reason is there, and is one that a person can read.
pub fn reason_is_readable(skipped: &Skipped) {
    assert!(!skipped.why.is_empty(), "R1");
    assert!(skipped.why.chars().count() <= WHY_CHARS_MAX, "R1: {skipped}");
}

/// Judges a record as the program does, and holds the invariants of identity and verdict.
pub fn judge(record: Record) {
    evidence_is_bounded(&record.evidence);
    let mut turned = record.evidence.clone();
    turned.reverse();
    let forward = identify(&CATALOG, &record.evidence);
    assert_eq!(identify(&CATALOG, &turned), forward, "I3");

    let said: BTreeSet<String> =
        record.evidence.iter().map(|it| format!("{:?}", it.claim)).collect();
    let today = date(2026, 11, 24);
    let judged = report(&CATALOG, record.target, record.evidence, today, |a, b| {
        Arc::new(assess(&CATALOG, a, b))
    });
    let (identity, judgement) = (&judged.identity, &judged.judgement);
    assert!(identity.at_least <= identity.at_most, "I1");
    assert!(identity.conflicts.is_sorted(), "I2");
    assert!(identity.conflicts.is_empty() || judgement.verdict != Verdict::Patched, "I2");
    assert!(!judgement.reasons.is_empty() && !judgement.next_step.is_empty(), "A9");
    assert!(!judgement.next_step.contains('\n'), "A9: one line");
    assert!((judgement.best..=judgement.worst).contains(&judgement.verdict), "V2");
    if judgement.verdict == Verdict::Patched {
        let claims_build =
            said.iter().any(|it| it.starts_with("Version") || it.starts_with("AtLeast"));
        assert!(claims_build, "V3: patched, and nothing said a build");
        let as_of = judged.as_of.to_string();
        assert!(judgement.reasons.iter().any(|it| it.contains(&as_of)), "V4: patched as of when");
    }
}

/// Gives its bytes in small pieces, as a pipe does.
pub struct Pieces<'a> {
    /// What is left.
    pub bytes: &'a [u8],
    /// Most bytes that one read gives.
    pub most: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(self.most);
        (&mut self.bytes).take(most as u64).read(buffer)
    }
}

/// Reads a log line by line, as the engine does, and shows what each record says.
pub fn read_lines(kind: exward_hunt::kind::Kind, bytes: &[u8]) {
    let Some(mut format) = kind.lines(bytes) else { return };
    for line in bytes.split(|it| *it == b'\n') {
        let lower = line.to_ascii_lowercase();
        if format.header_marks().iter().any(|it| lower.starts_with(it.as_bytes())) {
            let _refused = format.header(line);
            continue;
        }
        let _time = format.at(line);
        let stem = format.stem(line);
        if let Some(stem) = &stem {
            assert!(stem.start <= stem.end && stem.end <= line.len(), "{stem:?}");
        }
        if let Ok(record) = format.record(line) {
            show(&*record);
            if let Some(alone) = stem.and_then(|it| line.get(it)).map(|it| format.of_stem(it)) {
                let (part, whole) = (alone.values("cs-uri-stem"), record.values("cs-uri-stem"));
                assert!(
                    part == whole || part == exward_hunt::Values::Unknown,
                    "W2: {part:?} {whole:?}"
                );
            }
        }
    }
}

/// Asks a record everything that a sighting says.
pub fn show(record: &dyn exward_hunt::Record) {
    let _said = (record.at(), record.actor(), record.user(), record.server(), record.path());
    let _said = (record.cmdlet(), record.text(), record.words(), record.source());
    for field in
        ["cs-uri-query", "cs-user-agent", "EventID", "CommandLine", "Parameters", "AnchorMailbox"]
    {
        if let exward_hunt::Values::These(all) = record.values(field) {
            assert!(!all.is_empty(), "{field}");
        }
    }
}
