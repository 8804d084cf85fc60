//! Standings: what the catalog in force says about an imprint, on every server that has it (S2).

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, query, query_as};

use super::events::{Telling, tell_catalog};
use super::moment::millis;
use super::sql::{ROWS_MAX, Row, Sql, column};
use super::tenants::take_all_turns;
use super::{Engine, ImprintId, Store, StoreError, TenantId};

/// The most imprints of one page.
pub const IMPRINTS_MAX: u32 = 5_000;

/// Servers that one transaction of [`Store::restand`] looks at: between two, others write.
const STRIDE: i64 = 4_000;

/// A standing, as columns: what a list of servers shows and sorts by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StandingRow {
    /// How bad it is: higher is worse.
    pub rank: i64,
    /// Name of the verdict.
    pub verdict: String,
    /// Product, as far as it is known.
    pub product: Option<String>,
    /// Cumulative update.
    pub cu: Option<String>,
    /// Update level.
    pub update: Option<String>,
    /// Build.
    pub build: Option<String>,
    /// CVEs that are open.
    pub open: u32,
    /// Those of them that are known to be exploited.
    pub kev_open: u32,
    /// Since when one of the open CVEs has been exploited, or known.
    pub exposed_since: Option<Date>,
    /// What to do next, as a sentence.
    pub next_step: String,
    /// State of the Emergency Mitigation service, as a sentence; `None`: no evidence says.
    pub mitigation: Option<String>,
}

/// The columns of a standing, in the order in which [`standing_of`] reads and [`standing_values`] writes them.
pub(super) const STANDING: &str = "server.rank, server.verdict, server.product, server.cu, \
     server.update_level, server.build, server.open, server.kev_open, server.exposed_since, server.next_step, \
     server.mitigation";

/// What an `UPDATE` sets from `new`, whose columns are named as those of a server.
pub(super) const STANDING_SET: &str = "rank = new.rank, verdict = new.verdict, product = new.product, \
     cu = new.cu, update_level = new.update_level, build = new.build, open = new.open, \
     kev_open = new.kev_open, exposed_since = new.exposed_since, next_step = new.next_step, \
     mitigation = new.mitigation";

/// The names of the columns of a standing.
pub(super) const STANDING_NAMES: &str = "rank, verdict, product, cu, update_level, build, open, \
     kev_open, exposed_since, next_step, mitigation";

impl Store {
    /// Imprints after one, in the order in which they were first seen; at most [`IMPRINTS_MAX`]. Begin with
    /// `ImprintId(0)`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn imprints(
        &self,
        after: ImprintId,
        limit: u32,
    ) -> Result<Vec<(ImprintId, String)>, StoreError> {
        let rows: Vec<(i64, String)> =
            query_as("SELECT id, body FROM imprint WHERE id > $1 ORDER BY id LIMIT $2")
                .bind(after.0)
                .bind(i64::from(limit.min(IMPRINTS_MAX)))
                .fetch_all(&self.read)
                .await
                .map_err(StoreError::of("read"))?;
        Ok(rows.into_iter().map(|(id, body)| (ImprintId(id), body)).collect())
    }

    /// Gives every server of every tenant the standing of its imprint, where it has another one; how many
    /// had. Servers whose imprint is not named stay as they are.
    ///
    /// What is worth telling of it is told the webhooks of the tenant at `now`, in the transaction of the stride.
    ///
    /// It works in strides, so that others can write in between. Killed halfway, it has done half; doing it
    /// again does the rest.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn restand(
        &self,
        standings: &[(ImprintId, StandingRow)],
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let standings: BTreeMap<i64, &StandingRow> =
            standings.iter().map(|(imprint, standing)| (imprint.0, standing)).collect();
        let (mut after, mut changed) = (0, 0_u64);
        loop {
            let mut transaction = self.writing().await?;
            take_all_turns(self, &mut transaction).await?;
            let rows = stride(&mut transaction, after).await?;
            let (mut differing, mut telling) = (Vec::new(), Telling::default());
            let mut last = None;
            for row in &rows {
                let id: i64 = column(row, 0)?;
                last = Some(id);
                let imprint: Option<i64> = column(row, 1)?;
                let Some(wanted) = imprint.and_then(|it| standings.get(&it)) else { continue };
                let was = standing_of(row, 4)?;
                if was != **wanted {
                    let (tenant, target) = (TenantId(column(row, 2)?), column::<&str>(row, 3)?);
                    telling.server(tenant, target, Some(&was), wanted);
                    differing.push((id, *wanted));
                }
            }
            changed = changed
                .saturating_add(set_standings(self.engine, &mut transaction, &differing).await?);
            telling.put(&mut transaction, now).await?;
            transaction.commit().await.map_err(StoreError::of("written"))?;
            match last {
                Some(id) => after = id,
                None => return Ok(changed),
            }
        }
    }

    /// Notes that all standings have been computed with this catalog, so to be called after
    /// [`Self::restand`]. False if that was so before; else
    /// every tenant's webhooks are told, each of what stands in `news` for it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn note_catalog(
        &self,
        digest: &[u8; 32],
        as_of: Date,
        news: &[(TenantId, Vec<Value>)],
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.writing().await?;
        let newest: Option<(Vec<u8>, i64)> = query_as(CATALOG_IN_FORCE)
            .fetch_optional(&mut *transaction)
            .await
            .map_err(StoreError::of("read"))?;
        let newest_at = match newest {
            Some((known, _)) if known == digest => return Ok(false),
            // A clock that was set back does not make an older catalog the newest one.
            Some((_, used_at)) => used_at.saturating_add(1),
            None => i64::MIN,
        };
        query(
            "INSERT INTO catalog (digest, as_of, first_used_at, used_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (digest) DO UPDATE SET used_at = excluded.used_at",
        )
        .bind(digest.to_vec())
        .bind(as_of.to_string())
        .bind(millis(now))
        .bind(millis(now).max(newest_at))
        .execute(&mut *transaction)
        .await
        .map_err(StoreError::of("written"))?;
        tell_catalog(&mut transaction, as_of, news, now).await?;
        transaction.commit().await.map_err(StoreError::of("written"))?;
        Ok(true)
    }

    /// The digest of the catalog that the standings were computed with; `None`: of none yet.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn catalog_in_force(&self) -> Result<Option<[u8; 32]>, StoreError> {
        let newest: Option<(Vec<u8>, i64)> = query_as(CATALOG_IN_FORCE)
            .fetch_optional(&self.read)
            .await
            .map_err(StoreError::of("read"))?;
        let short = |_| StoreError::Damaged { what: "the digest of a catalog is too short".into() };
        newest.map(|(digest, _)| digest.try_into().map_err(short)).transpose()
    }
}

