//! One input, whatever its format, becomes records one by one.
//!
//! # Invariants
//! * **O1 in order.** Records come in the order of the input.
//! * **O2 constant memory** for lists, tables and JSON lines, whatever the number of rows.

use std::io::{self, Read};

use exward_core::catalog::Catalog;
use serde_json::Value;

use crate::feed::layout::{is_by_lines, json_document, record_of_line};
use crate::feed::{self, JsonKind, Shadowserver, nmap};
use crate::folder::Folder;
use crate::format::{Format, detect};
use crate::limits::{DETECT_BYTES, DOCUMENT_BYTES_MAX, JSON_LINE_BYTES_MAX, TABLE_LINE_BYTES_MAX};
use crate::lines::{Line, Lines};
use crate::record::Reading;
use crate::table::{Cells, Columns};
use crate::{Record, Skipped, healthchecker, list, recording, text};

/// A record, or what could not be read.
pub type Item = Result<Record, Skipped>;

/// Why an input could not be read at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The source of bytes failed.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It is nothing that exward reads.
    #[error("not a feed: {0}")]
    NotAFeed(String),
}

/// Reads one input. `take` gets every record and every skipped row; it stops the reading by
/// returning false.
///
/// Without a format the content tells it.
///
/// # Errors
/// [`SourceError`] if nothing could be read. What was taken until then stays taken.
pub fn read(
    catalog: &Catalog,
    format: Option<Format>,
    mut input: impl Read,
    take: &mut dyn FnMut(Item) -> bool,
) -> Result<(), SourceError> {
    let mut head = Vec::new();
    let limit = u64::try_from(DETECT_BYTES).unwrap_or(u64::MAX);
    input.by_ref().take(limit).read_to_end(&mut head)?;
    let format = match format {
        Some(format) => format,
        None => detect(catalog, &text::decode(&head).text).map_err(SourceError::NotAFeed)?,
    };
    let input = head.as_slice().chain(input);
    match format {
        Format::List => each_line(input, TABLE_LINE_BYTES_MAX, take, |number, line| {
            list::line(catalog, number, line).map_err(|error| error.to_string())
        }),
        Format::Shadowserver => shadowserver(input, take),
        Format::Json(kind) if is_by_lines(&text::decode(&head).text) => {
            json_lines(kind, input, take)
        }
        Format::Json(kind) => document(input, take, |bytes| json_document(kind, bytes)),
        Format::HealthCheckerReport => document(input, take, healthchecker::vulnerability_report),
        Format::Nmap => document(input, take, nmap::read),
        Format::Inside => document(input, take, inside_object),
        Format::Recording => document(input, take, recording::read),
    }
}

/// Reads lines; `read` gives a record, nothing, or the reason why a line is skipped.
fn each_line(
    input: impl Read,
    bytes_max: usize,
    take: &mut dyn FnMut(Item) -> bool,
    mut read: impl FnMut(u64, &str) -> Result<Option<Record>, String>,
) -> Result<(), SourceError> {
    let mut lines = Lines::new(input, bytes_max);
    while let Some(line) = lines.next_line()? {
        let item = match line {
            Line::Text(number, text) => match read(number, &text) {
                Ok(None) => continue,
                Ok(Some(record)) => Ok(record),
                Err(why) => Err(Skipped::line(number, why)),
            },
            Line::TooLong(number) => {
                Err(Skipped::line(number, format!("longer than {} KiB", bytes_max >> 10)))
            }
        };
        if !take(item) {
            break;
        }
    }
    Ok(())
}

fn shadowserver(input: impl Read, take: &mut dyn FnMut(Item) -> bool) -> Result<(), SourceError> {
    let mut cells = Cells::default();
    let mut table: Option<Shadowserver> = None;
    each_line(input, TABLE_LINE_BYTES_MAX, take, |number, line| {
        if line.is_empty() {
            return Ok(None);
        }
        cells.split(line).map_err(|error| error.to_string())?;
        match &table {
            Some(table) => table.row(&cells, number).map(Some),
            None => {
                table = Shadowserver::new(&Columns::of(&cells));
                match table {
                    Some(_) => Ok(None),
                    None => Err("not the header of a scan_exchange report".to_owned()),
                }
            }
        }
    })
}

/// JSON lines, or an array with one record a line: constant memory, a bad line costs itself only.
fn json_lines(
    kind: JsonKind,
    input: impl Read,
    take: &mut dyn FnMut(Item) -> bool,
) -> Result<(), SourceError> {
    each_line(input, JSON_LINE_BYTES_MAX, take, |number, line| {
        let Some(text) = record_of_line(line) else {
            let is_frame = matches!(line.trim(), "" | "[" | "]" | ",");
            return if is_frame { Ok(None) } else { Err("no JSON record".to_owned()) };
        };
        match serde_json::from_str::<Value>(text) {
            Ok(value) => feed::record(kind, &value, Some(number)).map(Some),
            Err(error) if error.is_eof() => Err("the record is cut off".to_owned()),
            Err(error) => Err(format!("no JSON: {error}")),
        }
    })
}

/// One exported file of a server is a folder of one.
fn inside_object(bytes: &[u8]) -> Reading {
    const NAME: &str = "object.xml";
    let mut folder = Folder::default();
    folder.add(NAME, bytes);
    let mut reading = folder.finish();
    for skipped in &mut reading.skipped {
        // The caller names the file; a folder names its own.
        let why = skipped.why.strip_prefix(NAME).and_then(|why| why.strip_prefix(": "));
        skipped.why = why.unwrap_or(&skipped.why).to_owned();
    }
    // A file that says nothing about a server is no server.
    let silent = |record: &Record| record.evidence.is_empty();
    if reading.records.iter().all(silent) {
        reading.records.clear();
        if reading.skipped.is_empty() {
            reading.skipped.push(Skipped::whole("no object that exward reads"));
        }
    }
    for evidence in reading.records.iter_mut().flat_map(|record| &mut record.evidence) {
        evidence.endpoint = evidence.endpoint.take().filter(|it| it != NAME);
    }
    reading
}

/// Reads an input that must be held whole.
fn document(
    input: impl Read,
    take: &mut dyn FnMut(Item) -> bool,
    read: impl FnOnce(&[u8]) -> Reading,
) -> Result<(), SourceError> {
    let limit = u64::try_from(DOCUMENT_BYTES_MAX).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    input.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() > DOCUMENT_BYTES_MAX {
        let why = format!("larger than {} MiB", DOCUMENT_BYTES_MAX >> 20);
        return Err(SourceError::NotAFeed(why));
    }
    let reading = read(&bytes);
    let records = reading.records.into_iter().map(Ok);
    for item in records.chain(reading.skipped.into_iter().map(Err)) {
        if !take(item) {
            break;
        }
    }
    Ok(())
}
