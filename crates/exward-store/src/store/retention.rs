//! Forgetting: what was seen long ago is dropped, and from then on nobody can ask about that time.

use jiff::Timestamp;
use sqlx::{AnyConnection, query, query_scalar};

use super::campaign::recompute;
use super::moment::{millis, some_moment};
use super::tenants::take_turn;
use super::{Store, StoreError, TenantId};

impl Store {
    /// Drops the observations of a tenant that say nothing about `at` or any later moment, and remembers that
    /// nobody can ask about an earlier one any more; how many it has dropped.
    ///
    /// What a server looked like at `at` is kept, even if it was seen so long before: answers about `at` and
    /// later stay the same. So the newest observation of a server is never dropped.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: no such tenant.
    pub async fn drop_before(&self, tenant: TenantId, at: Timestamp) -> Result<u64, StoreError> {
        let at = millis(at);
        let mut transaction = self.writing().await?;
        take_turn(self, &mut transaction, tenant).await?;
        let dropped = query(
            "DELETE FROM observation WHERE to_at < $2
               AND server IN (SELECT id FROM server WHERE tenant = $1)
               AND EXISTS (
                 SELECT 1 FROM observation AS later WHERE later.server = observation.server
                   AND later.from_at > observation.from_at AND later.from_at <= $2)",
        )
        .bind(tenant.0)
        .bind(at)
        .execute(&mut *transaction)
        .await
        .map_err(StoreError::of("written"))?;
        query(
            "INSERT INTO retention (tenant, since) VALUES ($1, $2)
             ON CONFLICT (tenant) DO UPDATE SET since = excluded.since
             WHERE retention.since < excluded.since",
        )
        .bind(tenant.0)
        .bind(at)
        .execute(&mut *transaction)
        .await
        .map_err(StoreError::of("written"))?;
        recompute(&mut transaction, tenant).await?;
        transaction.commit().await.map_err(StoreError::of("written"))?;
        Ok(dropped.rows_affected())
    }

    /// The earliest moment that can be asked about; `None`: nothing was ever dropped.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn retention(&self, tenant: TenantId) -> Result<Option<Timestamp>, StoreError> {
        let mut connection = self.read.acquire().await.map_err(StoreError::of("read"))?;
        some_moment(since(&mut connection, tenant).await?)
    }
}

/// [`Store::retention`], in milliseconds.
pub(super) async fn since(
    connection: &mut AnyConnection,
    tenant: TenantId,
) -> Result<Option<i64>, StoreError> {
    query_scalar("SELECT since FROM retention WHERE tenant = $1")
        .bind(tenant.0)
        .fetch_optional(connection)
        .await
        .map_err(StoreError::of("read"))
}
