//! `exward store forget`: what was seen long ago is dropped.

use clap::Args;
use exward_store::StoreError;
use exward_store::store::Note;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Place, existing, unusable};
use crate::cli::Clock;
use crate::error::CommandError;
use crate::keeping::TENANT_DEFAULT;
use crate::output;

/// Forget what was seen of a tenant's servers before a day
///
/// What each server looked like on that day is kept, however long ago it was seen, so that answers about that day
/// and later stay the same. Pages and reports as of an earlier day are refused from then on. Rollouts are not
/// forgotten: what was approved and done stays in their journal.
#[derive(Args, Debug)]
pub(super) struct ForgetArgs {
    /// The first day that is remembered
    #[arg(long, value_name = "DATE")]
    before: Date,
    /// Whose servers
    #[arg(long, value_name = "NAME", default_value = TENANT_DEFAULT)]
    tenant: String,
    #[command(flatten)]
    place: Place,
}

/// Forgets, and notes in the audit log that it did.
pub(super) async fn run(args: &ForgetArgs, clock: Clock) -> Result<u8, CommandError> {
    let failed = unusable(&args.place);
    let store = existing(&args.place).await?;
    let tenant = store.tenant(&args.tenant).await.map_err(&failed)?;
    let tenant = tenant.ok_or(StoreError::NotFound { what: "tenant" }).map_err(&failed)?;
    let since = begin_of(args.before)?;
    let dropped = store.drop_before(tenant.id, since).await.map_err(&failed)?;
    let detail = format!("{dropped} observations before {}", args.before);
    let note = Note {
        tenant: Some(tenant.id),
        actor: "command line",
        action: "observations.forget",
        subject: &tenant.name,
        detail: &detail,
    };
    store.audit_note(&note, clock.now()).await.map_err(&failed)?;
    store.close().await;
    output::line(&format!("forgot {detail}"))?;
    Ok(0)
}

fn begin_of(day: Date) -> Result<Timestamp, CommandError> {
    let begin = TimeZone::UTC.to_timestamp(day.to_datetime(jiff::civil::Time::midnight()));
    begin.map_err(|_| CommandError::Usage {
        what: format!("{day} is no day that can be remembered"),
        help: "write a day as 2026-11-24".to_owned(),
    })
}
