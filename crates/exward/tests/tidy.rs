//! What can be held by reading: the crate graph, purity, and the shape of the sources.
//!
//! The messages begin with the invariant of ARCHITECTURE.md that they guard.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and reads its data from files")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A1, A2, A3: who may use what. A new entry is named in its commit with why.
const MAY_USE: [(&str, &[&str]); 3] = [
    ("exward-core", &["jiff", "thiserror"]),
    (
        "exward-read",
        &[
            "base64",
            "csv-core",
            "encoding_rs_io",
            "exward-core",
            "jiff",
            "quick-xml",
            "serde",
            "serde_json",
            "thiserror",
            "toml",
        ],
    ),
    (
        "exward",
        &[
            "anstream",
            "askama",
            "clap",
            "clap_complete",
            "clap_mangen",
            "comfy-table",
            "csv",
            "ctrlc",
            "exward-core",
            "exward-read",
            "indicatif",
            "jiff",
            "miette",
            "serde",
            "serde_json",
            "tempfile",
            "terminal_size",
            "thiserror",
        ],
    ),
];

/// Longest source file, tests inside it included. A ceiling, not an aim: aim at 200.
const FILE_LINES_MAX: usize = 420;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every file below `dir` with this ending.
fn files(dir: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|it| it == ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn sources(krate: &str) -> Vec<(PathBuf, String)> {
    let src = root().join("crates").join(krate).join("src");
    let with_text = |path: PathBuf| (path.clone(), fs::read_to_string(path).unwrap());
    files(&src, "rs").into_iter().map(with_text).collect()
}

#[test]
fn crates_use_what_the_table_allows() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let used: BTreeMap<&str, BTreeSet<&str>> = packages
        .iter()
        .map(|package| {
            let all = package["dependencies"].as_array().unwrap();
            let normal = all.iter().filter(|it| it["kind"].is_null());
            (
                package["name"].as_str().unwrap(),
                normal.map(|it| it["name"].as_str().unwrap()).collect(),
            )
        })
        .collect();
    let allowed: BTreeMap<&str, BTreeSet<&str>> =
        MAY_USE.iter().map(|(name, uses)| (*name, uses.iter().copied().collect())).collect();
    assert_eq!(used, allowed, "A1: the table MAY_USE and the manifests differ");
}

#[test]
fn every_crate_inherits_the_lints() {
    for (krate, _) in MAY_USE {
        let manifest = root().join("crates").join(krate).join("Cargo.toml");
        let text = fs::read_to_string(manifest).unwrap();
        assert!(text.contains("[lints]\nworkspace = true"), "A0: {krate}");
    }
}

#[test]
fn pure_crates_name_nothing_impure() {
    const IMPURE: [&str; 9] = [
        "std::fs",
        "std::env",
        "std::net::Tcp",
        "std::net::Udp",
        "std::process",
        "std::thread",
        "SystemTime",
        "Instant::now",
        "Timestamp::now",
    ];
    for krate in ["exward-core", "exward-read"] {
        for (path, text) in sources(krate) {
            for word in IMPURE {
                assert!(!text.contains(word), "A2: {} names {word}", path.display());
            }
        }
    }
    for (path, text) in sources("exward-core") {
        let serde = text.contains("use serde") || text.contains("serde::");
        assert!(!serde, "A2: {} uses serde", path.display());
        assert!(!text.contains("std::io"), "A2: {} names std::io", path.display());
    }
}

#[test]
fn the_clock_is_read_in_one_place() {
    let mut places = sources("exward");
    places.retain(|(_, text)| text.contains("Timestamp::now") || text.contains("SystemTime::now"));
    let places: Vec<_> = places.iter().map(|(path, _)| path.file_name().unwrap()).collect();
    assert_eq!(places, ["cli.rs"], "A8: more than one place reads the clock");
}

#[test]
fn what_is_read_whole_is_read_up_to_a_limit() {
    for krate in ["exward-core", "exward-read", "exward"] {
        for (path, text) in sources(krate) {
            let reads = text.contains("read_to_end(") || text.contains("read_to_string(&mut");
            let in_memory = path.ends_with("lines.rs");
            assert!(!reads || in_memory || text.contains(".take("), "A12: {}", path.display());
            let unbounded = text.contains("mpsc::channel(") || text.contains("unbounded");
            assert!(!unbounded, "A12: {} has a channel without a limit", path.display());
        }
    }
}

#[test]
fn sources_are_short_documented_and_excuse_nothing() {
    for (krate, _) in MAY_USE {
        for (path, text) in sources(krate) {
            let place = path.display();
            assert!(text.starts_with("//! "), "{place} does not say what it is for");
            let lines = text.lines().count();
            assert!(
                lines <= FILE_LINES_MAX,
                "{place} has {lines} lines, more than {FILE_LINES_MAX}"
            );
            for word in ["#[allow(", "todo!(", "unimplemented!(", "FIXME"] {
                assert!(!text.contains(word), "{place} holds {word}");
            }
        }
    }
}

#[test]
fn modules_are_not_drawers() {
    for (krate, _) in MAY_USE {
        for (path, _) in sources(krate) {
            let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
            let drawers = ["util", "utils", "helper", "helpers", "common", "misc", "manager"];
            assert!(!drawers.contains(&stem.as_str()), "{} is a drawer", path.display());
        }
    }
}

/// No file of the project may name a private place of some machine.
#[test]
fn documents_exist_and_agree_with_the_program() {
    for name in [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "CHANGELOG.md",
        "NOTICE",
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "docs/exit-codes.md",
        "docs/glossary.md",
    ] {
        assert!(root().join(name).is_file(), "{name} is missing");
    }
    let glossary = fs::read_to_string(root().join("docs/glossary.md")).unwrap();
    for verdict in exward_core::assess::VERDICTS {
        assert!(glossary.contains(verdict.name()), "docs/glossary.md lacks `{verdict}`");
    }
    let architecture = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for (krate, _) in MAY_USE {
        assert!(architecture.contains(krate), "ARCHITECTURE.md lacks `{krate}`");
    }
}
