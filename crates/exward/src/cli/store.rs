//! `exward store`: looking after the store of `exward serve`.

mod forget;

use std::fs::File;
use std::io::{BufReader, Write as _};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use exward_store::store::Note;
use exward_store::{Store, StoreError, StoreUrl};

use super::Clock;
use crate::error::CommandError;
use crate::{output, plain};

/// Look after the store of `exward serve`
#[derive(Args, Debug)]
pub(crate) struct StoreArgs {
    #[command(subcommand)]
    command: StoreCommand,
}

#[derive(Debug, Subcommand)]
enum StoreCommand {
    /// Check that the store is whole
    ///
    /// The database's own check, what rows refer to, the audit log, and the journal of rollouts. Exit code 1 if
    /// something is wrong.
    Check(Place),
    Backup(BackupArgs),
    Restore(RestoreArgs),
    Forget(forget::ForgetArgs),
    Tenant(TenantArgs),
    Audit(AuditArgs),
}

/// Write a backup: one state of the store, whatever is written meanwhile
///
/// The journal of rollouts is in it. It can be restored into either kind of database. Whoever has it has the hashes of passwords and the secrets of
/// webhooks: keep it as the store itself.
#[derive(Args, Debug)]
struct BackupArgs {
    /// Write it to this file, which must not be there yet
    file: PathBuf,
    #[command(flatten)]
    place: Place,
}

/// Restore a backup into a new, empty store: all of it, or nothing
///
/// Nobody carries a rollout out in it until `exward rollout run` is given again. Whoever still does so in the old store
/// must be stopped first: the two would not know of each other.
#[derive(Args, Debug)]
struct RestoreArgs {
    /// The backup
    file: PathBuf,
    #[command(flatten)]
    place: Place,
}

/// Where the store is.
#[derive(Args, Debug)]
struct Place {
    /// The store: a file, or postgres://USER@HOST/DATABASE
    #[arg(long, value_name = "STORE", default_value = "exward.db")]
    store: StoreUrl,
}

/// Whose servers there are
#[derive(Args, Debug)]
struct TenantArgs {
    #[command(subcommand)]
    command: TenantCommand,
}

#[derive(Debug, Subcommand)]
enum TenantCommand {
    /// Add a tenant; makes the store where there is none
    Add {
        /// Lower-case letters, digits, `-` and `_`
        name: String,
        #[command(flatten)]
        place: Place,
    },
    /// List all tenants
    List(Place),
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
pub(super) fn run(clock: Clock, args: &StoreArgs) -> Result<u8, CommandError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|source| CommandError::Runtime { source })?;
    runtime.block_on(async {
        match &args.command {
            StoreCommand::Check(place) => check(place).await,
            StoreCommand::Backup(args) => backup(args).await,
            StoreCommand::Restore(args) => restore(args).await,
            StoreCommand::Forget(args) => forget::run(args, clock).await,
            StoreCommand::Tenant(TenantArgs { command: TenantCommand::Add { name, place } }) => {
                tenant_add(place, name, clock).await
            }
            StoreCommand::Tenant(TenantArgs { command: TenantCommand::List(place) }) => {
                tenant_list(place).await
            }
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

async fn check(place: &Place) -> Result<u8, CommandError> {
    let store = existing(place).await?;
    let checked = store.check().await.map_err(unusable(place))?;
    store.close().await;
    for (table, rows) in checked.rows {
        output::line(&format!("{table}: {rows}"))?;
    }
    if checked.problems.is_empty() {
        output::line("The store is whole.")?;
        return Ok(0);
    }
    let problems: Vec<String> =
        checked.problems.iter().map(|it| format!("\n  {}", plain::line(&it.to_string()))).collect();
    Err(CommandError::Damaged {
        what: format!("the store is not whole:{}", problems.concat()),
        help: "keep it as it is, and restore a backup into another one".into(),
    })
}

async fn backup(args: &BackupArgs) -> Result<u8, CommandError> {
    let store = existing(&args.place).await?;
    let failed = |source| CommandError::Write { what: args.file.display().to_string(), source };
    // Beside its place, for the owner alone, and moved there once it is whole: half of one is none.
    let folder = args.file.parent().filter(|it| !it.as_os_str().is_empty());
    let folder = folder.unwrap_or(std::path::Path::new("."));
    let mut out = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    let mut buffered = std::io::BufWriter::new(out.as_file_mut());
    let rows = store.backup(&mut buffered).await.map_err(unusable(&args.place))?;
    store.close().await;
    buffered.flush().map_err(failed)?;
    drop(buffered);
    out.as_file().sync_all().map_err(failed)?;
    out.persist_noclobber(&args.file).map_err(|it| failed(it.error))?;
    output::line(&format!("{rows} rows are in {}", args.file.display()))?;
    Ok(0)
}

async fn restore(args: &RestoreArgs) -> Result<u8, CommandError> {
    let failed = |source| CommandError::Read { path: args.file.clone(), source };
    let mut file = BufReader::new(File::open(&args.file).map_err(failed)?);
    let store = Store::open(&args.place.store).await.map_err(unusable(&args.place))?;
    let restored = store.restore(&mut file).await;
    store.close().await;
    let rows = restored.map_err(unusable(&args.place))?;
    output::line(&format!("{rows} rows were restored"))?;
    Ok(0)
}

async fn tenant_add(place: &Place, name: &str, clock: Clock) -> Result<u8, CommandError> {
    let store = Store::open(&place.store).await.map_err(unusable(place))?;
    let now = clock.now();
    let made = store.make_tenant(name, now).await;
    let id = made.map_err(|source| {
        if let StoreError::Conflict { what } = source {
            let help = "`exward store tenant list` names those that are".to_owned();
            CommandError::Usage { what, help }
        } else {
            unusable(place)(source)
        }
    })?;
    let note = Note {
        tenant: Some(id),
        actor: "command line",
        action: "tenant.make",
        subject: name,
        detail: "",
    };
    store.audit_note(&note, now).await.map_err(unusable(place))?;
    store.close().await;
    output::line(&format!("There is a tenant `{}` now.", plain::line(name)))?;
    Ok(0)
}

async fn tenant_list(place: &Place) -> Result<u8, CommandError> {
    let store = existing(place).await?;
    let tenants = store.tenants().await.map_err(unusable(place))?;
    store.close().await;
    for tenant in tenants {
        output::line(&format!("{}  {}", tenant.name, tenant.made_at))?;
    }
    Ok(0)
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
