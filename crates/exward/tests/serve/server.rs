//! Starts the built program, and reads from what it prints where it is.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::http::{Answer, Browser};

/// A running server. It is ended when this is dropped.
pub(crate) struct Server {
    child: Child,
    out: BufReader<ChildStdout>,
    /// `127.0.0.1:PORT`.
    pub(crate) address: String,
    pub(crate) folder: tempfile::TempDir,
    /// The path of the set-up link, if one was printed.
    pub(crate) setup: String,
}

pub(crate) const PASSWORD: &str = "correct horse battery";

/// The program with these arguments, to be started.
pub(crate) fn program(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_exward"));
    command.args(args).env("NO_COLOR", "1").stdin(Stdio::null());
    command
}

impl Server {
    pub(crate) fn start(args: &[&str]) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), args, true)
    }

    /// Starts with the store in this folder.
    pub(crate) fn start_in(folder: tempfile::TempDir, args: &[&str], is_first: bool) -> Self {
        let store = folder.path().join("exward.db").display().to_string();
        Self::begin(folder, &store, args, is_first)
    }

    /// Starts with a store elsewhere.
    pub(crate) fn start_with(store: &str, args: &[&str]) -> Self {
        Self::begin(tempfile::tempdir().unwrap(), store, args, true)
    }

    /// Starts with a store elsewhere in which somebody can sign in already.
    pub(crate) fn start_again_with(store: &str, args: &[&str]) -> Self {
        Self::begin(tempfile::tempdir().unwrap(), store, args, false)
    }

    fn begin(folder: tempfile::TempDir, store: &str, args: &[&str], is_first: bool) -> Self {
        let mut command = program(&["serve", "--store"]);
        command.arg(store).args(args).stdout(Stdio::piped());
        if !args.contains(&"--listen") {
            command.args(["--listen", "127.0.0.1:0"]);
        }
        let mut child = command.spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let first = line(&mut out);
        let (_, place) = first.split_once("://").unwrap();
        let address = place.split_once(';').unwrap().0.to_owned();
        let mut setup = String::new();
        if is_first {
            assert!(line(&mut out).contains("once, within 24 hours"));
            let link = line(&mut out);
            setup = link.split_once(&address).unwrap().1.to_owned();
        }
        Self { child, out, address, folder, setup }
    }

    /// Somebody who has asked for nothing yet.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(&self.address)
    }

    /// The first admin, signed in.
    pub(crate) fn admin(&self) -> Browser {
        let mut browser = self.browser();
        let fields =
            [("tenant", "default"), ("name", "ana"), ("password", PASSWORD), ("again", PASSWORD)];
        let answer: Answer = browser.post(&self.setup, &fields);
        assert_eq!((answer.status, answer.header("location")), (303, "/"), "{}", answer.body);
        browser
    }

    /// Says to stop, as the system does.
    #[cfg(unix)]
    pub(crate) fn tell_to_stop(&self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    }

    /// Waits for the end: the exit code, and what was printed until then.
    pub(crate) fn wait(mut self) -> (i32, String, tempfile::TempDir) {
        let mut rest = String::new();
        while self.out.read_line(&mut rest).unwrap() > 0 {}
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        let folder = std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap());
        (code, rest, folder)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

fn line(out: &mut BufReader<ChildStdout>) -> String {
    let mut line = String::new();
    assert!(out.read_line(&mut line).unwrap() > 0, "it ended; its standard error says why");
    line.trim_end().to_owned()
}
