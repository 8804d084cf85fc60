//! No room left.

use std::process::Command;

use crate::jobs::{are_all_done, put_checks};
use crate::killed::{checking, feed};
use crate::memory::{Memory, is_whole};
use crate::place::Place;
use crate::program::{PROGRAM, Ran, Serving, exward, plain, wait_until};

/// Servers of a feed that two megabytes do not hold.
const SERVERS: usize = 5_000;

/// Servers of one transaction of `check --store`.
const BATCH: usize = 1_000;

/// Runs the program so that a write beyond the limit on the size of a file fails, and does not kill.
fn limited(limit: &str, args: &[&str]) -> Command {
    let script = format!("trap '' XFSZ; {limit} exec \"$0\" \"$@\"");
    let mut command = plain("sh", &["-c", &script, PROGRAM]);
    command.args(args);
    command
}

/// Sets how large the files may become that a process writes.
fn set_limit(pid: u32, bytes: &str) {
    let (pid, limit) = (pid.to_string(), format!("--fsize={bytes}:unlimited"));
    assert!(Command::new("prlimit").args(["--pid", &pid, &limit]).status().unwrap().success());
}

#[test]
fn a_check_says_that_there_is_no_room_and_leaves_whole_batches() {
    let place = Place::sqlite();
    let path = place.file("scan_exchange.csv");
    feed(&path, SERVERS);
    // In blocks of 512 bytes: two megabytes.
    let ran: Ran =
        limited("ulimit -S -f 4096;", &checking(&path, &place.url)).output().unwrap().into();
    assert_eq!(ran.code, 7, "{}", ran.err);
    assert!(ran.err.contains("the store could not be written"), "{}", ran.err);
    assert!(ran.err.contains("local disk"), "{}", ran.err);
    is_whole(&place);
    let memory = Memory::of(&place);
    let kept = memory.servers().len();
    assert!(kept < SERVERS && kept.is_multiple_of(BATCH), "{kept}");
    assert!(memory.rows("run").iter().all(|it| it["ended_at"].is_null()));
    let ran = exward(&checking(&path, &place.url));
    assert!(ran.code < 2, "{}", ran.err);
    is_whole(&place);
    assert_eq!(Memory::of(&place).servers().len(), SERVERS);
}

/// A server whose store has no room says so, and goes on once there is.
fn goes_on(serving: &mut Serving, fill: impl FnOnce(&Serving), clear: impl FnOnce(&Serving)) {
    let mut admin = serving.admin();
    fill(serving);
    // More than one, so that the second shows what the first has left behind.
    for number in 0..3 {
        let refused = serving.sign_in();
        assert_eq!(
            (refused.status, refused.header("retry-after")),
            (503, "5"),
            "{number}: {}",
            refused.body
        );
        assert!(refused.body.contains("The store cannot be written"), "{}", refused.body);
        assert!(refused.body.contains("Its disk is full"), "{}", refused.body);
    }
    assert_eq!(admin.get("/password").status, 200, "what only reads goes on");
    assert!(serving.is_alive());
    clear(serving);
    for _ in 0..2 {
        let welcome = serving.sign_in();
        assert_eq!((welcome.status, welcome.header("location")), (303, "/"), "{}", welcome.body);
    }
}

#[test]
fn a_server_without_room_says_so_and_goes_on_when_there_is_some() {
    let place = Place::sqlite();
    let serve = ["serve", "--listen", "127.0.0.1:0", "--store", &place.url];
    let mut serving = Serving::of(limited("", &serve));
    goes_on(&mut serving, |it| set_limit(it.pid(), "4096"), |it| set_limit(it.pid(), "unlimited"));
    let opened = place.open();
    put_checks(&opened, 20);
    wait_until("jobs go on", 60, || are_all_done(&opened, 20));
    drop(serving);
    is_whole(&place);
    assert_eq!(Memory::of(&place).rows("server").len(), 20);
}

/// A small disk of its own, which only the server sees, and whoever looks through its folder in `/proc`.
#[test]
#[ignore = "needs a mount namespace"]
fn a_server_on_a_full_disk_says_so_and_goes_on_when_there_is_room() {
    let place = Place::sqlite();
    let disk = place.file("disk");
    std::fs::create_dir(&disk).unwrap();
    let script = "mount -t tmpfs -o size=2m none \"$1\" && exec \"$0\" serve --listen 127.0.0.1:0 \
                  --store \"$1/exward.db\"";
    let mut serving = Serving::of(plain("unshare", &["-rm", "sh", "-c", script, PROGRAM, &disk]));
    let filler = format!("/proc/{}/root{disk}/filler", serving.pid());
    let fill = |_: &Serving| {
        let full = std::fs::write(&filler, vec![0; 4 << 20]).unwrap_err();
        assert_eq!(full.raw_os_error(), Some(28), "{full}");
    };
    goes_on(&mut serving, fill, |_| std::fs::remove_file(&filler).unwrap());
}
