//! Every reason to wait, reached once.

use jiff::civil::date;

use super::estate::{estate, name, nights, policy, ring, seen, tagged};
use super::graph::{CU14_NEW, build, catalog};
use super::shown::planned;
use crate::fleet::{Dag, DagName, Inventory, PoolName, SiteName};
use crate::policy::{Goal, Pin, Policy, Selector};

/// Two members of two servers, and what else is said of them.
const PAIR: &str = "EX01 DAG1 15.2.2562.20\nEX02 DAG1 15.2.2562.20";
const THREE: &str = "EX01 DAG1 15.2.2562.20
                     EX02 DAG1 15.2.2562.20
                     EX03 DAG1 15.2.2562.20";

#[track_caller]
fn check_with(policy: &Policy, inventory: &Inventory, server: &str, want: &str) {
    let (_, report) = planned(policy, &catalog(), inventory);
    let hold = report.held.get(&name(server));
    let got = hold.map_or("not held".to_owned(), |it| format!("{}; {}", it.why(), it.frees()));
    assert_eq!(got, want);
}

#[track_caller]
fn check(text: &str, server: &str, want: &str) {
    check_with(&policy(), &estate(text), server, want);
}

#[test]
fn what_a_server_is_can_hold_it() {
    check("EX01 - 15.2.2562.30", "EX01", "it is where it should be: 15.2.2562.30; nothing to do");
    check(
        "EX01 - 15.2.2562.20 build=unknown",
        "EX01",
        "build: never seen; collect the inventory again",
    );
    check(
        "EX01 - 15.1.2507.61",
        "EX01",
        "15.1.2507.61 cannot be updated to SE in place: new servers (test); choose a goal that an update leads to, or move its mailboxes to a new server",
    );
    check(
        "EX01 - 15.2.2562.20 setup-watermark=yes",
        "EX01",
        "unfinished setup is yes: see to setup-watermark; see to these conditions, then collect the inventory again",
    );
    check(
        "EX01 - 15.2.2562.20 setup-watermark=unknown",
        "EX01",
        "unfinished setup: never seen; see to these conditions, then collect the inventory again",
    );
    check(
        "EX01 - 15.2.2562.20 pending-reboot=unknown",
        "EX01",
        "pending restart: never seen; collect the inventory again",
    );
    check(
        "EX01 - 15.2.2562.20 pending-reboot=no@1441",
        "EX01",
        "pending restart: last seen 24 hours ago, which is too long; collect the inventory again",
    );
}

#[test]
fn how_a_server_is_can_hold_it() {
    check(
        "EX01 - 15.2.2562.20 in-service=no",
        "EX01",
        "it is out of service: somebody works on it; put it in service again with the requester that took it out",
    );
    check(
        "EX01 - 15.2.2562.20 in-service=yes@180",
        "EX01",
        "component states: last seen 3 hours ago, which is too long; collect the inventory again",
    );
    check(
        "EX01 - 15.2.2562.20 healthy=no",
        "EX01",
        "it is not healthy (services and health sets): an update would hide the cause; repair it, then collect the inventory again",
    );
    check(
        "EX01 - 15.2.2562.20 healthy=unknown",
        "EX01",
        "services and health sets: never seen; collect the inventory again",
    );
    check(
        "EX01 - 15.2.2562.20 backup-running=yes",
        "EX01",
        "a backup is running, which would break off; let the backup end, then collect the inventory again",
    );
    check(
        "EX01 - 15.2.2562.20 backup-running=yes@61",
        "EX01",
        "running backup: last seen 61 minutes ago, which is too long; collect the inventory again",
    );
    check("EX01 - 15.2.2562.20 backup-running=unknown", "EX01", "not held");
    check("EX01 - 15.2.2562.20 tools healthy=unknown in-service=unknown", "EX01", "not held");
}

