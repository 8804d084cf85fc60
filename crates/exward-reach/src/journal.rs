//! The record of a run: every answer is on disk before its host counts as done.
//!
//! # Invariants
//! * **J1 done means safe.** A host is done when its whole line has been written; a line that was cut by a crash
//!   counts for nothing, and its host is asked again.
//! * **J2 one run, one file.** A file belongs to one list of targets, one seed, one shard and one set of
//!   questions; anything else is refused.
//! * **J3 for its owner only.** Created 0600 on Unix: it is a list of servers with their weaknesses.
//!
//! One JSON object a line: a [`Header`], then an entry for each answer. Memory: 8 bytes a target.

mod digest;

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

pub use digest::Digest;

use crate::visit::Visit;

/// Longest line that is kept. Ordinary answers have under 10 KiB; what is longer than this was made to be, and its
/// host is noted as one whose answers are too large.
const LINE_BYTES_MAX: u64 = 16 << 20;

const SCHEMA: &str = "exward.run/1";

/// What a run is: two runs with the same of it ask the same hosts in the same order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// `exward.run/1`.
    schema: String,
    /// Seed of the order.
    pub seed: u64,
    /// Part of the run that this machine does: `3/16`.
    pub shard: String,
    /// Number of targets, ranges counted by their addresses.
    pub targets: u64,
    /// SHA-256 of targets and questions.
    pub digest: String,
}

impl Header {
    /// A header of a new run.
    #[must_use]
    pub fn new(seed: u64, shard: String, targets: u64, digest: String) -> Self {
        Self { schema: SCHEMA.to_owned(), seed, shard, targets, digest }
    }
}

/// Why a run file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Another process has it.
    #[error("another exward is using this run file")]
    InUse,
    /// It is something else.
    #[error("this is no run file of exward")]
    NotOurs,
    /// It is the file of another run.
    #[error("this run file belongs to {0}")]
    OtherRun(&'static str),
}

#[derive(Serialize)]
struct Entry<'a> {
    n: u64,
    again: bool,
    visit: &'a Visit,
}

#[derive(Deserialize)]
struct EntryHead {
    n: u64,
    again: bool,
    #[serde(rename = "visit")]
    _visit: IgnoredAny,
}

#[derive(Deserialize)]
struct EntryVisit {
    visit: Visit,
}

/// An open run file.
#[derive(Debug)]
pub struct Journal {
    header: Header,
    file: File,
    end: u64,
    /// Where the newest entry of a target begins; 0, which is the header's place, if it has none.
    offsets: Vec<u64>,
    /// Targets that answered nothing yet and are due one later retry.
    again: BTreeSet<u64>,
    done: u64,
}

