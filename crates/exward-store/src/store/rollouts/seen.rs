//! Who sees which rollout (RO1).

use exward_core::blueprint::BlueprintId;
use sqlx::{AnyConnection, AssertSqlSafe, query_scalar};

use super::{RolloutsSeen, has_journal};
use crate::store::{Engine, StoreError};

pub(super) const NOT_THERE: StoreError = StoreError::NotFound { what: "rollout" };

/// Blueprints that somebody sees: of tenant `$1`, and with `$2` = 1 those that are nobody's (RO1).
pub(super) const SEEN: &str = "FROM blueprint LEFT JOIN rollout ON rollout.blueprint = blueprint.id \
     WHERE (rollout.tenant = $1 OR ($2 = 1 AND rollout.blueprint IS NULL))";

/// Whose a blueprint is, to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// Somebody else's, or not there.
    Not,
    /// Of the tenant.
    Own,
    /// Nobody's.
    Unowned,
}

pub(super) async fn sees(
    connection: &mut AnyConnection,
    seen: RolloutsSeen,
    id: BlueprintId,
) -> Result<Seen, StoreError> {
    let text = format!("SELECT rollout.tenant {SEEN} AND blueprint.id = $3");
    let row: Option<Option<i64>> = query_scalar(AssertSqlSafe(text))
        .bind(seen.tenant.0)
        .bind(i64::from(seen.unowned))
        .bind(id.to_string())
        .fetch_optional(connection)
        .await
        .map_err(StoreError::of("read"))?;
    Ok(match row {
        None => Seen::Not,
        Some(None) => Seen::Unowned,
        Some(Some(_)) => Seen::Own,
    })
}

/// Refuses what is not seen.
pub(super) async fn see(
    engine: Engine,
    connection: &mut AnyConnection,
    seen: RolloutsSeen,
    id: BlueprintId,
) -> Result<(), StoreError> {
    let is_there = has_journal(engine, connection).await?;
    if is_there && sees(connection, seen, id).await? != Seen::Not { Ok(()) } else { Err(NOT_THERE) }
}
