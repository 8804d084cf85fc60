//! What a rollout has come to, read from the journal once for everybody who looks.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use exward_core::blueprint::{Blueprint, BlueprintId};
use exward_core::catalog::Catalog;
use exward_drive::approve::Approved;
use exward_drive::journal::{Approval, Command, Commanded, Written};
use exward_drive::report::{Overview, overview, standing};
use exward_read::blueprint;
use exward_store::store::{KeptRollout, RolloutMark, RolloutsSeen};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::output;
use crate::page::rollouts::Stage;
use crate::serve::error::WebError;
use crate::serve::state::App;

/// Entries that are shown.
const TAIL_MAX: usize = 20;

/// Rollouts that are remembered: one of 1,000 servers has about 2 MB.
const LOOKED_MAX: usize = 64;

/// A rollout, as of a mark of the journal.
pub(crate) struct Looked {
    pub(crate) id: BlueprintId,
    pub(crate) mark: RolloutMark,
    pub(crate) blueprint: Blueprint,
    /// Of the catalog that its check was made with.
    as_of: Date,
    pub(crate) overview: Overview,
    /// The last entries, oldest first.
    pub(crate) tail: Vec<Written>,
    pub(crate) approvals: Vec<Approval>,
    pub(crate) commands: Vec<Commanded>,
    /// Until when enough people approve it, or why they do not.
    pub(crate) stands: Result<Timestamp, String>,
}

/// What was looked at, to be shown again while nothing is new.
#[derive(Default)]
pub(crate) struct Looks(Mutex<BTreeMap<BlueprintId, Arc<Looked>>>);

impl Looks {
    /// The rollout as it is now.
    ///
    /// # Errors
    /// [`WebError::NotFound`]: there is none that is seen; or the store's.
    pub(crate) async fn look(
        &self,
        app: &App,
        seen: RolloutsSeen,
        id: BlueprintId,
    ) -> Result<Arc<Looked>, WebError> {
        // Asked first, each time: it also says whether it may be seen.
        let mark = app.store.rollout_mark(seen, id).await?;
        let catalog = app.catalog.get();
        let known = self.known().get(&id).cloned();
        if let Some(known) = known.filter(|it| it.mark == mark && it.as_of == catalog.as_of()) {
            return Ok(known);
        }
        let kept = app.store.rollout(seen, id).await?;
        let looked = tokio::task::spawn_blocking(move || Looked::at(id, mark, kept, &catalog));
        let looked = Arc::new(looked.await.map_err(|_| WebError::Internal)??);
        let mut known = self.known();
        if known.len() >= LOOKED_MAX && !known.contains_key(&id) {
            known.clear();
        }
        known.insert(id, Arc::clone(&looked));
        Ok(looked)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, BTreeMap<BlueprintId, Arc<Looked>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Looked {
    /// The id is held against the bytes: it is what was approved (F2).
    fn at(
        id: BlueprintId,
        mark: RolloutMark,
        kept: KeptRollout,
        catalog: &Catalog,
    ) -> Result<Self, WebError> {
        let damaged = |what: &str| {
            output::warn(&format!("the journal is damaged: blueprint {id} {what}"));
            WebError::Internal
        };
        if blueprint::id(&kept.bytes) != id {
            return Err(damaged("was changed"));
        }
        let blueprint =
            blueprint::read(&kept.bytes).map_err(|it| damaged(&format!("cannot be read: {it}")))?;
        let now = kept.approvals.last().map_or(blueprint.created_at, |it| it.at);
        // Who approves does not end with a moment: `until` says when it does.
        let stands = Approved::to_finish(&blueprint, id, catalog, &kept.approvals, now);
        let stands = stands.map(|it| it.until()).map_err(|it| it.to_string());
        let overview = overview(&blueprint, &kept.entries);
        let begin = kept.entries.len().saturating_sub(TAIL_MAX);
        let tail = kept.entries.get(begin..).unwrap_or_default().to_vec();
        let (as_of, approvals, commands) = (catalog.as_of(), kept.approvals, kept.commands);
        Ok(Self { id, mark, blueprint, as_of, overview, tail, approvals, commands, stands })
    }

    /// Until when enough people approve it; the reason why they do not at `now`.
    pub(crate) fn approved(&self, now: Timestamp) -> Result<Timestamp, String> {
        match &self.stands {
            Ok(until) if now < *until => Ok(*until),
            Ok(until) => Err(format!("the approval has run out at {until:.0}")),
            Err(why) => Err(why.clone()),
        }
    }

    /// Where it stands. That somebody carries it out at this moment is not known: the journal says who did last.
    pub(crate) fn stage(&self, now: Timestamp) -> Stage {
        let command = standing(&self.commands).map(|it| it.command);
        if self.overview.finished.is_some() {
            return Stage::Finished;
        }
        if command == Some(Command::Abort) {
            return Stage::Aborted;
        }
        if self.overview.halt(&self.commands).is_some() {
            return Stage::Halted;
        }
        match (command, &self.overview.last, self.approved(now)) {
            (Some(_), _, _) => Stage::Paused,
            (None, Some(_), _) => Stage::Running,
            (None, None, Ok(_)) => Stage::Approved,
            (None, None, Err(_)) => Stage::Planned,
        }
    }

    /// Servers in all, and those whose update has ended.
    pub(crate) fn progress(&self) -> (usize, usize) {
        let all = self.overview.servers.len();
        let open = self.overview.counts.waiting.saturating_add(self.overview.counts.under_way);
        (all, all.saturating_sub(open))
    }
}
