//! The loop over one log of lines.

use std::io::Read;
use std::ops::Range;

use jiff::Timestamp;
use memchr::{memchr, memchr2, memrchr};

use super::blocks::{Blocks, Next};
use super::fold::{DECODINGS, lower_into, next_disguise};
use super::lines::{
    Place, TIMES_TRIED, decode_all, earlier, first_time, last_time, newlines, trimmed,
};
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

    /// A line that could not be read, and might matter.
    fn skipped(&mut self, line: u64, why: String);

    /// A record that could be read, one of many.
    fn read(&mut self, record: &dyn Record);

    /// The last line ends in the middle.
    fn ends_within(&mut self, line: u64, why: String);

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
    /// Time of the oldest record of those looked at: at both ends of every block.
    pub(crate) from: Option<Timestamp>,
    /// Time of the newest record of those looked at.
    pub(crate) to: Option<Timestamp>,
    /// Whether any line could be read as a record.
    pub(crate) fits: bool,
    /// Whether the records tell the path of a request.
    pub(crate) shows_path: bool,
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
                scan.sink.skipped(scan.line, why);
                break;
            }
        }
        let more = blocks.bytes.saturating_sub(seen);
        seen = blocks.bytes;
        if !scan.sink.progress(more) {
            let why = "stopped here, as you asked; what comes after it was not looked at";
            scan.sink.skipped(scan.line, why.to_owned());
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
    /// Buffers for the decoded forms of a line.
    decoded: [Vec<u8>; DECODINGS],
    watchers: Vec<Watcher>,
    /// Number of the line at the start of the block.
    line: u64,
    nul_seen: bool,
    /// Lines of this block that are no records.
    comments: u64,
    found: Found,
}

