//! What was seen of one server over time.

use jiff::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{query, query_scalar};

use super::moment::{millis, moment};
use super::sql::column;
use super::{ImprintId, RunId, ServerId, Store, StoreError, TenantId};

/// The most intervals that are given of a server: the newest.
pub const SPANS_MAX: u32 = 10_000;

/// An interval in which a server has looked the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpanRow {
    /// The first time that it was seen so.
    pub from: Timestamp,
    /// The last time.
    pub to: Timestamp,
    /// How often; of an interval that was cut, how often in all of it.
    pub times: u64,
    /// What decides the verdict.
    pub imprint: ImprintId,
    /// The same, as `exward-read` keeps it.
    pub imprint_body: String,
    /// All evidence, as `exward-read` keeps it.
    pub body: String,
    /// The run that has seen it first.
    pub run: RunId,
}

impl Store {
    /// The intervals of a server, oldest first; as they were known to be at `as_of`: those that begin later
    /// are left out, and one that ends later ends then.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: no such server of this tenant; [`StoreError::BeforeRetention`]: `as_of` is
    /// earlier than the store remembers.
    pub async fn spans(
        &self,
        tenant: TenantId,
        server: ServerId,
        as_of: Option<Timestamp>,
    ) -> Result<Vec<SpanRow>, StoreError> {
        let until = as_of.map_or(i64::MAX, millis);
        let rows = query(
            "SELECT observation.from_at, observation.to_at, observation.times, observation.imprint,
               imprint.body, observation.body, observation.run
             FROM server
             JOIN observation ON observation.server = server.id
             JOIN imprint ON imprint.id = observation.imprint
             WHERE server.tenant = $1 AND server.id = $2 AND observation.from_at <= $3
             ORDER BY observation.from_at DESC, observation.id DESC LIMIT $4",
        )
        .bind(tenant.0)
        .bind(server.0)
        .bind(until)
        .bind(i64::from(SPANS_MAX))
        .fetch_all(&self.read)
        .await
        .map_err(StoreError::of("read"))?;
        if rows.is_empty() {
            self.check_server(tenant, server).await?;
        }
        // Asked after the rows were read: what was dropped in between is refused, not given in part.
        if let (Some(as_of), Some(since)) = (as_of, self.retention(tenant).await?)
            && as_of < since
        {
            return Err(StoreError::BeforeRetention { since });
        }
        rows.iter().rev().map(|row| span_of(row, until)).collect()
    }

    /// Refuses a server that is not one of this tenant.
    pub(super) async fn check_server(
        &self,
        tenant: TenantId,
        server: ServerId,
    ) -> Result<(), StoreError> {
        let found: Option<i64> =
            query_scalar("SELECT id FROM server WHERE tenant = $1 AND id = $2")
                .bind(tenant.0)
                .bind(server.0)
                .fetch_optional(&self.read)
                .await
                .map_err(StoreError::of("read"))?;
        found.map(|_| ()).ok_or(StoreError::NotFound { what: "server" })
    }
}

fn span_of(row: &AnyRow, as_of: i64) -> Result<SpanRow, StoreError> {
    Ok(SpanRow {
        from: moment(column(row, 0)?)?,
        to: moment(column::<i64>(row, 1)?.min(as_of))?,
        times: column::<i64>(row, 2)?.unsigned_abs(),
        imprint: ImprintId(column(row, 3)?),
        imprint_body: column(row, 4)?,
        body: column(row, 5)?,
        run: RunId(column(row, 6)?),
    })
}
