//! The shapes of a result. All show the same [`ServerReport`] (A13).

mod background;
mod csv;
mod escaped;
mod export;
mod html;
mod hunt;
mod json;
mod kept;
mod nagios;
mod patient;
mod plan;
mod rollout;
mod sink;
mod table;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io::{self, Write};

use clap::ValueEnum;
use exward_core::catalog::Catalog;
use exward_core::report::ServerReport;
use exward_hunt::HuntSummary;
use jiff::civil::Date;

pub(crate) use export::{Export, KeptHunt};
pub(crate) use hunt::{Look as HuntLook, write as write_hunt};
pub(crate) use plan::{Look as PlanLook, write as write_plan};
pub(crate) use rollout::{Look as RolloutLook, command_name, write as write_rollout};
pub(crate) use sink::{Sink, UNFINISHED};

use crate::error::CommandError;

/// Shape of the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Table,
    Json,
    Csv,
    Html,
    Nagios,
}

/// Traffic Light Protocol 2.0 mark: a list of vulnerable servers is a target list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Tlp {
    Clear,
    Green,
    Amber,
    AmberStrict,
    Red,
}

impl fmt::Display for Tlp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Clear => "TLP:CLEAR",
            Self::Green => "TLP:GREEN",
            Self::Amber => "TLP:AMBER",
            Self::AmberStrict => "TLP:AMBER+STRICT",
            Self::Red => "TLP:RED",
        })
    }
}

/// Takes reports one by one and writes them in one shape.
pub(crate) trait Output<'c> {
    /// One server, and the hunt on it if there was one.
    fn report(
        &mut self,
        report: ServerReport<'c>,
        hunt: Option<&HuntSummary>,
        out: &mut dyn Write,
    ) -> io::Result<()>;

    /// Something that could not be read.
    fn skipped(
        &mut self,
        file: &str,
        line: Option<u64>,
        why: &str,
        out: &mut dyn Write,
    ) -> io::Result<()>;

    /// The end. An exit code here replaces that of `check`.
    fn finish(&mut self, out: &mut dyn Write) -> io::Result<Option<u8>>;
}

/// The output for a shape.
pub(crate) fn create<'c>(
    catalog: &'c Catalog,
    shape: Shape,
    tlp: Tlp,
    today: Date,
    sink: &Sink,
) -> Box<dyn Output<'c> + 'c> {
    match shape {
        Shape::Table => Box::new(table::Table::new(catalog, tlp, sink.width(), sink.wants_color())),
        Shape::Json => Box::new(json::JsonLines::new(catalog, tlp)),
        Shape::Csv => Box::new(csv::CsvRows::new(tlp)),
        Shape::Html => Box::new(html::Html::new(catalog, tlp, today)),
        Shape::Nagios => Box::new(nagios::Nagios::default()),
    }
}

/// A line for the operator beside the result; never part of it.
pub(crate) fn warn(text: &str) {
    // Nobody is left to tell if standard error is gone.
    let _closed = writeln!(anstream::stderr(), "{text}");
}

/// A line of its own on standard output.
pub(crate) fn line(text: &str) -> Result<(), CommandError> {
    let mut sink = Sink::open(None)?;
    let written = writeln!(sink.writer(), "{text}");
    written.map_err(|source| sink.error(source))?;
    sink.close()
}

/// `file:12: why`, made plain.
fn skipped_line(file: &str, line: Option<u64>, why: &str) -> String {
    let place = match line {
        Some(line) => format!("{file}:{line}"),
        None => file.to_owned(),
    };
    crate::plain::line(&format!("skipped {place}: {why}")).into_owned()
}
