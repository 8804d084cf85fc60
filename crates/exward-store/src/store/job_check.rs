//! A check that was somebody's job: what was seen, its run, and the end of the job, all or nothing. A holder that
//! dies before leaves no trace, one that has lost the job is refused, and nothing is kept twice.

use jiff::Timestamp;

use super::jobs::finish_in;
use super::{Claim, Observed, RunKind, Seen, SkippedLine, Store, StoreError, TenantId, runs};

/// What a check has come to.
#[derive(Clone, Copy, Debug)]
pub struct JobCheck<'a> {
    /// What was checked.
    pub source: &'a str,
    /// Who wanted it.
    pub by: &'a str,
    /// Servers that were seen; at most [`super::SEEN_MAX`].
    pub seen: &'a [Seen],
    /// What gave no answer that could be read.
    pub skipped: &'a [SkippedLine],
}

impl Store {
    /// Keeps a check as a run of its own, and ends the job that it was.
    ///
    /// # Errors
    /// [`StoreError::Conflict`]: the job is not the holder's any more, and nothing was kept; and as
    /// [`Self::observe`].
    pub async fn keep_check(
        &self,
        tenant: TenantId,
        checked: &JobCheck<'_>,
        claim: Claim,
        now: Timestamp,
    ) -> Result<Observed, StoreError> {
        let mut transaction = self.writing().await?;
        finish_in(&mut transaction, claim, now).await?;
        let whose = (checked.source, checked.by);
        let run = runs::begin_in(&mut transaction, tenant, RunKind::Check, whose, now).await?;
        let observed = self.observe_in(&mut transaction, tenant, run, checked.seen).await?;
        runs::end_in(&mut transaction, tenant, run, now, checked.skipped).await?;
        transaction.commit().await.map_err(StoreError::of("written"))?;
        Ok(observed)
    }
}
