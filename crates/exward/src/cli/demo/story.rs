//! The story that the demo tells, with exward's own commands; what it keeps lies in one store.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::write_failed;
use crate::error::CommandError;
use crate::output;

/// Seed of an estate in which every server is vulnerable.
const SEED: u64 = 8;

/// The server on which an update fails and is repaired.
pub(super) const REPAIRED: &str = "EX00001-2";

/// The server on which it fails for good.
pub(super) const QUARANTINED: &str = "EX00002-1";

/// The server whose log is hunted: patched is not clean.
pub(super) const HUNTED: &str = "EX00001-1";

/// How long the lab may take to start.
const LAB_STARTS_WITHIN: Duration = Duration::from_secs(20);

/// Where everything is kept.
pub(super) const STORE: [&str; 2] = ["--store", "exward.db"];

/// Where the story is told.
pub(super) struct Demo {
    pub(super) dir: PathBuf,
    pub(super) port: u16,
}

impl Demo {
    /// The story, chapter by chapter; each says what must be true after it.
    pub(super) fn tell(&self) -> Result<(), CommandError> {
        output::line("\n1. Nine servers in two DAGs, seen from outside\n")?;
        let before = self.check()?;
        self.must(
            before.values().all(|it| it == "vulnerable"),
            "every server is vulnerable at first",
        )?;

        self.was_somebody_in()?;
        self.roll_out()?;

        output::line("\n5. The same servers, seen from outside again\n")?;
        let after = self.check()?;
        self.must(after.len() == before.len(), "every server answers")?;
        for (server, verdict) in &after {
            let is_patched = verdict == "patched";
            let what = format!("{server} is as told, and it is {verdict}");
            self.must(is_patched != (server == QUARANTINED), &what)?;
        }
        output::line(&format!(
            "\nBefore: {} vulnerable. After: {} patched; {REPAIRED} failed on its way and was repaired; \
             {QUARANTINED} failed for good, stays out of service, and waits for a person.",
            before.len(),
            after.values().filter(|it| *it == "patched").count()
        ))
    }

    /// The second chapter.
    fn was_somebody_in(&self) -> Result<(), CommandError> {
        output::line("\n2. Was somebody in? A made-up log with traces of attacks\n")?;
        self.exward(&["lab", "logs", "--out", "iis.log", "--size", "5", "--attacks", "12"], &[0])?;
        let target = self.target(HUNTED)?;
        let hunt = ["hunt", "iis.log", "--server", &target];
        self.exward(&[&hunt[..], &STORE].concat(), &[1])?;
        Ok(())
    }

    /// The third and the fourth chapter.
    fn roll_out(&self) -> Result<(), CommandError> {
        output::line("\n3. Who is updated when, and who waits\n")?;
        let plan = ["plan", "--policy", "policy.toml", "--inventory", "inventory.json"];
        self.exward(&[&plan[..], &["--out", "plan.json"]].concat(), &[0])?;

        output::line("\n4. Somebody approves it, and it is carried out\n")?;
        let approve = ["rollout", "approve", "plan.json", "--by", "demo", "--until"];
        let until = ["2099-01-01T00:00:00Z"];
        self.exward(&[&approve[..], &until, &STORE].concat(), &[0])?;
        let link = self.link();
        let run = ["rollout", "run", "plan.json", "--speed", "0", "--lab", &link];
        self.exward(&[&run[..], &STORE].concat(), &[1])?;
        let status = ["rollout", "status", "--format", "json"];
        let status = self.quietly(&[&status[..], &STORE].concat())?;
        let told = status.lines().next().and_then(|it| serde_json::from_str(it).ok());
        let told: serde_json::Value = told.unwrap_or_default();
        let count =
            |what: &str| told.pointer(&format!("/counts/{what}")).and_then(|it| it.as_u64());
        let as_told = count("current") == Some(8) && count("quarantined") == Some(1);
        self.must(as_told, "eight servers are updated, and one is not")?;
        let repaired = |line: &str| {
            let value: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
            value.get("server").and_then(|it| it.as_str()) == Some(REPAIRED)
                && value.get("cures").and_then(|it| it.as_u64()) > Some(0)
        };
        self.must(status.lines().any(repaired), &format!("{REPAIRED} is repaired on its way"))
    }

