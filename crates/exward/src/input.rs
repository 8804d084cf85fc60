//! Targets, files, folders and standard input become servers with their evidence.
//!
//! Only this module opens files. A file that cannot be read is named, and the rest goes on. Targets and plain
//! lists are read first, because their hosts are asked before anything is shown; everything else is read when its
//! turn to be shown has come, in constant memory.

mod folder;
mod rows;

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};

use exward_core::catalog::Catalog;
use exward_read::limits::DETECT_BYTES;
use exward_read::{Format, Record, Skipped, detect, text};
use exward_store::store::TARGET_LENGTH_MAX;

use crate::error::CommandError;
use crate::item::{Item, Take};
use crate::probing::{Admission, Probed};
use crate::progress;
use rows::Rows;

/// Everything that one command line asks to read, targets first, then files in the order given.
pub(crate) struct Inputs {
    parts: Vec<Part>,
    format: Option<Format>,
}

/// One input.
enum Part {
    /// Targets of the command line, or a plain list.
    Rows(Rows),
    Folder(PathBuf),
    File(PathBuf),
    /// Standard input or a pipe that is no list.
    Stream(String, Box<dyn Read>),
    NotRead {
        file: String,
        why: String,
    },
}

impl Inputs {
    /// Opens everything and reads what may name hosts.
    ///
    /// # Errors
    /// A target that is none, or one that may not be asked.
    pub(crate) fn open(
        catalog: &Catalog,
        targets: &[String],
        files: &[PathBuf],
        format: Option<Format>,
        admission: &mut Admission<'_>,
    ) -> Result<Self, CommandError> {
        let mut parts = vec![Part::Rows(Rows::of_targets(catalog, targets, admission)?)];
        for found in admission.discovered()? {
            parts.push(Part::Rows(Rows::of_discovery(found)));
        }
        for path in files {
            parts.push(Part::open(catalog, path, format, admission));
        }
        Ok(Self { parts, format })
    }

    /// Gives all items in the order of the input. `probed` holds what the hosts among them said.
    ///
    /// # Errors
    /// What `take` gives, or an answer that could not be read back.
    pub(crate) fn each(
        self,
        catalog: &Catalog,
        probed: &mut Probed,
        take: &mut Take<'_>,
    ) -> Result<(), CommandError> {
        for part in self.parts {
            match part {
                Part::Rows(rows) => rows.each(catalog, probed, take)?,
                Part::Folder(path) => folder::read(catalog, &path, take)?,
                Part::File(path) => file(catalog, &path, self.format, take)?,
                Part::Stream(name, input) => {
                    let shown = if name == "-" { "standard input" } else { &name };
                    let input = progress::counted(input, None, shown);
                    stream(catalog, &name, self.format, input, take)?;
                }
                Part::NotRead { file, why } => take(Item::NotRead { file, why })?,
            }
        }
        Ok(())
    }
}

impl Part {
    /// Reads the beginning of an input; a plain list is read whole.
    fn open(
        catalog: &Catalog,
        path: &Path,
        format: Option<Format>,
        admission: &mut Admission<'_>,
    ) -> Self {
        if path.is_dir() {
            return Self::Folder(path.to_owned());
        }
        let opened = open(path).and_then(|mut input| Ok((beginning(&mut input)?, input)));
        let (head, input) = match opened {
            Ok(opened) => opened,
            Err(error) => return Self::NotRead { file: name_of(path), why: error.to_string() },
        };
        let is_list = match format {
            Some(format) => format == Format::List,
            None => detect(catalog, &text::decode(&head).text) == Ok(Format::List),
        };
        let input = Cursor::new(head).chain(input);
        if is_list {
            return Self::Rows(Rows::of_list(catalog, &name_of(path), input, admission));
        }
        // Many files must not be open at once; a pipe cannot be opened a second time.
        if path.is_file() {
            Self::File(path.to_owned())
        } else {
            Self::Stream(name_of(path), Box::new(input))
        }
    }
}

