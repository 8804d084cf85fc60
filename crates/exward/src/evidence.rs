//! The evidence of a hunt: files, folders and archives, walked, and read by several threads.
//!
//! # Invariants
//! * **Z1 the order of paths is the order of results**, whatever the threads did (A8).
//! * **Z2 each file once**: links, loops and overlapping paths do not count a line twice.
//! * **Z3 not ourselves**: reports of exward and files of rules are not evidence.
//! * **Z4 what was given, and nothing else**: a link that leads out of the paths is named, not followed.

mod opened;
mod own;
#[cfg(test)]
mod tests;
mod walk;
mod workers;

use std::path::PathBuf;

use exward_hunt::{Examined, ReadSeek};
use jiff::Timestamp;

pub(crate) use walk::rule_files;

/// Looks at one file. The hunter, or a stand-in in tests.
pub(crate) trait Examine: Sync {
    /// Everything that a file says; `modified` is when it was last written. `progress` is told of bytes as they are
    /// read, and says whether to go on.
    fn examine(
        &self,
        name: &str,
        input: &mut dyn ReadSeek,
        modified: Option<Timestamp>,
        progress: &dyn Fn(u64) -> bool,
    ) -> Examined;
}

/// What the paths of one command line gave.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    pub(crate) examined: Examined,
    /// Paths of the command line that could not be read at all.
    pub(crate) not_read: bool,
    /// Files and folders that were there and could not be read.
    pub(crate) unread: u64,
    /// Files that were not looked at, because of Ctrl-C.
    pub(crate) left: usize,
    /// Files that were looked at only in part, because of Ctrl-C.
    pub(crate) in_part: usize,
}

/// Reads all paths.
pub(crate) fn read(hunter: &dyn Examine, paths: &[PathBuf], jobs: usize) -> Evidence {
    let found = walk::walk(paths);
    let (not_read, unread) = (found.not_read, found.unread);
    let mut evidence = Evidence { not_read, unread, ..Evidence::default() };
    evidence.examined.absorb(found.noticed);
    workers::examine(hunter, &found.files, jobs, &mut evidence);
    evidence
}
