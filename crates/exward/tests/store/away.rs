//! A PostgreSQL that goes away, and comes back.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::jobs::{are_all_done, done, each_has_one_effect, put_checks};
use crate::place::{Opened, Place};
use crate::program::{Serving, wait_until};

const JOBS: usize = 200;

/// A PostgreSQL of this test alone.
struct Database {
    programs: PathBuf,
    folder: tempfile::TempDir,
    port: u16,
}

impl Database {
    fn start() -> Self {
        let found = Command::new("sh")
            .args([
                "-c",
                "readlink -f \"$(command -v initdb || ls /usr/lib/postgresql/*/bin/initdb)\"",
            ])
            .output()
            .unwrap();
        let initdb = PathBuf::from(String::from_utf8(found.stdout).unwrap().trim());
        let folder = tempfile::tempdir().unwrap();
        // A moment later somebody else could take it; then it does not start, and says so.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let database = Self { programs: initdb.parent().unwrap().to_owned(), folder, port };
        if is_root() {
            let folder = database.folder.path();
            assert!(Command::new("chown").arg("postgres").arg(folder).status().unwrap().success());
        }
        database
            .run("initdb", &["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]);
        database.resume();
        database
    }

    fn run(&self, program: &str, args: &[&str]) {
        let mut command = Command::new(self.programs.join(program));
        if is_root() {
            command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(self.programs.join(program));
        }
        let data = self.folder.path().join("data");
        let ran = command
            .arg("-D")
            .arg(data)
            .args(args)
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status();
        assert!(ran.unwrap().success(), "{program} {args:?}");
    }

    /// As if it had crashed.
    fn stop(&self) {
        self.run("pg_ctl", &["stop", "-m", "immediate"]);
    }

    fn resume(&self) {
        let folder = self.folder.path().display().to_string();
        let options =
            format!("-c listen_addresses=127.0.0.1 -p {} -k {folder} -c fsync=off", self.port);
        let log = format!("{folder}/log");
        self.run("pg_ctl", &["start", "-w", "-l", &log, "-o", &options]);
    }

    fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }
}

/// PostgreSQL refuses to run as root.
fn is_root() -> bool {
    Command::new("id").arg("-u").output().unwrap().stdout == b"0\n"
}

impl Drop for Database {
    fn drop(&mut self) {
        self.stop();
    }
}

#[test]
#[ignore = "needs PostgreSQL"]
fn a_database_that_crashes_is_said_and_waited_for() {
    let database = Database::start();
    let place = Place::at(&database.url());
    let mut serving = Serving::start(&place.url);
    let mut admin = serving.admin();
    {
        let opened = place.open();
        put_checks(&opened, JOBS);
        wait_until("some jobs are done", 60, || done(&opened) >= 20);
    }
    database.stop();
    for path in ["/", "/healthz", "/api/v1/tenants"] {
        let answer = admin.get(path);
        assert_eq!(
            (answer.status, answer.header("retry-after")),
            (503, "5"),
            "{path}: {}",
            answer.body
        );
        assert!(answer.body.contains("The store is away"), "{path}: {}", answer.body);
    }
    assert_eq!(admin.get("/healthz").header("content-type"), "application/problem+json");
    assert!(serving.is_alive());
    database.resume();
    assert_eq!(admin.get("/password").status, 200, "it is back, and so is the session");
    assert_eq!(admin.get("/healthz").status, 200);
    let opened = Opened::of(&place.url);
    wait_until("the jobs go on", 120, || are_all_done(&opened, JOBS));
    each_has_one_effect(&place, JOBS);
}
