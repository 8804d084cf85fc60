//! Rollouts as the pages and the API see them: whose they are, what the journal has of them, and what people say.
//!
//! The journal ([`crate::StoreJournal`]) lies in the same database and knows no tenants. A row of `rollout` says
//! whose a blueprint is; one without a row was approved on the command line, and only people of all tenants see it.
//!
//! # Invariants
//! * **RO1 nobody else's.** Every question names who asks ([`RolloutsSeen`]); what they do not see looks like
//!   what is not there, and nobody makes it theirs.
//! * **RO2 noted.** What a person says of a rollout stands in the journal exactly if it stands in the audit log:
//!   both are written in one transaction (L3).

use exward_core::blueprint::BlueprintId;
use exward_drive::journal::{Approval, Command, Commanded, Written};
use jiff::Timestamp;
use sqlx::{AnyConnection, AssertSqlSafe, query, query_as, query_scalar};

use super::audit::Note;
use super::moment::{millis, some_moment};
use super::{Engine, Store, StoreError, TenantId};
use crate::journal::open::{self, Mode, take_turn};
use crate::journal::sql;

/// The most rollouts that a list gives.
pub const ROLLOUTS_MAX: u32 = 1_000;

/// Which rollouts somebody sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RolloutsSeen {
    /// Those of this tenant.
    pub tenant: TenantId,
    /// Those that are nobody's as well: for people of all tenants.
    pub unowned: bool,
}

/// A rollout in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RolloutRow {
    /// Its blueprint.
    pub id: BlueprintId,
    /// When it was uploaded and by whom; `None`: it came from the command line, and is nobody's.
    pub made: Option<(Timestamp, String)>,
}

/// A blueprint that is to be kept. It has been read and checked.
#[derive(Clone, Copy, Debug)]
pub struct NewRollout<'a> {
    /// SHA-256 of the bytes.
    pub id: BlueprintId,
    /// The blueprint it follows.
    pub parent: Option<BlueprintId>,
    /// Its file, byte for byte.
    pub bytes: &'a [u8],
    /// Who brings it.
    pub by: &'a str,
}

/// How much the journal has of a rollout: another mark, and something is new.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RolloutMark {
    /// Entries.
    pub entries: i64,
    /// Commands.
    pub commands: i64,
    /// Approvals.
    pub approvals: i64,
}

/// All that the journal has of a rollout, in one state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptRollout {
    /// The blueprint's file, byte for byte.
    pub bytes: Vec<u8>,
    /// Oldest first.
    pub approvals: Vec<Approval>,
    /// In order.
    pub entries: Vec<Written>,
    /// In order.
    pub commands: Vec<Commanded>,
}

