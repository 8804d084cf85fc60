//! What can be held by reading: the crate graph, purity, and the shape of the sources.
//!
//! The messages begin with the invariant of ARCHITECTURE.md that they guard.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and reads its data from files")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A1, A2, A3: who may use what. A new entry is named in its commit with why.
const MAY_USE: [(&str, &[&str]); 8] = [
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
            "sha2",
            "thiserror",
            "toml",
        ],
    ),
    (
        "exward-reach",
        &[
            "base64",
            "exward-core",
            "exward-read",
            "hickory-resolver",
            "hmac",
            "http-body-util",
            "hyper",
            "hyper-util",
            "ipnet",
            "jiff",
            "openssl",
            "serde",
            "serde_json",
            "sha2",
            "tempfile",
            "thiserror",
            "tokio",
            "tokio-openssl",
            "tokio-rustls",
            "toml",
            "webpki-roots",
        ],
    ),
    (
        "exward-hunt",
        &[
            "aho-corasick",
            "base64",
            "boreal",
            "encoding_rs",
            "encoding_rs_io",
            "evtx",
            "exward-core",
            "exward-read",
            "flate2",
            "ipnet",
            "jiff",
            "memchr",
            "quick-xml",
            "regex",
            "serde",
            "serde-saphyr",
            "serde_json",
            "sha2",
            "thiserror",
            "zip",
        ],
    ),
    ("exward-drive", &["exward-core", "jiff", "serde", "thiserror"]),
    (
        "exward-store",
        &[
            "exward-core",
            "exward-drive",
            "jiff",
            "serde_json",
            "sha2",
            "sqlx",
            "thiserror",
            "tokio",
        ],
    ),
    (
        "exward-lab",
        &[
            "exward-core",
            "exward-drive",
            "exward-read",
            "hickory-proto",
            "jiff",
            "openssl",
            "serde",
            "serde_json",
            "thiserror",
            "tokio",
            "tokio-openssl",
            "toml",
        ],
    ),
    (
        "exward",
        &[
            "anstream",
            "argon2",
            "askama",
            "axum",
            "clap",
            "clap_complete",
            "clap_mangen",
            "comfy-table",
            "csv",
            "ctrlc",
            "exward-core",
            "exward-drive",
            "exward-hunt",
            "exward-lab",
            "exward-reach",
            "exward-read",
            "exward-store",
            "futures-util",
            "getrandom",
            "governor",
            "hmac",
            "indicatif",
            "jiff",
            "miette",
            "prometheus-client",
            "rlimit",
            "rustls",
            "serde",
            "serde_json",
            "sha2",
            "tempfile",
            "terminal_size",
            "thiserror",
            "tokio",
            "tokio-rustls",
            "tower",
            "tower-http",
            "utoipa",
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

/// A source without its comments; what they say is no code.
fn code(text: &str) -> String {
    let lines = text.lines().filter(|it| !it.trim_start().starts_with("//"));
    lines.map(|it| it.split(" // ").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// What of a source goes into the program: what stands before its tests.
fn product(path: &Path, text: &str) -> String {
    let is_test = path.ends_with("tests.rs") || path.iter().any(|it| it == "tests");
    let own = text.split("#[cfg(test)]").next().filter(|_| !is_test);
    code(own.unwrap_or_default())
}

/// Places in a crate, below `src`, whose code holds one of these words.
fn places(krate: &str, words: &[&str]) -> Vec<String> {
    let src = root().join("crates").join(krate).join("src");
    let mut found = sources(krate);
    found.retain(|(_, text)| words.iter().any(|word| code(text).contains(word)));
    found.iter().map(|(path, _)| path.strip_prefix(&src).unwrap().display().to_string()).collect()
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
    const IMPURE: [&str; 10] = [
        "std::fs",
        "std::env",
        "std::net::Tcp",
        "std::net::Udp",
        "std::process",
        "std::thread",
        // Windows events have a field `SystemTime`, which is no clock.
        "time::SystemTime",
        "SystemTime::now",
        "Instant::now",
        "Timestamp::now",
    ];
    for krate in ["exward-core", "exward-read", "exward-hunt", "exward-drive"] {
        for (path, text) in sources(krate) {
            // Tests read the corpus.
            let text = product(&path, &text);
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

/// Which files of a crate name the clock of the wall.
#[track_caller]
fn check_clock(krate: &str, want: &[&str]) {
    let found =
        places(krate, &["Timestamp::now", "Zoned::now", "time::SystemTime", "SystemTime::now"]);
    assert_eq!(found, want, "A8: {krate} reads the clock elsewhere");
}

#[test]
fn the_clock_is_read_in_one_place() {
    check_clock("exward", &["cli.rs"]);
    check_clock("exward-reach", &["run.rs"]);
    check_clock("exward-hunt", &[]);
    check_clock("exward-lab", &[]);
    check_clock("exward-drive", &[]);
    check_clock("exward-store", &[]);
}

/// Which files of a crate name sockets.
#[track_caller]
fn check_sockets(krate: &str, want: &[&str]) {
    let sockets =
        ["TcpStream", "TcpListener", "TcpSocket", "UdpSocket", "UnixStream", "tokio::net"];
    assert_eq!(places(krate, &sockets), want, "A3: {krate} opens sockets elsewhere");
}

#[test]
fn one_crate_opens_connections() {
    for krate in
        ["exward-core", "exward-read", "exward-hunt", "exward-drive", "exward-store", "exward"]
    {
        // The server's door; that it refuses plain HTTP to others is held by tests/serve (W3).
        check_sockets(krate, if krate == "exward" { &["serve/listen.rs"] } else { &[] });
        assert_eq!(places(krate, &["hickory_"]), [""; 0], "A3: {krate} asks name servers");
    }
    check_sockets("exward-reach", &["connection.rs"]);
    check_sockets("exward-lab", &["dns.rs", "fleet/link.rs", "serve/mail.rs", "serve.rs"]);
}

/// That both refuse any other address is held by their own tests.
#[test]
fn the_lab_listens_where_loopback_is_checked() {
    assert_eq!(places("exward-reach", &["::bind("]), [""; 0], "A3: a probe listens to nobody");
    let listening = places("exward-lab", &["::bind("]);
    assert_eq!(listening, ["dns.rs", "fleet/link.rs", "serve.rs"], "A3: the lab listens elsewhere");
    let checked = places("exward-lab", &["is_loopback()"]);
    assert!(listening.iter().all(|it| checked.contains(it)), "A3: {checked:?}");
}

#[test]
fn weak_tls_stays_in_its_place() {
    // The library, and how it is told to be weak.
    const WORDS: [&str; 10] = [
        "openssl::",
        "tokio_openssl",
        "set_security_level",
        "SECLEVEL",
        "SslOptions",
        "SslVersion",
        "SslVerifyMode",
        "\"legacy\"",
        "RC4-",
        "DES-CBC3",
    ];
    for (krate, _) in MAY_USE {
        let may = ["exward-reach", "exward-lab"].contains(&krate);
        for place in places(krate, &WORDS) {
            let in_tls = place == "tls.rs" || place.starts_with("tls/");
            assert!(may && in_tls, "A14: {krate}/src/{place} names weak TLS");
        }
    }
    let weak: Vec<_> = ["exward-reach", "exward-lab"].map(|it| places(it, &WORDS).len()).into();
    assert!(weak.iter().all(|it| *it > 1), "A14: the words are none any more: {weak:?}");
}

#[test]
fn what_is_read_whole_is_read_up_to_a_limit() {
    for (krate, _) in MAY_USE {
        for (path, text) in sources(krate) {
            let text = product(&path, &text);
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
        "docs/hunt.md",
    ] {
        assert!(root().join(name).is_file(), "{name} is missing");
    }
    let glossary = fs::read_to_string(root().join("docs/glossary.md")).unwrap();
    for verdict in exward_core::assess::VERDICTS {
        assert!(glossary.contains(verdict.name()), "docs/glossary.md lacks `{verdict}`");
    }
    for verdict in exward_hunt::HUNT_VERDICTS {
        assert!(glossary.contains(verdict.name()), "docs/glossary.md lacks `{verdict}`");
    }
    let architecture = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for (krate, _) in MAY_USE {
        assert!(architecture.contains(krate), "ARCHITECTURE.md lacks `{krate}`");
    }
}
