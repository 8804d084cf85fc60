//! Rollouts: where they stand, and what a program may say of them.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use exward_drive::journal::Command;
use exward_drive::report::{ServerOverview, sentence};
use exward_store::store::RolloutRow;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer;
use crate::output::command_name;
use crate::serve::access::{Caller, Own};
use crate::serve::error::WebError;
use crate::serve::rollouts::look::Looked;
use crate::serve::rollouts::{One, SHOWN_MAX, act, named, seen};
use crate::serve::state::App;

/// The rollouts that the caller sees, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Rollouts {
    rollouts: Vec<RolloutLine>,
}

/// A rollout in the list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RolloutLine {
    /// SHA-256 of its blueprint.
    id: String,
    /// When it was brought. Null: it came from the command line, and belongs to no tenant.
    made_at: Option<String>,
    made_by: Option<String>,
    /// Where it stands. Null for all but the 50 newest: ask for the one.
    standing: Option<Standing>,
}

/// Where a rollout stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Standing {
    /// planned, approved, running, paused, halted, aborted, finished.
    state: String,
    /// True: its servers are those of a lab.
    simulated: bool,
    /// Servers by state: waiting, under way, current, restored, quarantined, held.
    counts: BTreeMap<String, u64>,
    /// Until when enough people approve it. Null: they do not, and `not_approved` says why.
    approved_until: Option<String>,
    not_approved: Option<String>,
    /// Why it is halted.
    halted: Option<String>,
    /// Who carries it out, or did last.
    executor: Option<String>,
    /// What happened last, and when, by the clock of who carries it out.
    last: Option<String>,
    last_at: Option<String>,
}

/// A rollout.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Rollout {
    /// SHA-256 of its blueprint.
    id: String,
    generation: u64,
    standing: Standing,
    /// Entries that its journal has.
    entries: i64,
    servers: Vec<RolloutServer>,
    approvals: Vec<RolloutApproval>,
    commands: Vec<RolloutCommand>,
}

/// A server of a rollout.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RolloutServer {
    server: String,
    /// From 1.
    wave: usize,
    /// waiting, under-way, current, restored, quarantined, held.
    state: String,
    why: Option<String>,
    from: String,
    to: String,
    began: Option<String>,
    ended: Option<String>,
    /// What is not as it was before, the build left out.
    changes: Vec<String>,
}

/// An approval.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RolloutApproval {
    by: String,
    at: String,
    until: String,
}

/// A command.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RolloutCommand {
    by: String,
    at: String,
    command: String,
}

/// An approval to be given.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewApproval {
    /// Until when further servers may be begun (RFC 3339).
    until: String,
}

/// A command to be given.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewCommand {
    /// pause, pause-after-step, resume, abort.
    command: String,
}

/// What has become of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Said {
    /// False: it was so already, and nothing was written.
    written: bool,
}

fn standing(looked: &Looked, now: Timestamp) -> Standing {
    let overview = &looked.overview;
    let approved = looked.approved(now);
    let counts = overview.counts.all();
    let number = |it: usize| u64::try_from(it).unwrap_or(u64::MAX);
    Standing {
        state: looked.stage(now).name().to_owned(),
        simulated: true,
        counts: counts.into_iter().map(|(name, it)| (name.to_owned(), number(it))).collect(),
        approved_until: approved.as_ref().ok().map(ToString::to_string),
        not_approved: approved.err(),
        halted: overview.halt(&looked.commands).map(|it| it.why.clone()),
        executor: overview.executor.clone(),
        last: overview.last.as_ref().map(|it| sentence(&it.entry)),
        last_at: overview.last.as_ref().map(|it| it.at.to_string()),
    }
}

fn server(it: &ServerOverview) -> RolloutServer {
    RolloutServer {
        server: it.server.as_str().to_owned(),
        wave: it.wave.saturating_add(1),
        state: it.state.name().to_owned(),
        why: it.state.why().map(str::to_owned),
        from: it.from.to_string(),
        to: it.to.to_string(),
        began: it.began.map(|it| it.to_string()),
        ended: it.ended.map(|it| it.to_string()),
        changes: it.changes.clone(),
    }
}

fn line(row: RolloutRow, standing: Option<Standing>) -> RolloutLine {
    let (made_at, made_by) = row.made.map(|(at, by)| (at.to_string(), by)).unzip();
    RolloutLine { id: row.id.to_string(), made_at, made_by, standing }
}

