//! The journal of rollouts, opened for a command, and the blueprint that the command is about.

use std::io;
use std::path::Path;

use exward_core::blueprint::{Blueprint, BlueprintId};
use exward_drive::journal::{Journal as _, JournalError};
use exward_read::blueprint;
use exward_read::limits::BLUEPRINT_BYTES_MAX;
use exward_store::SqliteJournal;

use crate::error::CommandError;
use crate::{input, plain};

/// What went wrong with this journal.
pub(super) fn failed(path: &Path) -> impl Fn(JournalError) -> CommandError {
    move |source| CommandError::Store { path: path.to_owned(), source }
}

/// Opens a journal to write; one that does not exist is made.
pub(super) fn open(path: &Path) -> Result<SqliteJournal, CommandError> {
    SqliteJournal::open(path).map_err(failed(path))
}

/// Opens a journal that must be there to write.
pub(super) fn open_existing(path: &Path) -> Result<SqliteJournal, CommandError> {
    is_there(path)?;
    open(path)
}

/// Opens a journal that must be there to read, also while somebody writes.
pub(super) fn open_to_read(path: &Path) -> Result<SqliteJournal, CommandError> {
    is_there(path)?;
    SqliteJournal::open_to_read(path).map_err(failed(path))
}

fn is_there(path: &Path) -> Result<(), CommandError> {
    if path.is_file() {
        return Ok(());
    }
    let source = io::Error::new(io::ErrorKind::NotFound, "there is no journal of this name");
    Err(CommandError::Read { path: path.to_owned(), source })
}

/// The blueprint whose file is named, as the journal keeps it; else the one that is carried out.
pub(super) fn chosen(
    journal: &mut SqliteJournal,
    path: &Path,
    file: Option<&Path>,
) -> Result<(BlueprintId, Blueprint), CommandError> {
    let id = match file {
        Some(file) => blueprint::id(&input::whole_bytes(file, BLUEPRINT_BYTES_MAX)?),
        None => journal.current().map_err(failed(path))?.ok_or_else(none_current)?,
    };
    match (kept(journal, path, id)?, file) {
        (Some(bytes), _) => match blueprint::read(&bytes) {
            Ok(it) => Ok((id, it)),
            Err(error) => Err(damaged(path, &format!("its blueprint {id}: {error}"))),
        },
        (None, Some(file)) => Err(CommandError::Usage {
            what: format!("{} is not in the journal", plain::line(&file.display().to_string())),
            help: "approve it first: exward rollout approve FILE --by YOU --until TIME".to_owned(),
        }),
        (None, None) => Err(damaged(path, &format!("its blueprint {id} is missing"))),
    }
}

/// The bytes of a blueprint as they are kept; `None`: they are not. Its id is what was approved (F2).
fn kept(
    journal: &mut SqliteJournal,
    path: &Path,
    id: BlueprintId,
) -> Result<Option<Vec<u8>>, CommandError> {
    let bytes = journal.blueprint(id).map_err(failed(path))?;
    if bytes.as_ref().is_some_and(|it| blueprint::id(it) != id) {
        return Err(damaged(path, &format!("its blueprint {id} was changed")));
    }
    Ok(bytes)
}

/// Reads all that the journal has of a blueprint, and says what is damaged. Whoever takes the lease looks
/// first: that would already write to it.
pub(super) fn look_whole(
    journal: &mut SqliteJournal,
    path: &Path,
    id: BlueprintId,
) -> Result<(), CommandError> {
    kept(journal, path, id)?;
    journal.commands(id, 0).map_err(failed(path))?;
    journal.entries(id).map_err(failed(path))?;
    Ok(())
}

/// Damage that the journal itself cannot see, in its words.
fn damaged(path: &Path, what: &str) -> CommandError {
    let remedy = "keep the file and its -wal as they are, and restore a copy from a backup";
    failed(path)(JournalError::Damaged { what: format!("{what}; {remedy}") })
}

fn none_current() -> CommandError {
    CommandError::Usage {
        what: "no rollout has begun in this journal".to_owned(),
        help: "name the blueprint's file, or begin: exward rollout run FILE".to_owned(),
    }
}

/// The beginning of an id, enough for people to tell blueprints apart.
pub(super) fn short(id: BlueprintId) -> String {
    id.to_string().chars().take(12).collect()
}
