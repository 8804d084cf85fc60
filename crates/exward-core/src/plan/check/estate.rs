//! P3, P6, P7, P8, P10 and P11 against the inventory: what was seen allows each step.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Findings;
use super::graph::moves;
use super::together::is_within;
use crate::blueprint::{Action, Blueprint, Prerequisite, ServerUpdate};
use crate::catalog::{Catalog, Condition, Effect, MoveKind, Test};
use crate::fleet::{
    CopyState, Dag, DagName, DatabaseCopy, DatabaseName, Inventory, Item, Observed, Role, Scope,
    Server, ServerName, Value,
};

pub(super) fn check(
    blueprint: &Blueprint,
    catalog: &Catalog,
    inventory: &Inventory,
    findings: &mut Findings,
) {
    let mut listed: BTreeMap<&ServerName, Vec<&DagName>> = BTreeMap::new();
    for dag in inventory.dags.values() {
        for member in &dag.members {
            listed.entry(member).or_default().push(&dag.name);
        }
    }
    let seen = Seen { blueprint, inventory, listed };
    for update in blueprint.updates() {
        let Some(server) = inventory.servers.get(&update.server) else { continue };
        seen.facts(server, update, findings);
        seen.dag(update, findings);
        seen.conditions(catalog, server, update, findings);
        let tools = server.role == Role::ManagementTools;
        let stays = blueprint.steps(update).iter().all(|it| it.action != Action::GoOffline);
        findings.expect(tools == stays, "P8", || {
            format!("{}: only management tools stay in service meanwhile", update.server)
        });
        let same =
            (&update.dag, &update.pool, &update.site) == (&server.dag, &server.pool, &server.site);
        findings.expect(same, "P7", || format!("{} is placed elsewhere", update.server));
    }
    seen.limits(findings);
}

/// The inventory, with the time and the gates of the blueprint.
struct Seen<'a> {
    blueprint: &'a Blueprint,
    inventory: &'a Inventory,
    /// The DAGs that list each server.
    listed: BTreeMap<&'a ServerName, Vec<&'a DagName>>,
}