impl Journal {
    /// Opens the file of a run, new or begun before. The header of a file that exists wins over the one given,
    /// if it is of the same run: so a seed needs to be chosen only once.
    ///
    /// # Errors
    /// [`JournalError`]; the file is then as it was.
    pub fn open(path: &Path, header: Header) -> Result<Self, JournalError> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Self::over(options.open(path)?, header)
    }

    /// A run that nobody goes on with: a file without a name.
    ///
    /// # Errors
    /// The temporary directory cannot be written.
    pub fn temporary(header: Header) -> Result<Self, JournalError> {
        Self::over(tempfile::tempfile()?, header)
    }

    fn over(file: File, header: Header) -> Result<Self, JournalError> {
        if let Err(error) = file.try_lock() {
            return Err(match error {
                std::fs::TryLockError::WouldBlock => JournalError::InUse,
                std::fs::TryLockError::Error(error) => error.into(),
            });
        }
        let targets = usize::try_from(header.targets).unwrap_or(usize::MAX);
        let offsets = vec![0; targets];
        let mut journal = Self { header, file, end: 0, offsets, again: BTreeSet::new(), done: 0 };
        if journal.file.metadata()?.len() == 0 {
            journal.begin()?;
        } else {
            journal.take_up()?;
        }
        Ok(journal)
    }

    fn begin(&mut self) -> Result<(), JournalError> {
        let mut line = serde_json::to_vec(&self.header).map_err(io::Error::from)?;
        line.push(b'\n');
        self.file.write_all(&line)?;
        self.file.sync_data()?;
        self.end = length(&line);
        Ok(())
    }

    /// Reads what was done. A cut line at the end is cut off (J1).
    fn take_up(&mut self) -> Result<(), JournalError> {
        let mut reader = BufReader::with_capacity(1 << 20, self.file.try_clone()?);
        let mut line = Vec::new();
        let mut next = || -> io::Result<Vec<u8>> {
            line.clear();
            reader.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line)?;
            Ok(std::mem::take(&mut line))
        };
        let first = next()?;
        if !first.ends_with(b"\n") && is_cut_header(&first) {
            // Cut while it was begun: there is no answer in it yet.
            self.file.set_len(0)?;
            self.file.seek(SeekFrom::Start(0))?;
            return self.begin();
        }
        self.same_run(&first)?;
        self.end = length(&first);
        if !first.ends_with(b"\n") {
            // Cut right behind the header: the first entry must not come onto its line.
            self.file.seek(SeekFrom::Start(self.end))?;
            self.file.write_all(b"\n")?;
            self.end = self.end.saturating_add(1);
        }
        loop {
            let line = next()?;
            if !line.ends_with(b"\n") {
                if length(&line) >= LINE_BYTES_MAX {
                    return Err(JournalError::NotOurs); // no line of ours is so long
                }
                break;
            }
            if let Ok(entry) = serde_json::from_slice::<EntryHead>(&line) {
                self.note(entry.n, entry.again, self.end);
            }
            self.end = self.end.saturating_add(length(&line));
        }
        self.file.set_len(self.end)?;
        self.file.seek(SeekFrom::Start(self.end))?;
        Ok(())
    }

    fn same_run(&mut self, line: &[u8]) -> Result<(), JournalError> {
        let found: Header = serde_json::from_slice(line).map_err(|_| JournalError::NotOurs)?;
        let asked = &self.header;
        if found.schema != SCHEMA {
            return Err(JournalError::NotOurs);
        }
        if found.digest != asked.digest || found.targets != asked.targets {
            return Err(JournalError::OtherRun("other targets or other questions"));
        }
        if found.shard != asked.shard {
            return Err(JournalError::OtherRun("another shard"));
        }
        self.header = found;
        Ok(())
    }

    fn note(&mut self, target: u64, again: bool, offset: u64) {
        let Some(slot) = usize::try_from(target).ok().and_then(|it| self.offsets.get_mut(it))
        else {
            return;
        };
        if *slot == 0 || self.again.contains(&target) {
            self.done = self.done.saturating_add(u64::from(!again));
        }
        *slot = offset;
        if again {
            self.again.insert(target);
        } else {
            self.again.remove(&target);
        }
    }

    /// What this run is.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// Number of targets that are done.
    #[must_use]
    pub const fn done(&self) -> u64 {
        self.done
    }

    /// Number of targets that were asked at least once, those that are due a later retry included.
    #[must_use]
    pub fn answered(&self) -> u64 {
        self.done.saturating_add(u64::try_from(self.again.len()).unwrap_or(u64::MAX))
    }

    /// True if the target needs not be asked any more.
    #[cfg(test)]
    fn is_done(&self, target: u64) -> bool {
        self.has(target) && !self.again.contains(&target)
    }

    /// Targets that are due one later retry, in order.
    pub(crate) fn due_again(&self) -> impl Iterator<Item = u64> {
        self.again.iter().copied()
    }

    pub(crate) fn has(&self, target: u64) -> bool {
        self.offset(target).is_some()
    }

    fn offset(&self, target: u64) -> Option<u64> {
        let offset = self.offsets.get(usize::try_from(target).ok()?).copied()?;
        (offset != 0).then_some(offset)
    }

    /// Writes an answer. `again` means that the target is due one later retry.
    ///
    /// # Errors
    /// It could not be written; the target is then not done.
    pub fn append(&mut self, target: u64, again: bool, visit: &Visit) -> Result<(), JournalError> {
        let entry = Entry { n: target, again, visit };
        let mut line = serde_json::to_vec(&entry).map_err(io::Error::from)?;
        line.push(b'\n');
        if length(&line) > LINE_BYTES_MAX && visit.not_asked.is_none() {
            // What could not be read back would cost the answers behind it, too (J1).
            let why = "its answers are too large to be kept".to_owned();
            return self.append(target, false, &Visit::not_asked(visit.at, why));
        }
        self.file.seek(SeekFrom::Start(self.end))?;
        self.file.write_all(&line)?;
        let offset = self.end;
        self.end = self.end.saturating_add(length(&line));
        self.note(target, again, offset);
        Ok(())
    }

    /// The newest answer of a target, if it has one.
    ///
    /// # Errors
    /// It could not be read back.
    pub fn visit(&mut self, target: u64) -> Result<Option<Visit>, JournalError> {
        let Some(offset) = self.offset(target) else { return Ok(None) };
        self.file.seek(SeekFrom::Start(offset))?;
        let mut line = Vec::new();
        BufReader::new(&self.file).take(LINE_BYTES_MAX).read_until(b'\n', &mut line)?;
        let entry: EntryVisit = serde_json::from_slice(&line).map_err(io::Error::from)?;
        Ok(Some(entry.visit))
    }

    /// A second handle, to bring the file safely to the disk while the run goes on.
    pub(crate) fn handle(&self) -> io::Result<File> {
        self.file.try_clone()
    }
}

