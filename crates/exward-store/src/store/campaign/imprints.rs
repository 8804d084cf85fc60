//! What a campaign asks about imprints.

use sqlx::{query_as, query_scalar};

use super::super::servers::IMPRINTS_ASKED_MAX;
use crate::store::sql::{Sql, column};
use crate::store::standing::IMPRINTS_MAX;
use crate::store::{ImprintId, ServerId, Store, StoreError, TenantId};

impl Store {
    /// How many imprints there are, of all tenants.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn imprints_in_all(&self) -> Result<u64, StoreError> {
        let count: Result<i64, _> =
            query_scalar("SELECT count(*) FROM imprint").fetch_one(&self.read).await;
        Ok(count.map_err(StoreError::of("read"))?.unsigned_abs())
    }

    /// Imprints after one that a server of this tenant has ever stood on, in the order in which they were
    /// first seen; at most [`IMPRINTS_MAX`]. Begin with `ImprintId(0)`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn imprints_of(
        &self,
        tenant: TenantId,
        after: ImprintId,
        limit: u32,
    ) -> Result<Vec<(ImprintId, String)>, StoreError> {
        let rows: Vec<(i64, String)> = query_as(
            "SELECT id, body FROM imprint
             WHERE id > $2 AND id IN (SELECT imprint FROM turn WHERE tenant = $1)
             ORDER BY id LIMIT $3",
        )
        .bind(tenant.0)
        .bind(after.0)
        .bind(i64::from(limit.min(IMPRINTS_MAX)))
        .fetch_all(&self.read)
        .await
        .map_err(StoreError::of("read"))?;
        Ok(rows.into_iter().map(|(id, body)| (ImprintId(id), body)).collect())
    }

    /// On which imprint each of these servers stands; those that no check has seen, or that are not of this
    /// tenant, are missing. Of the servers, the first [`IMPRINTS_ASKED_MAX`] are looked for.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn standing_on(
        &self,
        tenant: TenantId,
        servers: &[ServerId],
    ) -> Result<Vec<(ServerId, ImprintId)>, StoreError> {
        if servers.is_empty() {
            return Ok(Vec::new());
        }
        let asked = servers.iter().take(IMPRINTS_ASKED_MAX).map(|it| it.0);
        let mut sql = Sql::new(self.engine, "SELECT id, imprint FROM server WHERE tenant = ");
        sql.bind(tenant.0).push(" AND imprint IS NOT NULL AND id IN ").list(asked);
        sql.push(" ORDER BY id");
        let mut connection = self.read.acquire().await.map_err(StoreError::of("read"))?;
        let rows = sql.all(&mut connection).await?;
        rows.iter().map(|row| Ok((ServerId(column(row, 0)?), ImprintId(column(row, 1)?)))).collect()
    }
}
