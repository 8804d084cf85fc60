//! The store: what was seen of every server over time, who may look at it, and what is to be done.
//!
//! One code path for SQLite (a file) and PostgreSQL (a URL): the same SQL text on both, through sqlx's `Any`
//! driver. Where the engines differ, [`Engine`] says so, and nothing else does.
//!
//! # Invariants
//! * **S1 append-only (A7).** An observation is never changed but for the end of its interval, which only
//!   grows; triggers in the database refuse the rest.
//! * **S2 derived again.** What is computed (standings, days, counts) can be dropped and computed again from
//!   observations, and comes out the same.
//! * **S3 one tenant.** Every question about a tenant's data names the tenant in SQL; there is no method
//!   that takes the id of a server alone.
//! * **S4 same on both.** Every method gives the same answer on SQLite and PostgreSQL (`tests/contract`).
//! * **S5 acknowledged is safe.** What a method has returned `Ok` for survives a crash of the process.
//!
//! # Conventions
//! Times are milliseconds since 1970, UTC, as BIGINT; a flag is BIGINT 0 or 1; lists and free shapes are JSON
//! in TEXT; digests are SHA-256 in 32 bytes. Text sorts by bytes on both engines.

mod accept;
mod audit;
mod backup;
mod campaign;
mod check;
mod course;
mod dropped;
mod engine;
mod events;
mod failure;
mod halts;
mod hunts;
mod ids;
mod job_check;
mod jobs;
mod marks;
mod moment;
mod news;
mod observe;
mod open;
mod people;
mod retention;
mod rollouts;
mod runs;
mod schedule;
mod schema;
mod servers;
mod sessions;
mod setup;
mod spans;
mod sql;
mod standing;
mod tenants;
mod tokens;
mod webhooks;

pub use accept::{ACCEPTANCES_MAX, AcceptanceRow, Accepting, WHY_MAX};
pub use audit::{AuditBroken, AuditFault, AuditRow, AuditWhole, Note};
pub use campaign::{DAYS_MAX, StandingOfDay, TURNS_MAX, Turn};
pub use check::{Checked, Problem};
pub use engine::{Engine, StoreUrl, StoreUrlError};
pub use events::{EVENT_SCHEMA, EVENT_SERVERS_MAX, EventKind};
pub use failure::StoreError;
pub use hunts::{
    HUNTS_MAX, HuntGroup, HuntRow, Hunted, SIGHTINGS_MAX, SIGHTINGS_OF_HUNT_MAX, Settled, Settling,
    SightingRow, SightingSeen,
};
pub use ids::{AcceptanceId, HuntId, ImprintId, RunId, ServerId, SightingId, TenantId};
pub use job_check::JobCheck;
pub use jobs::{
    Claim, HeldJob, Job, JobCount, JobFilter, JobId, JobState, NewJob, ParseJobStateError, Put,
};
pub use marks::{Mark, RUNS_MARKED, WORK_MARKED};
pub use news::{CATALOGS_MAX, CatalogUsed, GROUPS_MAX, ReleaseCount};
pub use observe::{Observed, SEEN_MAX, Seen, TARGET_LENGTH_MAX};
pub use people::{
    NewPerson, ParsePersonNameError, ParseRoleError, Person, PersonId, PersonName, Role,
};
pub use rollouts::{KeptRollout, NewRollout, ROLLOUTS_MAX, RolloutMark, RolloutRow, RolloutsSeen};
pub use runs::{RUNS_MAX, Run, RunKind, SKIPPED_MAX, SkippedLine};
pub use schedule::{Due, Schedule, ScheduleId};
pub use servers::{
    Cursor, HuntOfServer, IMPRINTS_ASKED_MAX, LABELS_MAX, Labels, NEWEST_MAX, Newest, Page,
    SERVERS_MAX, ServerFilter, ServerRow, Summary, TAG_LENGTH_MAX, TAGS_MAX, VerdictCount,
};
pub use sessions::SignedIn;
pub use spans::{SPANS_MAX, SpanRow};
pub use standing::{IMPRINTS_MAX, StandingRow};
pub use tenants::{TENANT_NAME_MAX, Tenant};
pub use tokens::{NewToken, Token, TokenId};
pub use webhooks::{
    Delivery, DeliveryClaim, DeliveryId, DeliveryState, HeldDelivery, NewWebhook,
    ParseDeliveryStateError, Webhook, WebhookId,
};

use std::sync::Arc;

use sqlx::{Any, AnyPool, Transaction};

/// A SHA-256.
pub type Digest = [u8; 32];

/// A store. Cheap to clone; all clones share their connections.
#[derive(Clone, Debug)]
pub struct Store {
    engine: Engine,
    /// The name of the database for people: no password.
    place: Arc<str>,
    /// How it is connected to; with its password.
    url: Arc<StoreUrl>,
    /// For SQLite one connection, so that writers queue here and not in the file.
    write: AnyPool,
    read: AnyPool,
}

impl Store {
    /// Which engine it is on.
    #[must_use]
    pub const fn engine(&self) -> Engine {
        self.engine
    }

    /// Where it is, without the password: `exward.db`, `postgres://db.example.org/exward`.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Closes all connections. What was acknowledged is safe without it.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }

    /// Begins a transaction that will write.
    pub(crate) async fn writing(&self) -> Result<Transaction<'static, Any>, StoreError> {
        self.write.begin_with(self.engine.begin_to_write()).await.map_err(StoreError::of("written"))
    }
}
