//! What is read and written, one statement each. Whoever calls holds the transaction.

use exward_core::blueprint::BlueprintId;
use exward_drive::journal::{Approval, Command, Commanded, Entry, JournalError, Line, Written};
use jiff::Timestamp;
use sqlx::{AnyConnection, query, query_as, query_scalar};

use super::chain::{self, Checksum};
use super::failure::{UnfitError, damaged, failed};
use super::line::number;

/// The last entry of a blueprint; before the first one, what that one follows.
pub(super) struct Tip {
    pub(super) sequence: u64,
    checksum: Checksum,
}

/// The numbers of a database have a sign.
fn stored(number: u64) -> Result<i64, JournalError> {
    let range = |_| JournalError::Storage { doing: "written", source: Box::new(UnfitError::Range) };
    i64::try_from(number).map_err(range)
}

pub(super) fn counted(number: i64) -> Result<u64, JournalError> {
    u64::try_from(number).map_err(|_| damaged(format!("it counts to {number}")))
}

/// What was kept as text; `what` and its number name the place.
fn parsed<T: std::str::FromStr>(text: &str, what: &str, number: u64) -> Result<T, JournalError>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error| damaged(format!("{what} {number}: {error}")))
}

pub(crate) async fn keep(
    connection: &mut AnyConnection,
    line: Line,
    id: BlueprintId,
    parent: Option<BlueprintId>,
    bytes: &[u8],
) -> Result<(), JournalError> {
    let insert = "INSERT INTO blueprint (id, parent, bytes, line) VALUES ($1, $2, $3, $4) \
                  ON CONFLICT (id) DO NOTHING";
    let parent = parent.map(|it| it.to_string());
    let insert = query(insert).bind(id.to_string()).bind(parent).bind(bytes).bind(number(line));
    insert.execute(connection).await.map_err(failed("written"))?;
    Ok(())
}

pub(crate) async fn bytes(
    connection: &mut AnyConnection,
    id: BlueprintId,
) -> Result<Option<Vec<u8>>, JournalError> {
    let select = query_scalar("SELECT bytes FROM blueprint WHERE id = $1").bind(id.to_string());
    select.fetch_optional(connection).await.map_err(failed("read"))
}

/// The parent of a blueprint that is kept; refuses one that is not.
pub(crate) async fn parent(
    connection: &mut AnyConnection,
    id: BlueprintId,
) -> Result<Option<BlueprintId>, JournalError> {
    let select = query_scalar("SELECT parent FROM blueprint WHERE id = $1").bind(id.to_string());
    let row: Option<Option<String>> =
        select.fetch_optional(connection).await.map_err(failed("read"))?;
    row.ok_or_else(|| not_kept(id))?.map(|it| identified(&it)).transpose()
}

pub(super) fn not_kept(id: BlueprintId) -> JournalError {
    JournalError::Damaged { what: format!("blueprint {id} is not kept in it") }
}

pub(super) fn identified(text: &str) -> Result<BlueprintId, JournalError> {
    text.parse().map_err(|error| damaged(format!("`{text}`: {error}")))
}

pub(crate) async fn approve(
    connection: &mut AnyConnection,
    id: BlueprintId,
    approval: &Approval,
) -> Result<(), JournalError> {
    let insert = "INSERT INTO approval (blueprint, sequence, by, at, until) \
                  SELECT $1, coalesce(max(sequence), 0) + 1, $2, $3, $4 \
                  FROM approval WHERE blueprint = $1";
    let (at, until) = (approval.at.to_string(), approval.until.to_string());
    let insert = query(insert).bind(id.to_string()).bind(&approval.by).bind(at).bind(until);
    insert.execute(connection).await.map_err(failed("written"))?;
    Ok(())
}

pub(crate) async fn approvals(
    connection: &mut AnyConnection,
    id: BlueprintId,
) -> Result<Vec<Approval>, JournalError> {
    let select = "SELECT sequence, by, at, until FROM approval WHERE blueprint = $1 \
                  ORDER BY sequence";
    let rows = query_as(select).bind(id.to_string()).fetch_all(connection).await;
    let rows: Vec<(i64, String, String, String)> = rows.map_err(failed("read"))?;
    let approval = |(sequence, by, at, until): (i64, String, String, String)| {
        let (what, number) = ("approval", counted(sequence)?);
        let (at, until) = (parsed(&at, what, number)?, parsed(&until, what, number)?);
        Ok(Approval { by, at, until })
    };
    rows.into_iter().map(approval).collect()
}

pub(super) async fn tip(
    connection: &mut AnyConnection,
    id: BlueprintId,
) -> Result<Tip, JournalError> {
    let select = "SELECT sequence, checksum FROM tip WHERE blueprint = $1";
    let row = query_as(select).bind(id.to_string()).fetch_optional(connection).await;
    let row: Option<(i64, Vec<u8>)> = row.map_err(failed("read"))?;
    let Some((sequence, checksum)) = row else {
        return Ok(Tip { sequence: 0, checksum: chain::start(id) });
    };
    let sequence = counted(sequence)?;
    let length = |_| damaged(format!("the checksum of entry {sequence} is none"));
    Ok(Tip { sequence, checksum: checksum.try_into().map_err(length)? })
}

