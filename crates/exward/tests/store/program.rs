//! The built program: run to its end, or as a server.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::http::Browser;

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_exward");

const PASSWORD: &str = "correct horse battery";

/// What one run gave.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// The program with these arguments, to be started.
pub(crate) fn command(args: &[&str]) -> Command {
    plain(PROGRAM, args)
}

/// A program with these arguments, to be started.
pub(crate) fn plain(program: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).env("NO_COLOR", "1").stdin(Stdio::null());
    command
}

/// Runs the program.
pub(crate) fn exward(args: &[&str]) -> Ran {
    command(args).output().unwrap().into()
}

/// Asks again and again until the answer is yes; fails after `seconds`.
#[track_caller]
pub(crate) fn wait_until(what: &str, seconds: u64, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(seconds);
    while !is_so() {
        assert!(Instant::now() < end, "after {seconds} s still not: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A running server. It is killed when this is dropped.
pub(crate) struct Serving {
    child: Child,
    /// Kept open: a server whose words nobody takes may stop at them.
    _out: BufReader<ChildStdout>,
    pub(crate) address: String,
    setup: String,
}

impl Serving {
    /// Serves from this store, which has no admin yet.
    pub(crate) fn start(store: &str) -> Self {
        Self::of(command(&["serve", "--listen", "127.0.0.1:0", "--store", store]))
    }

    /// A server that this starts.
    pub(crate) fn of(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = || {
            let mut line = String::new();
            assert!(out.read_line(&mut line).unwrap() > 0, "it ended; its standard error says why");
            line.trim_end().to_owned()
        };
        let first = line();
        let address = first.split_once("://").unwrap().1.split_once(';').unwrap().0.to_owned();
        assert!(line().contains("once, within 24 hours"));
        let setup = line().split_once(&address).unwrap().1.to_owned();
        Self { child, _out: out, address, setup }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn is_alive(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// The first admin, signed in.
    pub(crate) fn admin(&self) -> Browser {
        let mut browser = Browser::new(&self.address);
        let fields =
            [("tenant", "default"), ("name", "ana"), ("password", PASSWORD), ("again", PASSWORD)];
        let answer = browser.post(&self.setup, &fields);
        assert_eq!((answer.status, answer.header("location")), (303, "/"), "{}", answer.body);
        browser
    }

    /// Signs that admin in anew, which writes to the store: what came of it.
    pub(crate) fn sign_in(&self) -> crate::http::Answer {
        let fields = [("name", "ana"), ("password", PASSWORD)];
        Browser::new(&self.address).post("/sign-in", &fields)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}
