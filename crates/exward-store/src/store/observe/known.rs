//! What is known of servers already, and what that means for what was seen.

use std::collections::BTreeMap;

use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::Sight;
use crate::store::sql::{ROWS_MAX, Sql, column};
use crate::store::standing::{STANDING, standing_of};
use crate::store::{Engine, StandingRow, StoreError, TenantId};

/// A server that is known.
pub(super) struct Known {
    pub(super) id: i64,
    /// What it stands on.
    pub(super) imprint: Option<i64>,
    /// `None`: only a hunt has seen it.
    pub(super) newest: Option<Newest>,
    pub(super) standing: StandingRow,
}

/// The newest interval of a server.
pub(super) struct Newest {
    pub(super) id: i64,
    from: i64,
    pub(super) to: i64,
    digest: Vec<u8>,
}

/// What is to be done with what was seen.
pub(super) enum Fate<'k> {
    /// Nobody has seen this server before.
    New,
    /// It looks different, or was only hunted on.
    Changed(&'k Known),
    /// It looks as in its newest interval, inside or after it.
    Same(&'k Known),
    /// Before its newest interval.
    Past(&'k Known),
    /// Inside its newest interval, and different.
    Late,
}

impl<'k> Fate<'k> {
    pub(super) fn of(sight: &Sight<'_>, known: Option<&'k Known>) -> Self {
        let Some(known) = known else { return Self::New };
        let Some(newest) = &known.newest else { return Self::Changed(known) };
        if sight.at < newest.from {
            return Self::Past(known);
        }
        match (newest.digest == sight.digest, sight.at > newest.to) {
            (true, _) => Self::Same(known),
            (false, true) => Self::Changed(known),
            (false, false) => Self::Late,
        }
    }
}

/// The servers of what was seen, as far as they are known, by target.
pub(super) async fn of(
    engine: Engine,
    connection: &mut AnyConnection,
    tenant: TenantId,
    round: &[&Sight<'_>],
) -> Result<BTreeMap<String, Known>, StoreError> {
    let mut known = BTreeMap::new();
    for chunk in round.chunks(ROWS_MAX) {
        let mut sql = Sql::new(
            engine,
            "SELECT server.id, server.target, server.imprint, observation.id, observation.from_at, \
               observation.to_at, observation.digest, ",
        );
        sql.push(STANDING).push(
            " FROM server LEFT JOIN observation ON observation.id = server.observation \
             WHERE server.tenant = ",
        );
        sql.bind(tenant.0).push(" AND server.target IN ");
        sql.list(chunk.iter().map(|it| it.seen.target.clone()));
        for row in sql.all(connection).await? {
            known.insert(column(&row, 1)?, known_of(&row)?);
        }
    }
    Ok(known)
}

fn known_of(row: &AnyRow) -> Result<Known, StoreError> {
    let newest = match column::<Option<i64>>(row, 3)? {
        Some(id) => {
            Some(Newest { id, from: column(row, 4)?, to: column(row, 5)?, digest: column(row, 6)? })
        }
        None => None,
    };
    Ok(Known {
        id: column(row, 0)?,
        imprint: column(row, 2)?,
        newest,
        standing: standing_of(row, 7)?,
    })
}
