//! The journal of rollouts, opened for a command, and the blueprint that the command is about.

use std::io;
use std::path::PathBuf;

use clap::Args;
use exward_core::blueprint::{Blueprint, BlueprintId};
use exward_drive::journal::{Journal as _, JournalError, Line};
use exward_read::blueprint;
use exward_read::limits::BLUEPRINT_BYTES_MAX;
use exward_store::{StoreJournal, StoreUrl};

use crate::error::CommandError;
use crate::{input, plain};

/// What went wrong with this journal.
pub(super) fn failed(url: &StoreUrl) -> impl Fn(JournalError) -> CommandError {
    move |source| CommandError::Store { place: url.to_string(), source }
}

/// Opens a journal to write; one that does not exist is made.
pub(super) fn open(url: &StoreUrl) -> Result<StoreJournal, CommandError> {
    StoreJournal::open(url).map_err(failed(url))
}

/// Opens a journal that must be there to write.
pub(super) fn open_existing(url: &StoreUrl) -> Result<StoreJournal, CommandError> {
    is_there(url)?;
    StoreJournal::open_existing(url).map_err(failed(url))
}

/// Opens a journal that must be there to read, also while somebody writes.
pub(super) fn open_to_read(url: &StoreUrl) -> Result<StoreJournal, CommandError> {
    is_there(url)?;
    StoreJournal::open_to_read(url).map_err(failed(url))
}

/// Says of a file that is not there what a person has mistaken; a database speaks for itself.
fn is_there(url: &StoreUrl) -> Result<(), CommandError> {
    match url {
        StoreUrl::Sqlite(path) if !path.is_file() => {
            let what = "there is no journal of this name";
            let source = io::Error::new(io::ErrorKind::NotFound, what);
            Err(CommandError::Read { path: path.clone(), source })
        }
        StoreUrl::Sqlite(_) | StoreUrl::Postgres(_) => Ok(()),
    }
}

/// Which rollout a command is about.
#[derive(Args, Debug)]
pub(super) struct Choice {
    /// The blueprint's file; without it, the one that is carried out
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Without a file: the one that is carried out for this tenant, not the one from the command line
    #[arg(long, value_name = "NAME", conflicts_with = "file")]
    tenant: Option<String>,
}

/// The blueprint that is chosen, as the journal keeps it.
pub(super) fn chosen(
    journal: &mut StoreJournal,
    url: &StoreUrl,
    choice: &Choice,
) -> Result<(BlueprintId, Blueprint), CommandError> {
    let file = choice.file.as_deref();
    let id = match file {
        Some(file) => blueprint::id(&input::whole_bytes(file, BLUEPRINT_BYTES_MAX)?),
        None => current(journal, url, choice.tenant.as_deref())?,
    };
    match (kept(journal, url, id)?, file) {
        (Some(bytes), _) => match blueprint::read(&bytes) {
            Ok(it) => Ok((id, it)),
            Err(error) => Err(damaged(url, &format!("its blueprint {id}: {error}"))),
        },
        (None, Some(file)) => Err(CommandError::Usage {
            what: format!("{} is not in the journal", plain::line(&file.display().to_string())),
            help: "approve it first: exward rollout approve FILE --by YOU --until TIME".to_owned(),
        }),
        (None, None) => Err(damaged(url, &format!("its blueprint {id} is missing"))),
    }
}

/// The blueprint that is carried out for a tenant, or from the command line.
fn current(
    journal: &mut StoreJournal,
    url: &StoreUrl,
    tenant: Option<&str>,
) -> Result<BlueprintId, CommandError> {
    let line = match tenant {
        None => Line::Unowned,
        Some(name) => journal.line_of_tenant(name).map_err(failed(url))?.ok_or_else(|| {
            let what = format!("there is no tenant `{}` in this store", plain::line(name));
            let help = "`exward store tenant list` names those that are".to_owned();
            CommandError::Usage { what, help }
        })?,
    };
    journal.current(line).map_err(failed(url))?.ok_or_else(|| none_current(tenant))
}

/// The bytes of a blueprint as they are kept; `None`: they are not. Its id is what was approved (F2).
fn kept(
    journal: &mut StoreJournal,
    url: &StoreUrl,
    id: BlueprintId,
) -> Result<Option<Vec<u8>>, CommandError> {
    let bytes = journal.blueprint(id).map_err(failed(url))?;
    if bytes.as_ref().is_some_and(|it| blueprint::id(it) != id) {
        return Err(damaged(url, &format!("its blueprint {id} was changed")));
    }
    Ok(bytes)
}

/// Reads all that the journal has of a blueprint, and says what is damaged. Whoever takes the lease looks
/// first: that would already write to it.
pub(super) fn look_whole(
    journal: &mut StoreJournal,
    url: &StoreUrl,
    id: BlueprintId,
) -> Result<(), CommandError> {
    kept(journal, url, id)?;
    journal.commands(id, 0).map_err(failed(url))?;
    journal.entries(id).map_err(failed(url))?;
    Ok(())
}

/// Damage that the journal itself cannot see, in its words.
fn damaged(url: &StoreUrl, what: &str) -> CommandError {
    let remedy =
        "keep it as it is, a file together with its -wal, and restore a copy from a backup";
    failed(url)(JournalError::Damaged { what: format!("{what}; {remedy}") })
}

fn none_current(tenant: Option<&str>) -> CommandError {
    match tenant {
        None => CommandError::Usage {
            what: "no rollout from the command line has begun in this journal".to_owned(),
            help: "name the blueprint's file, or --tenant, whose rollout it is; or begin: \
                   exward rollout run FILE"
                .to_owned(),
        },
        Some(name) => CommandError::Usage {
            what: format!("no rollout of tenant `{}` has begun", plain::line(name)),
            help: "name the blueprint's file, or begin: exward rollout run FILE".to_owned(),
        },
    }
}

/// The beginning of an id, enough for people to tell blueprints apart.
pub(super) fn short(id: BlueprintId) -> String {
    id.to_string().chars().take(12).collect()
}
