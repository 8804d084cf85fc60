//! Judges every imprint again. Servers that are alike share one, so that the cost is that of what differs.

use std::sync::Arc;

use exward_core::catalog::Catalog;
use exward_core::standing::Standing;
use exward_read::kept;
use exward_store::StoreError;
use exward_store::store::{IMPRINTS_MAX, ImprintId, StandingRow};
use jiff::civil::Date;

use super::Workshop;
use super::catalog::digest;
use super::worker::{Ended, Held, JobError};
use crate::judging::Judge;
use crate::keeping::row;
use crate::{news, output, plain};

impl Workshop {
    /// Judges all imprints with the catalog in force, and lets their servers stand accordingly.
    pub(super) async fn reassess(&self, held: Held) -> Result<Ended, JobError> {
        let (catalog, today) = (self.catalog.get(), self.clock.today());
        let (mut after, mut judged, mut changed) = (ImprintId(0), 0_u64, 0_u64);
        let all = self.store.imprints_in_all().await?;
        held.is_at(0, Some(all));
        loop {
            if held.is_stopped() {
                return Ok(Ended::Stopped);
            }
            let page = self.store.imprints(after, IMPRINTS_MAX).await?;
            let Some((last, _)) = page.last() else { break };
            after = *last;
            judged = judged.saturating_add(u64::try_from(page.len()).unwrap_or_default());
            let catalog = Arc::clone(&catalog);
            let rows = tokio::task::spawn_blocking(move || judge(&catalog, today, &page));
            let rows = rows.await.map_err(|it| JobError::Again(it.to_string()))?;
            changed = changed.saturating_add(self.store.restand(&rows, self.now()).await?);
            // Others come while it goes on.
            held.is_at(judged, Some(all.max(judged)));
        }
        let as_of = catalog.as_of();
        output::warn(&format!(
            "catalog of {as_of}: all judged again, {changed} servers stand otherwise now"
        ));
        self.note(&catalog).await?;
        Ok(Ended::Done)
    }

    /// Notes that all is judged with this catalog. Where another one was in force, what is new is told.
    async fn note(&self, catalog: &Catalog) -> Result<(), StoreError> {
        let digest = digest(catalog);
        let used = self.store.catalogs().await?;
        let former = used.iter().find(|it| it.in_force && it.digest != digest);
        let told = match former {
            Some(former) => news::since(&self.store, catalog, former.as_of).await?,
            None => Vec::new(),
        };
        for it in &told {
            for sentence in &it.sentences {
                output::warn(&plain::line(&format!("{}: {sentence}", it.name)));
            }
        }
        let events: Vec<_> = told.into_iter().map(|it| (it.tenant, it.events)).collect();
        self.store.note_catalog(&digest, catalog.as_of(), &events, self.now()).await?;
        Ok(())
    }
}

/// The standing of each imprint. One that this program cannot read any more keeps the standing it has.
fn judge(
    catalog: &Catalog,
    today: Date,
    imprints: &[(ImprintId, String)],
) -> Vec<(ImprintId, StandingRow)> {
    let mut judge = Judge::new(catalog, today);
    let rows = imprints.iter().filter_map(|(id, body)| match kept::read(body) {
        Ok(evidence) => Some((*id, row(&Standing::of(&judge.one(String::new(), evidence))))),
        Err(error) => {
            output::warn(&format!("imprint {id} stays as it was judged: {error}"));
            None
        }
    });
    rows.collect()
}
