//! A run that was killed goes on: nothing is lost, and nobody is asked twice except who was being asked.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::process::{Child, Command, Stdio};

use exward_lab::behaviour::Behaviour;
use exward_lab::estate::{Estate, Face};
use exward_lab::profile::Profile;

use super::estate::{CATALOG, Lab, PATCHED, Port, VULNERABLE, face, kept, targets_of};
use crate::run::{Ran, command};

/// Faces of a long run.
const FACES: usize = 400;

/// Hosts that the program may ask at once. It leaves 200 of its open files alone.
pub(super) const IN_FLIGHT: usize = 8;

/// Four hundred faces, each in a network of its own: there `--rate` alone decides the pace, and a run of two seconds
/// can be ended in its middle.
pub(super) fn spread() -> Lab {
    let port = Port::new();
    let profile = Profile::named("modern").unwrap();
    let mut faces = Estate::new(&CATALOG, 1, FACES, &profile, port.number()).faces;
    for (face, number) in faces.iter_mut().zip(0_u16..) {
        let [high, low] = number.to_be_bytes();
        face.address = Ipv4Addr::new(127, 100_u8.saturating_add(high), low, 1);
    }
    Lab::of(faces, port)
}

/// The arguments of a long run.
pub(super) fn long_run(lab: &Lab) -> Vec<String> {
    let (hosts, run) = (lab.hosts_file(), lab.path("monthly.run"));
    let args = ["check", "--allow-loopback", "--format", "json", "--rate", "200"];
    let files = ["--from", &hosts, "--run", &run];
    args.into_iter().chain(files).map(str::to_owned).collect()
}

pub(super) fn words(args: &[String]) -> Vec<&str> {
    args.iter().map(String::as_str).collect()
}

/// Starts `exward` with so few open files that it asks at most [`IN_FLIGHT`] hosts at once.
pub(super) fn start(args: &[&str]) -> Child {
    let inner = command(args);
    let files = 200_usize.saturating_add(IN_FLIGHT);
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("ulimit -n {files} && exec \"$0\" \"$@\""));
    shell.arg(inner.get_program()).args(inner.get_args()).env("NO_COLOR", "1");
    shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Faces by how often they were connected to.
fn asked(lab: &Lab) -> Vec<u64> {
    lab.counts().iter().map(|it| it.connections).collect()
}

#[test]
fn a_killed_run_loses_nothing_and_repeats_only_what_was_in_flight() {
    let lab = spread();
    let args = long_run(&lab);
    let mut first = start(&words(&args));
    let run = lab.path("monthly.run");
    lab.until("a part of the answers", || kept(&run).len() >= 120);
    first.kill().unwrap();
    first.wait().unwrap();
    let before = kept(&run);
    assert!(before.len() < FACES, "it was killed too late: {}", before.len());

    let second = Ran::from(start(&words(&args)).wait_with_output().unwrap());
    assert!(matches!(second.code, 1 | 3), "{} {}", second.code, second.err);
    assert_eq!(targets_of(&second), lab.targets(), "all of them, in the order of the list");
    assert!(!second.out.contains("no-answer"), "every face answers");
    let after = asked(&lab);
    assert!(after.iter().all(|it| (1..=2).contains(it)), "{after:?}");
    for it in &before {
        assert_eq!(after[*it], 1, "{it} had its answer in the file");
    }
    let twice = after.iter().filter(|it| **it == 2).count();
    assert!(twice <= IN_FLIGHT, "{twice} were asked twice, {IN_FLIGHT} were being asked");
    assert_eq!(kept(&run).iter().collect::<BTreeSet<_>>().len(), FACES);

    // A third run finds all done.
    let third = Ran::from(start(&words(&args)).wait_with_output().unwrap());
    assert_eq!((third.code, third.out), (second.code, second.out), "the same words");
    assert_eq!(asked(&lab), after, "nobody is asked again");
}

/// Runs with this file after another command had it; gives what it says.
#[track_caller]
fn refused(lab: &Lab, args: &[&str]) -> String {
    let before = lab.counters().connections();
    let ran = lab.check(args);
    assert_eq!((ran.code, ran.out.as_str()), (7, ""), "{args:?}: {}", ran.err);
    assert_eq!(lab.counters().connections(), before, "{args:?} sent something");
    ran.err.replace(&lab.path(""), "DIR/")
}

#[test]
fn a_run_file_serves_its_own_run_only() {
    let lab = Lab::healthy(&[PATCHED, VULNERABLE]);
    let targets = lab.targets();
    let (first, second, run) = (&targets[0], &targets[1], lab.path("r"));
    let common = ["--rate", "0", "--run", &run];
    let with = |more: &[&str]| refused(&lab, &[&common, more].concat());
    assert_eq!(lab.check(&[&common[..], &[first]].concat()).code, 0);
    let kept_before = std::fs::read(&run).unwrap();
    let other_targets = with(&[second]);
    assert!(other_targets.contains("this run file belongs to other targets"), "{other_targets}");
    assert_eq!(with(&[first, second]), other_targets);
    assert_eq!(with(&[first, "--ntlm"]), other_targets);
    let other_shard = with(&[first, "--shard", "1/2"]);
    assert!(other_shard.contains("this run file belongs to another shard"), "{other_shard}");
    assert_eq!(std::fs::read(&run).unwrap(), kept_before, "it is as it was");
    let foreign = lab.write("r", "15.2.2562.56\n");
    let no_run = with(&[first]);
    assert!(no_run.contains("this is no run file of exward"), "{no_run}");
    assert_eq!(std::fs::read(&foreign).unwrap(), b"15.2.2562.56\n", "it is as it was");
}

#[test]
fn two_at_once_do_not_share_a_run_file() {
    let port = Port::new();
    let tarpit = Face { behaviour: Behaviour::Tarpit, ..face(1, PATCHED, port.number()) };
    let lab = Lab::of(vec![tarpit], port);
    let (target, run) = (&lab.targets()[0], lab.path("r"));
    let common = ["--rate", "0", "--timeout", "300", "--run", &run, target];
    let mut first = start(&[&["check", "--allow-loopback"], &common[..]].concat());
    // From then on it waits for an answer that never comes.
    lab.until("the first connection", || lab.counters().connections() == 1);
    let said = refused(&lab, &common);
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(said.contains("another exward is using this run file"), "{said}");
}

#[test]
fn who_gave_no_answer_is_asked_once_more_and_then_let_be() {
    let port = Port::new();
    let resetting = Face { behaviour: Behaviour::Resetting, ..face(1, PATCHED, port.number()) };
    let lab = Lab::of(vec![resetting, face(2, PATCHED, port.number())], port);
    let (hosts, run) = (lab.hosts_file(), lab.path("r"));
    let args = ["--rate", "0", "--run", &run, "--from", &hosts];
    assert_eq!(lab.check(&args).code, 3);
    let entries = kept(&run).into_iter().fold(BTreeMap::<_, usize>::new(), |mut all, it| {
        *all.entry(it).or_default() += 1;
        all
    });
    assert_eq!(entries, BTreeMap::from([(0, 2), (1, 1)]), "two answers of the silent one");
    let after = asked(&lab);
    assert_eq!(lab.check(&args).code, 3);
    assert_eq!(asked(&lab), after, "its silence is its answer");
}
