//! A folder is one server: its files are read together and give one report.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use exward_core::catalog::Catalog;
use exward_core::evidence::Evidence;
use exward_read::folder::Folder;
use exward_read::limits::DOCUMENT_BYTES_MAX;
use exward_read::{Format, detect, text};

use crate::error::CommandError;
use crate::item::{Item, Take};

/// Files of one folder that are looked at. A HealthChecker export has about 150.
const FILES_MAX: usize = 10_000;

/// Folders below each other.
const DEPTH_MAX: usize = 16;

/// Reads a folder. Files that say nothing about a server are passed over; those that should but
/// cannot be read are named.
///
/// # Errors
/// What `take` gives.
pub(super) fn read(catalog: &Catalog, dir: &Path, take: &mut Take<'_>) -> Result<(), CommandError> {
    let name = dir.display().to_string();
    let mut files = Vec::new();
    if let Err(error) = walk(dir, DEPTH_MAX, &mut files) {
        return take(Item::NotRead { file: name, why: error.to_string() });
    }
    let mut server = Server { target: None, evidence: Vec::new(), inside: Folder::default() };
    for path in &files {
        if let Some(why) = server.add(catalog, path) {
            let file = path.display().to_string();
            take(Item::Skipped { file, line: None, why })?;
        }
    }
    if files.len() >= FILES_MAX {
        let why = format!("only the first {FILES_MAX} files were read");
        take(Item::Skipped { file: name.clone(), line: None, why })?;
    }
    server.report(name, files.len(), take)
}

/// All files below `dir` in the order of their paths; links are not followed.
fn walk(dir: &Path, depth: usize, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let mut entries: BTreeMap<PathBuf, fs::FileType> = BTreeMap::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        entries.insert(entry.path(), entry.file_type()?);
    }
    for (path, kind) in entries {
        if files.len() >= FILES_MAX {
            return Ok(());
        }
        if kind.is_file() {
            files.push(path);
        } else if let Some(below) = depth.checked_sub(1).filter(|_| kind.is_dir()) {
            walk(&path, below, files)?;
        }
    }
    Ok(())
}

/// What the files of one folder said so far.
struct Server {
    target: Option<String>,
    evidence: Vec<Evidence>,
    inside: Folder,
}

impl Server {
    /// Takes one file; gives the reason if it should have been readable but is not.
    fn add(&mut self, catalog: &Catalog, path: &Path) -> Option<String> {
        let limit = u64::try_from(DOCUMENT_BYTES_MAX).unwrap_or(u64::MAX);
        let mut bytes = Vec::new();
        let read = fs::File::open(path)
            .and_then(|file| file.take(limit.saturating_add(1)).read_to_end(&mut bytes));
        if let Err(error) = read {
            return Some(error.to_string());
        }
        if bytes.len() > DOCUMENT_BYTES_MAX {
            return Some(format!("larger than {} MiB", DOCUMENT_BYTES_MAX >> 20));
        }
        let name = path.file_name().map(|it| it.to_string_lossy()).unwrap_or_default();
        let format = detect(catalog, &text::decode(bytes.get(..DETECT_MAX).unwrap_or(&bytes)).text);
        match format {
            Ok(Format::Inside) => self.inside.add(&with_xml(&name), &bytes),
            Ok(
                format
                @ (Format::Recording | Format::Json(_) | Format::Nmap | Format::Shadowserver),
            ) => return self.records(catalog, format, &bytes, &name),
            // A list names targets, not facts about this server; what exward does not know is no
            // reason to complain in a folder of a hundred exports.
            Ok(Format::List | Format::HealthCheckerReport) | Err(_) => {}
        }
        None
    }

    /// Takes the records of one file. A folder is one server: records about others are left out,
    /// and the reason says so.
    fn records(
        &mut self,
        catalog: &Catalog,
        format: Format,
        bytes: &[u8],
        name: &str,
    ) -> Option<String> {
        let mut others = BTreeSet::new();
        let read = exward_read::read(catalog, Some(format), bytes, &mut |item| {
            let Ok(record) = item else { return true };
            let target = Some(record.target).filter(|it| !it.is_empty());
            if let (Some(known), Some(other)) = (&self.target, &target)
                && known != other
            {
                others.insert(other.clone());
                return true;
            }
            self.target = self.target.take().or(target);
            let endpoint = |it: Evidence| match it.endpoint {
                Some(_) => it,
                None => it.at_endpoint(name),
            };
            self.evidence.extend(record.evidence.into_iter().map(endpoint));
            true
        });
        match read {
            Err(error) => Some(error.to_string()),
            Ok(()) if others.is_empty() => None,
            Ok(()) => {
                Some(format!("{} other servers in it: give the file by itself", others.len()))
            }
        }
    }

    fn report(
        mut self,
        folder: String,
        files: usize,
        take: &mut Take<'_>,
    ) -> Result<(), CommandError> {
        let inside = self.inside.finish();
        for skipped in inside.skipped {
            take(Item::Skipped { file: folder.clone(), line: skipped.line, why: skipped.why })?;
        }
        for record in inside.records {
            let target = Some(record.target).filter(|it| !it.is_empty());
            self.target = self.target.take().or(target);
            self.evidence.extend(record.evidence);
        }
        if self.evidence.is_empty() {
            let why = format!("not a feed: none of its {files} files says anything about a server");
            return take(Item::NotRead { file: folder, why });
        }
        let target = self.target.unwrap_or(folder);
        take(Item::Server { target, evidence: self.evidence })
    }
}

/// First bytes that detection looks at.
const DETECT_MAX: usize = exward_read::limits::DETECT_BYTES;

/// Exports keep their content under any ending; what was recognised by content is taken as XML.
fn with_xml(name: &str) -> String {
    if name.to_ascii_lowercase().ends_with(".xml") {
        name.to_owned()
    } else {
        format!("{name}.xml")
    }
}
