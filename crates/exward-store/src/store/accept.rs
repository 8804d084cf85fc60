//! CVEs that somebody lives with on a server, until a date and for a reason.

use jiff::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, query, query_as, query_scalar};

use super::audit::Note;
use super::moment::{millis, moment, some_moment};
use super::sql::column;
use super::{AcceptanceId, ServerId, Store, StoreError, TenantId};

/// The most acceptances that a list gives: the newest.
pub const ACCEPTANCES_MAX: u32 = 5_000;

/// The longest reason, in bytes.
pub const WHY_MAX: usize = 2_000;

/// What is accepted, as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepting {
    /// On which server.
    pub server: ServerId,
    /// Which CVE; `*`: all of them.
    pub cve: String,
    /// Until when.
    pub until: Timestamp,
    /// Who accepts it.
    pub by: String,
    /// Why.
    pub why: String,
}

/// A CVE that somebody lives with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptanceRow {
    /// Its key.
    pub id: AcceptanceId,
    /// What was accepted.
    pub accepted: Accepting,
    /// When.
    pub at: Timestamp,
    /// When it was revoked; `None`: it was not.
    pub revoked_at: Option<Timestamp>,
    /// Who has revoked it.
    pub revoked_by: Option<String>,
}

impl Store {
    /// Accepts a CVE on a server, and notes it in the audit log with it. It may be accepted already: what ends last
    /// counts.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: no such server of this tenant; [`StoreError::Conflict`]: it would end before
    /// `now`, or says neither CVE nor person nor reason, or the reason is longer than [`WHY_MAX`].
    pub async fn accept(
        &self,
        tenant: TenantId,
        accepting: &Accepting,
        now: Timestamp,
    ) -> Result<AcceptanceId, StoreError> {
        check(accepting, now)?;
        let mut transaction = self.writing().await?;
        let target = target(&mut transaction, tenant, accepting.server).await?;
        let id: Option<i64> = query_scalar(
            "INSERT INTO acceptance (tenant, server, cve, until_at, by_whom, why, at)
             SELECT tenant, id, $3, CAST($4 AS BIGINT), $5, $6, CAST($7 AS BIGINT) FROM server
             WHERE tenant = $1 AND id = $2 RETURNING id",
        )
        .bind(tenant.0)
        .bind(accepting.server.0)
        .bind(accepting.cve.clone())
        .bind(millis(accepting.until))
        .bind(accepting.by.clone())
        .bind(accepting.why.clone())
        .bind(millis(now))
        .fetch_optional(&mut *transaction)
        .await
        .map_err(StoreError::of("written"))?;
        let id = id.ok_or(StoreError::NotFound { what: "server" })?;
        let (subject, actor) = (format!("{} on {target}", accepting.cve), &*accepting.by);
        let detail = format!("until {}: {}", accepting.until, accepting.why);
        let (tenant, action) = (Some(tenant), "finding.accept");
        let note = Note { tenant, actor, action, subject: &subject, detail: &detail };
        self.note_in(&mut transaction, &note, now).await?;
        transaction.commit().await.map_err(StoreError::of("written"))?;
        Ok(AcceptanceId(id))
    }

    /// Revokes an acceptance, once, and notes it in the audit log with it. What was accepted until now stays so.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: no such acceptance of this tenant; [`StoreError::Conflict`]: it was revoked
    /// already.
    pub async fn revoke(
        &self,
        tenant: TenantId,
        acceptance: AcceptanceId,
        by: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut transaction = self.writing().await?;
        let revoked: Option<(i64, String)> = query_as(
            "UPDATE acceptance SET revoked_at = $3, revoked_by = $4
             WHERE tenant = $1 AND id = $2 AND revoked_at IS NULL RETURNING server, cve",
        )
        .bind(tenant.0)
        .bind(acceptance.0)
        .bind(millis(now))
        .bind(by.to_owned())
        .fetch_optional(&mut *transaction)
        .await
        .map_err(StoreError::of("written"))?;
        let Some((server, cve)) = revoked else {
            let found: Option<i64> =
                query_scalar("SELECT id FROM acceptance WHERE tenant = $1 AND id = $2")
                    .bind(tenant.0)
                    .bind(acceptance.0)
                    .fetch_optional(&mut *transaction)
                    .await
                    .map_err(StoreError::of("read"))?;
            return Err(match found {
                Some(_) => StoreError::Conflict { what: "it was revoked already".into() },
                None => StoreError::NotFound { what: "acceptance" },
            });
        };
        let target = target(&mut transaction, tenant, ServerId(server)).await?;
        let subject = format!("{cve} on {target}");
        let (tenant, action) = (Some(tenant), "finding.revoke");
        let note = Note { tenant, actor: by, action, subject: &subject, detail: "" };
        self.note_in(&mut transaction, &note, now).await?;
        transaction.commit().await.map_err(StoreError::of("written"))
    }

    /// What was accepted on a server, or (`None`) on all servers of a tenant; newest first, also what has
    /// ended or was revoked: who reads it says at which moment.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: no such server of this tenant.
    pub async fn acceptances(
        &self,
        tenant: TenantId,
        server: Option<ServerId>,
    ) -> Result<Vec<AcceptanceRow>, StoreError> {
        if let Some(server) = server {
            self.check_server(tenant, server).await?;
        }
        let (from, to) = server.map_or((i64::MIN, i64::MAX), |it| (it.0, it.0));
        let rows = query(
            "SELECT id, server, cve, until_at, by_whom, why, at, revoked_at, revoked_by
             FROM acceptance WHERE tenant = $1 AND server BETWEEN $2 AND $3
             ORDER BY id DESC LIMIT $4",
        )
        .bind(tenant.0)
        .bind(from)
        .bind(to)
        .bind(i64::from(ACCEPTANCES_MAX))
        .fetch_all(&self.read)
        .await
        .map_err(StoreError::of("read"))?;
        rows.iter().map(acceptance_of).collect()
    }
}

/// What a server of this tenant is called.
async fn target(
    connection: &mut AnyConnection,
    tenant: TenantId,
    server: ServerId,
) -> Result<String, StoreError> {
    let target = query_scalar("SELECT target FROM server WHERE tenant = $1 AND id = $2")
        .bind(tenant.0)
        .bind(server.0)
        .fetch_optional(connection)
        .await
        .map_err(StoreError::of("read"))?;
    target.ok_or(StoreError::NotFound { what: "server" })
}

fn check(accepting: &Accepting, now: Timestamp) -> Result<(), StoreError> {
    let refused = |what: &str| Err(StoreError::Conflict { what: what.to_owned() });
    if accepting.until <= now {
        return refused("an acceptance ends in the future");
    }
    let words = [&accepting.cve, &accepting.by, &accepting.why];
    if words.iter().any(|it| it.trim().is_empty()) {
        return refused("an acceptance says which CVE, by whom, and why");
    }
    if accepting.why.len() > WHY_MAX {
        return refused("the reason is too long");
    }
    Ok(())
}

fn acceptance_of(row: &AnyRow) -> Result<AcceptanceRow, StoreError> {
    Ok(AcceptanceRow {
        id: AcceptanceId(column(row, 0)?),
        accepted: Accepting {
            server: ServerId(column(row, 1)?),
            cve: column(row, 2)?,
            until: moment(column(row, 3)?)?,
            by: column(row, 4)?,
            why: column(row, 5)?,
        },
        at: moment(column(row, 6)?)?,
        revoked_at: some_moment(column(row, 7)?)?,
        revoked_by: column(row, 8)?,
    })
}
