//! Made-up folders: walked in order, each file once, the rest named.

use std::fs;
use std::path::{Path, PathBuf};

use exward_hunt::{Coverage, Examined, Source};

use exward_hunt::ReadSeek;
use jiff::Timestamp;

use super::{Evidence, Examine, read};

/// Notes which files it was given, and their text, as what it could not read.
struct Names;

impl Examine for Names {
    fn examine(
        &self,
        name: &str,
        input: &mut dyn ReadSeek,
        modified: Option<Timestamp>,
        progress: &dyn Fn(u64) -> bool,
    ) -> Examined {
        let mut text = String::new();
        input.read_to_string(&mut text).unwrap();
        assert!(modified.is_some(), "the file system tells when a file was written");
        assert!(!text.starts_with("fail"), "a made-up defect");
        assert!(progress(u64::try_from(text.len()).unwrap()), "nobody pressed Ctrl-C");
        let base = Path::new(name).file_name().unwrap().to_string_lossy().into_owned();
        let coverage = Coverage { files: 1, ..Coverage::none_of(Source::Iis) };
        let mut it = Examined { coverage: vec![coverage], ..Examined::default() };
        it.skipped.push((base, exward_read::Skipped::whole(text)));
        it
    }
}

/// `name: why` of everything that is named.
fn names(evidence: &Evidence, root: &Path) -> String {
    let root = format!("{}/", root.display());
    let line = |(file, it): &(String, exward_read::Skipped)| {
        format!("{}: {}", file.replace(&root, ""), it.why)
    };
    evidence.examined.skipped.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

#[test]
fn files_come_in_the_order_of_their_paths_whatever_the_threads_do() {
    let many: Vec<(String, String)> =
        (0..600).map(|at| (format!("d{}/f{at:03}", at / 100), format!("{at}"))).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let dir = folder(&many);
    let one = read(&Names, &[dir.path().to_owned()], 1);
    let want: Vec<String> = (0..600).map(|at| format!("f{at:03}: {at}")).collect();
    assert_eq!(names(&one, dir.path()), want.join("\n"), "Z1");
    for jobs in [2, 7] {
        let several = read(&Names, &[dir.path().to_owned()], jobs);
        assert_eq!(several.examined, one.examined, "Z1");
    }
    assert_eq!((one.left, one.not_read), (0, false));
}

#[test]
fn each_file_is_read_once() {
    let dir = folder(&[("a/x", "1"), ("b/y", "2")]);
    let paths = ["a", "", "b/y"].map(|it| dir.path().join(it));
    let evidence = read(&Names, &paths, 2);
    assert_eq!(names(&evidence, dir.path()), "x: 1\ny: 2", "Z2");
    assert_eq!(evidence.examined.noted[0].count, 2);
}

#[test]
fn our_reports_and_rules_are_no_evidence() {
    let rule = "title: X\nlogsource:\n  product: windows\ndetection:\n  a: b\n";
    let dir = folder(&[
        ("a.yml", rule),
        ("b.jsonl", "{\"schema\":\"exward.hunt.summary/1\"}"),
        ("c", "3"),
    ]);
    let evidence = read(&Names, &[dir.path().to_owned()], 2);
    assert_eq!(names(&evidence, dir.path()), "c: 3", "Z3");
    let noted: Vec<&str> = evidence.examined.noted.iter().map(|it| it.what.as_str()).collect();
    assert_eq!(noted, ["own-report", "rule-file"]);
}

#[test]
fn what_is_not_there_or_fails_is_named() {
    let dir = folder(&[("a", "1"), ("b", "fail"), ("c", "3")]);
    let evidence = read(&Names, &[dir.path().to_owned(), PathBuf::from("/does/not/exist")], 2);
    assert!(evidence.not_read);
    let named = names(&evidence, dir.path());
    assert!(named.contains("/does/not/exist: No such file"), "{named}");
    assert!(named.contains("a: 1") && named.contains("c: 3"), "{named}");
    assert!(named.contains("b: exward failed on this file"), "{named}");
}

#[cfg(unix)]
#[test]
fn links_stay_in_the_evidence_and_pipes_are_passed_over() {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;
    let dir = folder(&[("a/x", "1"), ("out/y", "2")]);
    let outside = folder(&[("z", "9")]);
    symlink(dir.path(), dir.path().join("a/loop")).unwrap();
    symlink(outside.path(), dir.path().join("a/other")).unwrap();
    symlink(outside.path().join("z"), dir.path().join("a/z")).unwrap();
    symlink(dir.path().join("out/y"), dir.path().join("a/back")).unwrap();
    symlink("/does/not/exist", dir.path().join("a/broken")).unwrap();
    let _socket = UnixListener::bind(dir.path().join("s")).unwrap();
    let evidence = read(&Names, &[dir.path().to_owned()], 2);
    let named = names(&evidence, dir.path());
    for part in ["x: 1", "back: 2", "a/broken: No such file", "s: a pipe, a socket or a device"] {
        assert!(named.contains(part), "{part}\n{named}");
    }
    for link in ["a/other", "a/z"] {
        let why = format!(
            "{link}: a link that leads out of the evidence to {}",
            outside.path().display()
        );
        assert!(named.contains(&why), "Z4: {named}");
    }
    assert_eq!(evidence.examined.coverage[0].files, 2, "{named}");
    // Given itself, it is evidence; and then the link leads to it.
    let both = read(&Names, &[dir.path().to_owned(), outside.path().to_owned()], 2);
    assert!(names(&both, dir.path()).contains("z: 9"), "{named}");
    assert_eq!(both.examined.coverage[0].files, 3, "Z2");
}
