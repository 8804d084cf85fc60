//! One thing at a time is broken in a sound blueprint, and the second opinion must name the invariant.
//! A check that could not fail would say nothing about the planner.

use jiff::SignedDuration;
use jiff::civil::date;
use jiff::tz::TimeZone;

use super::estate::{estate, name, nights, now, policy, ring, seen, tagged};
use super::graph::{CU14_NEW, CU14_OLD, SE_NEW, SE_OLD, build, catalog, catalog_without};
use super::shown::planned;
use crate::blueprint::{Action, Blueprint, BlueprintId, ServerUpdate, Step};
use crate::catalog::Catalog;
use crate::fleet::{
    CopyState, Dag, DagName, DatabaseCopy, Inventory, Item, PoolName, SiteName, Value,
};
use crate::plan::{PlanReport, check, check_against, check_child};
use crate::policy::{Blackout, Policy};

/// A DAG of four, a canary in the ring before, and a server of its own; all in one pool.
fn sound_estate() -> Inventory {
    estate(
        "EX01 DAG1 15.2.2562.20 site=Bern pool=mail
         EX02 DAG1 15.2.2562.20 site=Bern pool=mail
         EX03 DAG1 15.2.2562.20 site=Chur pool=mail
         EX04 DAG1 15.2.2562.20 site=Chur pool=mail
         EX08 - 15.2.2562.20 pilot
         EX09 - 15.2.1258.32 pool=mail
         EX10 - 15.2.2562.30
         DB1: EX01 mounted, EX02 healthy, EX03 healthy
         DB2: EX02 mounted, EX03 healthy, EX04 healthy",
    )
}

/// Nights only for the second ring; two of a pool, three of a ring at a time.
fn sound_policy() -> Policy {
    let mut policy = policy();
    let mut pilot = ring("pilot", tagged("pilot"));
    pilot.canaries = 1;
    policy.rings[0].windows = vec![nights(18, 8)];
    policy.rings[0].unavailable_max = Some(3);
    policy.rings.insert(0, pilot);
    policy.pools.default_max = 2;
    policy
}

/// Everything that the second opinion sees.
struct Case {
    blueprint: Blueprint,
    report: PlanReport,
    policy: Policy,
    catalog: Catalog,
    inventory: Inventory,
}

impl Case {
    /// A plan that nothing is wrong with.
    fn sound() -> Self {
        let (policy, catalog, inventory) = (sound_policy(), catalog(), sound_estate());
        let (blueprint, report) = planned(&policy, &catalog, &inventory);
        assert_eq!(report.held.len(), 1, "{:?}", report.held);
        Self { blueprint, report, policy, catalog, inventory }
    }

    /// Wave and place of a server.
    fn at(&self, server: &str) -> (usize, usize) {
        let waves = self.blueprint.waves.iter().enumerate();
        let mut found = waves.filter_map(|(wave, it)| {
            let place = it.updates.iter().position(|it| it.server.as_str() == server)?;
            Some((wave, place))
        });
        found.next().unwrap()
    }

    fn update(&mut self, server: &str) -> &mut ServerUpdate {
        let (wave, place) = self.at(server);
        &mut self.blueprint.waves[wave].updates[place]
    }

    /// Moves a server to another wave.
    fn carry(&mut self, server: &str, to: usize) {
        let (wave, place) = self.at(server);
        let update = self.blueprint.waves[wave].updates.remove(place);
        self.blueprint.waves[to].updates.push(update);
    }

    /// The two servers change their waves.
    fn swap(&mut self, one: &str, other: &str) {
        let (a, b) = (self.at(one).0, self.at(other).0);
        self.carry(one, b);
        self.carry(other, a);
    }

    /// The steps of a server.
    fn steps(&mut self, server: &str) -> &mut Vec<Step> {
        let recipe = self.update(server).recipe;
        &mut self.blueprint.recipes[recipe].0
    }

    fn dag(&mut self) -> &mut Dag {
        self.blueprint.dags.get_mut(&DagName::new("DAG1")).unwrap()
    }

