//! The hunt that speaks for each server of a tenant (HU1).

use sqlx::{AssertSqlSafe, query};

use super::found::{HUNT, HUNT_COUNT, HUNTS_MAX, HuntRow, hunt_of};
use crate::store::sql::column;
use crate::store::{ServerId, Store, StoreError, TenantId};

/// Hunts that are listed together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HuntGroup<'a> {
    /// Those that have come to this verdict, if that is not settled.
    Said(&'a str),
    /// Those whose alarm is settled.
    Settled,
}

impl Store {
    /// The hunt that speaks for each server after one, with the target of the server, if it is of this
    /// group; in the order in which the servers were first seen; at most [`HUNTS_MAX`]. Begin with
    /// `ServerId(0)`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn speaking_hunts(
        &self,
        tenant: TenantId,
        group: HuntGroup<'_>,
        after: ServerId,
        limit: u32,
    ) -> Result<Vec<(String, HuntRow)>, StoreError> {
        let text = format!(
            "SELECT {HUNT}, server.target FROM server JOIN hunt ON hunt.id = server.hunt \
             WHERE server.tenant = $1 AND server.hunt_settled = $5 \
               AND ($5 = 1 OR server.hunt_verdict = $2) AND server.id > $3 \
             ORDER BY server.id LIMIT $4"
        );
        let (verdict, is_settled) = match group {
            HuntGroup::Said(verdict) => (verdict, 0_i64),
            HuntGroup::Settled => ("", 1),
        };
        let rows = query(AssertSqlSafe(text))
            .bind(tenant.0)
            .bind(verdict.to_owned())
            .bind(after.0)
            .bind(i64::from(limit.min(HUNTS_MAX)))
            .bind(is_settled)
            .fetch_all(&self.read)
            .await
            .map_err(StoreError::of("read"))?;
        rows.iter().map(|row| Ok((column(row, HUNT_COUNT)?, hunt_of(row)?))).collect()
    }
}
