//! `kill -9` while a new store is made.

use std::process::{Command, Stdio};
use std::time::Instant;

use crate::memory::is_whole;
use crate::place::Place;
use crate::program::{command, exward};

/// Stores that are made, each killed a little later than the one before.
const TRIES: u32 = 16;

/// A check that has little to do but to make a store.
const CHECK: [&str; 5] = ["check", "15.2.1544.14", "--today", "2026-11-24", "--store"];

fn check(place: &Place) -> Command {
    let mut check = command(&CHECK);
    check.arg(&place.url).stdout(Stdio::null()).stderr(Stdio::null());
    check
}

fn opens_after_it_was_killed(place: impl Fn(u32) -> Place) {
    let undisturbed = place(0);
    let begun = Instant::now();
    assert!(check(&undisturbed).status().unwrap().code().unwrap() < 2);
    let whole = begun.elapsed();
    let mut killed = 0;
    for number in 1..=TRIES {
        let place = place(number);
        let mut child = check(&place).spawn().unwrap();
        // The moment at which it is killed, not a time in which something is to happen.
        let moment = Instant::now() + whole * number / TRIES;
        while Instant::now() < moment {
            std::hint::spin_loop();
        }
        killed += u32::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        let ran = exward(&[&CHECK[..], &[&place.url]].concat());
        assert!(ran.code < 2, "killed {number}/{TRIES} of the way: {}", ran.err);
        is_whole(&place);
    }
    assert!(killed >= TRIES / 2, "only {killed} were killed before they had ended");
}

#[test]
fn a_store_that_was_killed_while_it_was_made_opens_on_sqlite() {
    opens_after_it_was_killed(|_| Place::sqlite());
}

#[test]
#[ignore = "needs PostgreSQL"]
fn a_store_that_was_killed_while_it_was_made_opens_on_postgres() {
    opens_after_it_was_killed(|number| Place::postgres(&format!("migrating_{number}")));
}
