//! What the sentence of a new catalog is made of: the catalogs that were in force, and how a tenant's servers stand.

use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::{query, query_as};

use super::moment::moment;
use super::sql::column;
use super::{Digest, Store, StoreError, TenantId};

/// The most catalogs that are given, the newest; one comes about every month.
pub const CATALOGS_MAX: u32 = 1_000;

/// The most groups of servers that are given: each is a build, and the catalog knows some hundred.
pub const GROUPS_MAX: u32 = 10_000;

/// A catalog that all standings have been computed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogUsed {
    /// What tells it from others.
    pub digest: Digest,
    /// The day that it tells of.
    pub as_of: Date,
    /// When it came into force for the first time.
    pub first_used_at: Timestamp,
    /// True of the one that was used last.
    pub in_force: bool,
}

/// Servers of a tenant that stand alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReleaseCount {
    /// Their product, as far as it is known.
    pub product: Option<String>,
    /// Their CU.
    pub cu: Option<String>,
    /// Their build.
    pub build: Option<String>,
    /// How many.
    pub servers: u64,
}

impl Store {
    /// The catalogs that were in force, in the order in which they came.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn catalogs(&self) -> Result<Vec<CatalogUsed>, StoreError> {
        let rows: Vec<(Vec<u8>, String, i64, i64)> = query_as(
            "SELECT digest, as_of, first_used_at, used_at FROM catalog
             ORDER BY first_used_at DESC, id DESC LIMIT $1",
        )
        .bind(i64::from(CATALOGS_MAX))
        .fetch_all(&self.read)
        .await
        .map_err(StoreError::of("read"))?;
        let last = rows.iter().map(|it| it.3).max();
        let damaged = |what: &str| StoreError::Damaged { what: what.to_owned() };
        let used = |(digest, as_of, first, used): (Vec<u8>, String, i64, i64)| {
            Ok(CatalogUsed {
                digest: digest.try_into().map_err(|_| damaged("a digest is too short"))?,
                as_of: as_of.parse().map_err(|_| damaged("a catalog is of no day"))?,
                first_used_at: moment(first)?,
                in_force: Some(used) == last,
            })
        };
        rows.into_iter().rev().map(used).collect()
    }

    /// How many of a tenant's servers stand on which release. It is counted by imprint: what is alike stands alike,
    /// and is looked up once.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn releases(&self, tenant: TenantId) -> Result<Vec<ReleaseCount>, StoreError> {
        let rows = query(
            "WITH standing AS (
               SELECT imprint, CAST(sum(delta) AS BIGINT) AS servers FROM turn
               WHERE tenant = $1 GROUP BY imprint HAVING sum(delta) > 0)
             SELECT server.product, server.cu, server.build, CAST(sum(standing.servers) AS BIGINT)
             FROM standing JOIN server ON server.id =
               (SELECT one.id FROM server one WHERE one.imprint = standing.imprint LIMIT 1)
             GROUP BY server.product, server.cu, server.build LIMIT $2",
        )
        .bind(tenant.0)
        .bind(i64::from(GROUPS_MAX))
        .fetch_all(&self.read)
        .await
        .map_err(StoreError::of("read"))?;
        let mut counts = Vec::with_capacity(rows.len());
        for row in &rows {
            let servers: i64 = column(row, 3)?;
            counts.push(ReleaseCount {
                product: column(row, 0)?,
                cu: column(row, 1)?,
                build: column(row, 2)?,
                servers: servers.unsigned_abs(),
            });
        }
        // The engines order what is missing differently.
        counts.sort();
        Ok(counts)
    }
}
