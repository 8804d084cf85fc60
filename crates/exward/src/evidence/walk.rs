//! Which files there are.

use std::collections::BTreeSet;
use std::fs::{self, Metadata};
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

use exward_hunt::{Examined, Noted};
use exward_read::Skipped;

/// Files of one hunt.
const FILES_MAX: usize = 2_000_000;

/// Folders below each other.
const DEPTH_MAX: usize = 64;

/// A file to look at.
pub(super) struct Found {
    pub(super) path: PathBuf,
    /// As of the walk, for the progress.
    pub(super) size: u64,
}

/// What the walk gave.
#[derive(Default)]
pub(super) struct Walked {
    /// In the order of the paths; within a folder by name.
    pub(super) files: Vec<Found>,
    /// What was passed over, with the reason.
    pub(super) noticed: Examined,
    /// True if a path of the command line could not be read.
    pub(super) not_read: bool,
    /// Files and folders that are there and cannot be read.
    pub(super) unread: u64,
    /// The real paths of the command line: a link must not lead out of all of them.
    roots: Vec<PathBuf>,
    seen: BTreeSet<Identity>,
    same: u64,
}

/// What makes two paths one file (Z2).
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Identity {
    #[cfg(unix)]
    Inode(u64, u64),
    #[cfg(not(unix))]
    Path(PathBuf),
}

/// On Unix a file has a number; elsewhere its real path.
fn identity(path: &Path, found: &Metadata) -> Option<Identity> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let _only_elsewhere = path;
        Some(Identity::Inode(found.dev(), found.ino()))
    }
    #[cfg(not(unix))]
    {
        let _only_on_unix = found;
        fs::canonicalize(path).ok().map(Identity::Path)
    }
}

/// Walks all paths.
pub(super) fn walk(paths: &[PathBuf]) -> Walked {
    let roots = paths.iter().filter_map(|it| fs::canonicalize(it).ok()).collect();
    let mut walked = Walked { roots, ..Walked::default() };
    for path in paths {
        match fs::metadata(path) {
            Ok(found) => walked.take(path, &found, DEPTH_MAX, true),
            Err(error) => {
                walked.not_read = true;
                walked.refused(path, &error);
            }
        }
    }
    if walked.same > 0 {
        let noted = Noted {
            what: "same-file".to_owned(),
            sentence: "a path leads to a file or folder that another path led to".to_owned(),
            count: walked.same,
            from: None,
            to: None,
            actors: BTreeSet::new(),
        };
        walked.noticed.note(noted);
    }
    walked
}

/// Every file with one of these endings at or below a path, by name; links are not followed.
///
/// # Errors
/// The folder cannot be read.
pub(crate) fn rule_files(path: &Path, endings: &[&str]) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut below = vec![(path.to_owned(), DEPTH_MAX)];
    while let Some((path, depth)) = below.pop() {
        if path.is_file() {
            let ending = path.extension().map(|it| it.to_string_lossy().to_ascii_lowercase());
            if ending.is_some_and(|it| endings.contains(&it.as_str())) {
                files.push(path);
            }
            continue;
        }
        for entry in fs::read_dir(&path)? {
            let entry = entry?;
            if !entry.file_type()?.is_symlink() && depth > 0 && files.len() < FILES_MAX {
                below.push((entry.path(), depth.saturating_sub(1)));
            }
        }
    }
    files.sort();
    Ok(files)
}

fn leads_out(target: &Path) -> String {
    let target = target.display();
    format!("a link that leads out of the evidence to {target}; give it as a path if you mean it")
}

impl Walked {
    fn skip(&mut self, path: &Path, why: impl Into<String>) {
        let skipped = (path.display().to_string(), Skipped::whole(why));
        self.noticed.absorb(Examined { skipped: vec![skipped], ..Examined::default() });
    }

    /// Something that is there and cannot be read.
    fn refused(&mut self, path: &Path, error: &Error) {
        self.unread = self.unread.saturating_add(1);
        self.skip(path, error.to_string());
    }

    /// Where a link leads, if that is none of the given evidence: on a mounted disk a link may lead to this
    /// machine, and what lies here is not of the server that is hunted.
    fn outside(&self, link: &Path) -> Option<PathBuf> {
        let target = fs::canonicalize(link).ok()?;
        let is_inside = self.roots.iter().any(|root| target.starts_with(root));
        (!is_inside).then_some(target)
    }

    /// `is_given`: on the command line, so that it counts as not read if it is nothing.
    fn take(&mut self, path: &Path, found: &Metadata, depth: usize, is_given: bool) {
        if self.files.len() >= FILES_MAX {
            return;
        }
        if !found.is_file() && !found.is_dir() {
            self.not_read |= is_given;
            return self.skip(path, "a pipe, a socket or a device; give a file");
        }
        if let Some(identity) = identity(path, found)
            && !self.seen.insert(identity)
        {
            self.same = self.same.saturating_add(1);
            return;
        }
        if found.is_dir() {
            self.folder(path, depth, is_given);
        } else {
            self.files.push(Found { path: path.to_owned(), size: found.len() });
            if self.files.len() == FILES_MAX {
                self.skip(path, format!("the last of {FILES_MAX} files; what follows is not read"));
            }
        }
    }

    fn folder(&mut self, path: &Path, depth: usize, is_given: bool) {
        let Some(depth) = depth.checked_sub(1) else {
            let error = Error::other(format!("more than {DEPTH_MAX} folders deep"));
            return self.refused(path, &error);
        };
        let entries = fs::read_dir(path).and_then(|it| it.collect::<Result<Vec<_>, _>>());
        let mut entries = match entries {
            Ok(entries) => entries,
            Err(error) => {
                self.not_read |= is_given;
                return self.refused(path, &error);
            }
        };
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let path = entry.path();
            let is_link = entry.file_type().is_ok_and(|it| it.is_symlink());
            if let Some(target) = is_link.then(|| self.outside(&path)).flatten() {
                self.skip(&path, leads_out(&target));
                continue;
            }
            // Follows links; one that leads back is known by its identity.
            match fs::metadata(&path) {
                Ok(found) => self.take(&path, &found, depth, false),
                // A link that leads nowhere hides nothing.
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    self.skip(&path, error.to_string())
                }
                Err(error) => self.refused(&path, &error),
            }
        }
    }
}
