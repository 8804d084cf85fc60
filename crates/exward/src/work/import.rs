//! A file is read, as `exward check --from FILE` would, and what it says is kept.

use std::path::PathBuf;
use std::sync::Arc;

use exward_core::catalog::Catalog;
use exward_store::store::{HeldJob, RunKind, TenantId};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use tokio::runtime::Handle;

use super::Workshop;
use super::worker::{Ended, Held, JobError};
use crate::error::CommandError;
use crate::input::Inputs;
use crate::item::Item;
use crate::judging::Judge;
use crate::keeping::Keeper;
use crate::probing::Admission;

/// Servers after which the job says how far it is.
const TOLD_EVERY: u64 = 1_000;

/// What the job says.
#[derive(Deserialize)]
struct Payload {
    path: PathBuf,
    /// When the file was found: the time of everything in it that has none of its own, so that reading it
    /// again changes nothing (WK1).
    at: Timestamp,
}

impl Workshop {
    /// Reads one file.
    pub(super) async fn import(&self, job: &HeldJob, held: Held) -> Result<Ended, JobError> {
        let Some(tenant) = job.tenant else {
            return Err(JobError::Never("it says not whose servers they are".to_owned()));
        };
        let payload: Payload = serde_json::from_str(&job.payload)
            .map_err(|it| JobError::Never(format!("it says not what to read: {it}")))?;
        let (work, catalog, today) = (self.clone(), self.catalog.get(), self.clock.today());
        let handle = Handle::current();
        let reading = tokio::task::spawn_blocking(move || {
            work.read_file(handle, tenant, &payload, (&catalog, today), &held)
        });
        let is_whole = reading.await.map_err(|it| JobError::Again(it.to_string()))??;
        Ok(if is_whole { Ended::Done } else { Ended::Stopped })
    }

    /// Reads a file to its end: true; false: it was told to stop.
    fn read_file(
        &self,
        handle: Handle,
        tenant: TenantId,
        payload: &Payload,
        (catalog, today): (&Arc<Catalog>, Date),
        held: &Held,
    ) -> Result<bool, CommandError> {
        let mut admission = Admission::new(&self.probing, today)?;
        let files = [payload.path.clone()];
        let inputs = Inputs::open(catalog, &[], &files, None, &mut admission)?;
        let mut probed = admission.probe(catalog)?;
        let mut judge = Judge::new(catalog, today);
        let source = payload.path.display().to_string();
        let (store, by) = (self.store.clone(), "watched folder");
        let mut keeper =
            Keeper::begin(store, handle, tenant, RunKind::Feed, &source, by, payload.at)?;
        let mut servers = 0_u64;
        inputs
            .each(catalog, &mut probed, &mut |item| {
                // What is left is read by whoever gets the job next; what was kept is found unchanged.
                if held.is_stopped() {
                    return Err(CommandError::Interrupted { servers });
                }
                servers = servers.saturating_add(1);
                if servers.is_multiple_of(TOLD_EVERY) {
                    held.is_at(servers, None);
                }
                match item {
                    Item::Server { target, evidence } => {
                        keeper.server(&judge.one(target, evidence))
                    }
                    Item::Visited { target, front_ends } => {
                        keeper.front_ends(&judge.each(&target, front_ends))
                    }
                    Item::Skipped { file, line, why } => {
                        keeper.skipped(&file, line, &why);
                        Ok(())
                    }
                    Item::NotRead { file, why } => {
                        keeper.skipped(&file, None, &why);
                        Ok(())
                    }
                }
            })
            .map(|()| true)
            .or_else(|error| {
                let is_stopped = matches!(error, CommandError::Interrupted { .. });
                if is_stopped { Ok(false) } else { Err(error) }
            })
            .and_then(|is_whole| {
                held.is_at(servers, Some(servers));
                keeper.finish().map(|_| is_whole)
            })
    }
}
