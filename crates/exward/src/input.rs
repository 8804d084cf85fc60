//! Targets, files, folders and standard input become servers with their evidence.
//!
//! Only this module opens files. A file that cannot be read is named, and the rest goes on.

mod folder;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use exward_core::catalog::Catalog;
use exward_core::evidence::Evidence;
use exward_read::{Format, Record, Skipped, list};

use crate::error::CommandError;
use crate::progress;

/// Something read from the inputs, in their order.
pub(crate) enum Item {
    /// One server with its evidence.
    Server { target: String, evidence: Vec<Evidence> },
    /// Something in an input that could not be read; the input went on.
    Skipped { file: String, line: Option<u64>, why: String },
    /// A whole input that could not be read.
    NotRead { file: String, why: String },
}

/// Takes items one by one; an error stops the reading.
pub(crate) type Take<'a> = dyn FnMut(Item) -> Result<(), CommandError> + 'a;

/// Everything that one command line asks to read.
pub(crate) struct Inputs<'a> {
    pub(crate) targets: &'a [String],
    pub(crate) files: &'a [PathBuf],
    pub(crate) format: Option<Format>,
}

impl Inputs<'_> {
    /// Reads all inputs: targets first, then files in the order given.
    ///
    /// # Errors
    /// A target that is none, or what `take` gives.
    pub(crate) fn each(&self, catalog: &Catalog, take: &mut Take<'_>) -> Result<(), CommandError> {
        for text in self.targets {
            let record = list::record(catalog, text).map_err(|error| CommandError::Usage {
                what: error.to_string(),
                help: "a target is a build such as 15.2.1544.14 or a host; files need --from"
                    .to_owned(),
            })?;
            if record.evidence.is_empty() && Path::new(text).exists() {
                return Err(CommandError::Usage {
                    what: format!("`{}` is a file, not a server", crate::plain::line(text)),
                    help: format!("read it with --from {}", crate::plain::line(text)),
                });
            }
            take(Item::Server { target: record.target, evidence: record.evidence })?;
        }
        for path in self.files {
            self.file(catalog, path, take)?;
        }
        Ok(())
    }

    fn file(
        &self,
        catalog: &Catalog,
        path: &Path,
        take: &mut Take<'_>,
    ) -> Result<(), CommandError> {
        let name = path.display().to_string();
        if path == Path::new("-") {
            let input = progress::counted(io::stdin().lock(), None, "standard input");
            return self.stream(catalog, "-", input, take);
        }
        if path.is_dir() {
            return folder::read(catalog, path, take);
        }
        match File::open(path) {
            Ok(file) => {
                let size = file.metadata().ok().map(|it| it.len());
                self.stream(catalog, &name, progress::counted(file, size, &name), take)
            }
            Err(error) => take(Item::NotRead { file: name, why: error.to_string() }),
        }
    }

    fn stream(
        &self,
        catalog: &Catalog,
        name: &str,
        input: impl Read,
        take: &mut Take<'_>,
    ) -> Result<(), CommandError> {
        let mut outcome = Ok(());
        let (mut any_read, mut any_skipped) = (false, false);
        let read = exward_read::read(catalog, self.format, input, &mut |item| {
            any_read |= item.is_ok();
            any_skipped |= item.is_err();
            outcome = take(named(item, name));
            outcome.is_ok()
        });
        outcome?;
        match read {
            Ok(()) if any_read => Ok(()),
            // An input of which nothing could be read must not count as nothing to do.
            Ok(()) if any_skipped => {
                let why = "nothing in it could be read".to_owned();
                take(Item::NotRead { file: name.to_owned(), why })
            }
            Ok(()) => {
                let why = "no server in it".to_owned();
                take(Item::Skipped { file: name.to_owned(), line: None, why })
            }
            Err(error) => take(Item::NotRead { file: name.to_owned(), why: error.to_string() }),
        }
    }
}

/// Gives a record without a target the name of its file, and its line where there are several.
fn named(item: Result<Record, Skipped>, name: &str) -> Item {
    match item {
        Ok(record) if record.target.is_empty() => {
            let target = match record.line {
                Some(line) => format!("{name}:{line}"),
                None => name.to_owned(),
            };
            Item::Server { target, evidence: record.evidence }
        }
        Ok(record) => Item::Server { target: record.target, evidence: record.evidence },
        Err(skipped) => {
            Item::Skipped { file: name.to_owned(), line: skipped.line, why: skipped.why }
        }
    }
}
