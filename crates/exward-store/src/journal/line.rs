//! Lines in the database: the line of a blueprint, what is current in it, and its leases. Whoever calls holds
//! the transaction.

use exward_core::blueprint::BlueprintId;
use exward_drive::journal::{JournalError, Lease, Line};
use sqlx::{AnyConnection, query, query_as, query_scalar};

use super::failure::{damaged, failed};
use super::sql::{counted, identified, not_kept};

/// What a column says of a line: its tenant, or 0.
pub(crate) const fn number(line: Line) -> i64 {
    match line {
        Line::Unowned => 0,
        Line::Tenant(tenant) => tenant,
    }
}

fn numbered(number: i64) -> Result<Line, JournalError> {
    match number {
        0 => Ok(Line::Unowned),
        1.. => Ok(Line::Tenant(number)),
        _ => Err(damaged(format!("it has a line {number}"))),
    }
}

/// The line of a blueprint; `None`: it is not kept.
pub(crate) async fn of(
    connection: &mut AnyConnection,
    id: BlueprintId,
) -> Result<Option<Line>, JournalError> {
    let select = query_scalar("SELECT line FROM blueprint WHERE id = $1").bind(id.to_string());
    let line: Option<i64> = select.fetch_optional(connection).await.map_err(failed("read"))?;
    line.map(numbered).transpose()
}

/// The line of a blueprint that is kept; refuses one that is not.
pub(crate) async fn of_kept(
    connection: &mut AnyConnection,
    id: BlueprintId,
) -> Result<Line, JournalError> {
    of(connection, id).await?.ok_or_else(|| not_kept(id))
}

/// Gives a blueprint that is nobody's, and that nobody has begun, to a line.
pub(crate) async fn give(
    connection: &mut AnyConnection,
    id: BlueprintId,
    line: Line,
) -> Result<(), JournalError> {
    let update = "UPDATE blueprint SET line = $2 WHERE id = $1";
    let update = query(update).bind(id.to_string()).bind(number(line));
    update.execute(connection).await.map(drop).map_err(failed("written"))
}

/// Whether a blueprint is, or was, carried out: it is current, or has entries.
pub(crate) async fn has_begun(
    connection: &mut AnyConnection,
    id: BlueprintId,
) -> Result<bool, JournalError> {
    let select = "SELECT (SELECT count(*) FROM tip WHERE blueprint = $1) \
                  + (SELECT count(*) FROM current WHERE blueprint = $1)";
    let rows: i64 = query_scalar(select)
        .bind(id.to_string())
        .fetch_one(connection)
        .await
        .map_err(failed("read"))?;
    Ok(rows > 0)
}

pub(crate) async fn current(
    connection: &mut AnyConnection,
    line: Line,
) -> Result<Option<BlueprintId>, JournalError> {
    let select = query_scalar("SELECT blueprint FROM current WHERE line = $1").bind(number(line));
    let row: Option<String> = select.fetch_optional(connection).await.map_err(failed("read"))?;
    row.map(|it| identified(&it)).transpose()
}

pub(super) async fn set_current(
    connection: &mut AnyConnection,
    line: Line,
    id: BlueprintId,
) -> Result<(), JournalError> {
    let upsert = "INSERT INTO current (line, blueprint) VALUES ($1, $2) \
                  ON CONFLICT (line) DO UPDATE SET blueprint = excluded.blueprint";
    let upsert = query(upsert).bind(number(line)).bind(id.to_string());
    upsert.execute(connection).await.map_err(failed("written"))?;
    Ok(())
}

/// The newest lease of a line and who took it; epoch 0 if nobody ever did.
pub(super) async fn newest_lease(
    connection: &mut AnyConnection,
    line: Line,
) -> Result<(Lease, String), JournalError> {
    let select = "SELECT epoch, owner FROM lease WHERE line = $1 ORDER BY epoch DESC LIMIT 1";
    let row = query_as(select).bind(number(line)).fetch_optional(connection).await;
    let row: Option<(i64, String)> = row.map_err(failed("read"))?;
    let (epoch, owner) = row.unwrap_or((0, "nobody yet known".to_owned()));
    Ok((Lease { epoch: counted(epoch)? }, owner))
}

/// Takes a lease of a line; its epoch follows the newest of all lines.
pub(super) async fn take_lease(
    connection: &mut AnyConnection,
    line: Line,
    owner: &str,
) -> Result<Lease, JournalError> {
    let insert = "INSERT INTO lease (epoch, owner, line) \
                  SELECT coalesce(max(epoch), 0) + 1, $1, $2 FROM lease RETURNING epoch";
    let epoch = query_scalar(insert).bind(owner).bind(number(line)).fetch_one(connection).await;
    Ok(Lease { epoch: counted(epoch.map_err(failed("written"))?)? })
}

/// The line of the blueprints of the tenant of this name, in a database with tenants in it.
pub(super) async fn of_tenant(
    connection: &mut AnyConnection,
    name: &str,
) -> Result<Option<Line>, JournalError> {
    let select = query_scalar("SELECT id FROM tenant WHERE name = $1").bind(name);
    let tenant: Option<i64> = select.fetch_optional(connection).await.map_err(failed("read"))?;
    tenant.map(numbered).transpose()
}

/// The line of the tenant that a blueprint is said to be of, in a database where such things are said. It may
/// be said of one that is not kept: a backup of an older exward has no journal in it.
pub(super) async fn of_owner(
    connection: &mut AnyConnection,
    id: BlueprintId,
) -> Result<Option<Line>, JournalError> {
    let select = query_scalar("SELECT tenant FROM rollout WHERE blueprint = $1");
    let tenant = select.bind(id.to_string()).fetch_optional(connection).await;
    let tenant: Option<i64> = tenant.map_err(failed("read"))?;
    tenant.map(numbered).transpose()
}
