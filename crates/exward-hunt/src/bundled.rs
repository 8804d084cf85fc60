//! What the program carries: rules and facts, packed and disguised by `build.rs`.
//!
//! The disguise is no secret: it keeps antivirus programs from taking a program that holds the words of
//! web shells for one.
//!
//! # Invariants
//! * **B1 the same every time**: files come in the order of their names, tables are sorted.

mod disguise;
mod facts;

use crate::shell::ShellTable;
use crate::sigma::{self, Rule};

pub(crate) use facts::{Fact, FactKind, Facts};

/// What `build.rs` made: for each file `folder/name`, its length, its bytes.
static PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/bundled.bin"));

/// One file of the project, as it stood there.
struct File {
    name: String,
    text: String,
}

/// The files of a folder, in the order of their names.
fn files(folder: &str) -> Vec<File> {
    let mut packed = PACKED.to_vec();
    disguise::disguise(&mut packed);
    let mut rest = packed.as_slice();
    let mut files = Vec::new();
    while let Some((file, after)) = first_file(rest) {
        rest = after;
        let name = file.name.strip_prefix(folder).and_then(|it| it.strip_prefix('/'));
        if let Some(name) = name.map(str::to_owned) {
            files.push(File { name, text: file.text });
        }
    }
    files
}

/// The first file and what stands behind it; `None` at the end.
fn first_file(packed: &[u8]) -> Option<(File, &[u8])> {
    let (name, rest) = first_line(packed)?;
    let (length, rest) = first_line(rest)?;
    let (text, rest) = rest.split_at_checked(length.parse().ok()?)?;
    let text = std::str::from_utf8(text).ok()?.to_owned();
    Some((File { name: name.to_owned(), text }, rest))
}

fn first_line(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = memchr::memchr(b'\n', bytes)?;
    let line = std::str::from_utf8(bytes.get(..end)?).ok()?;
    Some((line, bytes.get(end.saturating_add(1)..)?))
}

/// All bundled rules. One that cannot be run is named in `refused`, with the reason.
pub(crate) fn rules(refused: &mut Vec<(String, String)>) -> Vec<Rule> {
    let mut rules = Vec::new();
    for file in files("rules") {
        match sigma::load(&file.text, &file.name) {
            Ok(loaded) => rules.extend(loaded),
            Err(error) => refused.push((error.file, error.what)),
        }
    }
    rules
}

/// The table of what web shells are made of: it has columns of its own.
const SHELL_TRAITS: &str = "webshell_traits.csv";

/// All tables of addresses, hashes, domains and names.
pub(crate) fn facts() -> Facts {
    load_facts().0
}

fn load_facts() -> (Facts, Vec<String>) {
    let tables = files("facts");
    let tables = tables.iter().filter(|it| it.name != SHELL_TRAITS);
    Facts::load(tables.map(|it| (it.name.as_str(), it.text.as_str())))
}

/// What web shells are made of.
pub(crate) fn shell_table() -> ShellTable {
    ShellTable::load(&shell_traits()).0
}

/// The text of that table.
pub(crate) fn shell_traits() -> String {
    let table = files("facts").into_iter().find(|it| it.name == SHELL_TRAITS);
    table.map_or_else(String::new, |it| it.text)
}

#[cfg(test)]
mod tests;
