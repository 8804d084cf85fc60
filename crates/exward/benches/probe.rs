//! What asking hosts costs, with the lab on the same two cores.
//!
//! Targets: at least 600 hosts/s wall, at most 650 µs of client CPU a host, at most 150 MB with 2,000 hosts
//! in flight; with 1 % tarpits the time until 95 % of the hosts are done grows by less than 10 %; 300,000 hosts
//! cost no more memory than their entries. Prints medians and the spread. The hosts are simulated.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    reason = "a bench fails by panicking and prints its figures"
)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const HOSTS: usize = 2000;
const RUNS: usize = 7;

/// `_SC_CLK_TCK` of every Linux that there is.
const TICKS_PER_SECOND: f64 = 100.0;

/// How often a run is looked at while it goes on.
const LOOK_EVERY: Duration = Duration::from_millis(2);

fn main() {
    let dir = tempfile::tempdir().unwrap();
    let plain = Lab::start(dir.path(), "modern", 8501);
    let runs: Vec<Run> = (0..RUNS).map(|_| run(dir.path(), &plain.hosts, HOSTS)).collect();
    let (wall, low, high) = spread(runs.iter().map(|it| it.wall).collect());
    let (cpu, ..) = spread(runs.iter().map(|it| it.cpu).collect());
    let peak = runs.iter().map(|it| it.peak_kib).max().unwrap() / 1024;
    println!(
        "check of {HOSTS} hosts: median {wall:.2?} ({low:.2?} to {high:.2?}), {:.0} hosts/s, {:.0} µs CPU a host, peak {peak} MiB",
        HOSTS as f64 / wall.as_secs_f64(),
        cpu.as_secs_f64() * 1e6 / HOSTS as f64,
    );
    let profile = dir.path().join("tarpits.toml");
    let text = "modern_tls = true\n[behaviours]\nhealthy = 99\ntarpit = 1\n[products]\n2016 = 1\n2019 = 1\nSE = 1\n";
    fs::write(&profile, text).unwrap();
    let tarpits = Lab::start(dir.path(), profile.to_str().unwrap(), 8502);
    // In turns, so that whatever else the machine does meets both.
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        without.push(run(dir.path(), &plain.hosts, HOSTS).until_95_percent);
        with.push(run(dir.path(), &tarpits.hosts, HOSTS).until_95_percent);
    }
    let ((without, ..), (with, ..)) = (spread(without), spread(with));
    println!(
        "until 95 % are done: {without:.2?} without tarpits, {with:.2?} with 1 %, ratio {:.2}",
        with.as_secs_f64() / without.as_secs_f64()
    );
    drop((plain, tarpits));
    for hosts in [30_000, 300_000] {
        let list = dir.path().join("silent.txt");
        fs::write(&list, nobody(hosts)).unwrap();
        let run = run(dir.path(), &list, hosts);
        println!(
            "check of {hosts} hosts that refuse: {:.2?}, peak {} MiB",
            run.wall,
            run.peak_kib / 1024
        );
    }
}

fn exward() -> Command {
    Command::new(env!("CARGO_BIN_EXE_exward"))
}

/// Simulated servers in a process of their own; ends with it.
struct Lab {
    child: Child,
    hosts: PathBuf,
}

impl Lab {
    fn start(dir: &Path, profile: &str, port: u16) -> Self {
        let hosts = dir.join(format!("hosts-{port}.txt"));
        let child = exward()
            .args(["lab", "serve", "--seed", "7", "--profile", profile])
            .args(["--servers", &HOSTS.to_string(), "--port", &port.to_string()])
            .arg("--hosts")
            .arg(&hosts)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while !hosts.exists() {
            thread::sleep(LOOK_EVERY);
        }
        Self { child, hosts }
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

struct Run {
    wall: Duration,
    cpu: Duration,
    until_95_percent: Duration,
    peak_kib: u64,
}

/// Asks all hosts of a list and watches the run file grow.
fn run(dir: &Path, hosts: &Path, count: usize) -> Run {
    let file = dir.join("bench.run");
    // It is there from the second run on.
    let _missing = fs::remove_file(&file);
    let before = children_cpu();
    let start = Instant::now();
    let mut child = exward()
        .args(["check", "--allow-loopback", "--rate", "0", "--format", "json", "--from"])
        .arg(hosts)
        .arg("--run")
        .arg(&file)
        .arg("--out")
        .arg(dir.join("bench.jsonl"))
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut seen = Lines::default();
    let (mut until_95_percent, mut peak_kib) = (None, 0);
    while child.try_wait().unwrap().is_none() {
        peak_kib = peak_kib.max(high_water(&status));
        // The header is a line, too.
        if until_95_percent.is_none() && seen.count(&file) > count * 95 / 100 {
            until_95_percent = Some(start.elapsed());
        }
        thread::sleep(LOOK_EVERY);
    }
    let wall = start.elapsed();
    let cpu = children_cpu() - before;
    let until_95_percent = until_95_percent.unwrap_or(wall);
    Run { wall, cpu, until_95_percent, peak_kib }
}

/// Counts the lines of a growing file, each byte once.
#[derive(Default)]
struct Lines {
    file: Option<fs::File>,
    lines: usize,
}

impl Lines {
    fn count(&mut self, path: &Path) -> usize {
        use std::io::Read as _;
        if self.file.is_none() {
            self.file = fs::File::open(path).ok();
        }
        if let Some(file) = &mut self.file {
            let mut block = vec![0; 1 << 20];
            let read = file.read(&mut block).unwrap();
            self.lines += block[..read].iter().filter(|byte| **byte == b'\n').count();
        }
        self.lines
    }
}

/// CPU of all children that have ended; those of a bench end one by one.
fn children_cpu() -> Duration {
    let text = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> =
        text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    // Fields 16 and 17 of proc(5), counted from the third.
    let ticks = |at: usize| fields.get(at).and_then(|it| it.parse::<f64>().ok()).unwrap_or(0.0);
    Duration::from_secs_f64((ticks(13) + ticks(14)) / TICKS_PER_SECOND)
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

/// Addresses of this machine on which nobody listens.
fn nobody(count: usize) -> String {
    (0..count).fold(String::new(), |mut list, at| {
        let at = at + (2 << 16) + 1;
        writeln!(list, "127.{}.{}.{}:9443", at >> 16 & 255, at >> 8 & 255, at & 255).unwrap();
        list
    })
}
