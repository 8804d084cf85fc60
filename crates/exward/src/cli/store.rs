//! `exward store`: looking after the store of `exward serve`.

use clap::{Args, Subcommand};
use exward_store::{Store, StoreError, StoreUrl};

use super::Clock;
use crate::error::CommandError;
use crate::output;

/// Look after the store of `exward serve`
#[derive(Args, Debug)]
pub(crate) struct StoreArgs {
    #[command(subcommand)]
    command: StoreCommand,
}

#[derive(Debug, Subcommand)]
enum StoreCommand {
    Audit(AuditArgs),
}

/// Where the store is.
#[derive(Args, Debug)]
struct Place {
    /// The store: a file, or postgres://USER@HOST/DATABASE
    #[arg(long, value_name = "STORE", default_value = "exward.db")]
    store: StoreUrl,
}

/// The log of who did what
#[derive(Args, Debug)]
struct AuditArgs {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Check that no row of it was changed or removed
    ///
    /// Prints the checksum of the newest row: written down elsewhere, it proves later that nothing before was
    /// changed. Exit code 1 if something was.
    Verify(Place),
}

/// Does it. The exit code is 1 where something is found that is not as it should be.
pub(super) fn run(_clock: Clock, args: &StoreArgs) -> Result<u8, CommandError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|source| CommandError::Runtime { source })?;
    runtime.block_on(async {
        match &args.command {
            StoreCommand::Audit(AuditArgs { command: AuditCommand::Verify(place) }) => {
                audit_verify(place).await
            }
        }
    })
}

/// Opens a store that must be there: none of these commands makes one.
async fn existing(place: &Place) -> Result<Store, CommandError> {
    let missing = matches!(&place.store, StoreUrl::Sqlite(path) if !path.exists());
    if missing {
        let at = place.store.to_string();
        return Err(unusable(place)(StoreError::Missing { place: at }));
    }
    Store::open(&place.store).await.map_err(unusable(place))
}

fn unusable(place: &Place) -> impl Fn(StoreError) -> CommandError {
    let place = place.store.to_string();
    move |source| CommandError::Memory { place: place.clone(), source }
}

async fn audit_verify(place: &Place) -> Result<u8, CommandError> {
    let store = existing(place).await?;
    let verified = store.audit_verify().await.map_err(unusable(place))?;
    store.close().await;
    match verified {
        Ok(whole) => {
            let checksum: String = whole.checksum.iter().map(|it| format!("{it:02x}")).collect();
            output::line(&format!("{} rows, none changed; the newest is {checksum}", whole.rows))?;
            Ok(0)
        }
        Err(broken) => Err(CommandError::Damaged {
            what: broken.to_string(),
            help: "keep the store as it is: it is evidence; what was before that row holds".into(),
        }),
    }
}
