//! One file, whatever it is, to what it holds; archives with their members.

use std::io::{Cursor, Read, Seek, SeekFrom};

use encoding_rs::{UTF_16BE, UTF_16LE};
use encoding_rs_io::DecodeReaderBytesBuilder;
use exward_read::Skipped;
use jiff::Timestamp;

use super::Hunter;
use super::collect::Collector;
use crate::archive;
use crate::engine::{Found, scan_lines};
use crate::kind::{self, HEAD_BYTES_MAX, Kind, is_utf16};
use crate::limits::{ARCHIVE_DEPTH_MAX, DOCUMENT_BYTES_MAX, PACKED_BYTES_MAX};
use crate::reader::{LineFormat, read_config, read_evtx, read_json_document};
use crate::summary::{Coverage, Examined};
use crate::{Record, Source};

/// Bytes that can be read from any place.
pub trait ReadSeek: Read + Seek {}

impl<T: Read + Seek> ReadSeek for T {}

/// A file as the program found it.
pub struct Evidence<'f> {
    /// Its name, as it should be shown.
    pub name: &'f str,
    /// Its bytes.
    pub input: &'f mut dyn ReadSeek,
    /// When it was last written; `None` if that is not known.
    pub modified: Option<Timestamp>,
}

impl Hunter {
    /// Reads a file and everything packed in it. `progress` gets the bytes read since it was last called, and
    /// stops the reading of a log with `false`; what was not read then is named.
    pub fn examine(&self, evidence: Evidence<'_>, progress: &dyn Fn(u64) -> bool) -> Examined {
        let Evidence { name, input, modified } = evidence;
        let reading = Reading { hunter: self, progress, modified };
        let mut collector = Collector::new(self, name, progress);
        reading.file(&mut collector, name, Input::Seekable(input), 0);
        collector.finish()
    }
}

/// What stays the same within a file and its members.
struct Reading<'h> {
    hunter: &'h Hunter,
    progress: &'h dyn Fn(u64) -> bool,
    modified: Option<Timestamp>,
}

/// Bytes that can be read from any place, or once only: a member of an archive.
enum Input<'f> {
    Seekable(&'f mut dyn ReadSeek),
    Once(&'f mut dyn Read),
}

impl Input<'_> {
    /// The bytes from where they stand.
    fn reader(&mut self) -> &mut dyn Read {
        match self {
            Self::Seekable(input) => &mut **input,
            Self::Once(input) => &mut **input,
        }
    }
}

