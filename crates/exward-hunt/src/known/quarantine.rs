//! Folders in which antivirus programs keep what they took away.

use super::Known;
use crate::shell::{Place, place};

/// Makers and products, by the name of their folder, in lower case.
const MAKERS: [&str; 12] = [
    "windows defender",
    "microsoft antimalware",
    "symantec",
    "symantec endpoint protection",
    "trend micro",
    "smex",
    "sophos",
    "eset",
    "kaspersky lab",
    "mcafee",
    "bitdefender",
    "f-secure",
];

/// Folders below, in lower case.
const FOLDERS: [&str; 6] = ["quarantine", "localcopy", "infected", "qb", "backup", "virus"];

/// What a file is by its path. No web server runs it there; so a path of a web folder is excused by nothing.
pub(crate) fn of_path(path: &str) -> Option<Known> {
    if place(path) != Place::Elsewhere {
        return None;
    }
    let lower = path.to_ascii_lowercase();
    let mut folders = lower.split(['/', '\\']).skip_while(|it| !MAKERS.contains(it)).skip(1);
    folders.any(|it| FOLDERS.contains(&it)).then_some(Known::AntivirusArchive)
}
