//! What was seen before the newest interval of its server: evidence that arrives late.

use sqlx::{AnyConnection, query, query_as};

use super::{Known, Sight};
use crate::store::campaign::Turns;
use crate::store::moment::day;
use crate::store::{RunId, StoreError};

/// What became of it.
pub(super) enum Past {
    /// It is an interval of its own.
    Kept,
    /// It was known, or has extended the interval before it.
    Same,
    /// Something else is known of that time.
    Late,
}

/// An interval beside the time that it was seen.
type Neighbour = (i64, i64, i64, i64, Vec<u8>);

/// Keeps it, if nothing else is known of that time.
pub(super) async fn keep(
    connection: &mut AnyConnection,
    run: RunId,
    sight: &Sight<'_>,
    imprint: i64,
    server: &Known,
    turns: &mut Turns,
) -> Result<Past, StoreError> {
    let before: Option<Neighbour> = query_as(
        "SELECT id, imprint, from_at, to_at, digest FROM observation
         WHERE server = $1 AND from_at <= $2 ORDER BY from_at DESC LIMIT 1",
    )
    .bind(server.id)
    .bind(sight.at)
    .fetch_optional(&mut *connection)
    .await
    .map_err(StoreError::of("read"))?;
    if let Some((id, _, _, to, digest)) = &before {
        match (*digest == sight.digest, sight.at <= *to) {
            (false, true) => return Ok(Past::Late),
            (true, true) => return Ok(Past::Same),
            (true, false) => {
                extend(connection, *id, sight.at).await?;
                return Ok(Past::Same);
            }
            (false, false) => {}
        }
    }
    let next: Option<Neighbour> = query_as(
        "SELECT id, imprint, from_at, to_at, digest FROM observation
         WHERE server = $1 AND from_at > $2 ORDER BY from_at LIMIT 1",
    )
    .bind(server.id)
    .bind(sight.at)
    .fetch_optional(&mut *connection)
    .await
    .map_err(StoreError::of("read"))?;
    let before = before.map(|it| it.1);
    if let Some((_, next, from, ..)) = next {
        turns.turn_back(day(from), before, next);
        turns.turn(day(from), Some(imprint), next);
    }
    turns.turn(day(sight.at), before, imprint);
    insert(connection, run, sight, imprint, server.id).await?;
    Ok(Past::Kept)
}

async fn extend(connection: &mut AnyConnection, id: i64, at: i64) -> Result<(), StoreError> {
    query("UPDATE observation SET to_at = $2, times = times + 1 WHERE id = $1")
        .bind(id)
        .bind(at)
        .execute(connection)
        .await
        .map(|_| ())
        .map_err(StoreError::of("written"))
}

async fn insert(
    connection: &mut AnyConnection,
    run: RunId,
    sight: &Sight<'_>,
    imprint: i64,
    server: i64,
) -> Result<(), StoreError> {
    query(
        "INSERT INTO observation (server, run, imprint, from_at, to_at, digest, body)
         VALUES ($1, $2, $3, $4, $4, $5, $6)",
    )
    .bind(server)
    .bind(run.0)
    .bind(imprint)
    .bind(sight.at)
    .bind(sight.digest.to_vec())
    .bind(sight.seen.body.clone())
    .execute(&mut *connection)
    .await
    .map_err(StoreError::of("written"))?;
    query("UPDATE server SET first_seen_at = $2 WHERE id = $1 AND first_seen_at > $2")
        .bind(server)
        .bind(sight.at)
        .execute(connection)
        .await
        .map(|_| ())
        .map_err(StoreError::of("written"))
}