const CATALOG_IN_FORCE: &str =
    "SELECT digest, used_at FROM catalog ORDER BY used_at DESC, id DESC LIMIT 1";

async fn stride(connection: &mut AnyConnection, after: i64) -> Result<Vec<AnyRow>, StoreError> {
    let text = format!(
        "SELECT server.id, server.imprint, server.tenant, server.target, {STANDING} FROM server \
         WHERE id > $1 ORDER BY id LIMIT $2"
    );
    query(sqlx::AssertSqlSafe(text))
        .bind(after)
        .bind(STRIDE)
        .fetch_all(connection)
        .await
        .map_err(StoreError::of("read"))
}

/// Sets the standings of some servers.
pub(super) async fn set_standings(
    engine: Engine,
    connection: &mut AnyConnection,
    standings: &[(i64, &StandingRow)],
) -> Result<u64, StoreError> {
    let mut changed = 0_u64;
    for chunk in standings.chunks(ROWS_MAX) {
        let mut sql = Sql::new(engine, "WITH new (id, ");
        sql.push(STANDING_NAMES).push(") AS (VALUES ");
        sql.rows(chunk, |row, (id, standing)| {
            row.number(*id);
            standing_values(row, standing);
        });
        sql.push(") UPDATE server SET ").push(STANDING_SET);
        sql.push(" FROM new WHERE server.id = new.id");
        changed = changed.saturating_add(sql.run(connection).await?);
    }
    Ok(changed)
}

/// Writes the columns of a standing.
pub(super) fn standing_values(row: &mut Row<'_>, standing: &StandingRow) {
    row.number(standing.rank).text(&*standing.verdict).text(standing.product.as_deref());
    row.text(standing.cu.as_deref()).text(standing.update.as_deref());
    row.text(standing.build.as_deref()).number(i64::from(standing.open));
    row.number(i64::from(standing.kev_open));
    row.text(standing.exposed_since.map(|it| it.to_string()).as_deref());
    row.text(&*standing.next_step).text(standing.mitigation.as_deref());
}

/// Reads the columns of a standing, which begin at `first`.
pub(super) fn standing_of(row: &AnyRow, first: usize) -> Result<StandingRow, StoreError> {
    let at = |offset: usize| first.saturating_add(offset);
    let count = |it: i64| u32::try_from(it).unwrap_or(u32::MAX);
    let exposed_since: Option<String> = column(row, at(8))?;
    let bad_date = |_| StoreError::Damaged { what: "a server is exposed since no date".into() };
    Ok(StandingRow {
        rank: column(row, at(0))?,
        verdict: column(row, at(1))?,
        product: column(row, at(2))?,
        cu: column(row, at(3))?,
        update: column(row, at(4))?,
        build: column(row, at(5))?,
        open: count(column(row, at(6))?),
        kev_open: count(column(row, at(7))?),
        exposed_since: exposed_since.map(|it| it.parse().map_err(bad_date)).transpose()?,
        next_step: column(row, at(9))?,
        mitigation: column(row, at(10))?,
    })
}
