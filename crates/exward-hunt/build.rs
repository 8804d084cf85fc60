//! Packs `rules/` and `facts/` into one file that the program carries.
//!
//! The bytes are disguised (XOR with a keystream that everybody may know): antivirus programs take a
//! program that holds the words of web shells for one. `src/bundled.rs` takes the disguise off.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a build script fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "a build script reads and writes files")]

use std::path::{Path, PathBuf};
use std::{env, fs};

#[path = "src/bundled/disguise.rs"]
mod disguise;

fn main() {
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed=facts");
    println!("cargo::rerun-if-changed=src/bundled/disguise.rs");
    let mut packed = Vec::new();
    for (folder, ending) in [("rules", "yml"), ("facts", "csv")] {
        for path in files(Path::new(folder), ending) {
            let name = path.file_name().unwrap().to_str().expect("names are ASCII");
            let text = fs::read_to_string(&path).expect("rules and facts are UTF-8");
            packed.extend(format!("{folder}/{name}\n{}\n{text}", text.len()).bytes());
        }
    }
    disguise::disguise(&mut packed);
    let out = PathBuf::from(env::var("OUT_DIR").unwrap()).join("bundled.bin");
    fs::write(out, packed).unwrap();
}

/// In the order of their names, so that the same checkout gives the same program.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let mut paths: Vec<PathBuf> = entries.map(|it| it.unwrap().path()).collect();
    paths.retain(|it| it.extension().is_some_and(|it| it == ending));
    paths.sort();
    paths
}
