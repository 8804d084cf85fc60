//! Draws an estate from its seed.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::sync::Arc;

use exward_core::build::Build;
use exward_core::catalog::{Catalog, Line};
use exward_core::fleet::{
    DagName, DatabaseName, Facts, Item, Observed, PoolName, ServerName, SiteName, Value,
    WindowsServer,
};
use exward_core::product::Product;
use exward_drive::effects::Authority;
use exward_drive::state::{
    Activation, ActivationPolicy, ComponentState, ComponentValue, Installer, NodeState, Requester,
    ServerState, Service, StartType,
};
use jiff::Timestamp;
use jiff::civil::date;

use super::group::{Database, DatabaseCopyOn, Group};
use super::inventory::SOURCE;
use super::{FAULTS, Fault, FaultPlan, Fleet, FleetPlan, Machine};
use crate::seed::Dice;

/// Services with how they start on a healthy mailbox server: POP and IMAP are off by design.
const SERVICES: [(&str, StartType, bool); 18] = [
    ("MSExchangeADTopology", StartType::Automatic, true),
    ("MSExchangeAntispamUpdate", StartType::Automatic, true),
    ("MSExchangeDagMgmt", StartType::Automatic, true),
    ("MSExchangeDelivery", StartType::Automatic, true),
    ("MSExchangeEdgeSync", StartType::Automatic, true),
    ("MSExchangeFastSearch", StartType::Automatic, true),
    ("MSExchangeFrontEndTransport", StartType::Automatic, true),
    ("MSExchangeHM", StartType::Automatic, true),
    ("MSExchangeIS", StartType::Automatic, true),
    ("MSExchangeImap4", StartType::Manual, false),
    ("MSExchangeMailboxReplication", StartType::Automatic, true),
    ("MSExchangeMitigation", StartType::Automatic, true),
    ("MSExchangePop3", StartType::Manual, false),
    ("MSExchangeRPC", StartType::Automatic, true),
    ("MSExchangeRepl", StartType::Automatic, true),
    ("MSExchangeServiceHost", StartType::Automatic, true),
    ("MSExchangeTransport", StartType::Automatic, true),
    ("W3SVC", StartType::Automatic, true),
];

/// What M2 mitigates until a build fixes it.
const MITIGATED: &str = "CVE-2026-42897";

/// Components on which somebody has a word on every server.
const COMPONENTS: [&str; 4] = ["FrontendTransport", "HubTransport", "Monitoring", "OwaProxy"];

impl Fleet {
    /// Draws an estate. A catalog without 2019 and SE gives an estate without servers.
    #[must_use]
    pub fn new(catalog: &Catalog, plan: &FleetPlan) -> Self {
        let mut fleet = Self {
            now: plan.start,
            machines: Vec::new(),
            names: BTreeMap::new(),
            groups: Vec::new(),
            group_names: BTreeMap::new(),
            organization: organization(plan.start),
            events: BinaryHeap::<Reverse<_>>::new(),
            sequence: 0,
            breaches: Vec::new(),
        };
        let lines: Vec<&Line> = catalog
            .lines(Product::E2019)
            .rev()
            .take(2)
            .chain(catalog.newest_line(Product::Se))
            .collect();
        for number in 0..plan.dags {
            fleet.draw_group((catalog, &lines), plan, number);
        }
        for number in 0..plan.standalone {
            let name = ServerName::new(&format!("EXS{:05}", number.saturating_add(1)));
            fleet.draw_machine((catalog, &lines), plan, name, None);
        }
        let count = fleet.machines.len();
        for index in 0..count {
            fleet.draw_faults(&plan.faults, index);
        }
        fleet
    }

