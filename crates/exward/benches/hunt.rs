//! What a hunt costs: a 1 GB IIS log, event logs, and web folders, each with all built-in rules; and the IIS log
//! again with a folder of foreign Sigma rules.
//!
//! Targets per CPU-second (user and system time of the program, one job, warm cache): IIS 1.5 GB/s and at most
//! 200 MB; event logs 30 MB/s; web folders 40 MB/s; IIS with the foreign rules 0.5 GB/s. Prints medians of
//! `RUNS` and the spread. Event logs, web folders and foreign rules are third-party data beside the checkout;
//! without it these lines say so.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a bench fails by panicking and prints its figures"
)]

use std::fs;
use std::io::{self, BufWriter, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use exward_lab::logs::{LogPlan, Planted, write_iis};

const RUNS: usize = 5;
const LOG_BYTES: u64 = 1_074_000_000;
const ATTACKS: u32 = 63;
/// Copies of each third-party file, so that a run takes longer than a clock's tick.
const COPIES: usize = 200;

fn main() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("u_ex261101.log");
    let planted = make_log(&log, ATTACKS);
    let runs = measure(&[log.as_os_str().to_str().unwrap()]);
    report("IIS, built-in rules", LOG_BYTES, &runs);
    let found = runs[0].lines.clone();
    let missed = planted.iter().filter(|it| !found.contains(&it.line)).count();
    let wrong = found.iter().filter(|it| !planted.iter().any(|one| one.line == **it)).count();
    println!("  {} traces planted, {missed} missed, {wrong} other lines sighted", planted.len());

    let quiet = dir.path().join("u_ex261102.log");
    make_log(&quiet, 0);
    let runs = measure(&[quiet.as_os_str().to_str().unwrap()]);
    report("IIS, nothing planted", LOG_BYTES, &runs);
    println!("  {} lines sighted", runs[0].lines.len());

    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    if !shared.is_dir() {
        println!("event logs, web folders, foreign rules: need ../shared beside the checkout");
        return;
    }
    let rules = shared.join("sigma-rules");
    let runs = measure(&[log.to_str().unwrap(), "--rules", rules.to_str().unwrap()]);
    report("IIS, built-in and foreign Sigma rules", LOG_BYTES, &runs);
    let (events, bytes) = copies_of_events(&shared.join("hunt/evtx"), dir.path());
    report("event logs", bytes, &measure(&[events.to_str().unwrap()]));
    let (folder, bytes) = copies_of_pages(&shared.join("hunt"), dir.path());
    report("web folders", bytes, &measure(&[folder.to_str().unwrap()]));
}

fn make_log(path: &Path, attacks: u32) -> Vec<Planted> {
    let start = "2026-11-01T00:00:00Z".parse().unwrap();
    let mut out = BufWriter::new(fs::File::create(path).unwrap());
    write_iis(LogPlan { seed: 1, bytes: LOG_BYTES, attacks, start }, &mut out).unwrap()
}

/// Event logs again and again, under other names.
fn copies_of_events(from: &Path, dir: &Path) -> (PathBuf, u64) {
    let to = dir.join("events");
    fs::create_dir(&to).unwrap();
    let mut bytes = 0;
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        for copy in 0..COPIES {
            let name = format!("{copy}-{}", path.file_name().unwrap().to_str().unwrap());
            bytes += fs::copy(&path, to.join(name)).unwrap();
        }
    }
    (to, bytes)
}

/// Pages, harmless ones and web shells, unpacked to a temporary folder only.
fn copies_of_pages(from: &Path, dir: &Path) -> (PathBuf, u64) {
    let to = dir.join("pages");
    fs::create_dir(&to).unwrap();
    let mut bytes = 0;
    for (pack, password) in [("aspx-benign.zip", None), ("webshell.zip", Some(b"infected"))] {
        let mut pack_file = zip::ZipArchive::new(fs::File::open(from.join(pack)).unwrap()).unwrap();
        for number in 0..pack_file.len() {
            let mut text = Vec::new();
            let mut member = match password {
                Some(password) => pack_file.by_index_decrypt(number, password).unwrap(),
                None => pack_file.by_index(number).unwrap(),
            };
            let name = member.name().unwrap().into_owned();
            let ending = name.rsplit('.').next().unwrap_or("aspx");
            if member.is_dir() || member.read_to_end(&mut text).is_err() {
                continue;
            }
            for copy in 0..COPIES / 20 {
                fs::write(to.join(format!("{pack}-{number}-{copy}.{ending}")), &text).unwrap();
                bytes += u64::try_from(text.len()).unwrap();
            }
        }
    }
    (to, bytes)
}

struct Run {
    cpu_seconds: f64,
    peak_kib: u64,
    /// Lines that were sighted.
    lines: Vec<u64>,
}

fn measure(args: &[&str]) -> Vec<Run> {
    (0..RUNS).map(|_| run(args)).collect()
}

/// Runs the program with one job, and reads its sightings.
fn run(args: &[&str]) -> Run {
    let before = children_cpu_seconds();
    let mut child = Command::new(env!("CARGO_BIN_EXE_exward"))
        .args(["hunt", "--format", "json", "--jobs", "1"])
        .args(args)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut stdout = io::BufReader::new(child.stdout.take().unwrap());
    let mut first = [0; 1];
    let got = stdout.read(&mut first).unwrap();
    // The result comes when everything is read: the high-water mark is that of the whole run.
    let peak_kib = high_water(&status);
    let mut text = String::from_utf8_lossy(&first[..got]).into_owned();
    stdout.read_to_string(&mut text).unwrap();
    child.wait().unwrap();
    let sightings = text.lines().map(|it| serde_json::from_str(it).unwrap());
    let lines = sightings.filter_map(|it: serde_json::Value| it["line"].as_u64());
    let mut lines: Vec<u64> = lines.collect();
    lines.sort_unstable();
    lines.dedup();
    Run { cpu_seconds: children_cpu_seconds() - before, peak_kib, lines }
}

/// CPU time of all children that have ended.
fn children_cpu_seconds() -> f64 {
    const TICKS_PER_SECOND: f64 = 100.0;
    let text = fs::read_to_string("/proc/self/stat").unwrap();
    let after_name = text.rsplit(')').next().unwrap();
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let ticks = |at: usize| fields[at].parse::<u64>().unwrap();
    (ticks(13) + ticks(14)) as f64 / TICKS_PER_SECOND
}

/// Highest resident size so far; 0 where the system does not tell it.
fn high_water(status: &str) -> u64 {
    let text = fs::read_to_string(status).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|it| it.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
}

fn report(what: &str, bytes: u64, runs: &[Run]) {
    let mut rates: Vec<f64> = runs.iter().map(|it| bytes as f64 / 1e6 / it.cpu_seconds).collect();
    rates.sort_by(f64::total_cmp);
    let peak = runs.iter().map(|it| it.peak_kib).max().unwrap() / 1024;
    println!(
        "{what}: {:.0} MB/s per CPU-second ({:.0} to {:.0}), {} MB, peak {peak} MiB",
        rates[rates.len() / 2],
        rates[0],
        rates[rates.len() - 1],
        bytes / 1_000_000,
    );
}
