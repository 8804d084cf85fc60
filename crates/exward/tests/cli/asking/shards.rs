//! Machines that get the same list share it.

use exward_lab::profile::Profile;

use super::estate::{Lab, targets_of};
use crate::run::json;

#[test]
fn three_shards_ask_and_print_everyone_once() {
    let lab = Lab::drawn(&Profile::named("modern").unwrap(), 1, 60);
    let all = lab.targets();
    // A build is read, not asked: each machine prints it.
    let list = lab.write("list.txt", format!("{}\n15.2.2562.56\n", all.join("\n")));
    let mut printed = Vec::new();
    for shard in ["1/3", "2/3", "3/3"] {
        let ran = lab.check(&["--rate", "0", "--from", &list, "--shard", shard]);
        let mut targets = targets_of(&ran);
        assert_eq!(targets.pop().unwrap(), "15.2.2562.56", "{shard}");
        assert_eq!(targets.len(), 20, "{shard} has its equal part");
        let order: Vec<_> = all.iter().filter(|it| targets.contains(it)).cloned().collect();
        assert_eq!(targets, order, "{shard} keeps the order of the list");
        assert_eq!(json(&ran).len(), 21, "{shard} says nothing of the others");
        printed.extend(targets);
    }
    printed.sort();
    let mut want = all;
    want.sort();
    assert_eq!(printed, want, "every host is printed exactly once");
    assert!(lab.counts().iter().all(|it| it.connections == 1), "every face is asked exactly once");
}

#[test]
fn the_part_decides_and_the_order_does_not() {
    let lab = Lab::drawn(&Profile::named("modern").unwrap(), 2, 12);
    let hosts = lab.hosts_file();
    let run = |more: &[&str]| {
        let ran = lab.check(&[&["--rate", "0", "--from", &hosts], more].concat());
        let text = |it: &serde_json::Value| it.as_str().unwrap().to_owned();
        let of = |it: serde_json::Value| (text(&it["target"]), text(&it["verdict"]));
        json(&ran).into_iter().map(of).collect::<Vec<_>>()
    };
    let whole = run(&[]);
    assert_eq!(run(&["--seed", "1"]), whole, "another order, the same words");
    assert_eq!(run(&["--seed", "2"]), whole, "another order, the same words");
    let half = run(&["--shard", "1/2", "--seed", "1"]);
    assert_eq!(run(&["--shard", "1/2", "--seed", "1"]), half);
    let other = run(&["--shard", "2/2", "--seed", "1"]);
    assert!(half.len() == 6 && other.len() == 6 && half.iter().all(|it| !other.contains(it)));
}
