//! Sites and tags, to choose from.

use std::collections::BTreeSet;

use sqlx::query_as;

use super::tags_of;
use crate::store::{Store, StoreError, TenantId};

/// The most sites, and the most tags, that are given to choose from.
pub const LABELS_MAX: usize = 500;

/// The most combinations of site and tags that are looked at.
const COMBINATIONS_MAX: i64 = 10_000;

/// Sites and tags of a tenant's servers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    /// By name; at most [`LABELS_MAX`].
    pub sites: Vec<String>,
    /// The same.
    pub tags: Vec<String>,
}

impl Store {
    /// The sites and tags that servers of a tenant have.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn labels(&self, tenant: TenantId) -> Result<Labels, StoreError> {
        // The condition is that of the index `server_by_label`: where nobody labels servers, none is read.
        let rows: Vec<(Option<String>, String)> = query_as(
            "SELECT DISTINCT site, tags FROM server
             WHERE tenant = $1 AND (site IS NOT NULL OR tags <> '[]') LIMIT $2",
        )
        .bind(tenant.0)
        .bind(COMBINATIONS_MAX)
        .fetch_all(&self.read)
        .await
        .map_err(StoreError::of("read"))?;
        let (mut sites, mut tags) = (BTreeSet::new(), BTreeSet::new());
        for (site, text) in rows {
            sites.extend(site);
            tags.extend(tags_of(&text)?);
        }
        let first = |all: BTreeSet<String>| all.into_iter().take(LABELS_MAX).collect();
        Ok(Labels { sites: first(sites), tags: first(tags) })
    }
}