    /// What a server is called from outside.
    pub(super) fn target(&self, server: &str) -> Result<String, CommandError> {
        let path = self.dir.join("hosts.txt");
        let text = std::fs::read_to_string(&path);
        let text = text.map_err(|source| CommandError::Read { path, source })?;
        let targets = text.lines().filter(|it| !it.is_empty() && !it.starts_with('#'));
        let mut pairs = self.servers()?.into_iter().zip(targets);
        let found = pairs.find(|(name, _)| name == server);
        found
            .map(|(_, it)| it.to_owned())
            .ok_or_else(|| self.untold("every server is in hosts.txt"))
    }

    fn link(&self) -> String {
        format!("127.0.0.1:{}", self.port.wrapping_add(1))
    }

    /// Starts the lab, and waits until its servers listen.
    pub(super) fn lab(&self) -> Result<Child, CommandError> {
        let (link, port) = (self.link(), self.port.to_string());
        let faults = format!("{REPAIRED}=cache-missing,{QUARANTINED}=setup-broken");
        let files = "--hosts hosts.txt --inventory inventory.json";
        let line = format!(
            "lab estate --dags 2 --members 4 --standalone 1 --seed {SEED} --port {port} --link {link} {files} \
             --faults {faults}"
        );
        let args: Vec<&str> = line.split(' ').collect();
        output::line(&format!("$ exward {} &", args.join(" ")))?;
        let mut lab = self
            .command(&args)
            .stdout(Stdio::null())
            .spawn()
            .map_err(|source| write_failed("the lab's process", source))?;
        let began = Instant::now();
        while !self.dir.join("hosts.txt").exists() {
            let ended = lab.try_wait().ok().flatten().is_some();
            if ended || began.elapsed() > LAB_STARTS_WITHIN {
                let _ended = lab.kill();
                return Err(self.untold("the lab starts"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(lab)
    }

    /// Asks every server from outside; gives the verdict of each.
    fn check(&self) -> Result<BTreeMap<String, String>, CommandError> {
        let check = ["check", "--from", "hosts.txt", "--allow-loopback", "--rate", "0"];
        self.exward(&[&check[..], &STORE].concat(), &[0, 1, 3])?;
        let text = self.quietly(&[&check[..], &["--format", "json"]].concat())?;
        let verdicts = text.lines().filter_map(verdict);
        Ok(self.servers()?.into_iter().zip(verdicts).collect())
    }

    /// The servers, in the order in which the lab's hosts file has them: by name.
    fn servers(&self) -> Result<Vec<String>, CommandError> {
        let path = self.dir.join("inventory.json");
        let bytes = std::fs::read(&path);
        let bytes = bytes.map_err(|source| CommandError::Read { path, source })?;
        let inventory = exward_read::inventory::read(&bytes);
        let (inventory, _none) = inventory.map_err(|error| self.untold(&error.to_string()))?;
        Ok(inventory.servers.keys().map(ToString::to_string).collect())
    }

    /// What one of exward's own commands prints for machines, whatever its exit code.
    fn quietly(&self, args: &[&str]) -> Result<String, CommandError> {
        let ran = self.command(args).output();
        let ran = ran.map_err(|source| write_failed("exward's own process", source))?;
        Ok(String::from_utf8_lossy(&ran.stdout).into_owned())
    }

    /// Runs one of exward's own commands, shows it and what it says, and gives that.
    fn exward(&self, args: &[&str], codes: &[i32]) -> Result<String, CommandError> {
        output::line(&format!("$ exward {}", args.join(" ")))?;
        let ran = self.command(args).output();
        let ran = ran.map_err(|source| write_failed("exward's own process", source))?;
        let (out, err) =
            (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
        let text = format!("{err}{out}");
        output::line(crate::plain::block(text.trim_end()).as_ref())?;
        let code = ran.status.code().unwrap_or(-1);
        if codes.contains(&code) {
            return Ok(text);
        }
        Err(self
            .untold(&format!("`exward {}` ends with one of {codes:?}, not {code}", args.join(" "))))
    }

    fn command(&self, args: &[&str]) -> Command {
        let own = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("exward"));
        let mut command = Command::new(own);
        command.args(args).current_dir(&self.dir).stdin(Stdio::null());
        command
    }

    fn must(&self, holds: bool, what: &str) -> Result<(), CommandError> {
        if holds { Ok(()) } else { Err(self.untold(what)) }
    }

    fn untold(&self, what: &str) -> CommandError {
        CommandError::Demo {
            what: what.to_owned(),
            help: "is another demo or lab running? `--port` chooses another place; `--keep DIR` keeps what there is"
                .to_owned(),
        }
    }
}

/// The verdict in a line of `exward check --format json`.
fn verdict(line: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(line).ok()?;
    Some(value.get("verdict")?.as_str()?.to_owned())
}
