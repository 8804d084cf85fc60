//! `exward rollout run` against a lab in another process: killed again and again, two at once, and in trouble.

mod trouble;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::run::{Ran, json};

/// An estate in a process of its own, with a blueprint that is approved.
struct Estate {
    dir: TempDir,
    lab: Child,
    link: String,
}

impl Drop for Estate {
    fn drop(&mut self) {
        let _ended = self.lab.kill().and_then(|()| self.lab.wait());
    }
}

impl Estate {
    fn new(port: u16, faults: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let lab = lab(dir.path(), port, &["--faults", faults]);
        let estate = Self { dir, lab, link: link(port) };
        fs::write(estate.dir.path().join("policy.toml"), POLICY).unwrap();
        let plan = ["plan", "--policy", "policy.toml", "--inventory", "estate-inventory.json"];
        estate.done(&[&plan[..], &["--out", "b.json"]].concat());
        let approve = ["rollout", "approve", "b.json", "--by", "A. Admin", "--until"];
        estate.done(&[&approve[..], &["2099-01-01T00:00:00Z"]].concat());
        estate
    }

    fn done(&self, args: &[&str]) {
        let ran = command(self.dir.path(), args).output().unwrap();
        assert!(ran.status.success(), "{args:?}: {}", String::from_utf8_lossy(&ran.stderr));
    }

    fn run(&self, speed: &str) -> Command {
        let args = ["rollout", "run", "b.json", "--lab", &self.link, "--speed", speed];
        let mut command = command(self.dir.path(), &args);
        command.args(["--format", "json"]);
        command
    }
}

/// Where a lab of this port is found.
fn link(port: u16) -> String {
    format!("127.0.0.1:{}", port.saturating_add(1))
}

/// A lab that is ready.
fn lab(dir: &Path, port: u16, more: &[&str]) -> Child {
    let (port, link) = (port.to_string(), link(port));
    let args = ["lab", "estate", "--dags", "1", "--members", "4", "--seed", "8", "--port", &port];
    let args = [&args[..], &["--link", &link], more].concat();
    let mut lab = command(dir, &args).stderr(Stdio::piped()).spawn().unwrap();
    // It says so when everything listens.
    let mut line = String::new();
    BufReader::new(lab.stderr.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("SIMULATED: 5 servers listen"), "{line}");
    lab
}

const POLICY: &str = "goal = \"latest\"\n[pools]\ndefault_max = 2\n[[rings]]\nname = \"all\"\n\
                      everything = true\ncanaries = 1\nsoak_minutes = 30\nfailures_max = 5\n\
                      unavailable_max = 2\n";

fn command(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_exward"));
    command.args(args).current_dir(dir).stdin(Stdio::null()).stdout(Stdio::piped());
    command
}

#[test]
fn an_executor_killed_twenty_times_finishes_and_does_nothing_twice() {
    let estate = Estate::new(27_443, "EX00001-3=cache-missing");
    let mut killed = 0;
    for round in 0..20 {
        let mut executor = estate.run("0").stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(executor.stderr.take().unwrap()).lines();
        // It tells what it does: after a few lines it is in the middle of something.
        let told = lines.take(round % 3 + 3).filter_map(Result::ok).count();
        killed += usize::from(told > 2 && executor.try_wait().unwrap().is_none());
        executor.kill().unwrap();
        executor.wait().unwrap();
    }
    assert!(killed >= 5, "only {killed} were killed in the middle");
    let last = Ran::from(estate.run("0").stderr(Stdio::piped()).output().unwrap());
    assert_eq!(last.code, 0, "{}\n{}", last.err, last.out);
    // The lab counts what was done: an order carried out twice would be told here.
    assert!(!last.err.contains("broken invariant"), "{}", last.err);
    let counts = json(&last)[0]["counts"].clone();
    assert_eq!(counts["current"], 5, "{counts}");
}

#[test]
fn of_two_executors_one_works() {
    let estate = Estate::new(28_443, "none");
    // Slow enough to be under way while the other one tries.
    let mut first = estate.run("1").stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(first.stderr.take().unwrap()).lines();
    assert!(lines.any(|it| it.unwrap().contains("leaves service")));
    let second = estate.run("0").stderr(Stdio::piped()).output().unwrap();
    let err = String::from_utf8_lossy(&second.stderr).into_owned();
    assert_eq!(second.status.code(), Some(7), "{err}");
    assert!(err.contains("another executor works on it: process"), "{err}");
    first.kill().unwrap();
    first.wait().unwrap();
    // Whoever is dead holds nothing.
    let third = estate.run("0").stderr(Stdio::piped()).output().unwrap();
    assert_eq!(third.status.code(), Some(0), "{}", String::from_utf8_lossy(&third.stderr));
}

#[test]
fn the_demo_ends_as_told() {
    let dir = tempfile::tempdir().unwrap();
    let ran = command(dir.path(), &["demo", "--no-serve", "--port", "29443"]).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert_eq!(ran.status.code(), Some(0), "{err}\n{out}");
    assert!(out.contains("Before: 9 vulnerable. After: 8 patched"), "{out}");
}
