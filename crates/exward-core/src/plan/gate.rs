//! Whether one server may leave service at all: each gate, and the first that holds it.
//!
//! All gates are asked with every other server in place. Since a DAG never has two members out (P2),
//! the answer for one member does not depend on which of them goes first.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::hold::Hold;
use super::recipe::{DraftKey, Drafts, Shape};
use super::seen::{DagView, Estate, Out, WitnessVote, flag, trouble};
use super::way::{Choice, Known, Ways, choose};
use crate::build::Build;
use crate::fleet::{DagName, Item, PoolName, Role, Server, ServerName, SiteName, Unusable, fresh};
use crate::policy::Policy;
use crate::route::{RefusedWay, Route};

/// A server that no gate holds.
pub(super) struct Candidate<'a, 'w, 'c> {
    pub(super) server: &'a Server,
    pub(super) from: Build,
    pub(super) to: Build,
    pub(super) ring: usize,
    pub(super) route: &'w Route<'c>,
    /// Place of its steps in the drafts.
    pub(super) draft: usize,
    /// How long it is out of service.
    pub(super) minutes: u32,
    pub(super) warnings: Vec<String>,
    pub(super) refused: Vec<RefusedWay>,
    /// It is primary active manager of its DAG.
    pub(super) manages: bool,
    /// Databases active on it.
    pub(super) actives: usize,
    pub(super) redirect_to: Option<&'a ServerName>,
}

/// Everything that the gates of one plan share.
pub(super) struct Gatekeeper<'a, 'c> {
    pub(super) policy: &'a Policy,
    pub(super) estate: &'a Estate<'a>,
    pub(super) ways: &'a Ways<'c>,
    /// What the parent aimed at, unless that build is withdrawn by now (P10).
    pub(super) floors: BTreeMap<&'a ServerName, Build>,
    pub(super) room: Room<'a>,
}

impl<'a, 'c> Gatekeeper<'a, 'c> {
    /// The server as a candidate.
    ///
    /// # Errors
    /// The first gate that holds it: what it is, what the owner wants, how it is, its way, its DAG,
    /// the limits.
    pub(super) fn admit(
        &self,
        server: &'a Server,
        drafts: &mut Drafts,
    ) -> Result<Candidate<'a, 'a, 'c>, Hold> {
        let gates = self.estate.gates;
        let now = self.estate.now;
        let age_max = gates.facts_age_minutes_max;
        let from = *fresh(server.build.as_ref(), now, age_max).map_err(unseen("build"))?;
        let routes = self.ways.from(from);
        if let Err(current @ Hold::Current { .. }) = routes {
            return Err(current);
        }
        let ring = self.wanted(server)?;
        let routes = routes?;
        self.fit_to_leave(server)?;
        let pending = flag(server, Item::PendingReboot, now, age_max);
        let restart_pending = pending.map_err(unseen(Item::PendingReboot.title()))?;
        let known = Known {
            server: &server.facts,
            organization: &self.estate.inventory.organization,
            now,
            gates,
        };
        let mut choice = choose(routes, self.floors.get(&server.name).copied(), known)?;
        choice.baggage.restart_pending |= restart_pending;
        let view = self.dag_of(server)?;
        let place = view.map(|view| in_dag(view, server)).transpose()?;
        self.room.admits(self.policy, server, ring)?;
        let shape = match (server.role, view) {
            (Role::ManagementTools, _) => Shape::Tools,
            (_, Some(_)) => Shape::Member,
            (_, None) => Shape::Alone,
        };
        let Choice { at: way, route, baggage, warnings, refused } = choice;
        let (draft, minutes) = drafts.place(DraftKey { shape, from, way, baggage }, route);
        let in_dag = view.zip(place);
        Ok(Candidate {
            server,
            from,
            to: super::way::end(route).unwrap_or(from),
            ring,
            route,
            draft,
            minutes,
            warnings,
            refused,
            manages: in_dag.is_some_and(|(view, _)| view.manager == Ok(&server.name)),
            actives: in_dag.map_or(0, |(view, place)| {
                view.copies.as_ref().map_or(0, |copies| copies.actives(place))
            }),
            redirect_to: in_dag.and_then(|(view, place)| redirect(view, place, server)),
        })
    }

    /// The ring of a server that the owner lets go.
    fn wanted(&self, server: &Server) -> Result<usize, Hold> {
        if let Some(pin) = self.policy.pin_of(server, today(self.estate)) {
            return Err(Hold::Pinned { until: pin.until, reason: pin.reason.clone() });
        }
        self.policy.ring_of(server).map(|(ring, _)| ring).ok_or(Hold::NoRing)
    }

    /// P11 and the server's own health. Management tools have no service that could be ill.
    fn fit_to_leave(&self, server: &Server) -> Result<(), Hold> {
        let (now, gates) = (self.estate.now, self.estate.gates);
        if server.role == Role::ManagementTools {
            return Ok(());
        }
        if let Some(trouble) = trouble(server, now, gates) {
            return Err(trouble.hold());
        }
        let what = Item::BackupRunning.title();
        match flag(server, Item::BackupRunning, now, gates.health_age_minutes_max) {
            Ok(true) => Err(Hold::Backup),
            // One that was running when it was last seen may still be.
            Err(why @ Unusable::Stale { .. })
                if flag(server, Item::BackupRunning, now, i64::MAX) == Ok(true) =>
            {
                Err(Hold::Fact { what: what.to_owned(), why })
            }
            Ok(false) | Err(_) => Ok(()),
        }
    }

    /// The DAG of a server, where server and DAG agree about it.
    fn dag_of(&self, server: &Server) -> Result<Option<&'a DagView<'a>>, Hold> {
        let unknown = |dag: &DagName| {
            let what = format!("membership in {dag}, told alike by server and DAG");
            Err(Hold::Fact { what, why: Unusable::Unknown })
        };
        if let Some(dag) = self.estate.contested.get(&server.name) {
            return unknown(dag);
        }
        let Some(dag) = &server.dag else { return Ok(None) };
        // Only mailbox servers can be members.
        if server.role != Role::Mailbox {
            return unknown(dag);
        }
        let view = self.estate.dags.get(dag).filter(|it| it.place(&server.name).is_some());
        view.map_or_else(|| unknown(dag), |view| Ok(Some(view)))
    }
}

