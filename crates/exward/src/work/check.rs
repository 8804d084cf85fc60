//! A target is asked, as `exward check` would, and what it said is kept.

use std::sync::Arc;

use exward_core::catalog::Catalog;
use exward_store::store::{HeldJob, JobCheck, Seen, SkippedLine};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;

use super::worker::{Ended, Held, JobError};
use super::{HOLD, Workshop};
use crate::error::CommandError;
use crate::input::Inputs;
use crate::item::Item;
use crate::judging::Judge;
use crate::keeping::{front_end_target, seen};
use crate::probing::{Admission, ProbingArgs, Told};

/// Servers behind one target: more are a range, and a range is a list to check, not a target to watch.
const SERVERS_MAX: usize = 1_000;

/// What the job says.
#[derive(Deserialize)]
struct Payload {
    target: String,
}

/// What asking came to.
#[derive(Default)]
struct Asked {
    seen: Vec<Seen>,
    skipped: Vec<SkippedLine>,
}

impl Asked {
    fn keep(&mut self, seen: Result<Seen, SkippedLine>) {
        match seen {
            Ok(seen) => self.seen.push(seen),
            Err(skipped) => self.skipped.push(skipped),
        }
    }
}

impl Workshop {
    /// Asks one target and keeps what it said, and that the job is done, in one transaction (WK1).
    pub(super) async fn check(&self, job: &HeldJob, held: Held) -> Result<Ended, JobError> {
        let Some(tenant) = job.tenant else {
            return Err(JobError::Never("it says not whose server it is".to_owned()));
        };
        let payload: Payload = serde_json::from_str(&job.payload)
            .map_err(|it| JobError::Never(format!("it says not what to ask: {it}")))?;
        let (catalog, probing) = (self.catalog.get(), Arc::clone(&self.probing));
        let (now, today) = (self.now(), self.clock.today());
        let (target, told) = (payload.target.clone(), held.clone());
        let tell = move |done, hosts| told.is_at(done, Some(hosts));
        let asked = tokio::task::spawn_blocking(move || {
            ask(&catalog, (&probing, Box::new(tell)), &target, now, today)
        });
        let asked = asked.await.map_err(|it| JobError::Again(it.to_string()))??;
        if held.is_stopped() {
            return Ok(Ended::Stopped);
        }
        if let (done, Some(total)) = held.counts() {
            self.store.progress_job(held.claim, done, Some(total), self.now(), HOLD).await?;
        }
        let checked = JobCheck {
            source: &payload.target,
            by: &job.made_by,
            seen: &asked.seen,
            skipped: &asked.skipped,
        };
        self.store.keep_check(tenant, &checked, held.claim, self.now()).await?;
        Ok(Ended::Written)
    }
}

/// Asks a target as `exward check TARGET` does.
fn ask(
    catalog: &Arc<Catalog>,
    (probing, told): (&ProbingArgs, Told),
    target: &str,
    now: Timestamp,
    today: Date,
) -> Result<Asked, CommandError> {
    let mut admission = Admission::new(probing, today)?;
    admission.tell(told);
    let inputs = Inputs::open(catalog, &[target.to_owned()], &[], None, &mut admission)?;
    let mut probed = admission.probe(catalog)?;
    let mut judge = Judge::new(catalog, today);
    let mut asked = Asked::default();
    inputs.each(catalog, &mut probed, &mut |item| {
        match item {
            Item::Server { target, evidence } => {
                let report = judge.one(target, evidence);
                asked.keep(seen(report.target.clone(), &report, now));
            }
            Item::Visited { target, front_ends } => {
                let fronts = judge.each(&target, front_ends);
                let count = fronts.len();
                for (name, report) in &fronts {
                    asked.keep(seen(front_end_target(&target, name, count), report, now));
                }
            }
            Item::Skipped { file, why, .. } | Item::NotRead { file, why } => {
                asked.skipped.push(SkippedLine { place: file, why });
            }
        }
        if asked.seen.len() > SERVERS_MAX {
            let what = format!("`{target}` is more than {SERVERS_MAX} servers");
            let help = "check a range with `exward check --store`".to_owned();
            return Err(CommandError::Usage { what, help });
        }
        Ok(())
    })?;
    Ok(asked)
}
