//! Rollouts as the pages and the API see them: whose they are, what the journal has of them, and what people say.
//!
//! The journal ([`crate::StoreJournal`]) lies in the same database. A row of `rollout` says whose a blueprint is; one
//! without a row was approved on the command line, and only people of all tenants see it.
//!
//! # Invariants
//! * **RO1 nobody else's.** Every question names who asks ([`RolloutsSeen`]); what they do not see looks like
//!   what is not there, and nobody makes it theirs.
//! * **RO2 noted.** What a person says of a rollout stands in the journal exactly if it stands in the audit log:
//!   both are written in one transaction (L3).
//! * **RO3 lines apart.** A blueprint of a tenant stands in that tenant's line of the journal, and one that is
//!   nobody's in that of the command line: what is said in one changes nothing in another (J4).

mod say;
mod seen;
pub(super) mod whole;

use exward_core::blueprint::BlueprintId;
use exward_drive::journal::{Approval, Commanded, Written};
use jiff::Timestamp;
use sqlx::{AnyConnection, AssertSqlSafe, query_as};

use super::moment::some_moment;
use super::{Engine, Store, StoreError, TenantId};
use crate::journal::open::{self, Mode};
use crate::journal::sql;
use seen::{NOT_THERE, SEEN, see};

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
    /// Makes the journal of rollouts in the database, where there is none; brings an older one up to date.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn make_journal(&self) -> Result<(), StoreError> {
        use sqlx::Connection as _;
        let mut connection = self.read.acquire().await.map_err(StoreError::of("read"))?;
        let version = open::version(self.engine, &mut connection).await;
        let (had, known) = version.map_err(StoreError::of("read"))?;
        drop(connection);
        if had == known {
            return Ok(());
        }
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
}

/// Whether anybody has made the journal yet.
pub(super) async fn has_journal(
    engine: Engine,
    connection: &mut AnyConnection,
) -> Result<bool, StoreError> {
    open::has_table(engine, connection, "tip").await.map_err(StoreError::of("read"))
}

fn identified(text: &str) -> Result<BlueprintId, StoreError> {
    text.parse().map_err(|_| StoreError::Damaged { what: format!("`{text}` is no blueprint") })
}
