//! How many servers stood on which imprint, day by day: what the curves of a campaign are drawn from (S2).

mod imprints;

use std::collections::BTreeMap;

use jiff::civil::Date;
use sqlx::{AnyConnection, query, query_as};

use super::moment::{date, day_of};
use super::sql::{ROWS_MAX, Sql};
use super::tenants::take_turn;
use super::{Engine, ImprintId, Store, StoreError, TenantId};

/// The most turns that are given; a tenant that has more is refused, not cut.
pub const TURNS_MAX: u32 = 2_000_000;

/// The most days of one curve.
pub const DAYS_MAX: u32 = 3_660;

/// How many more servers, or fewer, stood on an imprint at the end of a day than at its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Turn {
    /// The day, UTC.
    pub day: Date,
    /// The imprint.
    pub imprint: ImprintId,
    /// How many; never zero.
    pub delta: i64,
}

/// How many servers stood on an imprint at the end of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StandingOfDay {
    /// The day, UTC.
    pub day: Date,
    /// The imprint.
    pub imprint: ImprintId,
    /// Servers; never zero.
    pub servers: u64,
}

impl Store {
    /// The turns of a tenant's servers, by day and imprint. A server stands on what it was last seen with,
    /// from the first time that it was seen so, until it is seen otherwise.
    ///
    /// # Errors
    /// [`StoreError::Conflict`]: more than [`TURNS_MAX`].
    pub async fn turns(&self, tenant: TenantId) -> Result<Vec<Turn>, StoreError> {
        let turns = self.days(tenant, i64::MAX).await?;
        let turn = |(day, imprint, delta)| {
            Ok(Turn { day: date(day)?, imprint: ImprintId(imprint), delta })
        };
        turns.into_iter().map(turn).collect()
    }

    /// How many servers stood on which imprint at the end of each day from `first` to `last`, by day and
    /// imprint.
    ///
    /// # Errors
    /// [`StoreError::Conflict`]: more than [`DAYS_MAX`] days.
    pub async fn standing_by_day(
        &self,
        tenant: TenantId,
        first: Date,
        last: Date,
    ) -> Result<Vec<StandingOfDay>, StoreError> {
        let (first, last) = (day_of(first), day_of(last));
        if last.saturating_sub(first) >= i64::from(DAYS_MAX) {
            return Err(StoreError::Conflict {
                what: format!("a curve has at most {DAYS_MAX} days"),
            });
        }
        curve(&self.days(tenant, last).await?, first, last)
    }

    /// Computes the turns of a tenant again from its observations, and puts them in place of those that were
    /// kept: they are the same (S2).
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: no such tenant.
    pub async fn recompute_turns(&self, tenant: TenantId) -> Result<(), StoreError> {
        let mut transaction = self.writing().await?;
        take_turn(self, &mut transaction, tenant).await?;
        recompute(&mut transaction, tenant).await?;
        transaction.commit().await.map_err(StoreError::of("written"))
    }

    async fn days(&self, tenant: TenantId, last: i64) -> Result<Vec<(i64, i64, i64)>, StoreError> {
        let turns: Vec<(i64, i64, i64)> = query_as(
            "SELECT day, imprint, delta FROM turn
             WHERE tenant = $1 AND day <= $2 AND delta <> 0 ORDER BY day, imprint LIMIT $3",
        )
        .bind(tenant.0)
        .bind(last)
        .bind(i64::from(TURNS_MAX).saturating_add(1))
        .fetch_all(&self.read)
        .await
        .map_err(StoreError::of("read"))?;
        if turns.len() > usize::try_from(TURNS_MAX).unwrap_or(usize::MAX) {
            let what = format!("there are more than {TURNS_MAX} turns; drop what is too old");
            return Err(StoreError::Conflict { what });
        }
        Ok(turns)
    }
}

