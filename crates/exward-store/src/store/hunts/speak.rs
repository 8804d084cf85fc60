//! Which of a server's hunts speaks for it in lists.

use sqlx::{AnyConnection, query, query_as};

use super::HuntId;
use crate::store::StoreError;

/// The order in which hunts speak (HU1): alarms that nobody has settled, the loudest first, then the newest.
/// `exward_core::alarm::speaking` says the same of any moment.
const SPEAKING: &str = "SELECT id, CASE WHEN alarm > 0 AND settled_at IS NULL THEN 1 ELSE 0 END
     FROM hunt WHERE server = $1
     ORDER BY CASE WHEN settled_at IS NULL THEN alarm ELSE 0 END DESC, at DESC, id DESC LIMIT 1";

/// The hunt that speaks for a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Speaking {
    pub(super) hunt: HuntId,
    /// It asks to act, and nobody has settled that.
    pub(super) stands: bool,
}

/// Lets the hunt that speaks for a server be shown; gives it, or `None` where there is no hunt.
pub(super) async fn show(
    connection: &mut AnyConnection,
    server: i64,
) -> Result<Option<Speaking>, StoreError> {
    let speaking: Option<(i64, i64)> = query_as(SPEAKING)
        .bind(server)
        .fetch_optional(&mut *connection)
        .await
        .map_err(StoreError::of("read"))?;
    let Some((hunt, stands)) = speaking else { return Ok(None) };
    query(
        "UPDATE server SET hunt = speaking.id, hunt_verdict = speaking.verdict,
           hunt_from = speaking.from_at, hunt_to = speaking.to_at, alarm = $3,
           hunt_settled = CASE WHEN speaking.settled_at IS NULL THEN 0 ELSE 1 END
         FROM (SELECT * FROM hunt WHERE id = $2) AS speaking WHERE server.id = $1",
    )
    .bind(server)
    .bind(hunt)
    .bind(stands)
    .execute(connection)
    .await
    .map_err(StoreError::of("written"))?;
    Ok(Some(Speaking { hunt: HuntId(hunt), stands: stands > 0 }))
}