/// The day of the plan: pins hold by the day of UTC, and on their last day all day.
fn today(estate: &Estate<'_>) -> Date {
    TimeZone::UTC.to_datetime(estate.now).date()
}

fn unseen(what: &str) -> impl Fn(Unusable) -> Hold + '_ {
    move |why| Hold::Fact { what: what.to_owned(), why }
}

/// P3, P5, P6 and P11 of a DAG for the member that would leave; its place in the DAG.
fn in_dag(view: &DagView<'_>, server: &Server) -> Result<usize, Hold> {
    let name = &view.dag.name;
    let place = view.place(&server.name).ok_or(Hold::NoRing)?;
    if let Some((member, trouble)) =
        view.others(place).find_map(|it| it.trouble.map(|trouble| (it.name, trouble)))
    {
        return Err(Hold::DagDegraded { member: member.clone(), why: trouble.text() });
    }
    if let WitnessVote::Unseen(why) = view.witness {
        return Err(Hold::Fact { what: format!("witness of {name}"), why });
    }
    let about = |what: &str| format!("{what} of {name}");
    let unseen = |what: &str| {
        let what = about(what);
        move |why| Hold::Fact { what, why }
    };
    view.manager.map_err(unseen("primary active manager"))?;
    let copies = view.copies.as_ref().map_err(|why| unseen("copies")(*why))?;
    let others = view.others(place).filter(|it| it.trouble.is_none()).count();
    let up = others.saturating_add(usize::from(matches!(view.witness, WitnessVote::Up)));
    let of = view.dag.votes();
    if up.saturating_mul(2) <= of {
        return Err(Hold::Quorum { up, of });
    }
    if let Some(short) = copies.short(place) {
        return Err(Hold::Copies {
            database: short.database.clone(),
            healthy: short.healthy,
            needed: short.needed,
        });
    }
    if let Some(database) = copies.homeless(place) {
        return Err(Hold::Room { database: database.clone() });
    }
    Ok(place)
}

/// Where queued mail goes: a member of the same site if there is one, else the first by name.
fn redirect<'a>(view: &DagView<'a>, place: usize, server: &Server) -> Option<&'a ServerName> {
    let near = |site: Option<&SiteName>| site.is_some() && site == server.site.as_ref();
    let fit = || view.others(place).filter(|it| it.trouble.is_none());
    let mut same_site = fit().filter(|it| near(it.server.and_then(|it| it.site.as_ref())));
    same_site.next().or_else(|| fit().next()).map(|it| it.name)
}

/// How many more servers of each pool, site and ring may be out at a time.
pub(super) struct Room<'a> {
    pub(super) pools: BTreeMap<&'a PoolName, u32>,
    pub(super) sites: BTreeMap<&'a SiteName, u32>,
    /// By place in the policy; `None`: no limit.
    pub(super) rings: Vec<Option<u32>>,
}

impl<'a> Room<'a> {
    pub(super) fn new(policy: &Policy, estate: &Estate<'a>, out: &Out) -> Self {
        let left =
            |max: u32, out: usize| max.saturating_sub(u32::try_from(out).unwrap_or(u32::MAX));
        let mut room = Self { pools: BTreeMap::new(), sites: BTreeMap::new(), rings: Vec::new() };
        let mut rings_out = vec![0_usize; policy.rings.len()];
        let limited = policy.rings.iter().any(|ring| ring.unavailable_max.is_some());
        for server in estate.inventory.servers.values() {
            if let Some(pool) = &server.pool {
                room.pools.entry(pool).or_insert_with(|| {
                    left(policy.pools.of(pool), out.pools.get(pool).map_or(0, |it| it.len()))
                });
            }
            if let Some(site) = &server.site {
                room.sites.entry(site).or_insert_with(|| {
                    left(policy.sites.of(site), out.sites.get(site).map_or(0, |it| it.len()))
                });
            }
            if limited && estate.is_out(server) {
                let ring = policy.ring_of(server).map(|(ring, _)| ring);
                if let Some(count) = ring.and_then(|ring| rings_out.get_mut(ring)) {
                    *count = count.saturating_add(1);
                }
            }
        }
        let rings = policy.rings.iter().zip(rings_out);
        room.rings = rings.map(|(ring, out)| Some(left(ring.unavailable_max?, out))).collect();
        room
    }

    /// P7 for a server that goes alone.
    fn admits(&self, policy: &Policy, server: &Server, ring: usize) -> Result<(), Hold> {
        if let Some(pool) = server.pool.as_ref().filter(|it| self.pools.get(it) == Some(&0)) {
            return Err(Hold::Pool { pool: pool.clone() });
        }
        if let Some(site) = server.site.as_ref().filter(|it| self.sites.get(it) == Some(&0)) {
            return Err(Hold::Site { site: site.clone() });
        }
        if self.rings.get(ring) == Some(&Some(0)) {
            let ring = policy.rings.get(ring).map(|it| it.name.clone()).ok_or(Hold::NoRing)?;
            return Err(Hold::RingLimit { ring });
        }
        Ok(())
    }
}