/// The sums of turns that are sorted by day, at the end of each day.
fn curve(
    turns: &[(i64, i64, i64)],
    first: i64,
    last: i64,
) -> Result<Vec<StandingOfDay>, StoreError> {
    let mut turns = turns.iter().peekable();
    let mut standing: BTreeMap<i64, i64> = BTreeMap::new();
    let mut curve = Vec::new();
    for day in first..=last {
        while let Some((_, imprint, delta)) = turns.next_if(|it| it.0 <= day) {
            let servers = standing.entry(*imprint).or_default();
            *servers = servers.saturating_add(*delta);
            if *servers == 0 {
                standing.remove(imprint);
            }
        }
        let day = date(day)?;
        curve.extend(standing.iter().map(|(imprint, servers)| StandingOfDay {
            day,
            imprint: ImprintId(*imprint),
            servers: servers.unsigned_abs(),
        }));
    }
    Ok(curve)
}

/// Turns of a tenant that are not written yet, by day and imprint.
#[derive(Debug, Default)]
pub(super) struct Turns(BTreeMap<(i64, i64), i64>);

impl Turns {
    /// A server turns from an imprint (`None`: it was not known) to another one.
    pub(super) fn turn(&mut self, day: i64, from: Option<i64>, to: i64) {
        if from == Some(to) {
            return;
        }
        self.add(day, to, 1);
        if let Some(from) = from {
            self.add(day, from, -1);
        }
    }

    /// Takes a turn back that was written.
    pub(super) fn turn_back(&mut self, day: i64, from: Option<i64>, to: i64) {
        if from == Some(to) {
            return;
        }
        self.add(day, to, -1);
        if let Some(from) = from {
            self.add(day, from, 1);
        }
    }

    fn add(&mut self, day: i64, imprint: i64, delta: i64) {
        let sum = self.0.entry((day, imprint)).or_default();
        *sum = sum.saturating_add(delta);
    }

    /// Writes them.
    pub(super) async fn write(
        self,
        engine: Engine,
        connection: &mut AnyConnection,
        tenant: TenantId,
    ) -> Result<(), StoreError> {
        let turns: Vec<_> = self.0.into_iter().filter(|(_, delta)| *delta != 0).collect();
        for chunk in turns.chunks(ROWS_MAX) {
            let mut sql =
                Sql::new(engine, "INSERT INTO turn (tenant, day, imprint, delta) VALUES ");
            sql.rows(chunk, |row, ((day, imprint), delta)| {
                row.number(tenant.0).number(*day).number(*imprint).number(*delta);
            });
            sql.push(" ON CONFLICT (tenant, day, imprint)");
            sql.push(" DO UPDATE SET delta = turn.delta + excluded.delta");
            sql.run(connection).await?;
        }
        Ok(())
    }
}

/// Computes the turns of a tenant from its observations. The division rounds towards the past, before 1970 as
/// well.
pub(super) async fn recompute(
    connection: &mut AnyConnection,
    tenant: TenantId,
) -> Result<(), StoreError> {
    let texts = [
        "DELETE FROM turn WHERE tenant = $1",
        "INSERT INTO turn (tenant, day, imprint, delta)
         WITH seen AS (
           SELECT (from_at - (from_at % 86400000 + 86400000) % 86400000) / 86400000 AS day,
             observation.imprint AS imprint,
             lag(observation.imprint) OVER (
               PARTITION BY observation.server ORDER BY from_at, observation.id) AS before
           FROM observation JOIN server ON server.id = observation.server
           WHERE server.tenant = $1),
         turned AS (
           SELECT day, imprint, 1 AS delta FROM seen WHERE before IS NULL OR before <> imprint
           UNION ALL
           SELECT day, before, -1 FROM seen WHERE before IS NOT NULL AND before <> imprint)
         SELECT $1, day, imprint, CAST(sum(delta) AS BIGINT) FROM turned
         GROUP BY day, imprint HAVING sum(delta) <> 0",
    ];
    for text in texts {
        query(text)
            .bind(tenant.0)
            .execute(&mut *connection)
            .await
            .map_err(StoreError::of("written"))?;
    }
    Ok(())
}
