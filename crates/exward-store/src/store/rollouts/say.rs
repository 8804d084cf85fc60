//! What people say of rollouts: they bring them, approve them, and say how they go on (RO2).

use exward_core::blueprint::BlueprintId;
use exward_drive::journal::{Approval, Command, Commanded, JournalError, Line, Written};
use jiff::Timestamp;
use sqlx::{Any, AnyConnection, Transaction, query};

use super::seen::{Seen, see, sees};
use super::{NewRollout, RolloutsSeen};
use crate::journal::open::take_turn;
use crate::journal::{line, sql};
use crate::store::audit::Note;
use crate::store::moment::millis;
use crate::store::{Engine, Store, StoreError};

impl Store {
    /// Keeps a blueprint for a tenant, in the tenant's line; false: it was kept for it before, and nothing is changed.
    ///
    /// Whoever sees what is nobody's may give it to the tenant in this way, as long as nobody has begun it, and if it
    /// follows a blueprint of the tenant's or none (RO3).
    ///
    /// # Errors
    /// [`StoreError::Conflict`]: it is kept already, and not for somebody who asks (RO1); or it is of the command
    /// line, and has to stay there.
    pub async fn keep_rollout(
        &self,
        seen: RolloutsSeen,
        new: &NewRollout<'_>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.make_journal().await?;
        let mut change = self.journal_turn().await?;
        let own = Line::Tenant(seen.tenant.0);
        match line::of(&mut change, new.id).await? {
            None => sql::keep(&mut change, own, new.id, new.parent, new.bytes).await?,
            Some(_) if sees(&mut change, seen, new.id).await? == Seen::Not => {
                return Err(kept_for_others());
            }
            Some(Line::Unowned) => give(&mut change, new.id, own).await?,
            Some(Line::Tenant(_)) => {}
        }
        let id = new.id.to_string();
        let add = "INSERT INTO rollout (blueprint, tenant, made_at, made_by) \
                   VALUES ($1, $2, $3, $4) ON CONFLICT (blueprint) DO NOTHING";
        let add = query(add).bind(&id).bind(seen.tenant.0).bind(millis(now)).bind(new.by);
        let added = add.execute(&mut *change).await.map_err(StoreError::of("written"))?;
        if added.rows_affected() == 0 {
            // The row may be older than the blueprint: a backup of an older exward has the one and not the other.
            if sees(&mut change, seen, new.id).await? != Seen::Own {
                return Err(kept_for_others());
            }
            change.commit().await.map_err(StoreError::of("written"))?;
            return Ok(false);
        }
        let tenant = Some(seen.tenant);
        let (action, subject, detail) = ("rollout.keep", id.as_str(), "");
        let note = Note { tenant, actor: new.by, action, subject, detail };
        self.note_in(&mut change, &note, now).await?;
        change.commit().await.map_err(StoreError::of("written"))?;
        Ok(true)
    }

    /// Adds somebody's approval, which the caller has looked at; false: the same person has said the same
    /// before, and nothing is changed.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: there is no rollout that is seen; [`StoreError::Conflict`]: it does not follow the
    /// blueprint that is carried out in its line, and so could not be (J4).
    pub async fn approve_rollout(
        &self,
        seen: RolloutsSeen,
        id: BlueprintId,
        approval: &Approval,
    ) -> Result<bool, StoreError> {
        let mut change = self.journal_turn().await?;
        see(self.engine, &mut change, seen, id).await?;
        let parent = sql::parent(&mut change, id).await?;
        let line = line::of_kept(&mut change, id).await?;
        let current = line::current(&mut change, line).await?;
        Line::follows(id, parent, current).map_err(does_not_follow)?;
        let before = sql::approvals(&mut change, id).await?;
        if before.iter().any(|it| it.by == approval.by && it.until == approval.until) {
            return Ok(false);
        }
        sql::approve(&mut change, id, approval).await?;
        let detail = format!("until {}", approval.until);
        let said = ("rollout.approve", detail.as_str());
        self.note_of_rollout(&mut change, seen, id, &approval.by, said, approval.at).await?;
        change.commit().await.map_err(StoreError::of("written"))?;
        Ok(true)
    }

    /// Gives a command to whoever carries a rollout out, if `fits` says so of what stands in the journal at that
    /// moment; false: it does not, and nothing is changed.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: there is no rollout that is seen; and what `fits` refuses with.
    pub async fn command_rollout(
        &self,
        seen: RolloutsSeen,
        id: BlueprintId,
        (by, command): (&str, Command),
        fits: impl FnOnce(&[Commanded], &[Written]) -> Result<bool, StoreError>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut change = self.journal_turn().await?;
        see(self.engine, &mut change, seen, id).await?;
        let commands = sql::commands(&mut change, id, 0).await?;
        if !fits(&commands, &sql::entries(&mut change, id).await?)? {
            return Ok(false);
        }
        sql::command(&mut change, id, now, by, command).await?;
        let action = match command {
            Command::Pause => "rollout.pause",
            Command::PauseAfterStep => "rollout.pause-after-step",
            Command::Resume => "rollout.resume",
            Command::Abort => "rollout.abort",
        };
        self.note_of_rollout(&mut change, seen, id, by, (action, ""), now).await?;
        change.commit().await.map_err(StoreError::of("written"))?;
        Ok(true)
    }

    /// A transaction that writes to the journal: on PostgreSQL writers wait for each other (J4), on SQLite they
    /// do anyway.
    pub(in crate::store) async fn journal_turn(
        &self,
    ) -> Result<Transaction<'static, Any>, StoreError> {
        let mut change = self.writing().await?;
        if self.engine == Engine::Postgres {
            take_turn(&mut change).await.map_err(StoreError::of("written"))?;
        }
        Ok(change)
    }

    async fn note_of_rollout(
        &self,
        change: &mut AnyConnection,
        seen: RolloutsSeen,
        id: BlueprintId,
        actor: &str,
        (action, detail): (&str, &str),
        now: Timestamp,
    ) -> Result<(), StoreError> {
        // What is nobody's is of no tenant in the log, either.
        let of_tenant = sees(change, seen, id).await? == Seen::Own;
        let (tenant, subject) = (of_tenant.then_some(seen.tenant), id.to_string());
        let note = Note { tenant, actor, action, subject: &subject, detail };
        self.note_in(change, &note, now).await.map(|_| ())
    }
}

/// Gives a blueprint of the command line to a tenant's line, where it could be carried out (RO3).
async fn give(change: &mut AnyConnection, id: BlueprintId, own: Line) -> Result<(), StoreError> {
    let stays = |what: &str| Err(StoreError::Conflict { what: what.to_owned() });
    if line::has_begun(change, id).await? {
        return stays("It was begun from the command line, and stays there");
    }
    if let Some(parent) = sql::parent(change, id).await?
        && line::of(change, parent).await? != Some(own)
    {
        return stays(
            "It follows a blueprint that is not of this tenant, and stays on the command line",
        );
    }
    Ok(line::give(change, id, own).await?)
}

fn does_not_follow(error: JournalError) -> StoreError {
    let JournalError::NotAChild { current, .. } = error else { return error.into() };
    let what = match current {
        Some(_) => "It does not follow the blueprint that is current: plan again with --parent",
        None => {
            "It follows a blueprint, and none was begun yet: begin that one, or plan without --parent"
        }
    };
    StoreError::Conflict { what: what.to_owned() }
}

fn kept_for_others() -> StoreError {
    let what = "this blueprint is kept already, and not for this tenant".to_owned();
    StoreError::Conflict { what }
}
