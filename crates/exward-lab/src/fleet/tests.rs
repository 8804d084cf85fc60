//! Each monitor sees what it is there for, and F1 and F2.

use exward_core::blueprint::Action;
use exward_core::build::Build;
use exward_core::catalog::Catalog;
use exward_core::product::Product;
use exward_drive::effects::{EffectError, Effects, Order, Repair};
use exward_drive::state::{ActivationPolicy, ComponentValue, Installer, LogClaim, NodeState};
use proptest::prelude::*;

use super::*;

fn catalog() -> Catalog {
    exward_read::catalog::built_in().unwrap()
}

/// One DAG of four.
fn estate(seed: u64, faults: FaultPlan) -> Fleet {
    let start = "2026-11-24T01:00:00Z".parse().unwrap();
    let plan = FleetPlan { seed, dags: 1, members: 4, standalone: 0, start, faults };
    Fleet::new(&catalog(), &plan)
}

/// The same without anything odd: every member may host.
fn plain() -> Fleet {
    let mut fleet = estate(1, FaultPlan::None);
    for index in 0..4 {
        fleet.change(index, |it| {
            it.activation.as_mut().unwrap().policy = ActivationPolicy::Unrestricted;
        });
    }
    fleet
}

fn name(index: usize) -> ServerName {
    ServerName::new(&format!("EX00001-{}", index.saturating_add(1)))
}

const FIRST: Authority = Authority { generation: 1, epoch: 1 };

/// Gives orders, each half an hour after the one before.
fn give(fleet: &SharedFleet, orders: &[(usize, u32, Work)]) -> Vec<Result<(), EffectError>> {
    let each = orders.iter().map(|(index, number, work)| {
        let given = give_as(fleet, FIRST, *index, *number, *work);
        pass(fleet, 30, 30);
        given
    });
    each.collect()
}

fn give_as(
    fleet: &SharedFleet,
    authority: Authority,
    index: usize,
    number: u32,
    work: Work,
) -> Result<(), EffectError> {
    let server = name(index);
    let recorded = fleet.lock().initial(&server).cloned().unwrap();
    fleet.clone().order(&Order {
        authority,
        blueprint: BlueprintId([7; 32]),
        server: &server,
        number,
        work,
        recorded: Some(&recorded),
        redirect_to: None,
    })
}

/// Lets so many minutes pass, so many at a time.
fn pass(fleet: &SharedFleet, minutes: i64, at_a_time: i64) {
    let mut fleet = fleet.lock();
    let after =
        |now: Timestamp, minutes| now.checked_add(SignedDuration::from_mins(minutes)).unwrap();
    let end = after(fleet.now, minutes);
    while fleet.now < end {
        let next = after(fleet.now, at_a_time);
        fleet.pass(next.min(end));
    }
}

#[track_caller]
fn check(fleet: Fleet, orders: &[(usize, u32, Work)], expected: &[&str]) {
    let fleet = SharedFleet::new(fleet);
    for given in give(&fleet, orders) {
        // What is given a number for another work is told, and stops whoever gave it.
        let is_other_work = matches!(given, Err(EffectError::Lost { .. })) && expected == ["X8"];
        assert!(given.is_ok() || is_other_work, "{given:?}");
    }
    // An installation takes up to two hours.
    pass(&fleet, 180, 180);
    let fleet = fleet.lock();
    let breaches: Vec<&str> = fleet.breaches().iter().map(|it| it.invariant).collect();
    assert_eq!(breaches, expected, "{:?}", fleet.breaches());
}

const fn step(action: Action) -> Work {
    Work::Step(action)
}

const OFFLINE: Work = step(Action::GoOffline);

#[test]
fn what_may_be_done_is_no_breach() {
    check(plain(), &[(0, 1, OFFLINE), (0, 2, step(Action::GoOnline)), (1, 1, OFFLINE)], &[]);
}

#[test]
fn x1_a_member_that_quorum_needs() {
    let mut fleet = plain();
    fleet.witness(0, false);
    fleet.change(1, |it| it.node = Some(NodeState::Down));
    check(fleet, &[(0, 1, OFFLINE)], &["X1"]);
}

#[test]
fn x2_the_last_healthy_copy() {
    let mut fleet = plain();
    for index in 1..4 {
        fleet.change(index, |it| it.copies_healthy = Some(false));
    }
    check(fleet, &[(0, 1, OFFLINE)], &["X2"]);
}

#[test]
fn x3_two_members_at_once() {
    check(plain(), &[(0, 1, OFFLINE), (1, 1, OFFLINE)], &["X3"]);
}

