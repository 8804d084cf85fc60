//! Tenants: whose servers they are (S3).

use jiff::Timestamp;
use sqlx::{query, query_as, query_scalar};

use super::moment::{millis, moment};
use super::{Store, StoreError, TenantId};

/// The longest name of a tenant, in bytes.
pub const TENANT_NAME_MAX: usize = 64;

/// The most tenants that a list gives.
const TENANTS_MAX: i64 = 10_000;

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Its key.
    pub id: TenantId,
    /// Its name, which stands in addresses.
    pub name: String,
    /// When it was made.
    pub made_at: Timestamp,
}

impl Store {
    /// Makes a tenant. Its name stands in addresses: small letters, digits, `-` and `_`, at most
    /// [`TENANT_NAME_MAX`].
    ///
    /// # Errors
    /// [`StoreError::Conflict`]: the name is taken, or is none.
    pub async fn make_tenant(&self, name: &str, now: Timestamp) -> Result<TenantId, StoreError> {
        if !is_name(name) {
            let what = format!(
                "`{name}` is no name of a tenant; use small letters, digits, - and _, \
                 {TENANT_NAME_MAX} at most"
            );
            return Err(StoreError::Conflict { what });
        }
        let mut transaction = self.writing().await?;
        let made: Option<i64> = query_scalar(
            "INSERT INTO tenant (name, made_at) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING RETURNING id",
        )
        .bind(name)
        .bind(millis(now))
        .fetch_optional(&mut *transaction)
        .await
        .map_err(StoreError::of("written"))?;
        transaction.commit().await.map_err(StoreError::of("written"))?;
        let taken = || StoreError::Conflict { what: format!("there is a tenant `{name}` already") };
        made.map(TenantId).ok_or_else(taken)
    }

    /// All tenants, by name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn tenants(&self) -> Result<Vec<Tenant>, StoreError> {
        let rows: Vec<(i64, String, i64)> =
            query_as("SELECT id, name, made_at FROM tenant ORDER BY name LIMIT $1")
                .bind(TENANTS_MAX)
                .fetch_all(&self.read)
                .await
                .map_err(StoreError::of("read"))?;
        rows.into_iter().map(tenant).collect()
    }

    /// The tenant of this name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn tenant(&self, name: &str) -> Result<Option<Tenant>, StoreError> {
        let row = query_as("SELECT id, name, made_at FROM tenant WHERE name = $1")
            .bind(name)
            .fetch_optional(&self.read)
            .await
            .map_err(StoreError::of("read"))?;
        row.map(tenant).transpose()
    }
}

/// Takes the turn of somebody who writes what was seen of a tenant's servers: on PostgreSQL the others wait,
/// on SQLite they do anyway.
pub(super) async fn take_turn(
    store: &Store,
    connection: &mut sqlx::AnyConnection,
    tenant: TenantId,
) -> Result<(), StoreError> {
    let text = format!("SELECT id FROM tenant WHERE id = $1{}", store.engine.for_turn());
    let found: Option<i64> = query_scalar(sqlx::AssertSqlSafe(text))
        .bind(tenant.0)
        .fetch_optional(connection)
        .await
        .map_err(StoreError::of("written"))?;
    found.map(|_| ()).ok_or(StoreError::NotFound { what: "tenant" })
}

/// The same, of all tenants at once, always in the same order: nobody waits for somebody who waits for them.
pub(super) async fn take_all_turns(
    store: &Store,
    connection: &mut sqlx::AnyConnection,
) -> Result<(), StoreError> {
    let text = format!("SELECT id FROM tenant ORDER BY id{}", store.engine.for_turn());
    query(sqlx::AssertSqlSafe(text))
        .fetch_all(connection)
        .await
        .map(|_| ())
        .map_err(StoreError::of("written"))
}

fn tenant((id, name, made_at): (i64, String, i64)) -> Result<Tenant, StoreError> {
    Ok(Tenant { id: TenantId(id), name, made_at: moment(made_at)? })
}

fn is_name(name: &str) -> bool {
    let known =
        |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || matches!(it, b'-' | b'_');
    !name.is_empty() && name.len() <= TENANT_NAME_MAX && name.bytes().all(known)
}
