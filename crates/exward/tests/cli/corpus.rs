//! The program on the data beside the checkout: real feeds, real exports, recorded answers.
//!
//! That data is third-party and stays out of the repository. The tests fail where it is missing, and
//! run with `cargo test --workspace -- --ignored`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::run::{exward, json, shared};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Every file of a folder, in order.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{}", dir.display());
    files
}

#[test]
#[ignore = "needs ../shared"]
fn every_record_file_of_the_feeds_reads_and_the_rest_is_named() {
    for file in files(&shared().join("corpus/feeds")) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let ran = exward(&["check", "--from", text(&file), "--format", "json"]);
        let lines = json(&ran);
        let servers = lines.iter().filter(|it| it["schema"] == "exward.check/1").count();
        let reasons: Vec<&str> = lines.iter().filter_map(|it| it["why"].as_str()).collect();
        let not_a_feed = ["schema", "mapping", "index.tsv", ".py.txt"];
        if not_a_feed.iter().any(|it| name.contains(it)) {
            assert_eq!((ran.code, servers), (4, 0), "{name}: {}", ran.out);
            assert!(reasons[0].starts_with("not a feed: "), "{name}: {reasons:?}");
        } else if name.contains("header") {
            assert_eq!((ran.code, servers, reasons[0]), (0, 0, "no server in it"), "{name}");
        } else {
            assert!(servers > 0, "{name}: {}", ran.out);
            assert!(matches!(ran.code, 0 | 1 | 3), "{name}: {}", ran.code);
            for line in lines.iter().filter(|it| it["schema"] == "exward.check/1") {
                assert_ne!(line["verdict"], "patched", "nothing in these feeds is: {line}");
                assert!(!line["reasons"].as_array().unwrap().is_empty(), "A9: {line}");
            }
        }
    }
}

#[test]
#[ignore = "needs ../shared"]
fn recorded_answers_are_never_called_patched() {
    for file in files(&shared().join("corpus/responses")) {
        if file.extension().is_some_and(|it| it == "tsv") {
            continue;
        }
        let ran = exward(&["check", "--from", text(&file), "--format", "json"]);
        assert!(matches!(ran.code, 0 | 1 | 3), "{}: {} {}", file.display(), ran.code, ran.out);
        for line in json(&ran) {
            assert_eq!(line["schema"], "exward.check/1", "{}: {line}", file.display());
            assert_ne!(line["verdict"], "patched", "{}", file.display());
        }
    }
}

/// Copies the base-named objects: no variants such as `ExSetup1.xml` or `…_Bad.xml`.
fn copy_base_objects(from: &Path, to: &Path) {
    for path in files(from) {
        let name = path.file_name().unwrap();
        if path.is_dir() {
            let below = to.join(name);
            fs::create_dir(&below).unwrap();
            copy_base_objects(&path, &below);
            continue;
        }
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        let base = stem.trim_end_matches(|c: char| c.is_ascii_digit());
        let ending = path.extension().map(|it| it.to_string_lossy().into_owned());
        let has_base =
            base != stem && from.join(base).with_extension(ending.unwrap_or_default()).is_file();
        let variants = ["_Bad", "_Problem", "NoTokenCacheModule", "Patched"];
        if !has_base && !variants.iter().any(|it| stem.ends_with(it)) {
            fs::copy(&path, to.join(name)).unwrap();
        }
    }
}

#[test]
#[ignore = "needs ../shared"]
fn a_folder_of_exported_objects_is_one_server() {
    let data = shared().join("corpus/inside/healthchecker-E19");
    let dir = tempfile::tempdir().unwrap();
    copy_base_objects(&data, dir.path());
    let ran = exward(&["check", "--from", text(dir.path()), "--format", "json"]);
    let lines = json(&ran);
    let [line] = lines.as_slice() else { panic!("one server: {}", ran.out) };
    assert_eq!(ran.code, 1);
    assert_eq!(line["target"], "SOLO-E19A");
    assert_eq!(line["verdict"], "vulnerable");
    let identity = &line["identity"];
    assert_eq!(
        (&identity["product"], &identity["cu"], &identity["update"], &identity["build"]),
        (&"2019".into(), &"CU11".into(), &"RTM".into(), &"15.2.986.5".into())
    );
    assert_eq!(identity["conflicts"].as_array().unwrap().len(), 0);
    assert_eq!(line["config"]["extended_protection"], "not-done");
    assert_eq!(line["config"]["download_domains"], "not-done");

    // With every variant in it, two versions of ExSetup.exe contradict each other.
    let ran = exward(&["check", "--from", text(&data), "--format", "json"]);
    let all = json(&ran);
    let server = all.iter().find(|it| it["schema"] == "exward.check/1").unwrap();
    let conflicts = server["identity"]["conflicts"].to_string();
    assert!(conflicts.contains("two-builds"), "{conflicts}");
    assert!(conflicts.contains("15.2.1118.25"), "{conflicts}");
}

#[test]
#[ignore = "needs ../shared"]
fn import_refuses_swapped_rows_and_merges_the_rest() {
    let records = shared().join("corpus/cve-records");
    let out = tempfile::tempdir().unwrap();
    let swapped = exward(&["catalog", "import", text(&records.join("CVE-2024-26198.json"))]);
    assert_eq!(swapped.code, 1);
    assert_eq!(swapped.out.matches("swapped pair").count(), 2, "{}", swapped.out);

    // A catalog without CVE-2026-42897 gets it back from the record.
    let poorer = out.path().join("poorer");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog");
    fs::create_dir(&poorer).unwrap();
    for file in files(&source) {
        let text = fs::read_to_string(&file).unwrap();
        let kept = text.lines().filter(|line| !line.starts_with("CVE-2026-42897,"));
        let kept: String = kept.flat_map(|line| [line, "\n"]).collect();
        fs::write(poorer.join(file.file_name().unwrap()), kept).unwrap();
    }
    let before = exward(&["check", "15.2.2562.41", "--format", "json", "--catalog", text(&poorer)]);
    assert!(!before.out.contains("CVE-2026-42897"), "{}", before.out);
    let record = records.join("CVE-2026-42897.json");
    let richer = out.path().join("richer");
    let merged = exward(&[
        "catalog",
        "import",
        text(&record),
        "--catalog",
        text(&poorer),
        "--out",
        text(&richer),
    ]);
    assert_eq!(merged.code, 0, "{}{}", merged.out, merged.err);
    assert_eq!(exward(&["catalog", "verify", "--catalog", text(&richer)]).code, 0);
    let after = exward(&["check", "15.2.2562.41", "--format", "json", "--catalog", text(&richer)]);
    let open = json(&after)[0]["cves"]["open"].clone();
    let found = open.as_array().unwrap().iter().find(|it| it["id"] == "CVE-2026-42897").unwrap();
    assert_eq!((&found["kev"], &found["fixed_in"]), (&true.into(), &"15.2.2562.43".into()));
}
