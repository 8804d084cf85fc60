//! Files from one server, read together: exported objects, HealthChecker results, configuration.

use exward_core::evidence::Evidence;

use crate::clixml::{self, ClixmlError, UNFOLDS_TOO_FAR, Value};
use crate::inside::{File, evidence, fip_fs, named};
use crate::{Reading, Record, Skipped, healthchecker};

/// A folder of files from one server.
///
/// ```
/// let mut folder = exward_read::folder::Folder::default();
/// folder.add("ReadMe.txt", b"not ours, and no reason to complain");
/// folder.add("GetSettingOverride.xml", b"<Objs></Objs>");
/// let reading = folder.finish();
/// assert_eq!(reading.records.len(), 1);
/// assert_eq!(reading.skipped, []);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Folder {
    files: Vec<File>,
    plain: Vec<Evidence>,
    skipped: Vec<Skipped>,
}

impl Folder {
    /// Takes one file. What is no XML, and XML that says nothing about the server, is passed over.
    pub fn add(&mut self, name: &str, bytes: &[u8]) {
        if !name.to_ascii_lowercase().ends_with(".xml") {
            return;
        }
        match clixml::read(bytes) {
            Ok(document) if !document.unfolds() => {
                self.skipped.push(Skipped::whole(format!("{name}: {UNFOLDS_TOO_FAR}")));
            }
            Ok(document) => {
                let is_whole = document.skipped.is_empty();
                let named = |it: Skipped| Skipped { why: format!("{name}: {}", it.why), ..it };
                self.skipped.extend(document.skipped.into_iter().map(named));
                self.files.push(File { name: name.to_owned(), values: document.values, is_whole });
            }
            Err(ClixmlError::NotClixml { .. }) => self.plain.extend(fip_fs(name, bytes)),
            Err(error) => self.skipped.push(Skipped::whole(format!("{name}: {error}"))),
        }
    }

    /// What all files together say: one record for the folder, and one more for each server of a
    /// HealthChecker result that lies in it.
    #[must_use]
    pub fn finish(mut self) -> Reading {
        // The order in which a directory lists its files must not show (A8).
        self.files.sort_by(|a, b| a.name.cmp(&b.name));
        self.plain.sort_by(|a, b| a.endpoint.cmp(&b.endpoint));
        let mut reading = Reading { records: Vec::new(), skipped: self.skipped };
        for file in &mut self.files {
            let (results, objects) =
                std::mem::take(&mut file.values).into_iter().partition(healthchecker::is_result);
            file.values = objects;
            let results: Vec<Value> = results;
            let records = results.iter().map(|it| healthchecker::record(&file.name, it));
            reading.records.extend(records);
        }
        let mut seen = evidence(&self.files);
        seen.extend(self.plain);
        if !seen.is_empty() || reading.records.is_empty() {
            let target = named(&seen).unwrap_or_default().to_owned();
            reading.records.insert(0, Record { target, line: None, evidence: seen });
        }
        reading
    }
}