impl Store {
    /// Makes the journal of rollouts in the database, where there is none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn make_journal(&self) -> Result<(), StoreError> {
        use sqlx::Connection as _;
        let made = open::open(&self.url, Mode::Make).await?;
        made.close().await.map_err(StoreError::of("opened"))
    }

    /// The rollouts, newest first, those that are nobody's last; at most [`ROLLOUTS_MAX`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn rollouts(&self, seen: RolloutsSeen) -> Result<Vec<RolloutRow>, StoreError> {
        let mut connection = self.read.acquire().await.map_err(StoreError::of("read"))?;
        if !has_journal(self.engine, &mut connection).await? {
            return Ok(Vec::new());
        }
        let text = format!(
            "SELECT blueprint.id, rollout.made_at, rollout.made_by {SEEN} \
             ORDER BY coalesce(rollout.made_at, 0) DESC, blueprint.id LIMIT $3"
        );
        let rows: Vec<(String, Option<i64>, Option<String>)> = query_as(AssertSqlSafe(text))
            .bind(seen.tenant.0)
            .bind(i64::from(seen.unowned))
            .bind(i64::from(ROLLOUTS_MAX))
            .fetch_all(&mut *connection)
            .await
            .map_err(StoreError::of("read"))?;
        let row = |(id, at, by): (String, _, Option<String>)| {
            Ok(RolloutRow { id: identified(&id)?, made: some_moment(at)?.zip(by) })
        };
        rows.into_iter().map(row).collect()
    }

    /// How much there is of a rollout. Asked often: one statement.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: there is none that is seen.
    pub async fn rollout_mark(
        &self,
        seen: RolloutsSeen,
        id: BlueprintId,
    ) -> Result<RolloutMark, StoreError> {
        let mut connection = self.read.acquire().await.map_err(StoreError::of("read"))?;
        if !has_journal(self.engine, &mut connection).await? {
            return Err(NOT_THERE);
        }
        let counts = ["tip", "command", "approval"].map(|table| {
            format!(
                "(SELECT CAST(coalesce(max(sequence), 0) AS BIGINT) FROM {table} WHERE blueprint = $3)"
            )
        });
        let text = format!("SELECT {} {SEEN} AND blueprint.id = $3", counts.join(", "));
        let row: Option<(i64, i64, i64)> = query_as(AssertSqlSafe(text))
            .bind(seen.tenant.0)
            .bind(i64::from(seen.unowned))
            .bind(id.to_string())
            .fetch_optional(&mut *connection)
            .await
            .map_err(StoreError::of("read"))?;
        let (entries, commands, approvals) = row.ok_or(NOT_THERE)?;
        Ok(RolloutMark { entries, commands, approvals })
    }

    /// All there is of a rollout; its entries are held against their chain of checksums.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: there is none that is seen; [`StoreError::Journal`]: it is damaged.
    pub async fn rollout(
        &self,
        seen: RolloutsSeen,
        id: BlueprintId,
    ) -> Result<KeptRollout, StoreError> {
        let begin = self.engine.begin_to_read();
        let mut state = self.read.begin_with(begin).await.map_err(StoreError::of("read"))?;
        see(self.engine, &mut state, seen, id).await?;
        let bytes = sql::bytes(&mut state, id).await?.ok_or(NOT_THERE)?;
        Ok(KeptRollout {
            bytes,
            approvals: sql::approvals(&mut state, id).await?,
            entries: sql::entries(&mut state, id).await?,
            commands: sql::commands(&mut state, id, 0).await?,
        })
    }

    /// Keeps a blueprint for a tenant; false: it was kept for it before, and nothing is changed. Whoever sees
    /// what is nobody's may give it to the tenant in this way.
    ///
    /// # Errors
    /// [`StoreError::Conflict`]: it is kept already, and not for somebody who asks (RO1).
    pub async fn keep_rollout(
        &self,
        seen: RolloutsSeen,
        new: &NewRollout<'_>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.make_journal().await?;
        let mut change = self.journal_turn().await?;
        let is_kept = sql::bytes(&mut change, new.id).await?.is_some();
        if is_kept && sees(&mut change, seen, new.id).await? == Seen::Not {
            return Err(kept_for_others());
        }
        sql::keep(&mut change, new.id, new.parent, new.bytes).await?;
        let id = new.id.to_string();
        let add = "INSERT INTO rollout (blueprint, tenant, made_at, made_by) \
                   VALUES ($1, $2, $3, $4) ON CONFLICT (blueprint) DO NOTHING";
        let add = query(add).bind(&id).bind(seen.tenant.0).bind(millis(now)).bind(new.by);
        let added = add.execute(&mut *change).await.map_err(StoreError::of("written"))?;
        if added.rows_affected() == 0 {
            // The row may be older than the blueprint: a backup has the one and not the other.
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
    /// blueprint that is carried out, and so could not be (J4).
    pub async fn approve_rollout(
        &self,
        seen: RolloutsSeen,
        id: BlueprintId,
        approval: &Approval,
    ) -> Result<bool, StoreError> {
        let mut change = self.journal_turn().await?;
        see(self.engine, &mut change, seen, id).await?;
        let (parent, current) =
            (sql::parent(&mut change, id).await?, sql::current(&mut change).await?);
        if current.is_some_and(|it| it != id && parent != Some(it)) {
            let what = "It does not follow the blueprint that is current: plan again with --parent";
            return Err(StoreError::Conflict { what: what.to_owned() });
        }
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
    async fn journal_turn(&self) -> Result<sqlx::Transaction<'static, sqlx::Any>, StoreError> {
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

const NOT_THERE: StoreError = StoreError::NotFound { what: "rollout" };

/// Blueprints that somebody sees: of tenant `$1`, and with `$2` = 1 those that are nobody's (RO1).
const SEEN: &str = "FROM blueprint LEFT JOIN rollout ON rollout.blueprint = blueprint.id \
     WHERE (rollout.tenant = $1 OR ($2 = 1 AND rollout.blueprint IS NULL))";

/// Whose a blueprint is, to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    /// Somebody else's, or not there.
    Not,
    /// Of the tenant.
    Own,
    /// Nobody's.
    Unowned,
}

async fn sees(
    connection: &mut AnyConnection,
    seen: RolloutsSeen,
    id: BlueprintId,
) -> Result<Seen, StoreError> {
    let text = format!("SELECT rollout.tenant {SEEN} AND blueprint.id = $3");
    let row: Option<Option<i64>> = query_scalar(AssertSqlSafe(text))
        .bind(seen.tenant.0)
        .bind(i64::from(seen.unowned))
        .bind(id.to_string())
        .fetch_optional(connection)
        .await
        .map_err(StoreError::of("read"))?;
    Ok(match row {
        None => Seen::Not,
        Some(None) => Seen::Unowned,
        Some(Some(_)) => Seen::Own,
    })
}

/// Refuses what is not seen.
async fn see(
    engine: Engine,
    connection: &mut AnyConnection,
    seen: RolloutsSeen,
    id: BlueprintId,
) -> Result<(), StoreError> {
    let is_there = has_journal(engine, connection).await?;
    if is_there && sees(connection, seen, id).await? != Seen::Not { Ok(()) } else { Err(NOT_THERE) }
}

/// Whether anybody has made the journal yet.
pub(super) async fn has_journal(
    engine: Engine,
    connection: &mut AnyConnection,
) -> Result<bool, StoreError> {
    let text = match engine {
        Engine::Sqlite => {
            "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'tip'"
        }
        Engine::Postgres => {
            "SELECT count(*) FROM information_schema.tables \
             WHERE table_schema = current_schema() AND table_name = 'tip'"
        }
    };
    let tables: i64 =
        query_scalar(text).fetch_one(connection).await.map_err(StoreError::of("read"))?;
    Ok(tables > 0)
}

fn kept_for_others() -> StoreError {
    let what = "this blueprint is kept already, and not for this tenant".to_owned();
    StoreError::Conflict { what }
}

fn identified(text: &str) -> Result<BlueprintId, StoreError> {
    text.parse().map_err(|_| StoreError::Damaged { what: format!("`{text}` is no blueprint") })
}
