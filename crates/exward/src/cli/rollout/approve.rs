//! `exward rollout approve`: somebody says that a blueprint may be carried out.

use std::path::PathBuf;

use clap::Args;
use exward_core::blueprint::{Blueprint, BlueprintId};
use exward_core::catalog::Catalog;
use exward_core::plan::check;
use exward_drive::approve::{Approved, NotApproved, may_approve};
use exward_drive::journal::{Approval, Journal as _, Line};
use exward_read::blueprint;
use jiff::Timestamp;

use super::{StoreArgs, store};
use crate::cli::plan::read_blueprint;
use crate::error::CommandError;
use crate::{output, plain};

/// Approve a blueprint: it may be carried out until a time that you name
///
/// The blueprint is checked again first, against the catalog as it is now. It is kept in the journal, byte
/// for byte, with who approved it and when.
#[derive(Args, Debug)]
pub(super) struct ApproveArgs {
    /// The blueprint, as `exward plan --out` wrote it
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Who approves
    #[arg(long, value_name = "NAME", value_parser = super::person)]
    by: String,
    /// Until when further servers may be begun: 2026-12-01T00:00:00Z
    #[arg(long, value_name = "TIME")]
    until: Timestamp,
    #[command(flatten)]
    store: StoreArgs,
}

/// Runs the command; gives the exit code.
pub(super) fn run(
    catalog: &Catalog,
    now: Timestamp,
    args: &ApproveArgs,
) -> Result<u8, CommandError> {
    let (id, blueprint) = read_blueprint(&args.file)?;
    let approval = Approval { by: args.by.clone(), at: now, until: args.until };
    approvable(&blueprint, catalog, &approval)?;
    let url = &args.store.store;
    let failed = store::failed(url);
    let mut journal = store::open(url)?;
    // One that is a tenant's stays in the tenant's line, whoever approves it.
    let line = journal.line(id).map_err(&failed)?.unwrap_or_default();
    let current = journal.current(line).map_err(&failed)?;
    Line::follows(id, blueprint.parent, current).map_err(|why| {
        refused(
            &why.to_string(),
            "plan again with --parent FILE, where FILE is the blueprint that is current; without it, if none is",
        )
    })?;
    let bytes = blueprint::write(&blueprint);
    journal.keep(line, id, blueprint.parent, bytes.as_bytes()).map_err(&failed)?;
    journal.approve(id, &approval).map_err(&failed)?;
    let approvals = journal.approvals(id).map_err(&failed)?;
    let stands = Approved::new(&blueprint, id, catalog, &approvals, now);
    let stands = stands.map(|it| it.until());
    output::line(&told(args, id, &blueprint, &approval, &stands))?;
    Ok(0)
}

/// Everything that stands against this approval.
fn approvable(
    blueprint: &Blueprint,
    catalog: &Catalog,
    approval: &Approval,
) -> Result<(), CommandError> {
    const SHOWN_MAX: usize = 20;
    let broken = check(blueprint, catalog);
    if !broken.is_empty() {
        let mut what = "the blueprint does not hold against this catalog:".to_owned();
        for it in broken.iter().take(SHOWN_MAX) {
            what.push_str("\n  ");
            what.push_str(&plain::line(&format!("{}: {}", it.invariant, it.what)));
        }
        return Err(CommandError::Refused { what, help: "plan again".to_owned() });
    }
    if blueprint.waves.is_empty() {
        return Err(refused("the blueprint updates no server", "there is nothing to approve"));
    }
    may_approve(blueprint, approval).map_err(|why| {
        refused(&why.to_string(), "[approvals] of the policy names who may; --until must lie ahead")
    })
}

fn refused(what: &str, help: &str) -> CommandError {
    CommandError::Refused { what: plain::line(what).into_owned(), help: help.to_owned() }
}

/// What was approved, whether that is enough, and what comes next.
fn told(
    args: &ApproveArgs,
    id: BlueprintId,
    blueprint: &Blueprint,
    approval: &Approval,
    stands: &Result<Timestamp, NotApproved>,
) -> String {
    let (servers, waves) = (blueprint.updates().count(), blueprint.waves.len());
    let file = plain::line(&args.file.display().to_string()).into_owned();
    let store = plain::line(&args.store.store.to_string()).into_owned();
    let by = plain::line(&approval.by).into_owned();
    let until = approval.until.strftime("%FT%TZ");
    let mut text = format!(
        "approved by {by} until {until}: blueprint {} (generation {}), {servers} {} in {waves} {}",
        store::short(id),
        blueprint.generation,
        if servers == 1 { "server" } else { "servers" },
        if waves == 1 { "wave" } else { "waves" },
    );
    if blueprint.windows_ignored {
        text.push_str("\nEMERGENCY: it ignores windows and blackouts");
    }
    let next = match stands {
        Ok(until) => format!(
            "\nenough people have approved it; further servers may be begun until {}\n\
             next: exward rollout run {file} --store {store}",
            until.strftime("%FT%TZ")
        ),
        Err(why) => format!(
            "\nnot enough yet: {why}\n\
             next: exward rollout approve {file} --by SOMEBODY-ELSE --until TIME --store {store}"
        ),
    };
    text.push_str(&next);
    text
}