#[test]
fn the_policy_can_hold_a_server() {
    let one = estate("EX01 - 15.2.2562.20 site=Bern pool=mail\nEX02 - 15.2.2562.30 healthy=no");
    let mut pinned = policy();
    pinned.pins.push(Pin {
        select: Selector { everything: true, ..Selector::default() },
        until: date(2026, 11, 24),
        reason: "fair".into(),
        by: "Ada".into(),
    });
    check_with(
        &pinned,
        &one,
        "EX01",
        "the policy keeps it until 2026-11-24: fair; plan again after 2026-11-24, or lift the pin",
    );
    pinned.pins[0].until = date(2026, 11, 23);
    check_with(&pinned, &one, "EX01", "not held");

    let mut nobody = policy();
    nobody.rings = vec![ring("pilot", tagged("pilot"))];
    check_with(
        &nobody,
        &one,
        "EX01",
        "no ring of the policy selects it; add it to a ring of the policy",
    );

    let mut lower = policy();
    lower.goal = Goal::Build(build(CU14_NEW));
    check_with(
        &lower,
        &one,
        "EX01",
        "15.2.1544.20 is older than 15.2.2562.20; an update never goes backwards; choose a goal that an update leads to, or move its mailboxes to a new server",
    );

    let mut limited = policy();
    limited.pools.max.insert(PoolName::new("mail"), 0);
    check_with(
        &limited,
        &one,
        "EX01",
        "pool mail may not have one more server out of service; bring servers of pool mail back, or raise its limit in the policy",
    );
    let mut limited = policy();
    limited.sites.max.insert(SiteName::new("Bern"), 0);
    check_with(
        &limited,
        &one,
        "EX01",
        "site Bern may not have one more server out of service; bring servers of site Bern back, or raise its limit in the policy",
    );
    let mut limited = policy();
    limited.rings[0].unavailable_max = Some(1); // EX02 is out already
    check_with(
        &limited,
        &one,
        "EX01",
        "ring all may not have one more server out of service; bring servers of ring all back, or raise its limit in the policy",
    );

    let mut short = policy();
    short.rings[0].windows = vec![nights(22, 23)];
    check_with(
        &short,
        &one,
        "EX01",
        "no window of ring all holds 123 minutes outside blackouts; give ring all a window of at least 123 minutes",
    );
    short.rings[0].windows = vec![nights(22, 2)];
    check_with(&short, &one, "EX01", "not held");
}

#[test]
fn what_is_out_already_counts() {
    let text = "EX01 - 15.2.2562.20 pool=mail site=Bern
                EX02 - 15.2.2562.20 pool=mail site=Bern in-service=no";
    let mut limited = policy();
    limited.pools.default_max = 1;
    check_with(
        &limited,
        &estate(text),
        "EX01",
        "pool mail may not have one more server out of service; bring servers of pool mail back, or raise its limit in the policy",
    );
    limited.pools.default_max = 2;
    check_with(&limited, &estate(text), "EX01", "not held");
    limited.sites.default_max = 1;
    check_with(
        &limited,
        &estate(text),
        "EX01",
        "site Bern may not have one more server out of service; bring servers of site Bern back, or raise its limit in the policy",
    );
}

/// An estate of which DAG1 is not as it should be.
fn with(text: &str, change: fn(&mut Dag)) -> Inventory {
    let mut it = estate(text);
    change(it.dags.get_mut(&DagName::new("DAG1")).unwrap());
    it
}

#[test]
fn a_dag_can_hold_its_members() {
    check(
        &format!("{THREE} in-service=no"),
        "EX01",
        "EX03 of the same DAG is out of service, and only one member may be out; bring EX03 back in service and see it healthy, then collect the inventory again",
    );
    check(
        &format!("{THREE} healthy=yes@180"),
        "EX01",
        "EX03 of the same DAG cannot be relied on (services and health sets last seen 3 hours ago, which is too long), and only one member may be out; bring EX03 back in service and see it healthy, then collect the inventory again",
    );
    check(THREE, "EX01", "not held");
    let ghost = with(THREE, |it| {
        it.members.insert(name("EX04"));
    });
    check_with(
        &policy(),
        &ghost,
        "EX01",
        "EX04 of the same DAG cannot be relied on (state never seen), and only one member may be out; bring EX04 back in service and see it healthy, then collect the inventory again",
    );
    let stranger = with(THREE, |it| {
        it.members.remove(&name("EX01"));
    });
    check_with(
        &policy(),
        &stranger,
        "EX01",
        "membership in DAG1, told alike by server and DAG: never seen; collect the inventory again",
    );
    check_with(
        &policy(),
        &with(THREE, |it| it.copies = None),
        "EX01",
        "copies of DAG1: never seen; collect the inventory again",
    );
    check_with(
        &policy(),
        &with(THREE, |it| it.primary_active_manager = None),
        "EX01",
        "primary active manager of DAG1: never seen; collect the inventory again",
    );
}

