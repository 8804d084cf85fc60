//! Sites and tags: to choose from, and to give.

use std::collections::BTreeSet;

use jiff::Timestamp;
use sqlx::{query_as, query_scalar};

use super::filter::{tags_text, without_nul};
use super::{TAG_LENGTH_MAX, tags_of};
use crate::store::audit::Note;
use crate::store::tenants::take_turn;
use crate::store::{ServerId, Store, StoreError, TenantId};

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

    /// Sets site (`None`: of no known one) and tags of a server, in place of those that it has, and notes who did.
    /// Tags are kept in small letters, by name.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: no such server of this tenant; [`StoreError::Conflict`]: a site or a tag is empty, or
    /// longer than [`TAG_LENGTH_MAX`], or there are more tags than [`super::TAGS_MAX`].
    pub async fn set_labels(
        &self,
        tenant: TenantId,
        server: ServerId,
        (site, tags): (Option<&str>, &[String]),
        by: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if site.is_some_and(|it| it.is_empty() || it.len() > TAG_LENGTH_MAX) {
            let what = format!("the name of a site has 1 to {TAG_LENGTH_MAX} bytes");
            return Err(StoreError::Conflict { what });
        }
        let tags = tags_text(tags)?;
        let mut change = self.writing().await?;
        take_turn(self, &mut change, tenant).await?;
        let target: Option<String> = query_scalar(
            "UPDATE server SET site = $3, tags = $4 WHERE tenant = $1 AND id = $2 RETURNING target",
        )
        .bind(tenant.0)
        .bind(server.0)
        .bind(site.map(without_nul))
        .bind(&tags)
        .fetch_optional(&mut *change)
        .await
        .map_err(StoreError::of("written"))?;
        let target = target.ok_or(StoreError::NotFound { what: "server" })?;
        let detail = format!("site {}, tags {tags}", site.unwrap_or("none"));
        let (tenant, action) = (Some(tenant), "server.label");
        let note = Note { tenant, actor: by, action, subject: &target, detail: &detail };
        self.note_in(&mut change, &note, now).await?;
        change.commit().await.map_err(StoreError::of("written"))
    }
}
