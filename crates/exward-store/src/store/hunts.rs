//! Hunts on servers, and the traces that they have found.
//!
//! # Invariants
//! * **HU1 an alarm stands until somebody settles it.** A later hunt that finds less takes nothing away: logs are
//!   rotated, and intruders tidy up. The loudest alarm that stands speaks for the server, or else its newest hunt.
//! * **HU2 settled is what was there.** A later hunt that shows the same traces again, and no other that asks to
//!   act, is settled with them; one trace more, and it stands.
//! * **HU3 noted.** Settling and raising stand in the audit log exactly if they are done.

mod found;
mod of_servers;
mod settle;
mod speak;

use jiff::Timestamp;
use sqlx::{AnyConnection, query_scalar};

use super::events::Telling;
use super::moment::millis;
use super::observe::check_name;
use super::sql::{ROWS_MAX, Sql};
use super::tenants::take_turn;
use super::{HuntId, RunId, Store, StoreError, TenantId, runs};
pub use found::{HUNTS_MAX, HuntRow, SIGHTINGS_MAX, Settled, SightingRow};
pub use of_servers::HuntGroup;
pub use settle::Settling;
use settle::spread;
use speak::{Speaking, show};

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
        let speaking = Speaking { hunt: HuntId(hunt), stands: true };
        if show(&mut transaction, server).await? == Some(speaking) {
            let mut telling = Telling::default();
            telling.hunt(tenant, hunted, was.as_deref());
            telling.put_of_run(&mut transaction, run).await?;
        }
        transaction.commit().await.map_err(StoreError::of("written"))?;
        Ok(HuntId(hunt))
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
