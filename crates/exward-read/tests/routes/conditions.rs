//! What a hop asks of one server.

use std::sync::Arc;

use exward_core::blueprint::{Action, Prerequisite};
use exward_core::catalog::Condition;
use exward_core::fleet::{Facts, ITEMS, Item, Observed, Scope, Unusable, Value};
use exward_core::route::{Hop, Unmet, self_service};
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;

use super::*;

const AGE_MINUTES_MAX: i64 = 24 * 60;

fn now() -> Timestamp {
    "2026-11-24T17:00:00Z".parse().unwrap()
}

fn seen(value: Value, minutes_ago: i64) -> Observed<Value> {
    let at = now().checked_sub(minutes_ago.minutes()).unwrap();
    Observed { value, at, source: Arc::from("test") }
}

/// Facts of a server on Windows 2022 that is ready for every move.
fn ready() -> Vec<(Item, &'static str)> {
    vec![
        (Item::Windows, "2022"),
        (Item::DotNet, "533320"),
        (Item::Vc2012, "yes"),
        (Item::Vc2013, "yes"),
        (Item::UrlRewrite, "yes"),
        (Item::PendingReboot, "no"),
        (Item::FreeDiskMb, "60000"),
        (Item::Language, "en-US"),
        (Item::SslOffload, "no"),
        (Item::InstallerCache, "yes"),
        (Item::CertificatesUntil, "2027-05-01"),
        (Item::SetupWatermark, "no"),
        (Item::DcInSite, "yes"),
        (Item::SchemaVersion, "17003"),
        (Item::MesoVersion, "13243"),
        (Item::OrganizationVersion, "16763"),
        (Item::SchemaMasterWindows, "2019"),
        (Item::SeLicence, "yes"),
        (Item::Esu, "yes"),
        (Item::OldestProduct, "2016"),
    ]
}

fn facts(of: Scope, known: &[(Item, &str)]) -> Facts {
    let known = known.iter().filter(|(item, _)| item.scope() == of);
    known.map(|(item, text)| (*item, seen(Value::parse(item.kind(), text).unwrap(), 5))).collect()
}

fn unmet<'c>(hop: &Hop<'c>, known: &[(Item, &str)]) -> Vec<Unmet<'c>> {
    let (server, organization) = (facts(Scope::Server, known), facts(Scope::Organization, known));
    hop.unmet(&server, &organization, now(), AGE_MINUTES_MAX)
}

fn word(unmet: &Unmet<'_>) -> String {
    match unmet {
        Unmet::Fails { condition, seen } => format!("{} fails: {seen}", condition.id),
        Unmet::Unsure { condition, why } => format!("{} unsure: {why:?}", condition.id),
        Unmet::Problem(problem) => format!("problem {}", problem.id),
        Unmet::ProblemUnsure { problem, why } => {
            format!("problem {} unsure: {why:?}", problem.id)
        }
    }
}

