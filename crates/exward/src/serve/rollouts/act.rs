//! What people do: bring a blueprint, approve it, say how it goes on. Behind the forms and behind the API.

use exward_core::blueprint::{Blueprint, BlueprintId};
use exward_core::catalog::Catalog;
use exward_core::plan::check;
use exward_drive::approve::may_approve;
use exward_drive::journal::{Approval, Command, Commanded, Entry, Written};
use exward_drive::report::standing;
use exward_read::blueprint;
use exward_store::StoreError;
use exward_store::store::{NewRollout, RolloutsSeen};
use jiff::Timestamp;

use super::look::Looked;
use crate::plain;
use crate::serve::access::{Caller, Kind};
use crate::serve::error::WebError;
use crate::serve::state::App;

/// Broken invariants that a refusal names.
const BROKEN_MAX: usize = 5;

/// Keeps a blueprint for a tenant; gives its id.
///
/// # Errors
/// [`WebError::Bad`]: it is none; [`WebError::Conflict`]: it does not hold against the catalog.
pub(crate) async fn keep(
    app: &App,
    (caller, seen): (&Caller, RolloutsSeen),
    bytes: Vec<u8>,
) -> Result<BlueprintId, WebError> {
    let catalog = app.catalog.get();
    let read = tokio::task::spawn_blocking(move || {
        let it = blueprint::read(&bytes).map_err(|it| WebError::Bad(said(&it.to_string())))?;
        holds(&it, &catalog).map(|()| (blueprint::id(&bytes), it.parent, bytes))
    });
    let (id, parent, bytes) = read.await.map_err(|_| WebError::Internal)??;
    let new = NewRollout { id, parent, bytes: &bytes, by: &caller.name };
    app.store.keep_rollout(seen, &new, app.now()).await?;
    Ok(id)
}

/// Whether a blueprint holds against this catalog, and changes anything.
fn holds(blueprint: &Blueprint, catalog: &Catalog) -> Result<(), WebError> {
    let broken = check(blueprint, catalog);
    if !broken.is_empty() {
        let named =
            broken.iter().take(BROKEN_MAX).map(|it| format!("{}: {}", it.invariant, it.what));
        let named: Vec<_> = named.collect();
        let what =
            format!("It does not hold against this catalog ({}); plan again", named.join("; "));
        return Err(WebError::Conflict(said(&what)));
    }
    if blueprint.waves.is_empty() {
        return Err(WebError::Conflict("It updates no server".into()));
    }
    Ok(())
}

/// Approves a rollout until a moment, as who has signed in (RW1); false: that was said before.
///
/// # Errors
/// [`WebError::Conflict`], [`WebError::Forbidden`], [`WebError::NotFound`] say why not.
pub(crate) async fn approve(
    app: &App,
    (caller, seen): (&Caller, RolloutsSeen),
    looked: &Looked,
    until: Timestamp,
) -> Result<bool, WebError> {
    let approval = Approval { by: caller.name.clone(), at: app.now(), until };
    may_approve(&looked.blueprint, &approval)
        .map_err(|why| WebError::Conflict(said(&capital(&why.to_string()))))?;
    is_a_person(caller, &looked.blueprint)?;
    holds(&looked.blueprint, &app.catalog.get())?;
    is_open(&looked.commands, looked.overview.finished.is_some()).map_err(WebError::from)?;
    Ok(app.store.approve_rollout(seen, looked.id, &approval).await?)
}

/// A token is no second pair of eyes (RW2).
fn is_a_person(caller: &Caller, blueprint: &Blueprint) -> Result<(), WebError> {
    let approvals = &blueprint.approvals;
    let name = caller.name.as_str();
    let is_named = approvals.by.contains(name) || approvals.emergency_by.contains(name);
    if caller.kind == Kind::Token && approvals.needed > 1 && !is_named {
        return Err(WebError::Forbidden(
            "The policy asks for the approval of several people, and does not name this token.",
        ));
    }
    Ok(())
}

/// Says how a rollout goes on, as who has signed in (RW1); false: it is so already (RW3).
///
/// # Errors
/// [`WebError::Conflict`]: it is aborted or finished; [`WebError::NotFound`].
pub(crate) async fn command(
    app: &App,
    (caller, seen): (&Caller, RolloutsSeen),
    id: BlueprintId,
    command: Command,
) -> Result<bool, WebError> {
    let fits = |before: &[Commanded], entries: &[Written]| fits(command, before, entries);
    let said = (caller.name.as_str(), command);
    Ok(app.store.command_rollout(seen, id, said, fits, app.now()).await?)
}

/// Whether a command changes anything; the reason, if it cannot be given any more.
fn fits(command: Command, before: &[Commanded], entries: &[Written]) -> Result<bool, StoreError> {
    let now = standing(before).map(|it| it.command);
    if now == Some(Command::Abort) && command == Command::Abort {
        return Ok(false);
    }
    is_open(before, entries.iter().any(|it| it.entry == Entry::Finished))?;
    if command != Command::Resume {
        return Ok(now != Some(command));
    }
    let resumes = before.iter().filter(|it| it.command == Command::Resume);
    let answered = resumes.map(|it| it.after_entry).max().unwrap_or(0);
    let is_halt = |it: &Written| matches!(it.entry, Entry::Halted { .. }) && it.sequence > answered;
    Ok(now.is_some() || entries.iter().any(is_halt))
}

/// Refuses what is over.
fn is_open(commands: &[Commanded], is_finished: bool) -> Result<(), StoreError> {
    let over = |what: &str| Err(StoreError::Conflict { what: what.to_owned() });
    if standing(commands).is_some_and(|it| it.command == Command::Abort) {
        return over("This rollout is aborted, which is final: plan again with --parent");
    }
    if is_finished { over("This rollout is finished") } else { Ok(()) }
}

/// Fit for an answer: on one line.
fn said(text: &str) -> String {
    plain::line(text).into_owned()
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |it| it.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests;