#[test]
fn x4_the_build_that_is_there_or_an_older_one() {
    let fleet = plain();
    let build = fleet.truth(&name(0)).unwrap().build.unwrap();
    check(fleet, &[(0, 1, step(Action::InstallCu(build)))], &["X4"]);
    check(plain(), &[(0, 1, step(Action::InstallCu(oldest())))], &["X4"]);
}

#[test]
fn x5_a_return_without_a_mitigation() {
    let mut fleet = plain();
    fleet.change(0, |it| it.mitigations.clear());
    let lost = fleet.initial(&name(0)).unwrap().mitigations.len();
    assert!(lost > 0, "there was none to lose");
    check(fleet, &[(0, 1, step(Action::GoOnline))], &["X5"]);
}

#[test]
fn x8_a_number_for_two_works() {
    check(plain(), &[(0, 1, OFFLINE), (0, 1, step(Action::GoOnline))], &["X8"]);
    check(plain(), &[(0, 1, OFFLINE), (0, 1, OFFLINE)], &[]);
}

#[test]
fn x8_an_effect_twice() {
    let mut fleet = plain();
    let server = name(0);
    let order = Order {
        authority: FIRST,
        blueprint: BlueprintId([7; 32]),
        server: &server,
        number: 1,
        work: step(Action::EmptyQueues),
        recorded: None,
        redirect_to: None,
    };
    fleet.carry_out(0, &order).unwrap();
    assert_eq!(fleet.breaches(), []);
    fleet.carry_out(0, &order).unwrap();
    assert_eq!(fleet.breaches().iter().map(|it| it.invariant).collect::<Vec<_>>(), ["X8"]);
}

/// A build that every estate is above.
fn oldest() -> Build {
    catalog().lines(Product::E2019).next().unwrap().base
}

/// A build that is above every 2019.
fn newest() -> Build {
    catalog().newest_line(Product::Se).unwrap().newest()
}

/// A whole update of one server, in order, and a repair.
fn update() -> Vec<(usize, u32, Work)> {
    let works = [
        step(Action::DrainTransport),
        step(Action::SuspendNode),
        step(Action::BlockActivation),
        step(Action::MoveActives),
        step(Action::EmptyQueues),
        OFFLINE,
        step(Action::Restart),
        step(Action::InstallCu(newest())),
        Work::Repair(Repair::StopInstaller),
        step(Action::Restart),
        step(Action::RestoreServices),
        step(Action::RestoreMitigations),
        step(Action::GoOnline),
        step(Action::ResumeNode),
        step(Action::RestoreActivation),
        step(Action::ResumeTransport),
    ];
    (1..).zip(works).map(|(number, work)| (1, number, work)).collect()
}

/// Everything that an estate is, after orders with so many minutes at a time between them.
fn everything(seed: u64, at_a_time: i64) -> String {
    let fleet = SharedFleet::new(estate(seed, FaultPlan::Random(100)));
    for (index, number, work) in update() {
        // What a fault does to an order is the same each time, too.
        let given = give_as(&fleet, FIRST, index, number, work);
        assert!(given.is_ok() || !fleet.lock().faults(&name(1)).is_empty(), "{given:?}");
        pass(&fleet, 90, at_a_time);
    }
    let fleet = fleet.lock();
    format!("{fleet:?}")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn f1_the_same_again_in_one_jump_or_in_many(seed: u64, at_a_time in 1_i64..40) {
        let whole = everything(seed, 90);
        prop_assert!(whole == everything(seed, 90), "F1: not the same again");
        prop_assert!(whole == everything(seed, at_a_time), "F1: {at_a_time} minutes at a time");
    }

    #[test]
    fn f2_an_order_has_one_effect(seed: u64, place in 0_usize..16) {
        let orders = update();
        let (once, twice) = (plain_of(seed), plain_of(seed));
        for (at, (index, number, work)) in orders.into_iter().enumerate() {
            give_as(&once, FIRST, index, number, work).unwrap();
            give_as(&twice, FIRST, index, number, work).unwrap();
            if at == place && twice.lock().answers(&name(index)) {
                give_as(&twice, FIRST, index, number, work).unwrap();
            }
            pass(&once, 120, 120);
            pass(&twice, 120, 120);
        }
        let (once, twice) = (format!("{:?}", once.lock()), format!("{:?}", twice.lock()));
        prop_assert!(once == twice, "F2: order {place}");
    }
}

fn plain_of(seed: u64) -> SharedFleet {
    SharedFleet::new(estate(seed, FaultPlan::None))
}