/// What stands against the best way from a build, hop by hop, on a server that is ready but for
/// `change`: a fact with another value, or with an empty one for a fact that is not known.
#[track_caller]
fn check(from: &str, goal: &str, change: &[(Item, &'static str)], want: &[&str]) {
    let catalog = catalog();
    let goal = if goal == "latest" { Goal::Latest } else { Goal::Build(goal.parse().unwrap()) };
    let ways = routes(&catalog, from.parse().unwrap(), goal).unwrap();
    let mut known = ready();
    known.retain(|(item, _)| change.iter().all(|(changed, _)| changed != item));
    known.extend(change.iter().filter(|(_, value)| !value.is_empty()));
    let hops = ways.allowed.first().unwrap().hops.iter();
    let got: Vec<String> = hops.flat_map(|hop| unmet(hop, &known)).map(|it| word(&it)).collect();
    assert_eq!(got, want, "{from} {goal:?} {change:?}");
}

#[test]
fn decide_per_server() {
    let cu14 = "15.2.1544.9";
    check(cu14, "latest", &[], &[]);
    check(cu14, "latest", &[(Item::SeLicence, "no")], &["se-licence fails: no"]);
    check(cu14, "latest", &[(Item::SeLicence, "")], &["se-licence unsure: Unknown"]);
    check(cu14, "latest", &[(Item::OldestProduct, "2013")], &["no-2013 fails: 2013"]);
    check(cu14, "latest", &[(Item::Windows, "2016")], &["windows fails: 2016"]);
    check(cu14, "latest", &[(Item::OrganizationVersion, "16762")], &["organization fails: 16762"]);
    check(cu14, "latest", &[(Item::FreeDiskMb, "199")], &["free-disk fails: 199"]);
    check(cu14, "latest", &[(Item::UrlRewrite, "no")], &["url-rewrite fails: no"]);
    check(cu14, "latest", &[(Item::DcInSite, "no")], &["dc-in-site fails: no"]);
    // Both hops ask for these.
    let twice = ["no-pending-restart fails: yes"; 2];
    check(cu14, "latest", &[(Item::PendingReboot, "yes")], &twice);
    let twice = ["certificates fails: 2026-12-01"; 2];
    check(cu14, "latest", &[(Item::CertificatesUntil, "2026-12-01")], &twice);
    check(cu14, "latest", &[(Item::CertificatesUntil, "2026-12-02")], &[]);
    // Setup turns Extended Protection on.
    check(cu14, "latest", &[(Item::SslOffload, "yes")], &["problem ssl-offloading"]);
    check(cu14, "latest", &[(Item::SslOffload, "")], &["problem ssl-offloading unsure: Unknown"]);
    check(cu14, "15.2.1544.50", &[(Item::SslOffload, "yes")], &[]);
}

#[test]
fn dotnet_depends_on_windows() {
    let se = |change: &[(Item, &'static str)], want: &[&str]| {
        check("15.2.1748.55", "latest", change, want);
    };
    se(&[(Item::Windows, "2019"), (Item::DotNet, "533320")], &["dotnet-not-481 fails: 533320"]);
    se(&[(Item::Windows, "2019"), (Item::DotNet, "528049")], &[]);
    se(&[(Item::Windows, "2022"), (Item::DotNet, "528049")], &[]);
    se(&[(Item::DotNet, "461814")], &["dotnet-48 fails: 461814"]);
    // Unknown Windows: it may be 2019.
    let unknown = ["windows unsure: Unknown", "dotnet-not-481 fails: 533320"];
    se(&[(Item::Windows, "")], &unknown);
    let cu23 = [(Item::Windows, "2016"), (Item::DotNet, "533320")];
    check("15.1.2375.37", "15.1.2507.61", &cu23, &["dotnet-not-481 fails: 533320"]);
}

#[test]
fn entitlement_comes_from_the_release() {
    let without = [(Item::Esu, "no")];
    check("15.2.1544.9", "15.2.1544.36", &without, &[]);
    check("15.2.1544.9", "15.2.1544.37", &without, &["esu fails: no"]);
    check("15.1.2507.61", "latest", &without, &["esu fails: no"]);
    check("15.2.2562.17", "latest", &without, &[]);
}

#[test]
fn an_su_can_need_a_step_in_the_directory() {
    let old = [(Item::MesoVersion, "13242")];
    check("15.2.986.22", "15.2.986.26", &old, &["domains-may22 fails: 13242"]);
    check("15.2.986.9", "15.2.986.22", &old, &[]);
    check("15.1.2375.24", "15.1.2375.37", &old, &["domains-may22 fails: 13242"]);
}

#[test]
fn a_schema_master_on_windows_2025_needs_its_update() {
    let on = |windows| {
        [(Item::SchemaMasterWindows, windows), (Item::Windows, "2019"), (Item::DotNet, "528049")]
    };
    let to_cu15 = ("15.2.922.27", "15.2.1748.39");
    check(to_cu15.0, to_cu15.1, &on("2022"), &[]);
    check(to_cu15.0, to_cu15.1, &on("2025"), &["schema-master unsure: Unknown"]);
    check(to_cu15.0, to_cu15.1, &on(""), &["schema-master unsure: Unknown"]);
    let [windows, server, dotnet] = on("2025");
    let with = |value| [windows, server, dotnet, (Item::SchemaMasterNov25, value)];
    check(to_cu15.0, to_cu15.1, &with("yes"), &[]);
    check(to_cu15.0, to_cu15.1, &with("no"), &["schema-master fails: no"]);
}

#[test]
fn the_august_2023_su_is_for_english_windows() {
    let (from, v1, v2) = ("15.2.1258.16", "15.2.1258.23", "15.2.1258.25");
    check(from, v1, &[], &[]);
    check(from, v1, &[(Item::Language, "de-DE")], &["problem aug23-language"]);
    check(from, v1, &[(Item::Language, "")], &["problem aug23-language unsure: Unknown"]);
    check(from, v2, &[(Item::Language, "de-DE")], &[]);
}

#[test]
fn self_service_names_its_step() {
    let catalog = catalog();
    let condition = |id: &str| -> &Condition {
        catalog.moves().conditions.iter().find(|it| it.id == id).unwrap()
    };
    let installs = |it| Some(Action::InstallPrerequisite(it));
    for (id, want) in [
        ("no-pending-restart", Some(Action::Restart)),
        ("dotnet-48", installs(Prerequisite::DotNet48)),
        ("vc-2012", installs(Prerequisite::Vc2012)),
        ("vc-2013", installs(Prerequisite::Vc2013)),
        ("url-rewrite", installs(Prerequisite::UrlRewrite)),
        ("dotnet-not-481", None),
        ("schema", None),
        ("certificates", None),
    ] {
        assert_eq!(self_service(condition(id)), want, "{id}");
    }
}

proptest! {
    /// G4: whatever is known, and however old, every condition of every hop is met by a fresh fact
    /// that passes, or does not apply by a fresh fact, or is unmet.
    #[test]
    fn g4_unknown_is_not_met(
        known in prop::collection::vec((0..ITEMS.len(), 0_i64..2 * AGE_MINUTES_MAX), 0..40),
        ready_ones in any::<bool>(),
    ) {
        let catalog = catalog();
        let ready = ready();
        let mut facts = [Facts::new(), Facts::new()];
        for (at, age) in known {
            let item = *ITEMS.get(at).unwrap();
            let good = ready.iter().find(|it| it.0 == item).map(|it| it.1).filter(|_| ready_ones);
            let value = good.and_then(|it| Value::parse(item.kind(), it));
            let value = value.unwrap_or(Value::Text("?".into()));
            let place = usize::from(item.scope() == Scope::Organization);
            facts.get_mut(place).unwrap().insert(item, seen(value, age));
        }
        let [server, organization] = &facts;
        let is_fresh_and = |item: &Item, pass: &dyn Fn(&Value) -> bool| {
            let fact = server.get(item).or_else(|| organization.get(item));
            let fresh = fact.filter(|it| now().duration_since(it.at).as_mins() <= AGE_MINUTES_MAX);
            fresh.is_some_and(|it| pass(&it.value))
        };
        let today = "2026-11-24".parse().unwrap();
        for from in ["15.2.922.27", "15.1.2375.37", "15.2.1544.9"] {
            let ways = routes(&catalog, from.parse().unwrap(), Goal::Latest).unwrap();
            for hop in ways.allowed.iter().flat_map(|it| &it.hops) {
                let unmet = hop.unmet(server, organization, now(), AGE_MINUTES_MAX);
                for condition in &hop.conditions {
                    let excused = condition.only_if.as_ref().is_some_and(|(item, test)| {
                        is_fresh_and(item, &|it| !test.passes(it, today))
                    });
                    let met = is_fresh_and(&condition.item, &|it| condition.test.passes(it, today));
                    let stands = unmet.iter().any(|it| match it {
                        Unmet::Fails { condition: it, .. } => it == condition,
                        Unmet::Unsure { condition: it, why } => {
                            let is_stale = matches!(why, Unusable::Stale { .. });
                            let is_there = server.contains_key(&it.item)
                                || organization.contains_key(&it.item);
                            it == condition && is_stale == is_there
                        }
                        Unmet::Problem(_) | Unmet::ProblemUnsure { .. } => false,
                    });
                    prop_assert_eq!(stands, !met && !excused, "G4: {} {}", hop, condition.id);
                }
            }
        }
    }
}
