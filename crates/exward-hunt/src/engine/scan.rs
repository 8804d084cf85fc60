//! The loop over one log of lines.

use std::io::Read;

use jiff::Timestamp;
use memchr::{memchr, memchr_iter, memmem, memrchr};

use super::blocks::{Blocks, Next};
use super::fold::{DECODINGS, decode_once, lower_into, next_disguise};
use super::plan::{Plan, Watcher};
use super::stems::Stems;
use crate::reader::LineFormat;
use crate::sigma::Alphabet;
use crate::{Fields, Record};

/// Takes what the scan finds.
pub(crate) trait LineSink {
    /// A record that these watchers want to see.
    fn record(&mut self, watchers: &[Watcher], record: &dyn Record, line: u64);

    /// Whether one of the watchers may want a record of which only this much is known.
    fn may_matter(&self, watchers: &[Watcher], known: &dyn Fields) -> bool;

    /// A line that could not be read.
    fn skipped(&mut self, line: Option<u64>, why: String);

    /// So many more bytes were read; `false` stops the scan.
    fn progress(&mut self, bytes: u64) -> bool;
}

/// What was read of one log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// Lines that are neither comments nor too long.
    pub(crate) records: u64,
    /// Bytes read.
    pub(crate) bytes: u64,
    /// Time of the first record that tells one.
    pub(crate) from: Option<Timestamp>,
    /// Time of the last record that tells one.
    pub(crate) to: Option<Timestamp>,
}

/// Reads a log to its end.
pub(crate) fn scan_lines(
    format: &mut dyn LineFormat,
    plan: &Plan,
    input: &mut dyn Read,
    sink: &mut dyn LineSink,
) -> Found {
    let mut blocks = Blocks::new(input);
    let mut scan = Scan::new(format, plan, sink);
    let mut seen = 0;
    loop {
        match blocks.next() {
            Ok(Next::Lines(lines)) => scan.block(lines),
            Ok(Next::TooLong) => scan.too_long(),
            Ok(Next::End) => break,
            Err(error) => {
                let why =
                    format!("reading stopped here: {error}; what comes after it was not looked at");
                scan.sink.skipped(Some(scan.line), why);
                break;
            }
        }
        let more = blocks.bytes.saturating_sub(seen);
        seen = blocks.bytes;
        if !scan.sink.progress(more) {
            let why = "stopped here, as you asked; what comes after it was not looked at";
            scan.sink.skipped(Some(scan.line), why.to_owned());
            break;
        }
    }
    scan.found.bytes = blocks.bytes;
    scan.found
}

/// State between blocks.
struct Scan<'a> {
    format: &'a mut dyn LineFormat,
    plan: &'a Plan,
    sink: &'a mut dyn LineSink,
    stems: Stems,
    folded: Vec<u8>,
    decoded: Vec<u8>,
    watchers: Vec<Watcher>,
    /// Number of the line at the start of the block.
    line: u64,
    nul_seen: bool,
    /// Lines of this block that are no records.
    comments: u64,
    found: Found,
}

/// One block while it is looked at.
struct Place<'b> {
    block: &'b [u8],
    /// Everything before this is done.
    at: usize,
    /// Lines are counted up to here.
    counted: usize,
    /// The line that begins at `counted` has this number.
    line: u64,
}

impl Place<'_> {
    /// The line around `at`: where it begins and ends (without its line break), and its number.
    fn line_around(&mut self, at: usize) -> (usize, usize, u64) {
        let before = self.block.get(..at).unwrap_or_default();
        let start = memrchr(b'\n', before).map_or(0, |it| it.saturating_add(1));
        let after = self.block.get(at..).unwrap_or_default();
        let end = memchr(b'\n', after).map_or(self.block.len(), |it| at.saturating_add(it));
        let between = self.block.get(self.counted..start).unwrap_or_default();
        self.line = self.line.saturating_add(newlines(between));
        self.counted = self.counted.max(start);
        (start, end, self.line)
    }
}

impl<'a> Scan<'a> {
    fn new(format: &'a mut dyn LineFormat, plan: &'a Plan, sink: &'a mut dyn LineSink) -> Self {
        Self {
            format,
            plan,
            sink,
            stems: Stems::default(),
            folded: Vec::new(),
            decoded: Vec::new(),
            watchers: Vec::new(),
            line: 1,
            nul_seen: false,
            comments: 0,
            found: Found::default(),
        }
    }

