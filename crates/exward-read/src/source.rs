//! One input, whatever its format, becomes records one by one.
//!
//! # Invariants
//! * **O1 in order.** Records come in the order of the input.
//! * **O2 constant memory** for lists, tables and JSON lines, whatever the number of rows.

use std::io::{self, Read};

use exward_core::catalog::Catalog;
use serde_json::Value;

use crate::feed::{self, JsonKind, Shadowserver, nmap};
use crate::format::{Format, detect};
use crate::limits::{DETECT_BYTES, DOCUMENT_BYTES_MAX, JSON_LINE_BYTES_MAX, TABLE_LINE_BYTES_MAX};
use crate::lines::{Line, Lines, decode};
use crate::record::Reading;
use crate::table::{Cells, Columns};
use crate::{Record, Skipped, healthchecker, inside, list, recording};

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
        None => detect(catalog, &decode(&head)).map_err(SourceError::NotAFeed)?,
    };
    let input = head.as_slice().chain(input);
    match format {
        Format::List => each_line(input, TABLE_LINE_BYTES_MAX, take, |number, line| {
            list::line(catalog, number, line).map_err(|error| error.to_string())
        }),
        Format::Shadowserver => shadowserver(input, take),
        Format::Json(kind) if is_by_lines(&decode(&head)) => json_lines(kind, input, take),
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

/// A JSON document over several lines: one record, several, or an array of them.
fn json_document(kind: JsonKind, bytes: &[u8]) -> Reading {
    let mut reading = Reading::default();
    let text = decode(bytes);
    for value in serde_json::Deserializer::from_str(&text).into_iter::<Value>() {
        let records = match value {
            Ok(Value::Array(records)) => records,
            Ok(record) => vec![record],
            Err(error) => {
                let line = u64::try_from(error.line()).unwrap_or_default();
                reading.skipped.push(Skipped::line(line, format!("no JSON: {error}")));
                return reading;
            }
        };
        for (number, record) in (1_u64..).zip(records) {
            match feed::record(kind, &record, None) {
                Ok(record) => reading.records.push(record),
                Err(why) => reading.skipped.push(Skipped::whole(format!("record {number}: {why}"))),
            }
        }
    }
    reading
}

/// True unless the JSON begins with a record that goes on over several lines.
fn is_by_lines(head: &str) -> bool {
    let mut starts = head.lines().filter_map(record_of_line);
    // A first line longer than the head was cut; only line-wise exports have such lines.
    starts.next().is_none_or(|first| {
        serde_json::from_str::<serde::de::IgnoredAny>(first).is_ok() || head.lines().count() == 1
    })
}

/// The JSON record on a line, without the commas and brackets of an array around it.
pub(crate) fn record_of_line(line: &str) -> Option<&str> {
    let text = line.trim().trim_start_matches(['[', ',']).trim_start();
    let text = text.strip_suffix(',').unwrap_or(text).trim_end();
    let text = if text.starts_with('{') && text.ends_with("}]") {
        text.strip_suffix(']').unwrap_or(text)
    } else {
        text
    };
    text.starts_with('{').then_some(text)
}

/// One exported file of a server is a folder of one.
fn inside_object(bytes: &[u8]) -> Reading {
    const NAME: &str = "object.xml";
    let mut folder = inside::Folder::default();
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
