//! Figures on real web shells and real pages. `SHELL_PART=dev|holdout` looks at a part only.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Instant;

use exward_hunt::Confidence;
use exward_hunt::shell::ShellTable;

type Page = (String, Vec<u8>);

/// The members of an archive in the order of their names; nothing is written anywhere.
fn pages(archive: &str, password: Option<&[u8]>) -> Vec<Page> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/hunt").join(archive);
    let mut zip = zip::ZipArchive::new(File::open(&path).unwrap()).unwrap();
    let mut pages = Vec::new();
    for at in 0..zip.len() {
        let mut member = match password {
            Some(password) => zip.by_index_decrypt(at, password).unwrap(),
            None => zip.by_index(at).unwrap(),
        };
        if member.is_file() {
            let mut bytes = Vec::new();
            member.read_to_end(&mut bytes).unwrap();
            pages.push((member.name().unwrap().into_owned(), bytes));
        }
    }
    pages.sort();
    pages
}

/// How many of how many are flagged, by ending; and those that are not as wanted.
fn figures(pages: &[Page], wanted: bool) -> (usize, usize) {
    let table = ShellTable::shipped();
    let mut by_ending: BTreeMap<(String, usize), BTreeMap<&str, usize>> = BTreeMap::new();
    let (mut flagged, mut all) = (0, 0);
    for (at, (path, bytes)) in pages.iter().enumerate() {
        let part = usize::from(at % 4 == 3);
        match std::env::var("SHELL_PART").as_deref() {
            Ok("dev") if part == 1 => continue,
            Ok("holdout") if part == 0 => continue,
            _ => {}
        }
        let found = table.examine(path, bytes);
        let sure = found.as_ref().map_or("none", |it| it.confidence.name());
        let ending = path.rsplit('.').next().unwrap_or_default().to_owned();
        *by_ending.entry((ending, part)).or_default().entry(sure).or_default() += 1;
        all += 1;
        let is_flagged = found.as_ref().is_some_and(|it| it.confidence >= Confidence::Medium);
        flagged += usize::from(is_flagged);
        let show = is_flagged != wanted || std::env::var_os("SHELL_SHOW").is_some();
        if show {
            let why = found.map_or_else(String::new, |it| format!("{:?} {:?}", it.traits, it.line));
            println!("{path} {} bytes: {sure} {why}", bytes.len());
        }
    }
    for ((ending, part), counts) in by_ending {
        println!("  .{ending} {}: {counts:?}", ["dev", "holdout"][part]);
    }
    (flagged, all)
}

#[test]
#[ignore = "needs ../shared"]
fn shells_are_found_and_pages_are_left_alone() {
    let shells = pages("webshell.zip", Some(b"infected"));
    let benign = pages("aspx-benign.zip", None);
    assert_eq!((shells.len(), benign.len()), (164, 249));
    let (found, shells_seen) = figures(&shells, true);
    let (wrong, benign_seen) = figures(&benign, false);
    println!("found {found} of {shells_seen}; false {wrong} of {benign_seen}");
    assert!(found * 100 >= shells_seen * 95, "recall {found}/{shells_seen}");
    assert!(wrong * 100 <= benign_seen, "false {wrong}/{benign_seen}");
}

#[test]
#[ignore = "needs ../shared; speed, run with --release"]
fn speed() {
    let pages: Vec<Page> = pages("webshell.zip", Some(b"infected"))
        .into_iter()
        .chain(pages("aspx-benign.zip", None))
        .collect();
    let table = ShellTable::shipped();
    let bytes: usize = pages.iter().map(|it| it.1.len()).sum();
    let best = (0..10)
        .map(|_| {
            let start = Instant::now();
            let count = pages.iter().filter(|it| table.examine(&it.0, &it.1).is_some()).count();
            assert!(count > 0);
            start.elapsed()
        })
        .min()
        .unwrap();
    println!("{:.0} MB/s", bytes as f64 / best.as_secs_f64() / 1e6);
}
