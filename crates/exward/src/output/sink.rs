//! Where a result goes: standard output, or a file that only its owner may read.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use super::background::Background;
use super::patient::Patient;
use crate::error::CommandError;

/// Bytes written at once.
const BLOCK_BYTES: usize = 256 << 10;

/// What the name of a file that is not whole yet begins and ends with; see `evidence/own.rs`.
pub(crate) const UNFINISHED: (&str, &str) = (".exward-", ".tmp");

/// Width of a table where there is no terminal to ask.
const WIDTH_DEFAULT: u16 = 120;

/// An open destination.
///
/// A file appears under its name only when it is whole: until then it is a temporary file beside
/// it, so that a full disk or Ctrl-C leaves the old one as it was. Created 0600 on Unix. What is no file (a device, a named pipe) is written into.
pub(crate) struct Sink {
    to: To,
    name: String,
}

enum To {
    Stdout(Background),
    Device(Patient<File>),
    File { writer: BufWriter<File>, file: NamedTempFile, path: PathBuf },
}

impl Sink {
    /// Opens standard output, or a file.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, CommandError> {
        let Some(path) = path else {
            let writer = Background::stdout();
            return Ok(Self { to: To::Stdout(writer), name: "standard output".to_owned() });
        };
        let name = path.display().to_string();
        let failed = |source| CommandError::Write { what: name.clone(), source };
        if is_device(path) {
            let device = OpenOptions::new().append(true).open(path).map_err(failed)?;
            return Ok(Self { to: To::Device(Patient::new(device)), name });
        }
        let dir = match path.parent() {
            Some(dir) if dir != Path::new("") => dir,
            _ => Path::new("."),
        };
        let named = Builder::new().prefix(UNFINISHED.0).suffix(UNFINISHED.1).tempfile_in(dir);
        let file = named.map_err(failed)?;
        let writer = BufWriter::with_capacity(BLOCK_BYTES, file.reopen().map_err(failed)?);
        Ok(Self { to: To::File { writer, file, path: path.to_owned() }, name })
    }

    pub(crate) fn writer(&mut self) -> &mut dyn Write {
        match &mut self.to {
            To::Stdout(writer) => writer,
            To::Device(writer) => writer,
            To::File { writer, .. } => writer,
        }
    }

    /// What failed, for a person.
    pub(crate) fn error(&self, source: io::Error) -> CommandError {
        CommandError::Write { what: self.name.clone(), source }
    }

    /// Columns to lay a table out for.
    pub(crate) fn width(&self) -> u16 {
        let terminal = terminal_size::terminal_size().filter(|_| self.is_terminal());
        terminal.map_or(WIDTH_DEFAULT, |(width, _)| width.0)
    }

    /// True on a terminal, unless NO_COLOR is set.
    pub(crate) fn wants_color(&self) -> bool {
        let choice = anstream::AutoStream::choice(&io::stdout());
        self.is_terminal() && choice != anstream::ColorChoice::Never
    }

    fn is_terminal(&self) -> bool {
        matches!(self.to, To::Stdout(_)) && io::stdout().is_terminal()
    }

    /// Writes out what is left and puts a file under its name.
    pub(crate) fn close(self) -> Result<(), CommandError> {
        let name = self.name;
        let failed = |source| CommandError::Write { what: name.clone(), source };
        match self.to {
            To::Stdout(mut writer) => writer.finish().map_err(failed),
            To::Device(mut writer) => writer.flush().map_err(failed),
            To::File { mut writer, file, path } => {
                writer.flush().map_err(failed)?;
                writer.get_ref().sync_all().map_err(failed)?;
                file.persist(path).map(drop).map_err(|error| failed(error.error))
            }
        }
    }
}

/// True for what a file must not take the place of: a device, a named pipe, `/dev/stdout`.
fn is_device(path: &Path) -> bool {
    let leads_to_device = fs::metadata(path).is_ok_and(|it| !it.is_file());
    let is_link = || fs::symlink_metadata(path).is_ok_and(|it| it.is_symlink());
    leads_to_device || ((path.starts_with("/dev") || path.starts_with("/proc")) && is_link())
}
