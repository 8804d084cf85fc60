//! How JSON exports lay their records out: one a line, in an array, or over several lines.

use serde_json::Value;

use super::JsonKind;
use crate::record::Reading;
use crate::{Skipped, text};

/// A JSON document over several lines: one record, several, or an array of them.
pub(crate) fn json_document(kind: JsonKind, bytes: &[u8]) -> Reading {
    let mut reading = Reading::default();
    let text = text::decode(bytes).text;
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
            match super::record(kind, &record, None) {
                Ok(record) => reading.records.push(record),
                Err(why) => reading.skipped.push(Skipped::whole(format!("record {number}: {why}"))),
            }
        }
    }
    reading
}

/// True unless the JSON begins with a record that goes on over several lines.
pub(crate) fn is_by_lines(head: &str) -> bool {
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