    /// Whole lines.
    fn block(&mut self, block: &[u8]) {
        let mut folded = std::mem::take(&mut self.folded);
        lower_into(block, &mut folded);
        self.name_nul(block);
        let mut place = Place { block, at: 0, counted: 0, line: self.line };
        // Headers at the start first: they say where a line's time stands.
        while self.is_header(folded.get(place.at..).unwrap_or_default()) {
            let at = place.at;
            self.look(&mut place, &folded, at);
        }
        if self.found.from.is_none() {
            self.found.from = first_time(&*self.format, block);
        }
        if self.plan.always.is_empty() {
            self.candidates(&mut place, &folded);
        } else {
            while place.at < block.len() {
                let at = place.at;
                self.look(&mut place, &folded, at);
            }
        }
        let lines = newlines(block).saturating_add(u64::from(!block.ends_with(b"\n")));
        self.line = self.line.saturating_add(lines);
        let records = lines.saturating_sub(std::mem::take(&mut self.comments));
        self.found.records = self.found.records.saturating_add(records);
        self.found.to = last_time(&*self.format, block).or(self.found.to);
        self.name_cut(block);
        self.folded = folded;
    }

    /// Goes from one place that must be looked at to the next.
    fn candidates(&mut self, place: &mut Place<'_>, folded: &[u8]) {
        let disguises = self.format.alphabet() == Alphabet::Url;
        let mut cursor = self.plan.prefilter.cursor();
        let mut comment = next_comment(folded, place.at);
        let mut disguise = if disguises { next_disguise(folded, place.at) } else { None };
        loop {
            if comment.is_some_and(|it| it < place.at) {
                comment = next_comment(folded, place.at);
            }
            if disguise.is_some_and(|it| it < place.at) {
                disguise = next_disguise(folded, place.at);
            }
            let needle = self.plan.prefilter.next(folded, place.at, &mut cursor).map(|it| it.0);
            let Some(hit) = [comment, disguise, needle].into_iter().flatten().min() else { return };
            let only_needle = comment != Some(hit) && disguise != Some(hit);
            if !(only_needle && self.passed_by_stem(place, folded, hit)) {
                self.look(place, folded, hit);
            }
        }
    }

    /// Whether the needle stands in a path of which is known that it never matters; then goes on behind it.
    fn passed_by_stem(&mut self, place: &mut Place<'_>, folded: &[u8], hit: usize) -> bool {
        let before = folded.get(..hit).unwrap_or_default();
        let start = memrchr(b'\n', before).map_or(0, |it| it.saturating_add(1));
        let after = folded.get(hit..).unwrap_or_default();
        let line_end = memchr(b'\n', after).map_or(folded.len(), |it| hit.saturating_add(it));
        let line = folded.get(start..line_end).unwrap_or_default();
        let Some(stem) = self.format.stem(line) else { return false };
        let end = start.saturating_add(stem.end);
        if !(start.saturating_add(stem.start)..end).contains(&hit) {
            return false;
        }
        let stem = line.get(stem).unwrap_or_default();
        let (plan, format, sink, watchers) =
            (self.plan, &*self.format, &*self.sink, &mut self.watchers);
        let matters = self.stems.matters(stem, || {
            watchers.clear();
            plan.watchers_of(stem, watchers);
            sink.may_matter(watchers, &*format.of_stem(stem))
        });
        if !matters {
            place.at = end;
        }
        !matters
    }

