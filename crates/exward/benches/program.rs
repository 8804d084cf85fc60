//! What the whole program costs: a feed of 300,000 rows to JSON, and the answer to one build.
//!
//! Targets on 2 cores: 2 s wall and 150 MB for the feed, whatever the number of rows; 30 ms from
//! start to answer. Prints medians and the spread; a feed of a tenth of the rows beside it shows that
//! memory does not grow with them.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a bench fails by panicking and prints its figures"
)]

use std::fmt::Write as _;
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const ROWS: usize = 300_000;
const RUNS: usize = 5;
const STARTS: usize = 50;

fn main() {
    let dir = tempfile::tempdir().unwrap();
    for rows in [ROWS / 10, ROWS] {
        let feed = dir.path().join(format!("scan_exchange-{rows}.csv"));
        fs::write(&feed, shadowserver(rows)).unwrap();
        let runs: Vec<Run> = (0..RUNS).map(|_| run(&feed)).collect();
        let (median, low, high) = spread(runs.iter().map(|it| it.wall).collect());
        let peak = runs.iter().map(|it| it.peak_kib).max().unwrap() / 1024;
        let lines = runs[0].lines;
        assert_eq!(lines, rows, "one object a row");
        println!(
            "check --format json, {rows} rows: median {median:.2?} ({low:.2?} to {high:.2?}), peak {peak} MiB, {} MB of JSON",
            runs[0].bytes / 1_000_000
        );
    }
    let starts: Vec<Duration> = (0..STARTS)
        .map(|_| {
            let start = Instant::now();
            let output = exward().args(["check", "15.2.1544.14"]).output().unwrap();
            assert_eq!(output.status.code(), Some(1));
            start.elapsed()
        })
        .collect();
    let (median, low, high) = spread(starts);
    println!("check 15.2.1544.14, start to answer: median {median:.2?} ({low:.2?} to {high:.2?})");
}

fn exward() -> Command {
    Command::new(env!("CARGO_BIN_EXE_exward"))
}

struct Run {
    wall: Duration,
    peak_kib: u64,
    bytes: usize,
    lines: usize,
}

/// Runs the program on a feed and swallows its output.
fn run(feed: &Path) -> Run {
    let start = Instant::now();
    let mut child = exward()
        .args(["check", "--format", "json", "--from"])
        .arg(feed)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut stdout = child.stdout.take().unwrap();
    let mut block = vec![0; 1 << 20];
    let (mut bytes, mut lines, mut peak_kib) = (0, 0, 0);
    loop {
        let read = stdout.read(&mut block).unwrap();
        if read == 0 {
            break;
        }
        bytes += read;
        lines += block[..read].iter().filter(|byte| **byte == b'\n').count();
        peak_kib = peak_kib.max(high_water(&status));
    }
    child.wait().unwrap();
    Run { wall: start.elapsed(), peak_kib, bytes, lines }
}

/// Highest resident size so far; 0 where the system does not tell it.
fn high_water(status: &str) -> u64 {
    let text = fs::read_to_string(status).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|it| it.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
}

fn spread(mut times: Vec<Duration>) -> (Duration, Duration, Duration) {
    times.sort();
    (times[times.len() / 2], times[0], times[times.len() - 1])
}

/// A report with mixed builds, six in ten cut to three parts, and one broken row in a hundred.
fn shadowserver(rows: usize) -> String {
    let catalog = exward_read::catalog::built_in().unwrap();
    let builds: Vec<_> = catalog.releases().iter().map(|it| it.build).collect();
    let mut random = 0x9E37_79B9_u64;
    let mut next = move |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random % u64::try_from(below).unwrap()).unwrap()
    };
    let mut text = "\"timestamp\",\"severity\",\"ip\",\"protocol\",\"port\",\"hostname\",\"tag\",\"asn\",\
        \"geo\",\"region\",\"city\",\"naics\",\"hostname_source\",\"sector\",\"version\",\"servername\",\"url\"\n"
        .to_owned();
    for row in 0..rows {
        let build = builds[next(builds.len())];
        let version = if next(10) < 6 { build.prefix().to_string() } else { build.to_string() };
        let ip = format!("198.{}.{}.{}", 18 + row / 65536, row / 256 % 256, row % 256);
        let broken = if next(100) == 0 { "\"" } else { "" };
        writeln!(
            text,
            "\"2026-11-20 {:02}:{:02}:{:02}\",\"high\",\"{ip}\",\"tcp\",443,\"mail{row}.example.org\",\
             \"exchange;cve-2021-26855\",64496,\"DE\",\"BERLIN\",\"BERLIN\",517311,\"ptr\",\
             \"Communications, Service Provider, and Hosting Service\",\"{version}\",\"EX{row}\",{broken}",
            row / 3600 % 24,
            row / 60 % 60,
            row % 60
        )
        .unwrap();
    }
    text
}
