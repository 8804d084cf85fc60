//! What the catalog in force says of what the store keeps: each imprint is judged once a request.

use std::collections::BTreeMap;
use std::sync::Arc;

use exward_core::assess::Verdict;
use exward_core::catalog::Catalog;
use exward_core::evidence::Evidence;
use exward_core::finding::Known;
use exward_core::identify::Identity;
use exward_core::report::ServerReport;
use exward_read::kept::{self, KeptError};
use exward_store::store::ImprintId;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::judging::Judge;
use crate::page::badge::Badge;

/// What is said where evidence cannot be read (V2).
const NOT_READ_STEP: &str =
    "update exward: a newer one kept this evidence, and this one cannot read it";

/// An imprint, judged.
pub(super) struct Judged<'c> {
    pub(super) known: Arc<Known<'c>>,
    /// None: it cannot be read.
    pub(super) identity: Option<Identity>,
    pub(super) verdict: Badge,
    /// False: it is something else.
    pub(super) is_exchange: bool,
    pub(super) next_step: String,
}

/// All imprints that a request has met.
pub(super) struct Imprints<'c> {
    judge: Judge<'c>,
    known: BTreeMap<ImprintId, Arc<Judged<'c>>>,
}

impl<'c> Imprints<'c> {
    pub(super) const fn new(catalog: &'c Catalog, today: Date) -> Self {
        Self { judge: Judge::new(catalog, today), known: BTreeMap::new() }
    }

    /// What an imprint says; its body is read if it was not met before.
    pub(super) fn of(&mut self, imprint: ImprintId, body: &str) -> Arc<Judged<'c>> {
        if let Some(known) = self.known.get(&imprint) {
            return Arc::clone(known);
        }
        let judged = match self.report(String::new(), body, None) {
            Ok(report) => Judged {
                known: Arc::new(Known::of(&report)),
                is_exchange: report.judgement.verdict != Verdict::NotExchange,
                verdict: Badge::verdict(report.judgement.verdict.name()),
                next_step: report.judgement.next_step,
                identity: Some(report.identity),
            },
            Err(_) => Judged {
                known: Arc::new(Known::nothing()),
                identity: None,
                verdict: Badge::verdict("unknown"),
                is_exchange: true,
                next_step: NOT_READ_STEP.to_owned(),
            },
        };
        let judged = Arc::new(judged);
        self.known.insert(imprint, Arc::clone(&judged));
        judged
    }

    /// The report of kept evidence that was seen last at this time.
    ///
    /// # Errors
    /// It cannot be read.
    pub(super) fn report(
        &mut self,
        target: String,
        body: &str,
        at: Option<Timestamp>,
    ) -> Result<ServerReport<'c>, KeptError> {
        Ok(self.judge.one(target, dated(kept::read(body)?, at)))
    }
}

/// Evidence with its time, which the store keeps for all pieces together.
pub(super) fn dated(evidence: Vec<Evidence>, at: Option<Timestamp>) -> Vec<Evidence> {
    let dated = |it: Evidence| if it.at.is_none() { it.at_time(at) } else { it };
    evidence.into_iter().map(dated).collect()
}

/// What to do and why, where the evidence of a server cannot be read (V2).
pub(super) fn not_read(error: &KeptError) -> (String, String) {
    (NOT_READ_STEP.to_owned(), format!("the evidence cannot be read, so nothing is known: {error}"))
}