/// True for the beginning of a header that does not come to its end.
fn is_cut_header(line: &[u8]) -> bool {
    let begins = format!("{{\"schema\":\"{SCHEMA}\"");
    let is_beginning = begins.as_bytes().starts_with(line) || line.starts_with(begins.as_bytes());
    is_beginning && serde_json::from_slice::<Header>(line).is_err_and(|error| error.is_eof())
}

fn length(line: &[u8]) -> u64 {
    u64::try_from(line.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn header(digest: &str) -> Header {
        Header::new(7, "1/1".to_owned(), 10, digest.to_owned())
    }

    fn visit(why: &str) -> Visit {
        Visit::not_asked(Timestamp::UNIX_EPOCH, why.to_owned())
    }

    fn why(journal: &mut Journal, target: u64) -> Option<String> {
        journal.visit(target).unwrap().and_then(|it| it.not_asked)
    }

    #[test]
    fn what_was_written_is_there_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run");
        let mut journal = Journal::open(&path, header("a")).unwrap();
        journal.append(3, false, &visit("first")).unwrap();
        journal.append(5, true, &visit("later")).unwrap();
        assert!(matches!(Journal::open(&path, header("a")), Err(JournalError::InUse)));
        drop(journal);

        let mut journal = Journal::open(&path, Header { seed: 99, ..header("a") }).unwrap();
        assert_eq!((journal.header().seed, journal.done()), (7, 1));
        assert!(journal.is_done(3) && !journal.is_done(5) && !journal.is_done(4), "J1");
        assert_eq!(journal.due_again().collect::<Vec<_>>(), [5]);
        assert_eq!(why(&mut journal, 3).as_deref(), Some("first"));
        journal.append(5, false, &visit("second")).unwrap();
        assert_eq!(why(&mut journal, 5).as_deref(), Some("second"));
        assert_eq!((journal.done(), journal.is_done(5)), (2, true));
    }

    #[test]
    fn a_cut_line_counts_for_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run");
        let mut journal = Journal::open(&path, header("a")).unwrap();
        let begun = journal.end;
        journal.append(1, false, &visit("whole")).unwrap();
        let whole = journal.end;
        journal.append(2, false, &visit("cut")).unwrap();
        let end = journal.end;
        drop(journal);
        // Not a second handle of the journal's: that would keep its lock.
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        for len in whole..end {
            file.set_len(len).unwrap();
            let mut journal = Journal::open(&path, header("a")).unwrap();
            assert!(journal.is_done(1) && !journal.is_done(2), "J1: cut at {len}");
            journal.append(2, false, &visit("anew")).unwrap();
            assert_eq!(why(&mut journal, 2).as_deref(), Some("anew"), "J1");
        }
        // Cut right behind the header, before the end of its line.
        file.set_len(begun.saturating_sub(1)).unwrap();
        let mut journal = Journal::open(&path, header("a")).unwrap();
        journal.append(2, false, &visit("anew")).unwrap();
        drop(journal);
        let mut journal = Journal::open(&path, header("a")).unwrap();
        assert_eq!(why(&mut journal, 2).as_deref(), Some("anew"), "J1");
    }

    #[test]
    fn the_file_of_another_run_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run");
        drop(Journal::open(&path, header("a")).unwrap());
        let refused = |header| Journal::open(&path, header).unwrap_err().to_string();
        assert!(refused(header("b")).contains("other targets"), "J2");
        assert!(refused(Header { shard: "2/3".to_owned(), ..header("a") }).contains("shard"), "J2");
        std::fs::write(&path, "10.0.0.1\n").unwrap();
        assert!(refused(header("a")).contains("no run file"), "J2");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "10.0.0.1\n");
    }

    #[test]
    fn a_cut_header_is_begun_anew() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run");
        drop(Journal::open(&path, header("a")).unwrap());
        let whole = std::fs::read(&path).unwrap();
        for len in 1..whole.len() - 1 {
            std::fs::write(&path, &whole[..len]).unwrap();
            drop(Journal::open(&path, header("a")).unwrap());
            assert_eq!(std::fs::read(&path).unwrap(), whole, "J1: cut at {len}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_may_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run");
        drop(Journal::open(&path, header("a")).unwrap());
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600, "J3");
    }
}
