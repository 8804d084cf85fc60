//! Which of a server's hunts speaks for it in lists.

use sqlx::{AnyConnection, query};

use super::HuntId;
use crate::store::StoreError;

/// The order in which hunts speak (HU1): alarms that nobody has settled, the loudest first, then the newest.
/// `exward_core::alarm::speaking` says the same of any moment.
const SPEAKING: &str = "SELECT id FROM hunt WHERE server = $1
     ORDER BY CASE WHEN settled_at IS NULL THEN alarm ELSE 0 END DESC, at DESC, id DESC LIMIT 1";

/// Lets the hunt that speaks for a server be shown; gives it, or `None` where there is no hunt.
pub(super) async fn show(
    connection: &mut AnyConnection,
    server: i64,
) -> Result<Option<HuntId>, StoreError> {
    let speaking: Option<(i64,)> = sqlx::query_as(SPEAKING)
        .bind(server)
        .fetch_optional(&mut *connection)
        .await
        .map_err(StoreError::of("read"))?;
    let Some((hunt,)) = speaking else { return Ok(None) };
    query(
        "UPDATE server SET hunt = speaking.id, hunt_verdict = speaking.verdict,
           hunt_from = speaking.from_at, hunt_to = speaking.to_at,
           alarm = CASE WHEN speaking.alarm > 0 AND speaking.settled_at IS NULL THEN 1 ELSE 0 END,
           hunt_settled = CASE WHEN speaking.settled_at IS NULL THEN 0 ELSE 1 END
         FROM (SELECT * FROM hunt WHERE id = $2) AS speaking WHERE server.id = $1",
    )
    .bind(server)
    .bind(hunt)
    .execute(connection)
    .await
    .map_err(StoreError::of("written"))?;
    Ok(Some(HuntId(hunt)))
}
