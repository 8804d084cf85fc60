//! Hunts that are kept, and what they have found.

use std::cmp::Reverse;

use exward_core::alarm::Heard;
use jiff::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, query, query_scalar};

use super::SightingSeen;
use crate::store::moment::{moment, some_moment};
use crate::store::sql::column;
use crate::store::{HuntId, RunId, ServerId, SightingId, Store, StoreError, TenantId};

/// The most hunts that a list gives: the newest.
pub const HUNTS_MAX: u32 = 500;

/// The most sightings of one page.
pub const SIGHTINGS_MAX: u32 = 500;

/// A hunt that is kept, without what it has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HuntRow {
    /// Its key.
    pub id: HuntId,
    /// The server.
    pub server: ServerId,
    /// The run that it was part of.
    pub run: RunId,
    /// When it was.
    pub at: Timestamp,
    /// Name of its verdict.
    pub verdict: String,
    /// The beginning of the time that it covers.
    pub from: Option<Timestamp>,
    /// Its end.
    pub to: Option<Timestamp>,
    /// The rest of it, as JSON.
    pub body: String,
    /// How loudly it asks to act: 0 not at all.
    pub alarm: u8,
    /// When its alarm was settled, by whom and why; `None`: it was not.
    pub settled: Option<Settled>,
}

impl HuntRow {
    /// As far as it says which hunt speaks for the server.
    #[must_use]
    pub fn heard(&self) -> Heard {
        let settled_at = self.settled.as_ref().map(|it| it.at);
        Heard { at: self.at, alarm: self.alarm, settled_at }
    }
}

/// That an alarm is settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Since when.
    pub at: Timestamp,
    /// Who has said so.
    pub by: String,
    /// What came of it.
    pub why: String,
}

/// A trace that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SightingRow {
    /// Its key.
    pub id: SightingId,
    /// The hunt that has found it.
    pub hunt: HuntId,
    /// What it is.
    pub sighting: SightingSeen,
}

impl Store {
    /// Hunts on a server, newest first; at most [`HUNTS_MAX`], of which the one that speaks for it is always one,
    /// however old its alarm is.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: no such server of this tenant.
    pub async fn hunts(
        &self,
        tenant: TenantId,
        server: ServerId,
    ) -> Result<Vec<HuntRow>, StoreError> {
        self.check_server(tenant, server).await?;
        let text = format!(
            "SELECT {HUNT} FROM hunt JOIN server ON server.id = hunt.server \
             WHERE server.tenant = $1 AND hunt.server = $2 \
             ORDER BY CASE WHEN hunt.id = server.hunt THEN 0 ELSE 1 END, hunt.at DESC, hunt.id DESC LIMIT $3"
        );
        let rows = query(AssertSqlSafe(text))
            .bind(tenant.0)
            .bind(server.0)
            .bind(i64::from(HUNTS_MAX))
            .fetch_all(&self.read)
            .await
            .map_err(StoreError::of("read"))?;
        let mut hunts: Vec<HuntRow> = rows.iter().map(hunt_of).collect::<Result<_, _>>()?;
        hunts.sort_by_key(|it| Reverse((it.at, it.id)));
        Ok(hunts)
    }

    /// What a hunt has found, in the order in which it was given; `after` is the last one of the page
    /// before; at most [`SIGHTINGS_MAX`].
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: no such hunt of this tenant.
    pub async fn sightings(
        &self,
        tenant: TenantId,
        hunt: HuntId,
        after: Option<SightingId>,
        limit: u32,
    ) -> Result<Vec<SightingRow>, StoreError> {
        let found: Option<i64> = query_scalar(
            "SELECT hunt.id FROM hunt JOIN server ON server.id = hunt.server
             WHERE server.tenant = $1 AND hunt.id = $2",
        )
        .bind(tenant.0)
        .bind(hunt.0)
        .fetch_optional(&self.read)
        .await
        .map_err(StoreError::of("read"))?;
        found.ok_or(StoreError::NotFound { what: "hunt" })?;
        let rows = query(
            "SELECT sighting.id, sighting.hunt, sighting.at, sighting.stage, sighting.confidence,
               sighting.rule, sighting.body, sighting.alarm, sighting.trace
             FROM sighting JOIN server ON server.id = sighting.server
             WHERE server.tenant = $1 AND sighting.hunt = $2 AND sighting.id > $3
             ORDER BY sighting.id LIMIT $4",
        )
        .bind(tenant.0)
        .bind(hunt.0)
        .bind(after.map_or(0, |it| it.0))
        .bind(i64::from(limit.min(SIGHTINGS_MAX)))
        .fetch_all(&self.read)
        .await
        .map_err(StoreError::of("read"))?;
        rows.iter().map(sighting_of).collect()
    }
}

/// The columns of a hunt, in the order in which [`hunt_of`] reads them.
pub(super) const HUNT: &str = "hunt.id, hunt.server, hunt.run, hunt.at, hunt.verdict, hunt.from_at, hunt.to_at, hunt.body, \
     hunt.alarm, hunt.settled_at, hunt.settled_by, hunt.settled_why";

/// How many they are.
pub(super) const HUNT_COUNT: usize = 12;

pub(super) fn hunt_of(row: &AnyRow) -> Result<HuntRow, StoreError> {
    Ok(HuntRow {
        id: HuntId(column(row, 0)?),
        server: ServerId(column(row, 1)?),
        run: RunId(column(row, 2)?),
        at: moment(column(row, 3)?)?,
        verdict: column(row, 4)?,
        from: some_moment(column(row, 5)?)?,
        to: some_moment(column(row, 6)?)?,
        body: column(row, 7)?,
        alarm: u8::try_from(column::<i64>(row, 8)?).unwrap_or(u8::MAX),
        settled: settled_of(row)?,
    })
}

fn settled_of(row: &AnyRow) -> Result<Option<Settled>, StoreError> {
    let at = some_moment(column(row, 9)?)?;
    let (by, why): (Option<String>, Option<String>) = (column(row, 10)?, column(row, 11)?);
    Ok(at.map(|at| Settled { at, by: by.unwrap_or_default(), why: why.unwrap_or_default() }))
}

fn sighting_of(row: &AnyRow) -> Result<SightingRow, StoreError> {
    Ok(SightingRow {
        id: SightingId(column(row, 0)?),
        hunt: HuntId(column(row, 1)?),
        sighting: SightingSeen {
            at: some_moment(column(row, 2)?)?,
            stage: column(row, 3)?,
            confidence: column(row, 4)?,
            rule: column(row, 5)?,
            body: column(row, 6)?,
            alarm: column::<i64>(row, 7)? != 0,
            trace: column::<Option<Vec<u8>>>(row, 8)?.and_then(|it| it.try_into().ok()),
        },
    })
}