#[test]
fn votes_can_hold_a_member() {
    let four = format!("{THREE}\nEX04 DAG1 15.2.2562.20");
    let unseen = |it: &mut Dag| it.witness.as_mut().unwrap().healthy = None;
    check_with(
        &policy(),
        &with(&four, unseen),
        "EX01",
        "witness of DAG1: never seen; collect the inventory again",
    );
    check_with(&policy(), &with(THREE, unseen), "EX01", "not held"); // an odd DAG: no vote
    let down = |it: &mut Dag| {
        it.witness.as_mut().unwrap().healthy = Some(seen(false, 5));
    };
    check_with(&policy(), &with(&four, down), "EX01", "not held");
    check_with(
        &policy(),
        &with(PAIR, down),
        "EX01",
        "without it 1 of 3 votes of its DAG would surely be up, which is no majority; bring the witness or another member back, or add a witness or a member",
    );
    check_with(
        &policy(),
        &with(PAIR, |it| it.witness = None),
        "EX01",
        "without it 1 of 2 votes of its DAG would surely be up, which is no majority; bring the witness or another member back, or add a witness or a member",
    );
    check(
        "EX01 DAG1 15.2.2562.20",
        "EX01",
        "without it 0 of 1 votes of its DAG would surely be up, which is no majority; bring the witness or another member back, or add a witness or a member",
    );
}

#[test]
fn copies_can_hold_a_member() {
    let on = |state: &str| format!("{THREE}\nDB1: EX01 mounted, EX02 {state}");
    check(&on("healthy"), "EX01", "not held");
    let short = "DB1 would have 0 healthy copies elsewhere that may become active, and needs 1; repair or add a copy of DB1 on another member; in a DAG of two, allow a single copy in the policy";
    for state in [
        "lagged",
        "kept",
        "suspended",
        "failed",
        "seeding",
        "dismounted",
        "noindex",
        "copy-queue",
        "replay-queue",
    ] {
        check(&on(state), "EX01", short);
    }
    let pair = estate(&format!("{PAIR}\nDB1: EX01 mounted, EX02 healthy"));
    check_with(
        &policy(),
        &pair,
        "EX01",
        "DB1 would have 1 healthy copy elsewhere that may become active, and needs 2; repair or add a copy of DB1 on another member; in a DAG of two, allow a single copy in the policy",
    );
    let mut single = policy();
    single.gates.single_copy_allowed = true;
    check_with(&single, &pair, "EX01", "not held");
    let mut two = policy();
    two.gates.healthy_copies_min = 2;
    check_with(
        &two,
        &estate(&on("healthy")),
        "EX01",
        "DB1 would have 1 healthy copy elsewhere that may become active, and needs 2; repair or add a copy of DB1 on another member; in a DAG of two, allow a single copy in the policy",
    );
}

/// EX02 may take one of two databases; EX03 may take DB2 only.
#[test]
fn targets_need_room() {
    let text = "EX01 DAG1 15.2.2562.20
                EX02 DAG1 15.2.2562.20 max=1
                EX03 DAG1 15.2.2562.20 max=1
                DB1: EX01 mounted, EX02 healthy
                DB2: EX01 mounted, EX02 healthy, EX03 healthy";
    check(text, "EX01", "not held");
    check(
        &text.replace("EX03 DAG1 15.2.2562.20 max=1", "EX03 DAG1 15.2.2562.20 max=0"),
        "EX01",
        "no other member has room for the active database DB2 (MaximumActiveDatabases); raise MaximumActiveDatabases of a member with a healthy copy of DB2, or add a copy",
    );
}
