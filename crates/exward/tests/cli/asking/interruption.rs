//! Ctrl-C: what is in flight is finished and shown, and the same command goes on.

use std::collections::BTreeSet;
use std::process::{Child, Command};

use super::estate::{Lab, kept, targets_of};
use super::resume::{long_run, spread, start, words};
use crate::run::Ran;

/// Sends what Ctrl-C sends.
fn interrupt(child: &Child) {
    let kill = format!("kill -INT {}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
}

/// Starts, and interrupts after some answers.
#[track_caller]
fn interrupted(lab: &Lab, args: &[&str], after: u64) -> Ran {
    let before = lab.counters().connections();
    let child = start(args);
    let enough = || lab.counters().connections().saturating_sub(before) >= after;
    lab.until("some connections", enough);
    interrupt(&child);
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.code, 130, "{}", ran.err);
    ran
}

#[test]
fn what_was_answered_is_shown_and_the_second_run_goes_on() {
    let lab = spread();
    let args = long_run(&lab);
    let first = interrupted(&lab, &words(&args), 100);
    let shown = targets_of(&first);
    let (done, all) = (kept(lab.path("monthly.run")), lab.targets());
    let done: BTreeSet<usize> = done.into_iter().collect();
    let want: Vec<&String> = done.iter().map(|it| &all[*it]).collect();
    assert_eq!(
        shown.iter().collect::<Vec<_>>(),
        want,
        "what was answered, in the order of the list"
    );
    assert!(shown.len() >= 100 && shown.len() < all.len(), "{}", shown.len());
    let asked = lab.counts().iter().filter(|it| it.connections > 0).count();
    assert_eq!(asked, shown.len(), "nobody is asked in vain");
    let left = all.len() - shown.len();
    let said = format!("interrupted: {left} hosts were not asked yet; the rest is shown above");
    let err = first.err.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(err.contains(&said), "{}", first.err);
    assert!(err.contains("the same command goes on where it stopped"), "{}", first.err);

    let second = Ran::from(start(&words(&args)).wait_with_output().unwrap());
    assert_eq!(targets_of(&second), all);
    assert!(lab.counts().iter().all(|it| it.connections == 1), "each is asked once in all");
}

#[test]
fn a_shard_counts_its_own_hosts_and_says_how_to_keep_a_run() {
    let lab = spread();
    let hosts = lab.hosts_file();
    let args = ["check", "--allow-loopback", "--format", "json", "--rate", "100"];
    let first = interrupted(&lab, &[&args[..], &["--from", &hosts, "--shard", "1/2"]].concat(), 50);
    let left = lab.targets().len() / 2 - targets_of(&first).len();
    let err = first.err.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(err.contains(&format!("interrupted: {left} hosts were not asked yet")), "{err}");
    assert!(err.contains("with --run FILE a second run goes on where this one stopped"), "{err}");
}