/// A file, or standard input for `-`.
fn open(path: &Path) -> io::Result<Box<dyn Read>> {
    if path == Path::new("-") { Ok(Box::new(io::stdin())) } else { Ok(Box::new(File::open(path)?)) }
}

fn name_of(path: &Path) -> String {
    path.display().to_string()
}

/// A small file, whole.
///
/// # Errors
/// It cannot be read, or is longer than `bytes_max`.
pub(crate) fn whole(path: &Path, bytes_max: usize) -> Result<String, CommandError> {
    // PowerShell writes UTF-16.
    Ok(text::decode(&whole_bytes(path, bytes_max)?).text.into_owned())
}

/// The same for a file whose every byte counts.
pub(crate) fn whole_bytes(path: &Path, bytes_max: usize) -> Result<Vec<u8>, CommandError> {
    let failed = |source| CommandError::Read { path: path.to_owned(), source };
    let limit = u64::try_from(bytes_max).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() > bytes_max {
        let why = format!("longer than {} KiB", bytes_max >> 10);
        return Err(failed(io::Error::new(io::ErrorKind::FileTooLarge, why)));
    }
    Ok(bytes)
}

/// The first bytes of an input, enough to tell its format.
fn beginning(input: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    let limit = u64::try_from(DETECT_BYTES).unwrap_or(u64::MAX);
    input.take(limit).read_to_end(&mut head)?;
    Ok(head)
}

fn file(
    catalog: &Catalog,
    path: &Path,
    format: Option<Format>,
    take: &mut Take<'_>,
) -> Result<(), CommandError> {
    let name = name_of(path);
    match File::open(path) {
        Ok(file) => {
            let size = file.metadata().ok().map(|it| it.len());
            stream(catalog, &name, format, progress::counted(file, size, &name), take)
        }
        Err(error) => take(Item::NotRead { file: name, why: error.to_string() }),
    }
}

fn stream(
    catalog: &Catalog,
    name: &str,
    format: Option<Format>,
    input: impl Read,
    take: &mut Take<'_>,
) -> Result<(), CommandError> {
    let mut outcome = Ok(());
    let (mut any_read, mut any_skipped) = (false, false);
    let read = exward_read::read(catalog, format, input, &mut |item| {
        any_read |= item.is_ok();
        any_skipped |= item.is_err();
        outcome = take(named(item, name));
        outcome.is_ok()
    });
    outcome?;
    match read {
        Ok(()) => when_empty(name, any_read, any_skipped, take),
        Err(error) => take(Item::NotRead { file: name.to_owned(), why: error.to_string() }),
    }
}

/// Says of an input without any server whether it was empty or unreadable.
fn when_empty(
    name: &str,
    any_read: bool,
    any_skipped: bool,
    take: &mut Take<'_>,
) -> Result<(), CommandError> {
    let file = name.to_owned();
    match (any_read, any_skipped) {
        (true, _) => Ok(()),
        // An input of which nothing could be read must not count as nothing to do.
        (false, true) => {
            take(Item::NotRead { file, why: "nothing in it could be read".to_owned() })
        }
        (false, false) => {
            take(Item::Skipped { file, line: None, why: "no server in it".to_owned() })
        }
    }
}

/// Gives a record without a target the name of its file, and its line where there are several. A name that no
/// server has is not passed on: laying out a table with one of megabytes takes hours.
fn named(item: Result<Record, Skipped>, name: &str) -> Item {
    match item {
        Ok(record) if record.target.is_empty() => {
            let target = match record.line {
                Some(line) => format!("{name}:{line}"),
                None => name.to_owned(),
            };
            Item::Server { target, evidence: record.evidence }
        }
        Ok(record) if record.target.len() > TARGET_LENGTH_MAX => Item::Skipped {
            file: name.to_owned(),
            line: record.line,
            why: format!("a name of {} bytes is none of a server", record.target.len()),
        },
        Ok(record) => Item::Server { target: record.target, evidence: record.evidence },
        Err(skipped) => {
            Item::Skipped { file: name.to_owned(), line: skipped.line, why: skipped.why }
        }
    }
}
