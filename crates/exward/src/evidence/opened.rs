//! A file as it was when it was opened: one that is being written does not grow under the reader.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use jiff::Timestamp;

/// Reads up to the size at opening, and no further.
pub(super) struct Opened {
    file: File,
    size: u64,
    at: u64,
}

impl Opened {
    pub(super) fn new(file: File) -> io::Result<Self> {
        let size = file.metadata()?.len();
        Ok(Self { file, size, at: 0 })
    }

    /// When it was last written, if the file system tells.
    pub(super) fn modified(&self) -> Option<Timestamp> {
        let told = self.file.metadata().and_then(|it| it.modified()).ok()?;
        Timestamp::try_from(told).ok()
    }

    /// How the file changed since: what a reader of the result should know.
    pub(super) fn changed(&self) -> Option<Changed> {
        let now = self.file.metadata().ok()?.len();
        match now {
            grown if grown > self.size => Some(Changed::Grew),
            shrunk if shrunk < self.size => Some(Changed::Shrank),
            _ => None,
        }
    }
}

/// How a file changed while it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Changed {
    Grew,
    Shrank,
}

impl Read for Opened {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.size.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let most = into.len().min(left);
        let read = self.file.read(into.get_mut(..most).unwrap_or_default())?;
        self.at = self.at.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        Ok(read)
    }
}

impl Seek for Opened {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::End(by) => match self.size.checked_add_signed(by) {
                Some(at) => SeekFrom::Start(at),
                None => return Err(io::Error::from(io::ErrorKind::InvalidInput)),
            },
            SeekFrom::Start(_) | SeekFrom::Current(_) => to,
        };
        self.at = self.file.seek(to)?;
        Ok(self.at)
    }
}
