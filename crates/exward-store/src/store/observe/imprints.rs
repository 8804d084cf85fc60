//! Imprints by their digests: each is kept once, whoever has it.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};
use sqlx::AnyConnection;

use super::Sight;
use crate::store::sql::{ROWS_MAX, Sql, column};
use crate::store::{Engine, StoreError};

/// Bodies by their digests: in this order they are written, so that two who write the same ones never wait
/// for each other.
type Bodies<'s> = BTreeMap<[u8; 32], &'s str>;

/// The keys of the imprints of what was seen; those that nobody had are made.
pub(super) async fn keys<'s>(
    engine: Engine,
    connection: &mut AnyConnection,
    seen: &[Sight<'s>],
) -> Result<BTreeMap<&'s str, i64>, StoreError> {
    let mut bodies: BTreeMap<&str, ()> = BTreeMap::new();
    for sight in seen {
        bodies.insert(&sight.seen.imprint, ());
    }
    let mut wanted: Bodies<'_> =
        bodies.into_keys().map(|body| (Sha256::digest(body).into(), body)).collect();
    let mut keys = BTreeMap::new();
    found(engine, connection, &mut wanted, &mut keys).await?;
    if !wanted.is_empty() {
        make(engine, connection, &wanted).await?;
        // Read again, not returned: somebody else may have made one of them at the same time.
        found(engine, connection, &mut wanted, &mut keys).await?;
    }
    Ok(keys)
}

/// Moves those that are known.
async fn found<'s>(
    engine: Engine,
    connection: &mut AnyConnection,
    wanted: &mut Bodies<'s>,
    keys: &mut BTreeMap<&'s str, i64>,
) -> Result<(), StoreError> {
    let digests: Vec<Vec<u8>> = wanted.keys().map(|it| it.to_vec()).collect();
    for chunk in digests.chunks(ROWS_MAX) {
        let mut sql = Sql::new(engine, "SELECT id, digest FROM imprint WHERE digest IN ");
        sql.list(chunk.iter().cloned());
        for row in sql.all(connection).await? {
            let digest: Vec<u8> = column(&row, 1)?;
            let body = <[u8; 32]>::try_from(digest).ok().and_then(|it| wanted.remove(&it));
            if let Some(body) = body {
                keys.insert(body, column(&row, 0)?);
            }
        }
    }
    Ok(())
}

async fn make(
    engine: Engine,
    connection: &mut AnyConnection,
    bodies: &Bodies<'_>,
) -> Result<(), StoreError> {
    let bodies: Vec<_> = bodies.iter().collect();
    for chunk in bodies.chunks(ROWS_MAX) {
        let mut sql = Sql::new(engine, "INSERT INTO imprint (digest, body) VALUES ");
        sql.rows(chunk, |row, (digest, body)| {
            row.bytes(digest.as_slice()).text(**body);
        });
        sql.push(" ON CONFLICT (digest) DO NOTHING");
        sql.run(connection).await?;
    }
    Ok(())
}
