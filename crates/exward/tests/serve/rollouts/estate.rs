//! An estate of the lab with a blueprint, and who carries it out.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::server::program;

const POLICY: &str = "goal = \"latest\"\n[pools]\ndefault_max = 2\n[[rings]]\nname = \"all\"\n\
                      everything = true\ncanaries = 1\nsoak_minutes = 30\nfailures_max = 5\n\
                      unavailable_max = 2\n[approvals]\nneeded = 2\n";

/// An estate, with a blueprint that nobody has approved.
pub(crate) struct Estate {
    pub(crate) dir: TempDir,
    pub(crate) blueprint: String,
    /// None: it is planned, and ended.
    lab: Option<Child>,
    link: String,
}

impl Drop for Estate {
    fn drop(&mut self) {
        if let Some(lab) = &mut self.lab {
            let _ended = lab.kill().and_then(|()| lab.wait());
        }
    }
}

impl Estate {
    pub(crate) fn new(port: u16) -> Self {
        Self::planned_by(port, POLICY)
    }

    /// Whose ring has this name: no two estates of different ones have the same blueprint.
    pub(crate) fn with_ring(port: u16, ring: &str) -> Self {
        Self::planned_by(port, &POLICY.replace("\"all\"", &format!("\"{ring}\"")))
    }

    fn planned_by(port: u16, policy: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let link = format!("127.0.0.1:{}", port.saturating_add(1));
        let port = port.to_string();
        let args =
            ["lab", "estate", "--dags", "1", "--members", "4", "--seed", "8", "--faults", "none"];
        let more = ["--port", &port, "--link", &link];
        let mut lab = program(&[&args[..], &more].concat());
        let mut lab = lab.current_dir(dir.path()).stderr(Stdio::piped()).spawn().unwrap();
        // It says so when everything listens.
        let mut line = String::new();
        BufReader::new(lab.stderr.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.starts_with("SIMULATED: 5 servers listen"), "{line}");
        let mut estate = Self { dir, blueprint: String::new(), lab: Some(lab), link };
        fs::write(estate.path("policy.toml"), policy).unwrap();
        estate.plan("policy.toml", "estate-inventory.json", &[]);
        estate
    }

    /// Only the blueprint: the one of the examples, that anybody may approve.
    pub(crate) fn planned() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut estate = Self { dir, blueprint: String::new(), lab: None, link: String::new() };
        let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");
        let text = fs::read_to_string(format!("{examples}/policy.toml")).unwrap();
        let text = text.replace("by = [\"A. Admin\", \"B. Lead\"]\n", "");
        let text = text.replace("windows_ignored = true", "windows_ignored = false");
        fs::write(estate.path("policy.toml"), text).unwrap();
        let now = ["--now", "2026-11-24T02:00:00Z"];
        estate.plan("policy.toml", &format!("{examples}/inventory.json"), &now);
        estate
    }

    fn plan(&mut self, policy: &str, inventory: &str, more: &[&str]) {
        let args = ["plan", "--policy", policy, "--inventory", inventory, "--out", "b.json"];
        let ran =
            program(&[&args[..], more].concat()).current_dir(self.dir.path()).output().unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        self.blueprint = fs::read_to_string(self.path("b.json")).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.dir.path().join(name).display().to_string()
    }
}

/// `exward rollout run`.
pub(crate) struct Runner(Child);

impl Runner {
    /// So many minutes of the lab pass in a second.
    pub(crate) fn start(estate: &Estate, store: &str, speed: &str) -> Self {
        let args = ["rollout", "run", "b.json", "--store", store, "--lab", &estate.link];
        let mut run = program(&[&args[..], &["--speed", speed]].concat());
        run.current_dir(estate.dir.path()).stdout(Stdio::null()).stderr(Stdio::null());
        Self(run.spawn().unwrap())
    }

    /// Waits for its end: the exit code.
    pub(crate) fn end(mut self) -> i32 {
        self.0.wait().unwrap().code().unwrap_or(-1)
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended = self.0.kill();
        let _reaped = self.0.wait();
    }
}

/// A new database of PostgreSQL.
pub(crate) fn database(name: &str) -> String {
    let url = std::env::var("EXWARD_TEST_POSTGRES").unwrap();
    let (server, _) = url.rsplit_once('/').unwrap();
    let database = format!("exward_{name}_{}", std::process::id());
    let make = format!("CREATE DATABASE {database}");
    let made = Command::new("psql").args([&url, "-qc", &make]).stdin(Stdio::null()).status();
    assert!(made.unwrap().success());
    format!("{server}/{database}")
}