pub(super) async fn append(
    connection: &mut AnyConnection,
    id: BlueprintId,
    at: Timestamp,
    entry: &Entry,
) -> Result<u64, JournalError> {
    let unwritable = |error| JournalError::Storage { doing: "written", source: Box::new(error) };
    let body = serde_json::to_string(entry).map_err(unwritable)?;
    let tip = tip(connection, id).await?;
    let sequence = tip.sequence.saturating_add(1);
    let at = at.to_string();
    let checksum = chain::link(&tip.checksum, sequence, &at, &body);
    let (id, number) = (id.to_string(), stored(sequence)?);
    let insert = "INSERT INTO entry (blueprint, sequence, at, body, checksum) \
                  VALUES ($1, $2, $3, $4, $5)";
    let insert = query(insert).bind(&id).bind(number).bind(at).bind(body).bind(&checksum[..]);
    insert.execute(&mut *connection).await.map_err(failed("written"))?;
    let upsert = "INSERT INTO tip (blueprint, sequence, checksum) VALUES ($1, $2, $3) \
                  ON CONFLICT (blueprint) \
                  DO UPDATE SET sequence = excluded.sequence, checksum = excluded.checksum";
    let upsert = query(upsert).bind(&id).bind(number).bind(&checksum[..]);
    upsert.execute(&mut *connection).await.map_err(failed("written"))?;
    Ok(sequence)
}

/// Every entry, each checked against the chain (J1), and the last one against the tip.
pub(crate) async fn entries(
    connection: &mut AnyConnection,
    id: BlueprintId,
) -> Result<Vec<Written>, JournalError> {
    let tip = tip(connection, id).await?;
    let select = "SELECT sequence, at, body, checksum FROM entry WHERE blueprint = $1 \
                  ORDER BY sequence";
    let rows = query_as(select).bind(id.to_string()).fetch_all(connection).await;
    let rows: Vec<(i64, String, String, Vec<u8>)> = rows.map_err(failed("read"))?;
    let mut last = Tip { sequence: 0, checksum: chain::start(id) };
    let mut entries = Vec::with_capacity(rows.len());
    for (sequence, at, body, checksum) in rows {
        let (found, due) = (counted(sequence)?, last.sequence.saturating_add(1));
        if found != due {
            return Err(damaged(format!("entry {due} of blueprint {id} is missing")));
        }
        last = Tip { sequence: due, checksum: chain::link(&last.checksum, due, &at, &body) };
        if last.checksum[..] != checksum {
            return Err(damaged(format!("entry {due} of blueprint {id} was changed")));
        }
        let entry = serde_json::from_str(&body)
            .map_err(|error| damaged(format!("entry {due} of blueprint {id}: {error}")))?;
        entries.push(Written { sequence: due, at: parsed(&at, "entry", due)?, entry });
    }
    if (last.sequence, last.checksum) != (tip.sequence, tip.checksum) {
        let (has, had) = (last.sequence, tip.sequence);
        return Err(damaged(format!(
            "blueprint {id} ends with entry {has}, and {had} was its last one"
        )));
    }
    Ok(entries)
}

pub(crate) async fn command(
    connection: &mut AnyConnection,
    id: BlueprintId,
    at: Timestamp,
    by: &str,
    command: Command,
) -> Result<(), JournalError> {
    let unwritable = |error| JournalError::Storage { doing: "written", source: Box::new(error) };
    let word = serde_json::to_string(&command).map_err(unwritable)?;
    let after_entry = stored(tip(connection, id).await?.sequence)?;
    let insert = "INSERT INTO command (blueprint, sequence, after_entry, at, by, command) \
                  SELECT $1, coalesce(max(sequence), 0) + 1, $2, $3, $4, $5 \
                  FROM command WHERE blueprint = $1";
    let insert = query(insert).bind(id.to_string()).bind(after_entry).bind(at.to_string());
    insert.bind(by).bind(word).execute(connection).await.map_err(failed("written"))?;
    Ok(())
}

/// A row of a command: its number, the entries before it, when, who, what.
type CommandRow = (i64, i64, String, String, String);

pub(crate) async fn commands(
    connection: &mut AnyConnection,
    id: BlueprintId,
    after: u64,
) -> Result<Vec<Commanded>, JournalError> {
    let select = "SELECT sequence, after_entry, at, by, command FROM command \
                  WHERE blueprint = $1 AND sequence > $2 ORDER BY sequence";
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let rows = query_as(select).bind(id.to_string()).bind(after).fetch_all(connection).await;
    let rows: Vec<CommandRow> = rows.map_err(failed("read"))?;
    let commanded = |(sequence, after_entry, at, by, word): CommandRow| {
        let sequence = counted(sequence)?;
        let command = serde_json::from_str(&word)
            .map_err(|error| damaged(format!("command {sequence}: {error}")))?;
        let (at, after_entry) = (parsed(&at, "command", sequence)?, counted(after_entry)?);
        Ok(Commanded { sequence, after_entry, at, by, command })
    };
    rows.into_iter().map(commanded).collect()
}
