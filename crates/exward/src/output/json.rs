//! JSON lines: the contract of design.md §5. Fields are only ever added.

mod line;
mod tls;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use exward_core::assess::Assessment;
use exward_core::catalog::Catalog;
use exward_core::report::ServerReport;
use exward_hunt::HuntSummary;
use serde_json::value::RawValue;

use super::escaped::to_writer;
use super::hunt::json::SummaryField;
use super::{Output, Tlp};
pub(super) use line::HuntField;
use line::{CheckLine, CveBlock, SkippedLine};

/// Serialised CVE blocks held. One has up to 20 KiB.
const BLOCKS_MAX: usize = 2048;

/// Writes one object a line, in input order, in constant memory.
pub(super) struct JsonLines<'c> {
    catalog: &'c Catalog,
    tlp: String,
    /// By address of the assessment, which the entry keeps alive, so that none is reused.
    blocks: BTreeMap<usize, (Arc<Assessment<'c>>, Box<RawValue>)>,
    buffer: Vec<u8>,
}

impl<'c> JsonLines<'c> {
    pub(super) fn new(catalog: &'c Catalog, tlp: Tlp) -> Self {
        Self { catalog, tlp: tlp.to_string(), blocks: BTreeMap::new(), buffer: Vec::new() }
    }

    /// One server, and the hunt on it.
    pub(super) fn server(
        &mut self,
        report: &ServerReport<'c>,
        hunt: Option<HuntField<'_>>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        let tlp = std::mem::take(&mut self.tlp);
        let block = self.block(&report.assessment)?;
        to_writer(&mut buffer, &CheckLine::of(report, block, hunt, &tlp))?;
        buffer.push(b'\n');
        out.write_all(&buffer)?;
        (self.buffer, self.tlp) = (buffer, tlp);
        Ok(())
    }

    /// The CVE block of an assessment, serialised once.
    fn block(&mut self, assessment: &Arc<Assessment<'c>>) -> io::Result<&RawValue> {
        let address = Arc::as_ptr(assessment).addr();
        if !self.blocks.contains_key(&address) {
            if self.blocks.len() >= BLOCKS_MAX {
                self.blocks.clear();
            }
            let block = CveBlock::of(self.catalog, assessment);
            let text = serde_json::value::to_raw_value(&block)?;
            self.blocks.insert(address, (Arc::clone(assessment), text));
        }
        let block = self.blocks.get(&address).map(|(_, text)| text.as_ref());
        block.ok_or_else(|| io::Error::other("the CVE block just made is gone"))
    }
}

impl<'c> Output<'c> for JsonLines<'c> {
    fn report(
        &mut self,
        report: ServerReport<'c>,
        hunt: Option<&HuntSummary>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let hunt = |tlp: &str| {
            hunt.map(|it| HuntField::Made(Box::new(SummaryField::of(it, tlp.to_owned()))))
        };
        let hunt = hunt(&self.tlp);
        self.server(&report, hunt, out)
    }

    fn skipped(
        &mut self,
        file: &str,
        line: Option<u64>,
        why: &str,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let skipped = SkippedLine { schema: "exward.skipped/1", file, line, why };
        to_writer(&mut *out, &skipped)?;
        out.write_all(b"\n")
    }

    fn finish(&mut self, _out: &mut dyn Write) -> io::Result<Option<u8>> {
        Ok(None)
    }
}