impl Reading<'_> {
    /// One file or member. `depth` counts the archives around it.
    fn file(&self, collector: &mut Collector<'_>, name: &str, mut input: Input<'_>, depth: usize) {
        let mut head = Vec::new();
        let most = u64::try_from(HEAD_BYTES_MAX).unwrap_or(u64::MAX);
        if let Err(error) = input.reader().take(most).read_to_end(&mut head) {
            let how = if head.is_empty() { "it cannot be read" } else { "reading stopped early" };
            collector.skip(Skipped::whole(format!("{how}: {error}")));
            if head.is_empty() {
                return;
            }
        }
        let kind = kind::detect(name, &head);
        if let Some(format) = kind.lines(&head) {
            let mut whole = head.chain(input.reader());
            return self.lines(collector, format, &mut whole);
        }
        match kind {
            Kind::Zip | Kind::Gzip => self.archive(collector, name, &head, input, depth),
            Kind::Evtx => {
                self.seekable(collector, &head, input, &mut |collector, input| {
                    evtx(collector, input)
                });
            }
            Kind::Refused(why) => collector.skip(Skipped::whole(why)),
            Kind::Empty => collector.empty(),
            Kind::EventDocument | Kind::Config | Kind::WebFile | Kind::Leftover | Kind::Other => {
                self.document(collector, kind, name, &head, input.reader());
            }
            // Told above: logs of lines.
            Kind::W3c | Kind::Exchange(_) | Kind::OabGenerator | Kind::EventLines => {}
        }
    }

    /// A log of lines.
    fn lines(
        &self,
        collector: &mut Collector<'_>,
        mut format: Box<dyn LineFormat>,
        input: &mut dyn Read,
    ) {
        let Some(plan) = self.hunter.plan(&*format) else { return };
        let mut head = [0; 4];
        let read = input.read(&mut head).unwrap_or(0);
        let head = head.get(..read).unwrap_or_default();
        let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
        let mut whole = head.chain(input);
        let found = if is_utf16(head) {
            // A byte order mark decides, if there is one.
            let encoding = if head.first() == Some(&0) { UTF_16BE } else { UTF_16LE };
            let mut decoder = DecodeReaderBytesBuilder::new();
            let mut decoded = decoder.encoding(Some(encoding)).bom_override(true).build(whole);
            scan_lines(&mut *format, plan, &mut decoded, collector)
        } else {
            scan_lines(&mut *format, plan, &mut whole, collector)
        };
        collector.costly(format.source(), &self.hunter.costly(plan));
        if let Source::Events(_) = format.source() {
            collector.cover_events(found.bytes);
        } else {
            self.cover(collector, format.source(), found);
        }
    }

    /// What was read of a log counts, if it can testify.
    fn cover(&self, collector: &mut Collector<'_>, source: Source, found: Found) {
        let Found { mut records, bytes, from, to, fits, shows_path } = found;
        let needs_path = matches!(source, Source::Iis | Source::HttpProxy);
        if records > 0 && !fits {
            collector.skip(Skipped::whole("no line of it has the columns that its header names"));
            records = 0;
        } else if records > 0 && needs_path && !shows_path {
            let why = "it has no column for paths (cs-uri-stem, UrlStem): it cannot show an attack";
            collector.skip(Skipped::whole(why));
            records = 0;
        }
        collector.cover(Coverage { source, from, to, records, bytes, files: 1 });
    }

    /// Gives bytes that can be read from any place; those of a member are held whole for it.
    fn seekable(
        &self,
        collector: &mut Collector<'_>,
        head: &[u8],
        input: Input<'_>,
        use_it: &mut dyn FnMut(&mut Collector<'_>, &mut dyn ReadSeek),
    ) {
        match input {
            Input::Seekable(input) => match input.seek(SeekFrom::Start(0)) {
                Ok(_) => use_it(collector, input),
                Err(error) => {
                    collector.skip(Skipped::whole(format!("it cannot be read: {error}")));
                }
            },
            Input::Once(input) => match whole(head, input, PACKED_BYTES_MAX) {
                Ok(bytes) => use_it(collector, &mut Cursor::new(bytes)),
                Err(why) => collector.skip(Skipped::whole(why)),
            },
        }
    }

    /// An archive: each member is a file of its own.
    fn archive(
        &self,
        collector: &mut Collector<'_>,
        name: &str,
        head: &[u8],
        input: Input<'_>,
        depth: usize,
    ) {
        if depth >= ARCHIVE_DEPTH_MAX {
            let why = format!("an archive {ARCHIVE_DEPTH_MAX} archives deep: unpack it by hand");
            return collector.skip(Skipped::whole(why));
        }
        self.seekable(collector, head, input, &mut |collector, input| {
            let skipped = archive::members(name, input, &mut |member, _, bytes| {
                let full = format!("{name}!{member}");
                let mut inner = Collector::new(self.hunter, &full, self.progress);
                // The archive's own time says nothing of its members.
                let within =
                    Reading { hunter: self.hunter, progress: self.progress, modified: None };
                within.file(&mut inner, &full, Input::Once(bytes), depth.saturating_add(1));
                collector.absorb(inner.finish());
            });
            skipped.into_iter().for_each(|it| collector.skip(it));
        });
    }

    /// A file that is held whole.
    fn document(
        &self,
        collector: &mut Collector<'_>,
        kind: Kind,
        name: &str,
        head: &[u8],
        input: &mut dyn Read,
    ) {
        let bytes = match whole(head, input, DOCUMENT_BYTES_MAX) {
            Ok(bytes) => bytes,
            // A large file of another kind is none of ours.
            Err(_) if kind == Kind::Other => return collector.unexamined(),
            Err(why) => return collector.skip(Skipped::whole(why)),
        };
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let _go_on = (self.progress)(size);
        if kind == Kind::EventDocument {
            let (_, skipped) = read_json_document(&bytes, &mut |number, record| {
                collector.event(record, number);
            });
            skipped.into_iter().for_each(|it| collector.skip(it));
            collector.cover_events(size);
        } else if kind == Kind::Config {
            self.config(collector, name, &bytes, size);
        } else {
            collector.web_file(kind, name, &bytes, self.modified);
        }
    }

    /// A configuration file: its elements are records, and code may hide in it.
    fn config(&self, collector: &mut Collector<'_>, name: &str, bytes: &[u8], size: u64) {
        let (records, skipped) = read_config(bytes, &mut |line, record: &dyn Record| {
            collector.element(record, line);
        });
        skipped.into_iter().for_each(|it| collector.skip(it));
        collector.cover(Coverage {
            source: Source::Config,
            from: None,
            to: None,
            records,
            bytes: size,
            files: 1,
        });
        collector.shell(name, bytes, self.modified);
    }
}

/// An event log of Windows.
fn evtx(collector: &mut Collector<'_>, input: &mut dyn ReadSeek) {
    let size = input.seek(SeekFrom::End(0)).unwrap_or(0);
    if let Err(error) = input.seek(SeekFrom::Start(0)) {
        return collector.skip(Skipped::whole(format!("it cannot be read: {error}")));
    }
    let (_, skipped) = read_evtx(input, &mut |number, record| collector.event(record, number));
    skipped.into_iter().for_each(|it| collector.skip(it));
    collector.advance(size);
    collector.cover_events(size);
}

/// All bytes, unless there are more than the limit.
fn whole(head: &[u8], input: &mut dyn Read, most: usize) -> Result<Vec<u8>, String> {
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    let read = head.chain(input).take(limit).read_to_end(&mut bytes);
    read.map_err(|error| format!("it cannot be read to its end: {error}"))?;
    match bytes.len() > most {
        true => Err(format!("it is larger than {} MiB", most >> 20)),
        false => Ok(bytes),
    }
}
