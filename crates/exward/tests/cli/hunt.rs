//! `exward hunt` and `check --hunt` as an operator runs them, on made-up folders.

use std::fs;
use std::path::Path;

use crate::run::{Ran, exward};

#[track_caller]
fn code(args: &[&str], want: i32) -> Ran {
    let ran = exward(args);
    assert_eq!(ran.code, want, "{args:?}\n{}{}", ran.out, ran.err);
    assert!(!ran.err.contains("panicked"), "{}", ran.err);
    ran
}

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn what_cannot_be_hunted_says_so() {
    code(&["hunt"], 2);
    let ran = code(&["hunt", "/does/not/exist"], 4);
    assert!(ran.out.contains("skipped /does/not/exist: No such file"), "{}", ran.out);
    let empty = folder(&[]);
    let ran = code(&["hunt", text(empty.path())], 4);
    assert!(ran.out.starts_with("NOT ENOUGH EVIDENCE  unnamed server"), "{}", ran.out);
    assert!(ran.out.contains(r"%SystemDrive%\inetpub\logs\LogFiles"), "{}", ran.out);
    let ran = code(&["hunt", "/does/not/exist", "--rules", text(empty.path())], 2);
    assert!(ran.err.contains("no rules in"), "{}", ran.err);
    code(&["hunt", text(empty.path()), "--jobs", "0"], 2);
    code(&["hunt", text(empty.path()), "--out", "/does/not/exist/x"], 6);
}

#[test]
fn a_hunt_belongs_to_one_server() {
    let empty = folder(&[]);
    let hunt = ["--hunt", text(empty.path())];
    let ran = code(&[&["check", "15.2.2562.56", "15.2.1544.14"], &hunt[..]].concat(), 2);
    assert!(ran.err.contains("--server NAME"), "{}", ran.err);
    code(&["check", "15.2.2562.56", "--server", "EX01"], 2);
    code(&[&["check"], &hunt[..]].concat(), 2);
}
