//! A slow hunt over the corpus: every rule looks at every record.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use exward_hunt::kind::{self, HEAD_BYTES_MAX};
use exward_hunt::reader::{read_config, read_evtx, read_json_document};
use exward_hunt::{Confidence, Record, Stage};

use crate::bundled::Bundled;

/// What one rule saw in one record.
pub(crate) struct Seen {
    /// Line, or number of the record.
    pub(crate) line: u64,
    /// File of the rule.
    pub(crate) file: String,
    /// The rule.
    pub(crate) id: String,
    pub(crate) stage: Stage,
    pub(crate) confidence: Confidence,
    place: String,
    text: String,
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, file, id: _, stage, confidence, place, text } = self;
        let text: String = text.chars().take(200).collect();
        write!(f, "{place}:{line} {file} {stage} {confidence}: {text}")
    }
}

/// `rule stage confidence` of each, in the order of the rules' files.
pub(crate) fn told(mut seen: Vec<Seen>) -> String {
    seen.sort_by(|a, b| a.file.cmp(&b.file));
    let told: Vec<String> =
        seen.iter().map(|it| format!("{} {} {}", it.file, it.stage, it.confidence)).collect();
    told.join(", ")
}

pub(crate) struct Hunt {
    rules: Vec<Bundled>,
    records: Cell<u64>,
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/hunt")
}

/// A file of the corpus.
pub(crate) fn bytes(name: &str) -> Vec<u8> {
    fs::read(corpus().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The files of a folder, in the order of their names.
pub(crate) fn names(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(corpus().join(folder)).unwrap_or_else(|it| panic!("{folder}: {it}"));
    let names = entries.map(|it| it.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.map(|it| format!("{folder}/{it}")).collect();
    names.sort();
    names
}

impl Hunt {
    pub(crate) fn new(rules: Vec<Bundled>) -> Self {
        Self { rules, records: Cell::new(0) }
    }

    /// Records looked at so far.
    pub(crate) fn records(&self) -> u64 {
        self.records.get()
    }

    /// What the rules see in a file of the corpus.
    pub(crate) fn file(&self, name: &str) -> Vec<Seen> {
        self.bytes(name, &bytes(name))
    }

    /// What the rules see in these bytes.
    pub(crate) fn bytes(&self, name: &str, bytes: &[u8]) -> Vec<Seen> {
        let mut seen = Vec::new();
        let mut look = |line: u64, record: &dyn Record| self.look(name, line, record, &mut seen);
        let head = bytes.get(..HEAD_BYTES_MAX).unwrap_or(bytes);
        let kind = kind::detect(name, head);
        match kind.lines(head) {
            Some(mut format) => {
                for (number, line) in (1..).zip(bytes.split(|it| *it == b'\n')) {
                    let line = line.strip_suffix(b"\r").unwrap_or(line);
                    if line.starts_with(b"#") {
                        let lower = line.to_ascii_lowercase();
                        if format.header_marks().iter().any(|it| lower.starts_with(it.as_bytes())) {
                            format.header(line).unwrap();
                        }
                    } else if let Ok(record) = format.record(line) {
                        look(number, &*record);
                    }
                }
            }
            None if name.ends_with(".evtx") => {
                read_evtx(io::Cursor::new(bytes), &mut look);
            }
            None if name.ends_with(".config") => {
                read_config(bytes, &mut look);
            }
            None => {
                read_json_document(bytes, &mut look);
            }
        }
        seen
    }

    fn look(&self, place: &str, line: u64, record: &dyn Record, seen: &mut Vec<Seen>) {
        self.records.set(self.records.get().wrapping_add(1));
        for it in &self.rules {
            if !it.rule.log_source.routes(record.source(), record) {
                continue;
            }
            if let Some(hit) = it.rule.hit(record) {
                seen.push(Seen {
                    line,
                    file: it.file.trim_end_matches(".yml").to_owned(),
                    id: it.rule.facts.id.clone(),
                    stage: hit.stage,
                    confidence: hit.confidence,
                    place: place.to_owned(),
                    text: record.text().into_owned(),
                });
            }
        }
    }
}