#[test]
fn f2_who_has_seen_a_higher_authority_obeys_no_lower_one() {
    let fleet = SharedFleet::new(plain());
    let newest = Authority { generation: 1, epoch: 2 };
    give_as(&fleet, newest, 0, 1, OFFLINE).unwrap();
    let stale = give_as(&fleet, FIRST, 0, 2, step(Action::Restart));
    assert_eq!(stale, Err(EffectError::Stale { server: name(0).to_string(), newest }));
    assert!(fleet.lock().answers(&name(0)), "F2: a stale order was carried out");
    // Another server has not seen it.
    give_as(&fleet, FIRST, 1, 1, step(Action::EmptyQueues)).unwrap();
}

#[test]
fn f2_who_does_not_answer_takes_no_order() {
    let mut fleet = plain();
    fleet.machines[0].reachable = false;
    let unreachable = Err(EffectError::Unreachable { server: name(0).to_string() });
    assert_eq!(give(&SharedFleet::new(fleet), &[(0, 1, OFFLINE)]), [unreachable]);
    let nobody = ServerName::new("EX00009-1");
    let fleet = SharedFleet::new(plain());
    let order = Order {
        authority: FIRST,
        blueprint: BlueprintId([7; 32]),
        server: &nobody,
        number: 1,
        work: OFFLINE,
        recorded: None,
        redirect_to: None,
    };
    let refused = fleet.clone().order(&order);
    assert!(matches!(refused, Err(EffectError::Refused { .. })), "{refused:?}");
}

#[test]
fn x2_copies_where_nothing_may_become_active() {
    let mut fleet = plain();
    for index in 1..4 {
        fleet.change(index, |it| {
            it.activation.as_mut().unwrap().policy = ActivationPolicy::Blocked;
        });
    }
    let mut paused = plain();
    for index in 1..4 {
        paused.change(index, |it| it.activation.as_mut().unwrap().disabled_and_move_now = true);
    }
    check(fleet, &[(0, 1, OFFLINE)], &["X2"]);
    check(paused, &[(0, 1, OFFLINE)], &["X2"]);
}

#[test]
fn an_installer_that_finds_another_one_ends_with_1618() {
    let fleet = SharedFleet::new(plain());
    let install = step(Action::InstallCu(newest()));
    for given in give(&fleet, &[(0, 1, install), (0, 2, install)]) {
        given.unwrap();
    }
    pass(&fleet, 180, 180);
    let fleet = fleet.lock();
    let state = fleet.truth(&name(0)).unwrap();
    let turned_away = Installer::Ended { order: 2, code: 1618, log: LogClaim::Missing };
    assert_eq!((state.build, &state.installer), (Some(newest()), &turned_away));
    assert_eq!(fleet.breaches(), [], "one of the two has installed");
}

#[test]
fn a_machine_that_is_down_does_nothing() {
    let fleet = SharedFleet::new(plain());
    give_as(&fleet, FIRST, 0, 1, step(Action::DrainTransport)).unwrap();
    give_as(&fleet, FIRST, 0, 2, step(Action::Restart)).unwrap();
    pass(&fleet, 60, 60);
    let state = fleet.lock().truth(&name(0)).cloned().unwrap();
    assert_eq!((state.boot, state.component("HubTransport")), (2, ComponentValue::Active));
}

#[test]
fn copies_that_caught_up_before_a_restart_must_do_so_again() {
    let mut fleet = plain();
    fleet.booted(0);
    fleet.booted(0);
    let first = Event::CopiesHealthy(2);
    fleet.happens(0, first);
    assert_eq!(fleet.truth(&name(0)).unwrap().copies_healthy, Some(false));
    fleet.happens(0, Event::CopiesHealthy(3));
    assert_eq!(fleet.truth(&name(0)).unwrap().copies_healthy, Some(true));
}

#[test]
fn a_dag_is_seen_when_it_is_asked_for() {
    let mut fleet = SharedFleet::new(plain());
    let dag = DagName::new("DAG00001");
    let first = fleet.dag(&dag).unwrap();
    pass(&fleet, 60, 60);
    let second = fleet.dag(&dag).unwrap();
    assert_ne!(first, second);
    assert_eq!(second.dag.copies.as_ref().unwrap().at, fleet.lock().now());
    assert_eq!(first.in_service, second.in_service);
}

#[test]
fn m2_is_where_its_hole_is_open() {
    let catalog = catalog();
    let (mut with, mut fixed) = (false, false);
    for seed in 0..40 {
        let fleet = estate(seed, FaultPlan::None);
        for state in fleet.machines.iter().map(|it| &it.state) {
            let build = state.build.unwrap();
            let newest = catalog.line_of(build).unwrap().newest() == build;
            let has = state.mitigations.contains("M2");
            assert!(!(newest && has), "{build} is fixed and has M2");
            with |= has;
            fixed |= newest;
        }
    }
    assert!(with && fixed, "with M2: {with}, fixed: {fixed}");
}
