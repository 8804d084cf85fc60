//! Tokens: programs that may ask. A token is never kept, only its SHA-256.

use jiff::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{Row as _, query, query_scalar};

use super::audit::Note;
use super::moment::{millis, moment, some_moment};
use super::people::Role;
use super::{Digest, Store, StoreError, TenantId};

/// The key of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenId(pub i64);

/// A token that is to be added.
#[derive(Clone, Debug)]
pub struct NewToken<'a> {
    /// What it is for.
    pub name: &'a str,
    /// What it may do.
    pub role: Role,
    /// Where; `None`: in all tenants.
    pub tenant: Option<TenantId>,
    /// Until when; `None`: until it is revoked.
    pub expires_at: Option<Timestamp>,
}

/// A token, without what makes it one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The key.
    pub id: TokenId,
    /// Where it may act; `None`: in all tenants.
    pub tenant: Option<TenantId>,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Who made it.
    pub by: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// Until when it holds; `None`: until it is revoked.
    pub expires_at: Option<Timestamp>,
    /// Since when it does not hold any more.
    pub revoked_at: Option<Timestamp>,
}

const COLUMNS: &str = "id, tenant, name, role, by_whom, made_at, expires_at, revoked_at";

fn token(row: &AnyRow) -> Result<Token, StoreError> {
    let read = StoreError::of("read");
    Ok(Token {
        id: TokenId(row.try_get(0).map_err(&read)?),
        tenant: row.try_get::<Option<i64>, _>(1).map_err(&read)?.map(TenantId),
        name: row.try_get(2).map_err(&read)?,
        role: Role::kept(row.try_get(3).map_err(&read)?)?,
        by: row.try_get(4).map_err(&read)?,
        made_at: moment(row.try_get(5).map_err(&read)?)?,
        expires_at: some_moment(row.try_get(6).map_err(&read)?)?,
        revoked_at: some_moment(row.try_get(7).map_err(&read)?)?,
    })
}

/// Methods with `within` see only the tokens of that tenant, neither of others nor of all; with `None` all.
impl Store {
    /// Adds a token, known by its digest.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn add_token(
        &self,
        new: &NewToken<'_>,
        digest: &Digest,
        by: &str,
        now: Timestamp,
    ) -> Result<TokenId, StoreError> {
        let mut change = self.writing().await?;
        let add = "INSERT INTO token (digest, tenant, name, role, by_whom, made_at, expires_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id";
        let id = query_scalar(add)
            .bind(digest.to_vec())
            .bind(new.tenant.map(|it| it.0))
            .bind(new.name)
            .bind(new.role.name())
            .bind(by)
            .bind(millis(now))
            .bind(new.expires_at.map(millis))
            .fetch_one(&mut *change)
            .await
            .map_err(StoreError::of("written"))?;
        let (subject, detail) = (new.name, new.role.name());
        let note = Note { tenant: new.tenant, actor: by, action: "token.add", subject, detail };
        self.note_in(&mut change, &note, now).await?;
        change.commit().await.map_err(StoreError::of("written"))?;
        Ok(TokenId(id))
    }

    /// The token with this digest. `None`: there is none, or it does not hold any more.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn look_token(
        &self,
        digest: &Digest,
        now: Timestamp,
    ) -> Result<Option<Token>, StoreError> {
        let text = format!(
            "SELECT {COLUMNS} FROM token WHERE digest = $1 AND revoked_at IS NULL \
             AND (expires_at IS NULL OR expires_at > $2)"
        );
        let row = query(sqlx::AssertSqlSafe(text)).bind(digest.to_vec()).bind(millis(now));
        let row = row.fetch_optional(&self.read).await.map_err(StoreError::of("read"))?;
        row.as_ref().map(token).transpose()
    }

    /// Makes a token worthless. It stays so if it is already.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: there is none, or of another tenant.
    pub async fn revoke_token(
        &self,
        within: Option<TenantId>,
        id: TokenId,
        by: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut change = self.writing().await?;
        let set = "UPDATE token SET revoked_at = coalesce(revoked_at, $3) \
                   WHERE id = $2 AND ($1 IS NULL OR tenant = $1) RETURNING tenant, name";
        let row = query(set)
            .bind(within.map(|it| it.0))
            .bind(id.0)
            .bind(millis(now))
            .fetch_optional(&mut *change)
            .await
            .map_err(StoreError::of("written"))?;
        let row = row.ok_or(StoreError::NotFound { what: "token" })?;
        let tenant = row.try_get::<Option<i64>, _>(0).map_err(StoreError::of("read"))?;
        let name: String = row.try_get(1).map_err(StoreError::of("read"))?;
        let (tenant, action) = (tenant.map(TenantId), "token.revoke");
        let note = Note { tenant, actor: by, action, subject: &name, detail: "" };
        self.note_in(&mut change, &note, now).await?;
        change.commit().await.map_err(StoreError::of("written"))
    }

    /// Tokens, the oldest first, at most `limit` after `after`; revoked ones, too.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn tokens(
        &self,
        within: Option<TenantId>,
        after: Option<TokenId>,
        limit: u32,
    ) -> Result<Vec<Token>, StoreError> {
        let text = format!(
            "SELECT {COLUMNS} FROM token WHERE ($1 IS NULL OR tenant = $1) AND id > $2 \
             ORDER BY id LIMIT $3"
        );
        let rows = query(sqlx::AssertSqlSafe(text))
            .bind(within.map(|it| it.0))
            .bind(after.map_or(0, |it| it.0))
            .bind(i64::from(limit));
        let rows = rows.fetch_all(&self.read).await.map_err(StoreError::of("read"))?;
        rows.iter().map(token).collect()
    }
}