/// `GET /api/v1/tenants/{tenant}/rollouts`.
#[utoipa::path(get, path = "/api/v1/tenants/{tenant}/rollouts", tag = "rollouts",
    params(("tenant" = String, Path, description = "Name of the tenant")),
    responses((status = 200, body = Rollouts), (status = 304), (status = 401), (status = 404)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Own(tenant): Own,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    let seen = seen(&caller, &tenant);
    let mut rollouts = Vec::new();
    for (at, row) in app.store.rollouts(seen).await?.into_iter().enumerate() {
        let standing = if at < SHOWN_MAX {
            let looked = app.rollouts.look(&app, seen, row.id).await?;
            Some(standing(&looked, app.now()))
        } else {
            None
        };
        rollouts.push(line(row, standing));
    }
    answer(&headers, &Rollouts { rollouts })
}

/// `GET /api/v1/tenants/{tenant}/rollouts/{rollout}`.
#[utoipa::path(get, path = "/api/v1/tenants/{tenant}/rollouts/{rollout}", tag = "rollouts",
    params(("tenant" = String, Path, description = "Name of the tenant"),
        ("rollout" = String, Path, description = "Id of its blueprint, or its first 12 digits or more")),
    responses((status = 200, body = Rollout), (status = 304), (status = 401), (status = 404)))]
pub(crate) async fn one(
    State(app): State<App>,
    caller: Caller,
    Own(tenant): Own,
    headers: HeaderMap,
    Path(one): Path<One>,
) -> Result<Response, WebError> {
    let seen = seen(&caller, &tenant);
    let id = named(&app, seen, one.text()).await?;
    let looked = app.rollouts.look(&app, seen, id).await?;
    let approvals = looked.approvals.iter().map(|it| RolloutApproval {
        by: it.by.clone(),
        at: it.at.to_string(),
        until: it.until.to_string(),
    });
    let commands = looked.commands.iter().map(|it| RolloutCommand {
        by: it.by.clone(),
        at: it.at.to_string(),
        command: command_name(it.command).to_owned(),
    });
    let rollout = Rollout {
        id: id.to_string(),
        generation: looked.blueprint.generation,
        standing: standing(&looked, app.now()),
        entries: looked.mark.entries,
        servers: looked.overview.servers.iter().map(server).collect(),
        approvals: approvals.collect(),
        commands: commands.collect(),
    };
    answer(&headers, &rollout)
}

/// `POST /api/v1/tenants/{tenant}/rollouts/{rollout}/approvals`.
#[utoipa::path(post, path = "/api/v1/tenants/{tenant}/rollouts/{rollout}/approvals", tag = "rollouts",
    params(("tenant" = String, Path, description = "Name of the tenant"),
        ("rollout" = String, Path, description = "Id of its blueprint, or its first 12 digits or more")),
    request_body = NewApproval,
    responses((status = 200, body = Said), (status = 400), (status = 401), (status = 403), (status = 404),
        (status = 409)))]
pub(crate) async fn approve(
    State(app): State<App>,
    caller: Caller,
    Own(tenant): Own,
    Path(one): Path<One>,
    headers: HeaderMap,
    Json(given): Json<NewApproval>,
) -> Result<Response, WebError> {
    let seen = seen(&caller, &tenant);
    let id = named(&app, seen, one.text()).await?;
    let bad = |_| WebError::Bad("`until` is no time; write it as 2026-12-01T00:00:00Z".into());
    let until: Timestamp = given.until.parse().map_err(bad)?;
    let looked = app.rollouts.look(&app, seen, id).await?;
    let written = act::approve(&app, (&caller, seen), &looked, until).await?;
    answer(&headers, &Said { written })
}

/// `POST /api/v1/tenants/{tenant}/rollouts/{rollout}/commands`.
#[utoipa::path(post, path = "/api/v1/tenants/{tenant}/rollouts/{rollout}/commands", tag = "rollouts",
    params(("tenant" = String, Path, description = "Name of the tenant"),
        ("rollout" = String, Path, description = "Id of its blueprint, or its first 12 digits or more")),
    request_body = NewCommand,
    responses((status = 200, body = Said), (status = 400), (status = 401), (status = 403), (status = 404),
        (status = 409)))]
pub(crate) async fn command(
    State(app): State<App>,
    caller: Caller,
    Own(tenant): Own,
    Path(one): Path<One>,
    headers: HeaderMap,
    Json(given): Json<NewCommand>,
) -> Result<Response, WebError> {
    const ALL: [Command; 4] =
        [Command::Pause, Command::PauseAfterStep, Command::Resume, Command::Abort];
    let seen = seen(&caller, &tenant);
    let id = named(&app, seen, one.text()).await?;
    let known = ALL.into_iter().find(|it| command_name(*it) == given.command);
    let bad = || WebError::Bad("`command` is pause, pause-after-step, resume or abort".into());
    let command = known.ok_or_else(bad)?;
    let written = act::command(&app, (&caller, seen), id, command).await?;
    answer(&headers, &Said { written })
}