    fn copy(&mut self, database: &str, server: &str) -> &mut DatabaseCopy {
        let copies = &mut self.dag().copies.as_mut().unwrap().value;
        let of = |it: &&mut DatabaseCopy| {
            it.database.as_str() == database && it.server.as_str() == server
        };
        copies.iter_mut().find(of).unwrap()
    }
}

/// Takes the first step that does this out.
fn remove(steps: &mut Vec<Step>, action: Action) {
    let at = steps.iter().position(|it| it.action == action).unwrap();
    steps.remove(at);
}

/// Lets two steps change places.
fn swap(steps: &mut [Step], one: Action, other: Action) {
    let at = |action| steps.iter().position(|it| it.action == action).unwrap();
    let (one, other) = (at(one), at(other));
    steps.swap(one, other);
}

/// What the blueprint alone shows.
#[track_caller]
fn breaks(invariant: &str, mutate: impl FnOnce(&mut Case)) {
    let mut case = Case::sound();
    mutate(&mut case);
    let broken = check(&case.blueprint, &case.catalog);
    let named = broken.iter().any(|it| it.invariant == invariant && !it.what.is_empty());
    assert!(named, "{invariant}: {broken:#?}");
}

/// What shows beside policy, inventory and report only.
#[track_caller]
fn breaks_beside(invariant: &str, mutate: impl FnOnce(&mut Case)) {
    let mut case = Case::sound();
    mutate(&mut case);
    let Case { blueprint, report, policy, catalog, inventory } = &case;
    assert_eq!(check(blueprint, catalog), [], "the blueprint alone shows it already");
    let broken = check_against(blueprint, report, policy, catalog, inventory);
    let named = broken.iter().any(|it| it.invariant == invariant && !it.what.is_empty());
    assert!(named, "{invariant}: {broken:#?}");
}

#[test]
fn who_leaves_together() {
    breaks("P2", |it| it.carry("EX04", it.at("EX03").0));
    breaks("P2", |it| it.update("EX03").dag = None);
    breaks("P2", |it| {
        it.dag().members.remove(&name("EX03"));
    });
    breaks("P3", |it| {
        it.blueprint.pools_out.entry(PoolName::new("mail")).or_default().insert(name("EX03"));
    });
    breaks("P4", |it| {
        let twin = it.update("EX09").clone();
        it.blueprint.waves.last_mut().unwrap().updates.push(twin);
    });
    breaks("P7", |it| it.blueprint.pools.default_max = 1);
    breaks("P7", |it| {
        it.blueprint.pools.max.insert(PoolName::new("mail"), 0);
    });
    breaks("P7", |it| {
        it.blueprint.sites.max.insert(SiteName::new("Chur"), 0);
    });
    breaks("P7", |it| it.blueprint.rings[1].unavailable_max = Some(1));
    breaks("P7", |it| {
        let others = ["EX98", "EX99"].map(name);
        it.blueprint.pools_out.entry(PoolName::new("mail")).or_default().extend(others);
    });
}

#[test]
fn in_which_order() {
    // EX01 is primary active manager, EX02 has an active database, EX03 and EX04 have none.
    breaks("P9", |it| it.swap("EX01", "EX03"));
    breaks("P9", |it| it.swap("EX02", "EX03"));
    breaks("P9", |it| it.blueprint.waves.swap(0, 1));
    breaks("P9", |it| it.blueprint.waves.rotate_left(1));
    breaks("P9", |it| it.carry("EX09", 0));
    breaks("P9", |it| it.blueprint.waves.last_mut().unwrap().canary = true);
    breaks("P9", |it| it.blueprint.waves[1].ring = 9);
    breaks("P9", |it| it.blueprint.waves.last_mut().unwrap().updates.clear());
}

