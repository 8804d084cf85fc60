//! Whose turn it is: new targets in the order of the run, those that wait for their network, and retries.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use crate::endpoint::{Endpoint, Host, Service};
use crate::limits::WAITING_MAX;
use crate::order::{Expansion, Order};
use crate::visit::{Front, Visit};

/// One target on its way: its addresses, one after the other, and what they said.
pub(super) struct Job {
    target: u64,
    endpoint: Endpoint,
    /// 0 the first time.
    attempt: u8,
    /// `None` until the name is resolved.
    addresses: Option<VecDeque<IpAddr>>,
    fronts: Vec<Front>,
    not_asked: Option<String>,
    /// True if what kept it from being asked may pass: a name server that did not answer.
    may_pass: bool,
}

impl Job {
    fn new(target: u64, endpoint: Endpoint, attempt: u8) -> Self {
        let addresses = match &endpoint.host {
            Host::Address(address) => Some(VecDeque::from([*address])),
            // The expansion gives single hosts only.
            Host::Name(_) | Host::Range(_) => None,
        };
        Self {
            target,
            endpoint,
            attempt,
            addresses,
            fronts: Vec::new(),
            not_asked: None,
            may_pass: false,
        }
    }

    pub(super) fn name(&self) -> Option<&str> {
        match &self.endpoint.host {
            Host::Name(name) => Some(name),
            Host::Address(_) | Host::Range(_) => None,
        }
    }

    pub(super) const fn port(&self) -> u16 {
        self.endpoint.port
    }

    pub(super) const fn service(&self) -> Service {
        self.endpoint.service
    }

    pub(super) const fn is_resolved(&self) -> bool {
        self.addresses.is_some()
    }

    pub(super) fn next_address(&self) -> Option<IpAddr> {
        self.addresses.as_ref()?.front().copied()
    }

    /// With the addresses of its name, or with the reason why it has none.
    pub(super) fn with_addresses(mut self, found: Result<Vec<IpAddr>, (bool, String)>) -> Self {
        match found {
            Ok(addresses) => {
                self.addresses = Some(addresses.into());
            }
            Err((may_pass, why)) => {
                self.addresses = Some(VecDeque::new());
                self.not_asked = Some(why);
                self.may_pass = may_pass;
            }
        }
        self
    }

    /// Without the address that the rules refuse.
    pub(super) fn refused(mut self, address: IpAddr, why: &str) -> Self {
        let mut front = Front::new(address, self.endpoint.port);
        front.refused = Some(why.to_owned());
        self.add(front);
        self
    }

    /// Takes what the address at hand said.
    pub(super) fn add(&mut self, front: Front) {
        if let Some(addresses) = &mut self.addresses {
            let _asked = addresses.pop_front();
        }
        self.fronts.push(front);
    }

    pub(super) fn into_visit(self) -> (u64, u8, Visit) {
        let visit = Visit {
            at: super::now(),
            fronts: self.fronts,
            not_asked: self.not_asked,
            may_pass: self.may_pass,
        };
        (self.target, self.attempt, visit)
    }
}

/// All that is still to be asked.
pub(super) struct Jobs<'a> {
    targets: &'a Expansion,
    order: Order,
    order_ended: bool,
    /// By the time of their turn; the number keeps those of one time in order.
    waiting: BTreeMap<(Duration, u64), Job>,
    retries: BTreeSet<(Duration, u64, u8)>,
    next_number: u64,
}

impl<'a> Jobs<'a> {
    pub(super) fn new(
        targets: &'a Expansion,
        order: Order,
        due_again: Vec<(Duration, u64)>,
    ) -> Self {
        let retries = due_again.into_iter().map(|(at, target)| (at, target, 1)).collect();
        Self {
            targets,
            order,
            order_ended: false,
            waiting: BTreeMap::new(),
            retries,
            next_number: 0,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.order_ended && self.waiting.is_empty() && self.retries.is_empty()
    }

    /// The next job that has its turn now; `has_answer` says which targets need none.
    pub(super) fn next(&mut self, now: Duration, has_answer: impl Fn(u64) -> bool) -> Option<Job> {
        if let Some(entry) = self.waiting.first_entry()
            && entry.key().0 <= now
        {
            return Some(entry.remove());
        }
        if self.waiting.len() >= WAITING_MAX {
            return None;
        }
        if let Some(target) = self.order.find(|target| !has_answer(*target)) {
            return self.job(target, 0);
        }
        self.order_ended = true;
        let first = *self.retries.first()?;
        let (at, target, attempt) = first;
        if at > now {
            return None;
        }
        self.retries.remove(&first);
        self.job(target, attempt)
    }

    /// The order gives only targets that there are.
    fn job(&self, target: u64, attempt: u8) -> Option<Job> {
        let (_, endpoint) = self.targets.at(target)?;
        Some(Job::new(target, endpoint, attempt))
    }

    /// The time of the next turn, if somebody waits for one.
    pub(super) fn next_turn(&self) -> Option<Duration> {
        let waiting = self.waiting.keys().next().map(|(at, _)| *at);
        let retry = self.retries.first().map(|(at, ..)| *at).filter(|_| self.order_ended);
        waiting.into_iter().chain(retry).min()
    }

    pub(super) fn wait(&mut self, job: Job, until: Duration) {
        self.next_number = self.next_number.wrapping_add(1);
        self.waiting.insert((until, self.next_number), job);
    }

    pub(super) fn again(&mut self, target: u64, at: Duration, attempt: u8) {
        self.retries.insert((at, target, attempt));
    }
}
