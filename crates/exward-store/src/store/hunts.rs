//! Hunts on servers, and the traces that they have found.
//!
//! # Invariants
//! * **HU1 an alarm stands until somebody settles it.** A later hunt that finds less takes nothing away: logs are
//!   rotated, and intruders tidy up. The loudest alarm that stands speaks for the server, or else its newest hunt.
//! * **HU2 settled is what was there.** A later hunt that shows the same traces again, and no other that asks to
//!   act, is settled with them; one trace more, and it stands.
//! * **HU3 noted.** Settling and raising stand in the audit log exactly if they are done.

mod of_servers;
mod settle;
mod speak;

use std::cmp::Reverse;

use exward_core::alarm::Heard;
use jiff::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, query, query_scalar};

use super::events::Telling;
use super::moment::{millis, moment, some_moment};
use super::observe::check_name;
use super::sql::{ROWS_MAX, Sql, column};
use super::tenants::take_turn;
use super::{HuntId, RunId, ServerId, SightingId, Store, StoreError, TenantId, runs};
pub use of_servers::HuntGroup;
pub use settle::Settling;
use settle::spread;
use speak::show;

/// The most hunts that a list gives: the newest.
pub const HUNTS_MAX: u32 = 500;

/// The most sightings of one page.
pub const SIGHTINGS_MAX: u32 = 500;

/// The most sightings that are kept of one hunt; a hunt that has found more is refused.
pub const SIGHTINGS_OF_HUNT_MAX: usize = 100_000;

/// A hunt on one server, as it has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunted {
    /// The server. One that nobody has seen before is made.
    pub target: String,
    /// When the hunt was.
    pub at: Timestamp,
    /// Name of its verdict.
    pub verdict: String,
    /// How loudly it asks to act: 0 not at all, and 2 louder than 1. The server then stands before all that have no
    /// such hunt, until somebody settles it.
    pub alarm: u8,
    /// The beginning of the time that it covers; `None`: of none.
    pub from: Option<Timestamp>,
    /// Its end.
    pub to: Option<Timestamp>,
    /// The rest of it, as JSON.
    pub body: String,
    /// What it has found, in the order in which it is to be shown.
    pub sightings: Vec<SightingSeen>,
}

/// One trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SightingSeen {
    /// When it was left; `None`: unknown.
    pub at: Option<Timestamp>,
    /// Stage of the attack.
    pub stage: String,
    /// How sure it is.
    pub confidence: String,
    /// The rule that has found it.
    pub rule: String,
    /// The rest of it, as JSON.
    pub body: String,
    /// That it asks to act by itself.
    pub alarm: bool,
    /// What it is, wherever its log lies (SHA-256): two of the same are one trace. `None`: it is told from no
    /// other one, and so settled with none (HU2).
    pub trace: Option<[u8; 32]>,
}

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
    /// Keeps a hunt with what it has found. The server shows the hunt that speaks for it (HU1).
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: no such tenant, or no such run of it; [`StoreError::Conflict`]: more than
    /// [`SIGHTINGS_OF_HUNT_MAX`], or a target as [`Self::observe`] refuses it.
    pub async fn keep_hunt(
        &self,
        tenant: TenantId,
        run: RunId,
        hunted: &Hunted,
    ) -> Result<HuntId, StoreError> {
        if hunted.sightings.len() > SIGHTINGS_OF_HUNT_MAX {
            let what = format!("at most {SIGHTINGS_OF_HUNT_MAX} sightings are kept of one hunt");
            return Err(StoreError::Conflict { what });
        }
        check_name(&hunted.target)?;
        let mut transaction = self.writing().await?;
        take_turn(self, &mut transaction, tenant).await?;
        runs::check_run(&mut transaction, tenant, run).await?;
        let server = server_of(&mut transaction, tenant, hunted).await?;
        let hunt = insert(&mut transaction, run, server, hunted).await?;
        for chunk in hunted.sightings.chunks(ROWS_MAX) {
            let mut sql = Sql::new(
                self.engine,
                "INSERT INTO sighting (hunt, server, at, stage, confidence, rule, body, alarm, trace) \
                 VALUES ",
            );
            sql.rows(chunk, |row, it| {
                row.number(hunt).number(server).number(it.at.map(millis));
                row.text(&*it.stage).text(&*it.confidence).text(&*it.rule).text(&*it.body);
                row.number(i64::from(it.alarm)).bytes(it.trace.as_ref().map(<[u8; 32]>::as_slice));
            });
            sql.run(&mut transaction).await?;
        }
        let was = said_before(&mut transaction, server).await?;
        spread(&mut transaction, server).await?;
        if show(&mut transaction, server).await? == Some(HuntId(hunt)) {
            let mut telling = Telling::default();
            telling.hunt(tenant, hunted, was.as_deref());
            telling.put_of_run(&mut transaction, run).await?;
        }
        transaction.commit().await.map_err(StoreError::of("written"))?;
        Ok(HuntId(hunt))
    }

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

/// The server of a hunt; made, if nobody has seen it before.
async fn server_of(
    connection: &mut AnyConnection,
    tenant: TenantId,
    hunted: &Hunted,
) -> Result<i64, StoreError> {
    query_scalar(
        "INSERT INTO server (tenant, target, first_seen_at, last_seen_at) VALUES ($1, $2, $3, $3)
         ON CONFLICT (tenant, target) DO UPDATE SET target = excluded.target RETURNING id",
    )
    .bind(tenant.0)
    .bind(hunted.target.clone())
    .bind(millis(hunted.at))
    .fetch_one(connection)
    .await
    .map_err(StoreError::of("written"))
}

async fn insert(
    connection: &mut AnyConnection,
    run: RunId,
    server: i64,
    hunted: &Hunted,
) -> Result<i64, StoreError> {
    query_scalar(
        "INSERT INTO hunt (server, run, at, verdict, from_at, to_at, body, alarm)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
    )
    .bind(server)
    .bind(run.0)
    .bind(millis(hunted.at))
    .bind(hunted.verdict.clone())
    .bind(hunted.from.map(millis))
    .bind(hunted.to.map(millis))
    .bind(hunted.body.clone())
    .bind(i64::from(hunted.alarm))
    .fetch_one(connection)
    .await
    .map_err(StoreError::of("written"))
}

/// The verdict of the hunt that speaks for a server; `None`: there is none, or its alarm is settled.
async fn said_before(
    connection: &mut AnyConnection,
    server: i64,
) -> Result<Option<String>, StoreError> {
    let said: Option<Option<String>> =
        query_scalar("SELECT hunt_verdict FROM server WHERE id = $1 AND hunt_settled = 0")
            .bind(server)
            .fetch_optional(connection)
            .await
            .map_err(StoreError::of("read"))?;
    Ok(said.flatten())
}

/// The columns of a hunt, in the order in which [`hunt_of`] reads them.
const HUNT: &str = "hunt.id, hunt.server, hunt.run, hunt.at, hunt.verdict, hunt.from_at, hunt.to_at, hunt.body, \
     hunt.alarm, hunt.settled_at, hunt.settled_by, hunt.settled_why";

/// How many they are.
const HUNT_COUNT: usize = 12;

fn hunt_of(row: &AnyRow) -> Result<HuntRow, StoreError> {
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
