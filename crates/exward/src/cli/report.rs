//! `exward report`: how a tenant stands, how it got there, and how all of it is known, as one file for whoever asks.

mod collect;
mod html;
mod rows;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use exward_core::catalog::Catalog;
use exward_store::{Store, StoreError, StoreUrl};
use jiff::{Timestamp, tz};

use self::collect::{Collected, Moment};
use crate::error::CommandError;
use crate::keeping::TENANT_DEFAULT;
use crate::output::{Sink, Tlp};

/// A list of vulnerable servers is a target list.
const TLP: Tlp = Tlp::Amber;

/// Report how a tenant stands, with its trend and its proof, from the store
///
/// Everything is judged with the catalog of this program. With --as-of it is what the store knew at that time, as the
/// catalog of today judges it.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  exward report --tenant contoso --store exward.db --out report.html
  exward report --tenant contoso --store exward.db --format csv --as-of 2026-10-31T23:59:59Z")]
pub(crate) struct ReportArgs {
    /// The store: a file, or postgres://USER@HOST/DATABASE
    #[arg(long, value_name = "STORE", default_value = "exward.db")]
    store: StoreUrl,
    /// Whose servers
    #[arg(long, value_name = "NAME", default_value = TENANT_DEFAULT)]
    tenant: String,
    /// HTML for people, CSV for spreadsheets
    #[arg(long, value_name = "FORMAT", default_value = "html")]
    format: Format,
    /// Write it to this file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// How it was at this time: 2026-10-31T23:59:59Z
    #[arg(long, value_name = "TIME")]
    as_of: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Html,
    Csv,
}

/// Runs the command; gives the exit code.
pub(super) fn run(
    catalog: &Catalog,
    now: Timestamp,
    args: &ReportArgs,
) -> Result<u8, CommandError> {
    let at = args.as_of.unwrap_or(now);
    if at > now {
        let what = format!("nobody knows yet what is at {at}");
        return Err(CommandError::Usage {
            what,
            help: "give --as-of a time that has passed".into(),
        });
    }
    let moment = Moment { as_of: args.as_of, at, day: tz::Offset::UTC.to_datetime(at).date() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|source| CommandError::Runtime { source })?;
    let collected = runtime.block_on(collected(catalog, args, moment))?;
    let mut sink = Sink::open(args.out.as_deref())?;
    let written = match args.format {
        Format::Html => html::write(&collected, sink.writer()),
        Format::Csv => rows::write(&collected, sink.writer()),
    };
    written.map_err(|source| sink.error(source))?;
    sink.close()?;
    Ok(0)
}

async fn collected(
    catalog: &Catalog,
    args: &ReportArgs,
    moment: Moment,
) -> Result<Collected, CommandError> {
    let place = args.store.to_string();
    let failed = |source: StoreError| {
        if matches!(source, StoreError::BeforeRetention { .. }) {
            let help = "give --as-of a later time".to_owned();
            CommandError::Usage { what: source.to_string(), help }
        } else {
            CommandError::Memory { place: place.clone(), source }
        }
    };
    // A report makes no store.
    if matches!(&args.store, StoreUrl::Sqlite(path) if !path.exists()) {
        return Err(failed(StoreError::Missing { place: place.clone() }));
    }
    let store = Store::open(&args.store).await.map_err(failed)?;
    let found = store.tenant(&args.tenant).await.map_err(failed)?;
    let tenant = found.ok_or_else(|| CommandError::Usage {
        what: format!("there is no tenant `{}`", args.tenant),
        help: "`exward store tenant list` names those that are".to_owned(),
    })?;
    let collected = collect::of(&store, &tenant, catalog, moment).await.map_err(failed)?;
    store.close().await;
    Ok(collected)
}
