//! Whether the journal is what was written, for checks of the whole store.

use exward_core::blueprint::BlueprintId;
use exward_drive::journal::JournalError;
use sqlx::{AnyConnection, query_as};

use super::{has_journal, identified};
use crate::journal::sql;
use crate::store::{Engine, StoreError};

/// Blueprints that are asked for at once.
const PAGE_ROWS: i64 = 200;

/// A blueprint: its id, its line, and the tenant whose it is.
type Row = (String, i64, Option<i64>);

/// Holds the entries of every blueprint against their chain (J1), and its line against whose it is (RO3); what is
/// wrong, in words. Nothing: it is whole, or there is no journal.
pub(in crate::store) async fn problems(
    engine: Engine,
    state: &mut AnyConnection,
) -> Result<Vec<String>, StoreError> {
    let (mut found, mut last) = (Vec::new(), String::new());
    if !has_journal(engine, state).await? {
        return Ok(found);
    }
    loop {
        let page: Vec<Row> = query_as(
            "SELECT blueprint.id, blueprint.line, rollout.tenant FROM blueprint \
             LEFT JOIN rollout ON rollout.blueprint = blueprint.id \
             WHERE blueprint.id > $1 ORDER BY blueprint.id LIMIT $2",
        )
        .bind(&last)
        .bind(PAGE_ROWS)
        .fetch_all(&mut *state)
        .await
        .map_err(StoreError::of("read"))?;
        for (id, line, tenant) in &page {
            if tenant.unwrap_or_default() != *line {
                found.push(format!("blueprint {id} is not in the line of whose it is"));
            }
            if let Err(what) = read(state, identified(id)?).await? {
                found.push(what);
            }
        }
        match page.into_iter().next_back() {
            Some((id, ..)) => last = id,
            None => return Ok(found),
        }
    }
}

/// Reads all that there is of a blueprint; what is damaged in it.
async fn read(
    state: &mut AnyConnection,
    id: BlueprintId,
) -> Result<Result<(), String>, StoreError> {
    let read = async {
        sql::entries(state, id).await?;
        sql::approvals(state, id).await?;
        sql::commands(state, id, 0).await.map(drop)
    };
    match read.await {
        Ok(()) => Ok(Ok(())),
        Err(JournalError::Damaged { what }) => Ok(Err(what)),
        Err(error) => Err(error.into()),
    }
}