impl<'a> Scan<'a> {
    fn new(format: &'a mut dyn LineFormat, plan: &'a Plan, sink: &'a mut dyn LineSink) -> Self {
        Self {
            format,
            plan,
            sink,
            stems: Stems::new(),
            folded: Vec::new(),
            decoded: Default::default(),
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
        let mut place = Place { block, at: 0, counted: 0, line: self.line };
        // Headers at the start first: they say where a line's time stands.
        while self.is_header(folded.get(place.at..).unwrap_or_default()) {
            let at = place.at;
            self.look(&mut place, &folded, at);
        }
        for at in [first_time(&*self.format, block), last_time(&*self.format, block)] {
            self.found.from = earlier(self.found.from, at);
            self.found.to = self.found.to.max(at);
        }
        if self.plan.always.is_empty() {
            self.candidates(&mut place, &folded);
        } else {
            while place.at < block.len() {
                let at = place.at;
                self.look(&mut place, &folded, at);
            }
        }
        let rest = newlines(block.get(place.counted..).unwrap_or_default());
        let lines = place.line.saturating_sub(self.line).saturating_add(rest);
        let lines = lines.saturating_add(u64::from(!block.ends_with(b"\n")));
        self.line = self.line.saturating_add(lines);
        let records = lines.saturating_sub(std::mem::take(&mut self.comments));
        self.found.records = self.found.records.saturating_add(records);
        self.try_record(block);
        self.name_cut(block);
        self.folded = folded;
    }

    /// Goes from one place that must be looked at to the next.
    fn candidates(&mut self, place: &mut Place<'_>, folded: &[u8]) {
        let disguises = self.format.alphabet() == Alphabet::Url;
        let mut cursor = self.plan.prefilter.cursor();
        let mut comment = self.next_comment(&*place, folded);
        let mut disguise = if disguises { next_disguise(folded, place.at) } else { None };
        loop {
            if comment.is_some_and(|it| it < place.at) {
                comment = self.next_comment(&*place, folded);
            }
            if disguise.is_some_and(|it| it < place.at) {
                disguise = next_disguise(folded, place.at);
            }
            let needle = self.plan.prefilter.next(folded, place.at, &mut cursor);
            let starts = [comment, disguise, needle.map(|it| it.0)];
            let Some(hit) = starts.into_iter().flatten().min() else { return };
            let only_needle = comment != Some(hit) && disguise != Some(hit);
            let needle = needle.filter(|_| only_needle);
            let needle = needle.map(|(at, number)| self.plan.prefilter.place_of(at, number));
            if !needle.is_some_and(|it| self.passed_by_stem(place, folded, it)) {
                self.look(place, folded, hit);
            }
        }
    }

    /// Whether the needle stands in a path of which is known that it never matters; then goes on behind it.
    fn passed_by_stem(
        &mut self,
        place: &mut Place<'_>,
        folded: &[u8],
        needle: Range<usize>,
    ) -> bool {
        let before = folded.get(..needle.start).unwrap_or_default();
        let start = memrchr(b'\n', before).map_or(0, |it| it.saturating_add(1));
        let line = folded.get(start..).unwrap_or_default();
        let Some(stem) = self.format.stem(line) else { return false };
        let (from, to) = (start.saturating_add(stem.start), start.saturating_add(stem.end));
        let is_within = from <= needle.start && needle.end <= to;
        let is_plain = memchr(b'%', line.get(stem.clone()).unwrap_or_default()).is_none();
        if !is_within || !is_plain || self.stem_matters(line, stem) {
            return false;
        }
        // Another needle may begin in the path and end behind it.
        place.at = needle.start.saturating_add(1);
        true
    }

    /// Whether anybody may want a line with this path.
    fn stem_matters(&mut self, line: &[u8], stem: Range<usize>) -> bool {
        let stem = line.get(stem).unwrap_or_default();
        let (plan, format, sink) = (self.plan, &*self.format, &*self.sink);
        self.stems.matters(stem, || {
            let mut watchers = Vec::new();
            plan.watchers_of(stem, None, &mut watchers);
            sink.may_matter(&watchers, &*format.of_stem(stem))
        })
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
        self.watch(folded.get(start..end).unwrap_or_default());
        if self.watchers.is_empty() {
            return;
        }
        match self.format.record(raw) {
            Ok(record) => self.sink.record(&self.watchers, &*record, number),
            Err(why) if why.is_empty() => {}
            Err(why) => self.sink.skipped(number, why),
        }
    }

    /// Fills in who wants to see a line: by its needles, in any of its forms.
    fn watch(&mut self, line: &[u8]) {
        let mut forms: [Vec<u8>; DECODINGS] = std::mem::take(&mut self.decoded);
        let is_disguised =
            self.format.alphabet() == Alphabet::Url && next_disguise(line, 0).is_some();
        let count = if is_disguised { decode_all(line, &mut forms) } else { 0 };
        let decoded = forms.iter().take(count).map(Vec::as_slice);
        let forms_of_line: Vec<&[u8]> = std::iter::once(line).chain(decoded).collect();
        // The path of such a line never matters, and it stands at the same place in every form.
        let stem = self.format.stem(line).filter(|stem| {
            let before = line.get(..stem.end).unwrap_or_default();
            memchr(b'%', before).is_none() && !self.stem_matters(line, stem.clone())
        });
        let mut watchers = std::mem::take(&mut self.watchers);
        watchers.clear();
        for form in &forms_of_line {
            self.plan.watchers_of(form, stem.as_ref(), &mut watchers);
        }
        watchers.sort_unstable();
        watchers.dedup();
        watchers.retain(|it| self.plan.may_match(*it, &forms_of_line));
        watchers.extend_from_slice(&self.plan.always);
        watchers.sort_unstable();
        watchers.dedup();
        self.watchers = watchers;
        self.decoded = forms;
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
        // Other columns, other answers.
        self.stems = Stems::new();
        let marks = self.format.header_marks();
        if marks.iter().any(|mark| lower.starts_with(mark.as_bytes()))
            && let Err(why) = self.format.header(raw)
        {
            self.sink.skipped(number, why);
        }
    }

    fn too_long(&mut self) {
        let limit = crate::limits::LINE_BYTES_MAX / (1 << 20);
        self.sink.skipped(self.line, format!("the line is longer than {limit} MiB"));
        self.line = self.line.saturating_add(1);
    }

    /// Where the next line begins that begins with `#`. Names the first NUL byte on the way: a server that lost its
    /// power leaves them where the log was not written.
    fn next_comment(&mut self, place: &Place<'_>, folded: &[u8]) -> Option<usize> {
        let mut from = place.at;
        loop {
            let rest = folded.get(from..)?;
            let found = if self.nul_seen { memchr(b'#', rest) } else { memchr2(b'#', 0, rest) }?;
            let at = from.saturating_add(found);
            if folded.get(at) == Some(&0) {
                self.nul_seen = true;
                let between = place.block.get(place.counted..at).unwrap_or_default();
                let line = place.line.saturating_add(newlines(between));
                let why = "NUL bytes stand here: nothing was written, or it was wiped";
                self.sink.skipped(line, why.to_owned());
            } else if at == 0 || folded.get(at.saturating_sub(1)) == Some(&b'\n') {
                return Some(at);
            }
            from = at.saturating_add(1);
        }
    }

    /// Reads one line of the block, whatever it holds: a log of which no line can be read is not covered, and
    /// somebody has to tell the server's name.
    fn try_record(&mut self, block: &[u8]) {
        let lines = block.split_inclusive(|byte| *byte == b'\n').filter(|it| it.ends_with(b"\n"));
        let lines = lines.map(|it| trimmed(it.strip_suffix(b"\n").unwrap_or(it)));
        let is_record = |it: &&[u8]| !it.is_empty() && !self.is_header(&it.to_ascii_lowercase());
        let Some(line) = lines.rev().take(TIMES_TRIED).find(is_record) else { return };
        if let Ok(record) = self.format.record(line) {
            self.found.fits = true;
            self.found.shows_path |= self.format.stem(line).is_some();
            self.sink.read(&*record);
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
            self.sink.ends_within(self.line.saturating_sub(1), why);
        }
    }
}