    fn draw_group(
        &mut self,
        (catalog, lines): (&Catalog, &[&Line]),
        plan: &FleetPlan,
        number: usize,
    ) {
        let place = self.groups.len();
        let tag = number.saturating_add(1);
        let mut dice = Dice::for_item(plan.seed, wide(number).wrapping_add(1 << 40));
        let line = dice.pick(lines).copied();
        let mut members = Vec::new();
        for member in 1..=plan.members {
            let name = ServerName::new(&format!("EX{tag:05}-{member}"));
            let lines: Vec<&Line> = line.into_iter().collect();
            members.extend(self.draw_machine((catalog, &lines), plan, name, Some(place)));
        }
        let databases = members.iter().enumerate().map(|(at, _)| draw_database(&members, at, tag));
        let group = Group {
            name: DagName::new(&format!("DAG{tag:05}")),
            witness: ServerName::new(&format!("FS{tag:05}")),
            witness_healthy: true,
            manager: dice.pick(&members).copied().unwrap_or(0),
            databases: databases.collect(),
            members,
            seen: None,
        };
        self.group_names.insert(group.name.clone(), place);
        self.groups.push(group);
        self.recount(place);
        let Some(group) = self.groups.get(place) else { return };
        for member in group.members.clone() {
            if let Some(machine) = self.machines.get_mut(member) {
                machine.initial = Arc::clone(&machine.state);
            }
        }
    }

    fn draw_machine(
        &mut self,
        (catalog, lines): (&Catalog, &[&Line]),
        plan: &FleetPlan,
        name: ServerName,
        group: Option<usize>,
    ) -> Option<usize> {
        let index = self.machines.len();
        let mut dice = Dice::for_item(plan.seed, wide(index));
        let line = dice.pick(lines)?;
        // One in five is at the newest level of its CU already.
        let newest = dice.chance(0.2);
        let older = line.builds.get(..line.builds.len().saturating_sub(1)).unwrap_or_default();
        let old = dice.pick(older).copied().unwrap_or(line.base);
        let build = if newest { line.newest() } else { old };
        let state =
            Arc::new(draw_state(&mut dice, build, group.is_some(), is_open(catalog, line, build)));
        let prerequisites = &state.prerequisites;
        let facts = facts(plan.start, prerequisites);
        self.names.insert(name.clone(), index);
        self.machines.push(Machine {
            name,
            group,
            site: SiteName::new(dice.pick(&["Berlin", "Hamburg"]).copied().unwrap_or("Berlin")),
            pool: PoolName::new(&format!("mail-{}", group.map_or(0, |it| it.wrapping_rem(8)))),
            facts,
            initial: Arc::clone(&state),
            state,
            reachable: true,
            authority: Authority { generation: 0, epoch: 0 },
            orders: BTreeMap::new(),
            carried: BTreeMap::new(),
            ours: false,
            turned_away: None,
            faults: Vec::new(),
            installed: vec![build],
            dice,
        });
        Some(index)
    }

    fn draw_faults(&mut self, plan: &FaultPlan, index: usize) {
        let Some(machine) = self.machines.get_mut(index) else { return };
        match plan {
            FaultPlan::None => {}
            FaultPlan::Random(percent) => {
                let strikes = machine.dice.below(100) < usize::from(*percent);
                let drawn: Option<&Fault> = machine.dice.pick(FAULTS).filter(|_| strikes);
                machine.faults.extend(drawn.map(|it| (*it, 0)));
            }
            FaultPlan::Listed(faults) => {
                let its = faults.iter().filter(|(name, _)| *name == machine.name);
                machine.faults.extend(its.map(|(_, fault)| (*fault, 0)));
            }
        }
    }
}

/// One database: its copies are on this member and the next ones; the last of four is lagged.
fn draw_database(members: &[usize], at: usize, tag: usize) -> Database {
    let copies = members.iter().cycle().skip(at).take(members.len().min(4)).enumerate();
    let copy = |(place, machine): (usize, &usize)| DatabaseCopyOn {
        machine: *machine,
        lagged: place == 3,
    };
    Database {
        name: DatabaseName::new(&format!("DB{tag:05}-{:02}", at.saturating_add(1))),
        copies: copies.map(copy).collect(),
        active: members.get(at).copied().unwrap_or(0),
    }
}

/// True if a build is below the fix of what the mitigation M2 is for.
fn is_open(catalog: &Catalog, line: &Line, build: Build) -> bool {
    let fixes = catalog.advisory(MITIGATED).map_or(&[][..], |it| &it.fixes);
    let mut its = fixes.iter().filter(|it| it.product == line.product);
    its.any(|it| it.cu.is_none_or(|cu| cu == line.cu) && it.fixed.is_none_or(|fix| build < fix))
}