    /// Looks at the line around `hit`, and goes on behind it.
    fn look(&mut self, place: &mut Place<'_>, folded: &[u8], hit: usize) {
        let (start, end, number) = place.line_around(hit);
        place.at = end.saturating_add(1).min(place.block.len());
        let raw = trimmed(place.block.get(start..end).unwrap_or_default());
        if self.is_header(folded.get(start..end).unwrap_or_default()) {
            self.header(raw, number);
            return;
        }
        if raw.is_empty() {
            return;
        }
        let line = folded.get(start..end).unwrap_or_default();
        self.watchers.clear();
        self.watchers.extend_from_slice(&self.plan.always);
        self.plan.watchers_of(line, &mut self.watchers);
        if self.format.alphabet() == Alphabet::Url && next_disguise(line, 0).is_some() {
            self.decoded.clear();
            self.decoded.extend_from_slice(line);
            for _ in 0..DECODINGS {
                if decode_once(&mut self.decoded) {
                    self.plan.watchers_of(&self.decoded, &mut self.watchers);
                }
            }
        }
        if self.watchers.is_empty() {
            return;
        }
        self.watchers.sort_unstable();
        self.watchers.dedup();
        match self.format.record(raw) {
            Ok(record) => self.sink.record(&self.watchers, &*record, number),
            Err(why) if why.is_empty() => {}
            Err(why) => self.sink.skipped(Some(number), why),
        }
    }

    /// Whether a (lower-case) line is no record: a comment, or an export's line of column names.
    fn is_header(&self, line: &[u8]) -> bool {
        line.first() == Some(&b'#')
            || self.format.header_marks().iter().any(|mark| line.starts_with(mark.as_bytes()))
    }

    /// A line that is no record.
    fn header(&mut self, raw: &[u8], number: u64) {
        self.comments = self.comments.saturating_add(1);
        let lower = raw.to_ascii_lowercase();
        let marks = self.format.header_marks();
        if marks.iter().any(|mark| lower.starts_with(mark.as_bytes()))
            && let Err(why) = self.format.header(raw)
        {
            self.sink.skipped(Some(number), why);
        }
    }

    fn too_long(&mut self) {
        let limit = crate::limits::LINE_BYTES_MAX / (1 << 20);
        self.sink.skipped(Some(self.line), format!("the line is longer than {limit} MiB"));
        self.line = self.line.saturating_add(1);
    }

    /// A server that lost its power leaves NUL bytes where the log was not written.
    fn name_nul(&mut self, block: &[u8]) {
        if self.nul_seen {
            return;
        }
        if let Some(at) = memchr(0, block) {
            self.nul_seen = true;
            let before = newlines(block.get(..at).unwrap_or_default());
            let line = self.line.saturating_add(before);
            self.sink.skipped(
                Some(line),
                "NUL bytes stand here: nothing was written, or it was wiped".to_owned(),
            );
        }
    }

    /// Names a last line that ends in the middle.
    fn name_cut(&mut self, block: &[u8]) {
        if block.ends_with(b"\n") {
            return;
        }
        let start = memrchr(b'\n', block).map_or(0, |it| it.saturating_add(1));
        let last = trimmed(block.get(start..).unwrap_or_default());
        if last.first() == Some(&b'#') {
            return;
        }
        if let Err(why) = self.format.record(last)
            && !why.is_empty()
        {
            let why = format!("the file ends in the middle of a line: {why}");
            self.sink.skipped(Some(self.line.saturating_sub(1)), why);
        }
    }
}

/// Where the next line begins that begins with `#`, at or after `from`.
fn next_comment(folded: &[u8], from: usize) -> Option<usize> {
    // The line break before it may be the last byte that is done.
    let from = from.saturating_sub(1);
    let found = memmem::find(folded.get(from..)?, b"\n#")?;
    Some(from.saturating_add(found).saturating_add(1))
}

/// Line breaks in the bytes.
fn newlines(bytes: &[u8]) -> u64 {
    u64::try_from(memchr_iter(b'\n', bytes).count()).unwrap_or(u64::MAX)
}

/// Without a carriage return at its end.
fn trimmed(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Lines that are tried for a time at either end of a block.
const TIMES_TRIED: usize = 16;

/// The first time that a line at the start of the block tells.
fn first_time(format: &dyn LineFormat, block: &[u8]) -> Option<Timestamp> {
    let lines = block.split(|byte| *byte == b'\n').take(TIMES_TRIED);
    lines.filter(|it| it.first() != Some(&b'#')).find_map(|line| format.at(trimmed(line)))
}

/// The last time that a line at the end of the block tells.
fn last_time(format: &dyn LineFormat, block: &[u8]) -> Option<Timestamp> {
    let lines = block.rsplit(|byte| *byte == b'\n').take(TIMES_TRIED);
    lines.filter(|it| it.first() != Some(&b'#')).find_map(|line| format.at(trimmed(line)))
}
