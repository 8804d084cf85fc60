//! The newest hunt of each server of a tenant.

use sqlx::query;

use super::{HUNTS_MAX, HuntRow, hunt_of};
use crate::store::sql::column;
use crate::store::{ServerId, Store, StoreError, TenantId};

impl Store {
    /// The newest hunt of each server after one, with the target of the server, where it has come to this
    /// verdict; in the order in which the servers were first seen; at most [`HUNTS_MAX`]. Begin with
    /// `ServerId(0)`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn newest_hunts(
        &self,
        tenant: TenantId,
        verdict: &str,
        after: ServerId,
        limit: u32,
    ) -> Result<Vec<(String, HuntRow)>, StoreError> {
        let rows = query(
            "SELECT hunt.id, hunt.server, hunt.run, hunt.at, hunt.verdict, hunt.from_at, hunt.to_at,
               hunt.body, server.target
             FROM server JOIN hunt ON hunt.id =
               (SELECT it.id FROM hunt AS it WHERE it.server = server.id
                ORDER BY it.at DESC, it.id DESC LIMIT 1)
             WHERE server.tenant = $1 AND server.hunt_verdict = $2 AND server.id > $3
             ORDER BY server.id LIMIT $4",
        )
        .bind(tenant.0)
        .bind(verdict.to_owned())
        .bind(after.0)
        .bind(i64::from(limit.min(HUNTS_MAX)))
        .fetch_all(&self.read)
        .await
        .map_err(StoreError::of("read"))?;
        rows.iter().map(|row| Ok((column(row, 8)?, hunt_of(row)?))).collect()
    }
}
