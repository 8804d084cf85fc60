//! Servers of a store, in the shapes of `exward check`: the same columns and fields, each server with the hunt that
//! is kept of it.

use std::io::{self, Write};

use exward_core::catalog::Catalog;
use exward_core::report::ServerReport;
use serde_json::value::RawValue;

use super::Tlp;
use super::csv::CsvRows;
use super::json::{HuntField, JsonLines};

/// A hunt as the store keeps it.
pub(crate) struct KeptHunt<'a> {
    pub(crate) verdict: &'a str,
    pub(crate) next_step: &'a str,
    pub(crate) reasons: &'a [String],
    /// An `exward.hunt.summary/1` object.
    pub(crate) body: &'a str,
}

/// Writes servers one by one, in constant memory.
pub(crate) struct Export<'c>(Form<'c>);

enum Form<'c> {
    Csv(CsvRows),
    Json(Box<JsonLines<'c>>),
}

impl<'c> Export<'c> {
    pub(crate) const fn csv(tlp: Tlp) -> Self {
        Self(Form::Csv(CsvRows::new(tlp)))
    }

    pub(crate) fn json(catalog: &'c Catalog, tlp: Tlp) -> Self {
        Self(Form::Json(Box::new(JsonLines::new(catalog, tlp))))
    }

    /// One server, and the newest hunt on it.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn server(
        &mut self,
        report: &ServerReport<'c>,
        hunt: Option<&KeptHunt<'_>>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        match &mut self.0 {
            Form::Csv(rows) => rows.server(report, hunt, out),
            Form::Json(lines) => {
                // What is no JSON was damaged in the store, and must not damage the line.
                let kept = hunt.and_then(|it| serde_json::from_str::<&RawValue>(it.body).ok());
                lines.server(report, kept.map(HuntField::Kept), out)
            }
        }
    }

    /// The end: a table without servers still has its header.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        match &mut self.0 {
            Form::Csv(rows) => rows.end(out),
            Form::Json(_) => Ok(()),
        }
    }
}