fn draw_state(dice: &mut Dice, build: Build, in_dag: bool, open: bool) -> ServerState {
    let word = |component: &str, requester| ComponentState {
        component: component.into(),
        requester,
        value: ComponentValue::Active,
    };
    let mut components: Vec<_> =
        COMPONENTS.iter().map(|it| word(it, Requester::HealthApi)).collect();
    if dice.chance(0.5) {
        // Left by an earlier maintenance, and harmless.
        components.push(word("ServerWideOffline", Requester::Maintenance));
    }
    components.sort_unstable();
    let policies = [
        (ActivationPolicy::Unrestricted, 8.0),
        (ActivationPolicy::IntrasiteOnly, 1.0),
        (ActivationPolicy::Blocked, 1.0),
    ];
    let policy = dice.weighted(&policies).unwrap_or(ActivationPolicy::Unrestricted);
    let mut mitigations: BTreeSet<Arc<str>> = BTreeSet::from(["PING1".into()]);
    if dice.chance(0.6) && open {
        mitigations.insert("M2".into());
    }
    let mut prerequisites: BTreeSet<Arc<str>> =
        ["dotnet-48", "vc-2012", "url-rewrite"].map(Arc::from).into();
    if dice.chance(0.8) {
        prerequisites.insert("vc-2013".into());
    }
    let service = |&(name, start, running): &(&str, StartType, bool)| Service {
        name: name.into(),
        start,
        running,
    };
    ServerState {
        build: Some(build),
        boot: 1,
        pending_reboot: Some(dice.chance(0.1)),
        components,
        services: SERVICES.iter().map(service).collect(),
        node: in_dag.then_some(NodeState::Up),
        activation: in_dag.then_some(Activation { policy, disabled_and_move_now: false }),
        active_copies: 0,
        primary_active_manager: false,
        queued_messages: u32::try_from(dice.below(200)).unwrap_or(0),
        installer: Installer::Idle,
        prerequisites,
        mitigations,
        copies_healthy: in_dag.then_some(true),
        probes_pass: Some(true),
    }
}

/// What is known of a server beside its state: good, but for a redistributable here and there.
fn facts(at: Timestamp, prerequisites: &BTreeSet<Arc<str>>) -> Facts {
    let has = |name: &str| Value::Flag(prerequisites.contains(name));
    let known = [
        (Item::Windows, Value::Windows(WindowsServer::W2022)),
        (Item::DotNet, Value::Number(528_040)),
        (Item::Vc2012, has("vc-2012")),
        (Item::Vc2013, has("vc-2013")),
        (Item::UrlRewrite, has("url-rewrite")),
        (Item::FreeDiskMb, Value::Number(90_000)),
        (Item::Language, Value::Text("en-US".into())),
        (Item::SslOffload, Value::Flag(false)),
        (Item::InstallerCache, Value::Flag(true)),
        (Item::CertificatesUntil, Value::Date(date(2031, 1, 1))),
        (Item::SetupWatermark, Value::Flag(false)),
        (Item::DcInSite, Value::Flag(true)),
        (Item::BackupRunning, Value::Flag(false)),
    ];
    observed(at, known)
}

/// An organisation that is ready for Exchange SE.
fn organization(at: Timestamp) -> Facts {
    let known = [
        (Item::SchemaVersion, Value::Number(17_003)),
        (Item::MesoVersion, Value::Number(13_243)),
        (Item::OrganizationVersion, Value::Number(16_763)),
        (Item::SchemaMasterWindows, Value::Windows(WindowsServer::W2022)),
        (Item::SchemaMasterNov25, Value::Flag(true)),
        (Item::SeLicence, Value::Flag(true)),
        (Item::Esu, Value::Flag(false)),
        (Item::OldestProduct, Value::Number(2019)),
    ];
    observed(at, known)
}

fn observed<const N: usize>(at: Timestamp, known: [(Item, Value); N]) -> Facts {
    let source: Arc<str> = SOURCE.into();
    let fact = |(item, value)| (item, Observed { value, at, source: Arc::clone(&source) });
    known.into_iter().map(fact).collect()
}

fn wide(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
