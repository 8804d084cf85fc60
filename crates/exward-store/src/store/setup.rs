//! The first start: a link that works once makes the first admin.

use jiff::Timestamp;
use sqlx::{AnyConnection, query, query_scalar};

use super::moment::millis;
use super::people::{NewPerson, PersonId};
use super::{Digest, Store, StoreError};

impl Store {
    /// True once there is a person.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn is_set_up(&self) -> Result<bool, StoreError> {
        let people = query_scalar::<_, i64>(ANYBODY).fetch_optional(&self.read).await;
        Ok(people.map_err(StoreError::of("read"))?.is_some())
    }

    /// Makes this the only set-up link. Only its digest is kept.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn set_setup_link(
        &self,
        digest: &Digest,
        expires: Timestamp,
    ) -> Result<(), StoreError> {
        let mut change = self.writing().await?;
        let written = StoreError::of("written");
        query("DELETE FROM setup").execute(&mut *change).await.map_err(&written)?;
        let add = query("INSERT INTO setup (digest, expires_at) VALUES ($1, $2)")
            .bind(digest.to_vec())
            .bind(millis(expires));
        add.execute(&mut *change).await.map_err(&written)?;
        change.commit().await.map_err(written)
    }

    /// True if this link would work; it still does afterwards.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn has_setup_link(
        &self,
        digest: &Digest,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let text = "SELECT 1 FROM setup WHERE digest = $1 AND expires_at > $2";
        let found = query(text).bind(digest.to_vec()).bind(millis(now)).fetch_optional(&self.read);
        Ok(found.await.map_err(StoreError::of("read"))?.is_some() && !self.is_set_up().await?)
    }

    /// Uses the link up and adds the first person, both or neither.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: the link was used, is too old, or never was.
    /// [`StoreError::Conflict`]: there is a person already.
    pub async fn set_up(
        &self,
        digest: &Digest,
        first: &NewPerson<'_>,
        now: Timestamp,
    ) -> Result<PersonId, StoreError> {
        let mut change = self.writing().await?;
        if !take_in(&mut change, digest, now).await? {
            return Err(StoreError::NotFound { what: "set-up link" });
        }
        let people = query_scalar::<_, i64>(ANYBODY).fetch_optional(&mut *change).await;
        if people.map_err(StoreError::of("read"))?.is_some() {
            return Err(StoreError::Conflict { what: "it is set up already".to_owned() });
        }
        let id = self.add_person_in(&mut change, first, first.name.as_str(), now).await?;
        change.commit().await.map_err(StoreError::of("written"))?;
        Ok(id)
    }
}

const ANYBODY: &str = "SELECT id FROM person LIMIT 1";

/// Removes the link: only one of two transactions can.
async fn take_in(
    change: &mut AnyConnection,
    digest: &Digest,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let take = query("DELETE FROM setup WHERE digest = $1 AND expires_at > $2")
        .bind(digest.to_vec())
        .bind(millis(now));
    let taken = take.execute(change).await.map_err(StoreError::of("written"))?;
    Ok(taken.rows_affected() > 0)
}
