//! What was seen last of every server: what an export is made of.

use jiff::Timestamp;
use sqlx::any::AnyRow;
use sqlx::query;

use crate::store::moment::some_moment;
use crate::store::sql::column;
use crate::store::{HuntOfServer, ServerId, Store, StoreError, TenantId};

/// The most servers of one page.
pub const NEWEST_MAX: u32 = 500;

/// What was seen last of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Newest {
    /// The server.
    pub server: ServerId,
    /// How it is reached or called.
    pub target: String,
    /// All evidence, as `exward-read` keeps it; `None`: only a hunt has seen it.
    pub body: Option<String>,
    /// When it was seen so last.
    pub at: Option<Timestamp>,
    /// What the hunt that speaks for it has found.
    pub hunt: Option<HuntOfServer>,
    /// The rest of that hunt, as JSON.
    pub hunt_body: Option<String>,
}

impl Store {
    /// What was seen last of each server after one, in the order in which they were first seen; at most
    /// [`NEWEST_MAX`]. Begin with `ServerId(0)`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn newest(
        &self,
        tenant: TenantId,
        after: ServerId,
        limit: u32,
    ) -> Result<Vec<Newest>, StoreError> {
        let rows = query(
            "SELECT server.id, server.target, observation.body, observation.to_at,
               server.hunt_verdict, server.hunt_from, server.hunt_to, server.hunt_settled,
               (SELECT hunt.body FROM hunt WHERE hunt.id = server.hunt)
             FROM server LEFT JOIN observation ON observation.id =
               (SELECT it.id FROM observation AS it WHERE it.server = server.id
                ORDER BY it.from_at DESC, it.id DESC LIMIT 1)
             WHERE server.tenant = $1 AND server.id > $2 ORDER BY server.id LIMIT $3",
        )
        .bind(tenant.0)
        .bind(after.0)
        .bind(i64::from(limit.min(NEWEST_MAX)))
        .fetch_all(&self.read)
        .await
        .map_err(StoreError::of("read"))?;
        rows.iter().map(newest_of).collect()
    }
}

fn newest_of(row: &AnyRow) -> Result<Newest, StoreError> {
    let hunt: Option<String> = column(row, 4)?;
    let (from, to) = (some_moment(column(row, 5)?)?, some_moment(column(row, 6)?)?);
    let is_settled = column::<i64>(row, 7)? != 0;
    Ok(Newest {
        server: ServerId(column(row, 0)?),
        target: column(row, 1)?,
        body: column(row, 2)?,
        at: some_moment(column(row, 3)?)?,
        hunt: hunt.map(|verdict| HuntOfServer { verdict, from, to, is_settled }),
        hunt_body: column(row, 8)?,
    })
}