#[test]
fn when() {
    let hour = SignedDuration::from_hours(1);
    breaks("P12", |it| {
        let last = it.blueprint.waves.last_mut().unwrap();
        last.expected_start += hour * 12;
    });
    breaks("P12", |it| it.blueprint.waves[1].expected_start = now() + hour * 4);
    breaks("P12", |it| it.blueprint.waves[0].expected_start = now() - hour);
    breaks("P12", |it| {
        let before = it.blueprint.waves[1].expected_start;
        it.blueprint.waves[2].expected_start = before + hour;
    });
    breaks("P12", |it| it.blueprint.rings[1].windows = vec![nights(1, 2)]);
    breaks("P12", |it| {
        let (first, last) = (date(2026, 11, 24), date(2026, 11, 30));
        let blackout = Blackout { first, last, zone: TimeZone::UTC, reason: "fair".into() };
        it.blueprint.blackouts.push(blackout);
    });
}

#[test]
fn what_the_dag_was_like() {
    let down = |it: &mut Case, value| {
        it.dag().witness.as_mut().unwrap().healthy = Some(seen(value, 5));
    };
    breaks("P5", |it| {
        down(it, false);
        it.dag().members.retain(|it| ["EX01", "EX02"].contains(&it.as_str()));
    });
    breaks("P11", |it| it.dag().witness.as_mut().unwrap().healthy = None);
    breaks("P11", |it| it.dag().primary_active_manager = None);
    breaks("P11", |it| it.dag().copies = None);
    breaks("P11", |it| it.dag().copies.as_mut().unwrap().at -= SignedDuration::from_mins(61));
    breaks("P6", |it| {
        it.copy("DB1", "EX02").state = CopyState::Failed;
        it.copy("DB1", "EX03").lagged = true;
    });
    breaks("P6", |it| {
        it.copy("DB2", "EX03").activation_suspended = true;
        it.copy("DB2", "EX04").index_healthy = Some(false);
    });
    breaks("P6", |it| {
        it.copy("DB2", "EX03").copy_queue_len = 11;
        it.copy("DB2", "EX04").replay_queue_len = 51;
    });
    breaks("P6", |it| it.blueprint.gates.healthy_copies_min = 3);
}

#[test]
fn what_happens_between_leaving_and_returning() {
    for action in [
        Action::RecordState,
        Action::DrainTransport,
        Action::SuspendNode,
        Action::BlockActivation,
        Action::MoveActives,
        Action::EmptyQueues,
        Action::GoOffline,
        Action::InstallSu(build(SE_NEW)),
        Action::Restart,
        Action::RestoreServices,
        Action::RestoreMitigations,
        Action::ProveBuild(build(SE_NEW)),
        Action::GoOnline,
        Action::ResumeNode,
        Action::RestoreActivation,
        Action::ResumeTransport,
        Action::ProveService,
        Action::Soak(60),
    ] {
        breaks("P8", |it| remove(it.steps("EX03"), action));
    }
    // EX09 gets a CU, then its SU.
    let (cu, su) = (build("15.2.1748.10"), build("15.2.1748.30"));
    breaks("P8", |it| swap(it.steps("EX09"), Action::InstallCu(cu), Action::InstallSu(su)));
    breaks("P8", |it| remove(it.steps("EX09"), Action::InstallSu(su)));
    breaks("P8", |it| swap(it.steps("EX09"), Action::RestoreMitigations, Action::GoOnline));
    breaks("P8", |it| swap(it.steps("EX03"), Action::Restart, Action::GoOffline));
    breaks("P8", |it| it.steps("EX03")[0].deadline_minutes = 0);
    breaks("P8", |it| it.update("EX03").recipe = 99);
    breaks("P8", |it| {
        let other = it.update("EX09").recipe;
        it.update("EX03").recipe = other;
    });
}

