//! Sessions: browsers that have signed in. A cookie is never kept, only its SHA-256.

use jiff::Timestamp;
use sqlx::{AnyConnection, Row as _, query};

use super::audit::Note;
use super::moment::millis;
use super::people::{PersonId, Role};
use super::{Digest, Store, StoreError, TenantId};

/// Somebody who has signed in and may still act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// The key of the person.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Where; `None`: in all tenants.
    pub tenant: Option<TenantId>,
    /// What their forms must carry.
    pub form_key: String,
}

impl Store {
    /// Begins a session of a person, known by the digest of its cookie.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: there is nobody, or they are disabled.
    pub async fn begin_session(
        &self,
        person: PersonId,
        digest: &Digest,
        form_key: &str,
        now: Timestamp,
        expires: Timestamp,
    ) -> Result<(), StoreError> {
        let mut change = self.writing().await?;
        // Locked, or somebody who is being disabled at this moment would keep this session (P2).
        let text = format!(
            "SELECT tenant, name FROM person WHERE id = $1 AND disabled_at IS NULL{}",
            self.engine.for_turn()
        );
        let who = query(sqlx::AssertSqlSafe(text)).bind(person.0).fetch_optional(&mut *change);
        let who = who.await.map_err(StoreError::of("read"))?;
        let who = who.ok_or(StoreError::NotFound { what: "person" })?;
        let tenant = who.try_get::<Option<i64>, _>(0).map_err(StoreError::of("read"))?;
        let name: String = who.try_get(1).map_err(StoreError::of("read"))?;
        let add = "INSERT INTO session (digest, person, form_key, made_at, expires_at) \
                   VALUES ($1, $2, $3, $4, $5)";
        let add = query(add)
            .bind(digest.to_vec())
            .bind(person.0)
            .bind(form_key)
            .bind(millis(now))
            .bind(millis(expires));
        add.execute(&mut *change).await.map_err(StoreError::of("written"))?;
        let tenant = tenant.map(TenantId);
        let note = Note { tenant, actor: &name, action: "session.begin", subject: "", detail: "" };
        self.note_in(&mut change, &note, now).await?;
        change.commit().await.map_err(StoreError::of("written"))
    }

    /// Whose session it is. `None`: it has ended, or there was none, or its person is disabled.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn look_session(
        &self,
        digest: &Digest,
        now: Timestamp,
    ) -> Result<Option<SignedIn>, StoreError> {
        let read = StoreError::of("read");
        let text = "SELECT person.id, person.name, person.role, person.tenant, session.form_key \
                    FROM session JOIN person ON person.id = session.person \
                    WHERE session.digest = $1 AND session.expires_at > $2 \
                    AND person.disabled_at IS NULL";
        let row = query(text).bind(digest.to_vec()).bind(millis(now)).fetch_optional(&self.read);
        let Some(row) = row.await.map_err(&read)? else { return Ok(None) };
        Ok(Some(SignedIn {
            person: PersonId(row.try_get(0).map_err(&read)?),
            name: row.try_get(1).map_err(&read)?,
            role: Role::kept(row.try_get(2).map_err(&read)?)?,
            tenant: row.try_get::<Option<i64>, _>(3).map_err(&read)?.map(TenantId),
            form_key: row.try_get(4).map_err(&read)?,
        }))
    }

    /// Ends a session. Nothing happens if there is none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn end_session(&self, digest: &Digest) -> Result<(), StoreError> {
        let end = query("DELETE FROM session WHERE digest = $1").bind(digest.to_vec());
        end.execute(&self.write).await.map(drop).map_err(StoreError::of("written"))
    }

    /// Forgets the sessions and set-up links whose time is over, and says how many.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn drop_expired(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut dropped: u64 = 0;
        for text in [
            "DELETE FROM session WHERE expires_at <= $1",
            "DELETE FROM setup WHERE expires_at <= $1",
        ] {
            let done = query(text).bind(millis(now)).execute(&self.write).await;
            dropped =
                dropped.saturating_add(done.map_err(StoreError::of("written"))?.rows_affected());
        }
        Ok(dropped)
    }
}

/// Ends all sessions of a person, as part of something larger.
pub(super) async fn end_in(change: &mut AnyConnection, person: PersonId) -> Result<(), StoreError> {
    let end = query("DELETE FROM session WHERE person = $1").bind(person.0).execute(change);
    end.await.map(drop).map_err(StoreError::of("written"))
}