impl Seen<'_> {
    fn is_fresh<T>(&self, fact: &Observed<T>, age_minutes_max: i64) -> bool {
        let age = self.blueprint.created_at.duration_since(fact.at);
        age.as_mins() <= age_minutes_max
    }

    /// True if a fact was seen lately enough, and has this value.
    fn is(&self, server: &Server, item: Item, value: bool, age_minutes_max: i64) -> bool {
        let fact = server.facts.get(&item);
        let fact = fact.filter(|it| self.is_fresh(it, age_minutes_max));
        fact.is_some_and(|it| it.value == Value::Flag(value))
    }

    /// True if the server is known to serve.
    fn serves(&self, server: &Server) -> bool {
        let age_max = self.blueprint.gates.health_age_minutes_max;
        [Item::InService, Item::Healthy].into_iter().all(|it| self.is(server, it, true, age_max))
    }

    /// P11 for the server itself, and that a pending restart comes first.
    fn facts(&self, server: &Server, update: &ServerUpdate, findings: &mut Findings) {
        let age_max = self.blueprint.gates.facts_age_minutes_max;
        let name = &server.name;
        let build = server.build.as_ref().filter(|it| self.is_fresh(it, age_max));
        findings.expect(build.is_some_and(|it| it.value == update.from), "P11", || {
            format!("{name}: its build is not known to be {}", update.from)
        });
        let serves = server.role == Role::ManagementTools || self.serves(server);
        findings
            .expect(serves, "P11", || format!("{name} is not known to be in service and healthy"));
        let pending = self.is(server, Item::PendingReboot, true, age_max);
        let settled = self.is(server, Item::PendingReboot, false, age_max);
        findings.expect(pending || settled, "P11", || {
            format!("{name}: whether a restart is pending is not known")
        });
        let changes = |it: &Action| {
            matches!(
                it,
                Action::InstallCu(_) | Action::InstallSu(_) | Action::InstallPrerequisite(_)
            )
        };
        let mut actions = self.blueprint.steps(update).iter().map(|it| it.action);
        let first = actions.find(|it| changes(it) || *it == Action::Restart);
        findings.expect(!pending || first == Some(Action::Restart), "P10", || {
            format!("{name} installs while a restart is pending")
        });
        let backup = server.facts.get(&Item::BackupRunning);
        let backup = backup.is_some_and(|it| it.value == Value::Flag(true));
        // Management tools have no databases that a backup could be reading.
        let undisturbed = server.role == Role::ManagementTools || !backup;
        findings.expect(undisturbed, "P11", || format!("{name}: a backup was running"));
    }

    /// P3, and what of P6 the blueprint does not hold: room for the databases that move.
    fn dag(&self, update: &ServerUpdate, findings: &mut Findings) {
        let name = &update.server;
        let listed = self.listed.get(name).map_or(&[][..], |it| it);
        findings.expect(listed.iter().copied().eq(update.dag.iter()), "P2", || {
            format!("{name} is listed by {} DAGs", listed.len())
        });
        let Some(dag) = update.dag.as_ref().and_then(|it| self.inventory.dags.get(it)) else {
            return;
        };
        for other in dag.members.iter().filter(|it| *it != name) {
            let serves = self.inventory.servers.get(other).is_some_and(|it| self.serves(it));
            findings.expect(serves, "P3", || {
                format!("{name} leaves while {other} is not known to serve")
            });
        }
        findings.expect(self.blueprint.dags.get(&dag.name) == Some(dag), "P6", || {
            format!("{} is not as it was seen", dag.name)
        });
        let crowded = self.crowded(dag, name);
        findings.expect(!crowded, "P6", || {
            format!("the active databases of {name} find no room elsewhere")
        });
        let redirect = update.redirect_to.as_ref();
        findings.expect(
            redirect.is_none_or(|it| it != name && dag.members.contains(it)),
            "P3",
            || format!("{name} sends its mail to no other member"),
        );
    }

    /// True if some members would have to take more active databases than they may: those whose only
    /// hosts they are. Asked of every group of members (Hall's theorem), so DAGs of the size that
    /// Exchange allows, 16.
    fn crowded(&self, dag: &Dag, leaving: &ServerName) -> bool {
        let copies: Vec<&DatabaseCopy> = dag.copies.iter().flat_map(|it| &it.value).collect();
        let is_active =
            |it: &DatabaseCopy| matches!(it.state, CopyState::Mounted | CopyState::Dismounted);
        let hosts: Vec<&ServerName> = dag.members.iter().filter(|it| *it != leaving).collect();
        let room = |host: &ServerName| {
            let max = self.inventory.servers.get(host)?.active_databases_max?;
            let active: BTreeSet<_> = copies
                .iter()
                .filter(|it| it.server == *host && is_active(it))
                .map(|it| &it.database)
                .collect();
            Some(usize::try_from(max).unwrap_or(usize::MAX).saturating_sub(active.len()))
        };
        let rooms: Vec<Option<usize>> = hosts.iter().map(|it| room(it)).collect();
        if rooms.iter().all(Option::is_none) || hosts.len() > 15 {
            return false;
        }
        let moving: BTreeSet<_> = copies
            .iter()
            .filter(|it| it.server == *leaving && is_active(it))
            .map(|it| &it.database)
            .collect();
        let gates = &self.blueprint.gates;
        let can_host = |database: &DatabaseName, host: &ServerName| {
            let mut here =
                copies.iter().filter(|it| it.database == *database && it.server == *host);
            here.clone().next().is_some()
                && here.all(|it| {
                    matches!(it.state, CopyState::Mounted | CopyState::Healthy)
                        && !it.lagged
                        && !it.activation_suspended
                        && it.index_healthy != Some(false)
                        && it.copy_queue_len <= gates.copy_queue_len_max
                        && it.replay_queue_len <= gates.replay_queue_len_max
                })
        };
        let wishes: Vec<u32> = moving
            .into_iter()
            .map(|database| bits(hosts.iter().map(|it| can_host(database, it))))
            .collect();
        (0..1_u32 << hosts.len().min(15)).any(|group| {
            let bound = wishes.iter().filter(|it| **it & !group == 0).count();
            let members = rooms.iter().enumerate().filter(|(at, _)| group >> at & 1 == 1);
            let room = members.map(|(_, room)| *room).sum::<Option<usize>>();
            room.is_some_and(|room| bound > room)
        })
    }

    /// P7 with everybody who does not serve now counted as out.
    fn limits(&self, findings: &mut Findings) {
        let more = |count: &mut usize| *count = count.saturating_add(1);
        let mut pools: BTreeMap<_, usize> = BTreeMap::new();
        let mut sites: BTreeMap<_, usize> = BTreeMap::new();
        for server in self.inventory.servers.values() {
            if server.role != Role::ManagementTools && !self.serves(server) {
                server.pool.iter().for_each(|it| more(pools.entry(it).or_default()));
                server.site.iter().for_each(|it| more(sites.entry(it).or_default()));
            }
        }
        for (at, wave) in self.blueprint.waves.iter().enumerate() {
            let (mut from_pools, mut from_sites) = (BTreeMap::new(), BTreeMap::new());
            for update in &wave.updates {
                update.pool.iter().for_each(|it| more(from_pools.entry(it).or_default()));
                update.site.iter().for_each(|it| more(from_sites.entry(it).or_default()));
            }
            for (pool, leaving) in from_pools {
                let out = leaving.saturating_add(pools.get(pool).copied().unwrap_or(0));
                findings.expect(is_within(out, self.blueprint.pools.of(pool)), "P7", || {
                    format!("in wave {at}, {out} servers of pool {pool} are out")
                });
            }
            for (site, leaving) in from_sites {
                let out = leaving.saturating_add(sites.get(site).copied().unwrap_or(0));
                findings.expect(is_within(out, self.blueprint.sites.of(site)), "P7", || {
                    format!("in wave {at}, {out} servers of site {site} are out")
                });
            }
        }
    }

    /// P10: each condition of each move is met, or the recipe brings it about before the move.
    fn conditions(
        &self,
        catalog: &Catalog,
        server: &Server,
        update: &ServerUpdate,
        findings: &mut Findings,
    ) {
        let installed: Vec<Prerequisite> = self
            .blueprint
            .steps(update)
            .iter()
            .filter_map(|it| {
                let Action::InstallPrerequisite(what) = it.action else { return None };
                Some(what)
            })
            .collect();
        let graph = &catalog.facts().moves;
        let today = TimeZone::UTC.to_datetime(self.blueprint.created_at).date();
        for (from, action) in moves(self.blueprint, update) {
            let (Action::InstallCu(to) | Action::InstallSu(to)) = action else { continue };
            let (Some(here), Some(there)) = (catalog.line_of(from), catalog.line_of(to)) else {
                continue;
            };
            let kind = if matches!(action, Action::InstallSu(_)) {
                MoveKind::Su
            } else if here.product == there.product {
                MoveKind::Cu
            } else {
                MoveKind::InPlace
            };
            let asked = graph.conditions.iter().filter(|it| {
                it.kinds.contains(&kind)
                    && it.to.holds(there.product, there.cu)
                    && it.to_build_min.is_none_or(|min| min <= to)
                    && it.entitlement.is_none_or(|who| {
                        catalog.release(to).is_some_and(|release| release.entitlement == who)
                    })
                    && it.only_if.as_ref().is_none_or(|(item, test)| {
                        self.value(server, *item).is_none_or(|value| test.passes(value, today))
                    })
            });
            for condition in asked {
                let value = self.value(server, condition.item);
                let met = value.is_some_and(|it| condition.test.passes(it, today));
                let met = met || (value.is_some() && is_brought(condition, &installed, today));
                findings.expect(met, "P10", || {
                    format!("{}: {action} needs {}", update.server, condition.id)
                });
            }
            let bad = graph.problems.iter().filter(|it| it.effect == Effect::Refuse).find(|it| {
                let (first, last) = it.builds;
                let shows = |(item, test): &(Item, Test)| {
                    self.value(server, *item).is_none_or(|value| test.passes(value, today))
                };
                first <= to && to <= last && it.when.as_ref().is_none_or(shows)
            });
            findings.expect(bad.is_none(), "P10", || {
                format!("{}: {action} has a known problem", update.server)
            });
        }
    }

    /// The value of a fact that is fresh enough for a condition.
    fn value<'s>(&'s self, server: &'s Server, item: Item) -> Option<&'s Value> {
        let facts = match item.scope() {
            Scope::Server => &server.facts,
            Scope::Organization => &self.inventory.organization,
        };
        let facts = facts.get(&item);
        let max = self.blueprint.gates.facts_age_minutes_max;
        let known = facts.filter(|it| self.is_fresh(it, max));
        known.map(|it| &it.value)
    }
}

/// True if what the recipe installs, or its restarts, make the condition true.
fn is_brought(condition: &Condition, installed: &[Prerequisite], today: Date) -> bool {
    let gives = |what: &Prerequisite| match what {
        Prerequisite::DotNet48 => (Item::DotNet, Value::Number(528_040)),
        Prerequisite::DotNet481 => (Item::DotNet, Value::Number(533_320)),
        Prerequisite::Vc2012 => (Item::Vc2012, Value::Flag(true)),
        Prerequisite::Vc2013 => (Item::Vc2013, Value::Flag(true)),
        Prerequisite::UrlRewrite => (Item::UrlRewrite, Value::Flag(true)),
    };
    let restarted = (Item::PendingReboot, Value::Flag(false));
    let mut given = installed.iter().map(gives).chain([restarted]);
    condition.self_service
        && given.any(|(item, value)| item == condition.item && condition.test.passes(&value, today))
}

/// Bits of a number, the first one lowest.
fn bits(flags: impl Iterator<Item = bool>) -> u32 {
    flags.enumerate().fold(0, |sum, (at, flag)| sum | u32::from(flag) << at)
}