#[test]
fn where_it_goes() {
    breaks("P10", |it| it.catalog = catalog_without(SE_NEW));
    breaks("P10", |it| it.update("EX03").from = build(SE_NEW));
    breaks("P10", |it| it.update("EX03").from = build(CU14_OLD));
    breaks("P10", |it| it.update("EX03").to = build(CU14_NEW));
    breaks("P8", |it| it.update("EX03").to = build(SE_OLD));
    breaks("P10", |it| {
        let cu = Action::InstallCu(build("15.2.1748.10"));
        let step = it.steps("EX09").iter_mut().find(|it| it.action == cu).unwrap();
        step.action = Action::InstallCu(build("15.2.1748.11"));
    });
}

#[test]
fn what_only_shows_beside_the_inventory() {
    let flag = |it: &mut Case, server: &str, item, value, age| {
        let server = it.inventory.servers.get_mut(&name(server)).unwrap();
        server.facts.insert(item, seen(Value::Flag(value), age));
    };
    breaks_beside("P3", |it| flag(it, "EX04", Item::Healthy, false, 5));
    breaks_beside("P3", |it| flag(it, "EX04", Item::InService, true, 61));
    breaks_beside("P11", |it| flag(it, "EX09", Item::Healthy, true, 61));
    breaks_beside("P11", |it| flag(it, "EX09", Item::BackupRunning, true, 5));
    breaks_beside("P11", |it| {
        it.inventory.servers.get_mut(&name("EX09")).unwrap().build = None;
    });
    breaks_beside("P10", |it| flag(it, "EX03", Item::PendingReboot, true, 5));
    breaks_beside("P10", |it| flag(it, "EX03", Item::SetupWatermark, true, 5));
    breaks_beside("P6", |it| {
        for server in ["EX02", "EX03", "EX04"] {
            let server = it.inventory.servers.get_mut(&name(server)).unwrap();
            server.active_databases_max = Some(0);
        }
    });
    breaks_beside("P6", |it| {
        let dag = it.inventory.dags.get_mut(&DagName::new("DAG1")).unwrap();
        dag.copies.as_mut().unwrap().value.pop();
    });
    breaks_beside("P7", |it| it.update("EX09").pool = None);
    breaks_beside("P3", |it| it.update("EX03").redirect_to = Some(name("EX03")));
}

#[test]
fn what_only_shows_beside_report_and_policy() {
    breaks_beside("P4", |it| {
        it.report.held.remove(&name("EX10"));
    });
    breaks_beside("P4", |it| {
        it.report.chosen.remove(&name("EX03"));
    });
    breaks_beside("P4", |it| {
        let (wave, place) = it.at("EX09");
        it.blueprint.waves[wave].updates.remove(place);
    });
    breaks_beside("P9", |it| it.policy.rings[0].canaries = 0);
    breaks_beside("P9", |it| it.policy.rings[1].canaries = 1);
    breaks_beside("P9", |it| it.policy.rings[0].select = tagged("nobody"));
    breaks_beside("P7", |it| it.policy.pools.default_max = 1);
    breaks_beside("P7", |it| it.policy.rings[1].unavailable_max = Some(1));
    breaks_beside("P12", |it| it.blueprint.windows_ignored = true);
    breaks_beside("P12", |it| it.policy.rings[1].windows = vec![nights(22, 23)]);
    breaks_beside("P12", |it| it.blueprint.rings[1].windows.clear());
}

/// A blueprint that follows another one.
#[test]
fn what_only_shows_beside_the_parent() {
    #[track_caller]
    fn breaks(mutate: impl FnOnce(&mut Blueprint)) {
        let case = Case::sound();
        let parent = &case.blueprint;
        let mut child = parent.clone();
        child.generation = parent.generation + 1;
        child.parent = Some(BlueprintId([7; 32]));
        assert_eq!(check_child(&child, parent, &case.catalog), []);
        mutate(&mut child);
        let broken = check_child(&child, parent, &case.catalog);
        assert!(broken.iter().any(|it| it.invariant == "P10"), "{broken:#?}");
    }
    breaks(|it| it.generation += 1);
    breaks(|it| it.generation -= 1);
    breaks(|it| it.parent = None);
    breaks(|it| it.waves[0].updates[0].to = build(SE_OLD));
}
