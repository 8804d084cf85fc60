//! Event logs of Windows.
//!
//! Source: the `evtx` crate, which reads the file format.

mod padded;

use std::io::{Read, Seek};

use evtx::err::EvtxError;
use evtx::{EvtxParser, ParserSettings};
use exward_read::Skipped;

use self::padded::Padded;
use super::event::Event;
use crate::Record;
use crate::reader::skips::Skips;

/// Reads an event log from start to end, and gives each event with its record number.
///
/// Returns how many events were given, and what could not be read: a record by its number, a part of the file,
/// or the whole file.
pub fn read_evtx(
    input: impl Read + Seek,
    each: &mut dyn FnMut(u64, &dyn Record),
) -> (u64, Vec<Skipped>) {
    let input = match Padded::new(input) {
        Ok(input) => input,
        Err(error) => return (0, vec![Skipped::whole(format!("cannot be read: {error}"))]),
    };
    let (chunks, is_cut) = (input.chunks(), input.is_cut());
    let mut parser = match EvtxParser::from_read_seek(input) {
        Ok(parser) => parser.with_configuration(ParserSettings::new().num_threads(1)),
        Err(error) => {
            let why = format!("no event log that can be read: {}", cause(&error));
            return (0, vec![Skipped::whole(why)]);
        }
    };
    let mut skipped = Skips::default();
    if is_cut || u64::from(parser.header().chunk_count) > chunks {
        let why = "the file is cut off: events are missing at its end";
        skipped.add(Skipped::whole(why));
    }
    let mut count = 0_u64;
    for record in parser.records_json_bytes() {
        match record {
            Ok(record) => {
                let number = record.event_record_id;
                match Event::from_json(&record.data).map(|it| it.or_at(record.timestamp)) {
                    Ok(event) => {
                        count = count.saturating_add(1);
                        each(number, &event);
                    }
                    Err(why) => skipped.add(Skipped::line(number, why)),
                }
            }
            Err(error) => skipped.add(named(&error)),
        }
    }
    (count, skipped.all())
}

fn named(error: &EvtxError) -> Skipped {
    let why = format!("damaged: {}", cause(error));
    if let EvtxError::FailedToParseRecord { record_id, .. } = error {
        Skipped::line(*record_id, why)
    } else {
        Skipped::whole(why)
    }
}

/// The innermost reason, on one line.
fn cause(error: &EvtxError) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string().lines().next().unwrap_or_default().to_owned()
}
