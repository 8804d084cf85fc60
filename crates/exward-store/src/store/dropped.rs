//! Files of the watched folder that were read: never twice, however often, and under whatever name, they are
//! dropped.

use jiff::Timestamp;
use sqlx::{AnyConnection, query};

use super::jobs::{self, NewJob, Put};
use super::moment::millis;
use super::{Digest, Store, StoreError, TenantId};

impl Store {
    /// Notes a file and puts the job that reads it, both or neither: a crash neither loses the file nor reads
    /// it twice. `None`: it was noted before.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn put_dropped(
        &self,
        tenant: TenantId,
        digest: &Digest,
        name: &str,
        job: &NewJob<'_>,
        now: Timestamp,
    ) -> Result<Option<Put>, StoreError> {
        let mut change = self.writing().await?;
        if !note_in(&mut change, tenant, digest, name, now).await? {
            return Ok(None);
        }
        let put = jobs::put_in(&mut change, job, now).await?;
        change.commit().await.map_err(StoreError::of("written"))?;
        Ok(Some(put))
    }
}

async fn note_in(
    change: &mut AnyConnection,
    tenant: TenantId,
    digest: &Digest,
    name: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let add = "INSERT INTO dropped (tenant, digest, name, at) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (tenant, digest) DO NOTHING";
    let add = query(add).bind(tenant.0).bind(digest.to_vec()).bind(name).bind(millis(now));
    let added = add.execute(change).await.map_err(StoreError::of("written"))?;
    Ok(added.rows_affected() > 0)
}
