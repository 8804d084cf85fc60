//! Writing what was seen, many servers in one statement.

use std::collections::BTreeMap;

use sqlx::AnyConnection;

use super::{Known, Sight};
use crate::store::sql::{ROWS_MAX, Sql, column};
use crate::store::standing::{STANDING_NAMES, set_standings, standing_values};
use crate::store::{Engine, RunId, StandingRow, StoreError, TenantId};

/// What is to be written of one round.
#[derive(Default)]
pub(super) struct Writes<'a, 's> {
    /// Servers that nobody has seen before, with their imprints.
    pub(super) new: Vec<(&'a Sight<'s>, i64)>,
    /// New intervals, with server and imprint.
    observations: Vec<(i64, i64, &'a Sight<'s>)>,
    /// Intervals that grow, and until when.
    growing: Vec<(i64, i64)>,
    /// Known servers that were seen.
    touched: Vec<(i64, &'a Sight<'s>)>,
    /// Those of them that stand otherwise.
    standings: Vec<(i64, &'s StandingRow)>,
}

impl<'a, 's> Writes<'a, 's> {
    /// A known server that looks different.
    pub(super) fn changed(&mut self, sight: &'a Sight<'s>, imprint: i64, server: &Known) {
        self.observations.push((server.id, imprint, sight));
        self.touch(sight, server);
    }

    /// A known server that looks as before.
    pub(super) fn same(&mut self, sight: &'a Sight<'s>, server: &Known) {
        if let Some(newest) = server.newest.as_ref().filter(|it| sight.at > it.to) {
            self.growing.push((newest.id, sight.at));
        }
        self.touch(sight, server);
    }

    fn touch(&mut self, sight: &'a Sight<'s>, server: &Known) {
        self.touched.push((server.id, sight));
        if sight.seen.standing != server.standing {
            self.standings.push((server.id, &sight.seen.standing));
        }
    }

    /// Writes all of it.
    pub(super) async fn write(
        mut self,
        engine: Engine,
        connection: &mut AnyConnection,
        tenant: TenantId,
        run: RunId,
    ) -> Result<(), StoreError> {
        for chunk in self.new.chunks(ROWS_MAX) {
            let made = servers(engine, connection, tenant, chunk).await?;
            self.observations.extend(made);
        }
        for chunk in self.touched.chunks(ROWS_MAX) {
            touch(engine, connection, chunk).await?;
        }
        for chunk in self.observations.chunks(ROWS_MAX) {
            begin(engine, connection, run, chunk).await?;
        }
        for chunk in self.growing.chunks(ROWS_MAX) {
            grow(engine, connection, chunk).await?;
        }
        set_standings(engine, connection, &self.standings).await?;
        Ok(())
    }
}

/// Makes servers; their keys, with what was seen of them.
async fn servers<'a, 's>(
    engine: Engine,
    connection: &mut AnyConnection,
    tenant: TenantId,
    new: &[(&'a Sight<'s>, i64)],
) -> Result<Vec<(i64, i64, &'a Sight<'s>)>, StoreError> {
    let mut sql = Sql::new(
        engine,
        "INSERT INTO server (tenant, target, name, site, first_seen_at, last_seen_at, ",
    );
    sql.push(STANDING_NAMES).push(") VALUES ");
    sql.rows(new, |row, (sight, _)| {
        let seen = sight.seen;
        row.number(tenant.0).text(&*seen.target).text(seen.name.as_deref());
        row.text(seen.site.as_deref()).number(sight.at).number(sight.at);
        standing_values(row, &seen.standing);
    });
    sql.push(" RETURNING id, target");
    let mut by_target: BTreeMap<&str, (i64, &'a Sight<'s>)> = BTreeMap::new();
    for (sight, imprint) in new {
        by_target.insert(&sight.seen.target, (*imprint, sight));
    }
    let mut made = Vec::with_capacity(new.len());
    for row in sql.all(connection).await? {
        if let Some((imprint, sight)) = by_target.get(column::<&str>(&row, 1)?) {
            made.push((column(&row, 0)?, *imprint, *sight));
        }
    }
    Ok(made)
}

/// Begins intervals, and lets their servers stand on them.
async fn begin(
    engine: Engine,
    connection: &mut AnyConnection,
    run: RunId,
    observations: &[(i64, i64, &Sight<'_>)],
) -> Result<(), StoreError> {
    let mut sql = Sql::new(
        engine,
        "INSERT INTO observation (server, run, imprint, from_at, to_at, digest, body) VALUES ",
    );
    sql.rows(observations, |row, (server, imprint, sight)| {
        row.number(*server).number(run.0).number(*imprint).number(sight.at).number(sight.at);
        row.bytes(sight.digest.as_slice()).text(&*sight.seen.body);
    });
    sql.push(" RETURNING id, server, imprint");
    let made = sql.all(connection).await?;
    let mut sql = Sql::new(engine, "WITH new (id, observation, imprint) AS (VALUES ");
    let mut rows = Vec::with_capacity(made.len());
    for row in &made {
        rows.push((column::<i64>(row, 1)?, column::<i64>(row, 0)?, column::<i64>(row, 2)?));
    }
    sql.rows(rows, |row, (server, observation, imprint)| {
        row.number(server).number(observation).number(imprint);
    });
    sql.push(") UPDATE server SET observation = new.observation, imprint = new.imprint");
    sql.push(" FROM new WHERE server.id = new.id");
    sql.run(connection).await?;
    Ok(())
}

/// Lets intervals grow.
async fn grow(
    engine: Engine,
    connection: &mut AnyConnection,
    growing: &[(i64, i64)],
) -> Result<(), StoreError> {
    let mut sql = Sql::new(engine, "WITH new (id, at) AS (VALUES ");
    sql.rows(growing, |row, (id, at)| {
        row.number(*id).number(*at);
    });
    sql.push(") UPDATE observation SET to_at = new.at, times = times + 1");
    sql.push(" FROM new WHERE observation.id = new.id");
    sql.run(connection).await?;
    Ok(())
}

/// Notes that known servers were seen.
async fn touch(
    engine: Engine,
    connection: &mut AnyConnection,
    touched: &[(i64, &Sight<'_>)],
) -> Result<(), StoreError> {
    let mut sql = Sql::new(engine, "WITH new (id, at, name, site) AS (VALUES ");
    sql.rows(touched, |row, (id, sight)| {
        row.number(*id).number(sight.at);
        row.text(sight.seen.name.as_deref()).text(sight.seen.site.as_deref());
    });
    sql.push(
        ") UPDATE server SET name = coalesce(new.name, server.name), \
           site = coalesce(new.site, server.site), \
           first_seen_at = CASE WHEN new.at < server.first_seen_at THEN new.at ELSE server.first_seen_at END, \
           last_seen_at = CASE WHEN new.at > server.last_seen_at THEN new.at ELSE server.last_seen_at END \
         FROM new WHERE server.id = new.id",
    );
    sql.run(connection).await?;
    Ok(())
}
