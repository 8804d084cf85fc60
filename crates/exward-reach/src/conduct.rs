//! The rules of asking: whom a run may ask at all, and as whom it asks.
//!
//! A run asks [`Conduct::admit`] once about everything named, [`Conduct::refuse_endpoint`] about each
//! target, and [`Conduct::refuse_address`] about each address right before it connects.
//!
//! # Invariants
//! * **G3 exclusions win.** What the scope excludes by name or address is refused, whatever holds it.
//! * **G4 nobody by accident.** Without a scope there are no ranges and no crowds; with one, there is
//!   nobody outside it. Loopback needs its own word.
//! * **G5 an address is judged once it is known.** A name that leads to a refused address is refused,
//!   whoever answered for the name.

mod refusal;

use std::collections::BTreeSet;
use std::net::IpAddr;

use jiff::civil::Date;

use crate::address::{Class, bare, class, class_of_name, class_of_range};
use crate::endpoint::{Endpoint, Host};
use crate::scope::{Contact, Scope};
pub use refusal::Refusal;

/// Most public hosts of a run without a scope, and most hosts of a run without a contact. One /24 of
/// one's own fits; more is a survey, and somebody has to answer for it.
pub const HOSTS_MAX: usize = 256;

/// How many targets outside the scope a refusal names.
const OUTSIDE_SHOWN: usize = 3;

/// What was said about a run, on the command line and in the scope file.
#[derive(Clone, Debug)]
pub struct Conduct {
    /// The scope file, if one was given.
    pub scope: Option<Scope>,
    /// Whom to ask about the run (`--contact`); goes before the scope's.
    pub contact: Option<String>,
    /// Whether this machine may be asked (`--allow-loopback`).
    pub allow_loopback: bool,
    /// New hosts a second (`--rate`); 0 lifts every limit.
    pub rate: u32,
    /// The day of the run, UTC.
    pub today: Date,
}

impl Conduct {
    /// Judges a whole run before anything is sent. `named` are the targets as given, not yet expanded.
    /// Targets with a fault of their own are passed over: [`Self::refuse_endpoint`] refuses them one
    /// by one, and the rest of a list goes on.
    ///
    /// # Errors
    /// The first [`Refusal`] that stops the whole run.
    pub fn admit<'a>(&self, named: impl IntoIterator<Item = &'a Endpoint>) -> Result<(), Refusal> {
        if let Some(contact) = &self.contact {
            Contact::parse(contact).map_err(|source| Refusal::Contact { source })?;
        }
        match &self.scope {
            Some(scope) if scope.until() < self.today => {
                Err(Refusal::Expired { until: scope.until(), today: self.today })
            }
            Some(scope) => self.admit_inside(scope, named),
            None => self.admit_without_scope(named),
        }
    }

    fn admit_inside<'a>(
        &self,
        scope: &Scope,
        named: impl IntoIterator<Item = &'a Endpoint>,
    ) -> Result<(), Refusal> {
        let (mut first, mut count) = (Vec::new(), 0_usize);
        for Endpoint { host, .. } in named {
            self.check_rate(host)?;
            if self.own_fault(host).is_none() && is_outside(scope, host) {
                count = count.saturating_add(1);
                if first.len() < OUTSIDE_SHOWN {
                    first.push(host.to_string());
                }
            }
        }
        if count == 0 { Ok(()) } else { Err(Refusal::Outside { first, count }) }
    }

    fn admit_without_scope<'a>(
        &self,
        named: impl IntoIterator<Item = &'a Endpoint>,
    ) -> Result<(), Refusal> {
        // Two sets hardly above `HOSTS_MAX`: a host on several ports is one host.
        let (mut public, mut private) = (BTreeSet::new(), BTreeSet::new());
        for Endpoint { host, .. } in named {
            self.check_rate(host)?;
            let class = class_of_host(host);
            if class == Class::Loopback || self.own_fault(host).is_some() {
                continue;
            }
            if let Host::Range(range) = host {
                return Err(Refusal::RangeWithoutScope { range: *range });
            }
            if class == Class::Public {
                public.insert(host);
            } else if private.len() <= HOSTS_MAX {
                private.insert(host);
            }
            if public.len() > HOSTS_MAX {
                return Err(Refusal::CrowdWithoutScope);
            }
        }
        if self.contact.is_none() && public.len().saturating_add(private.len()) > HOSTS_MAX {
            return Err(Refusal::CrowdWithoutContact);
        }
        Ok(())
    }

    /// Judges one target by itself. A name that the scope does not list passes if the scope has ranges:
    /// its addresses decide, in [`Self::refuse_address`]. A range passes if any address of it is not
    /// excluded; the excluded ones are refused when their turn comes.
    #[must_use]
    pub fn refuse_endpoint(&self, endpoint: &Endpoint) -> Option<Refusal> {
        let host = &endpoint.host;
        self.own_fault(host).or_else(|| self.check_rate(host).err()).or_else(|| {
            let outside = self.scope.as_ref().is_some_and(|scope| is_outside(scope, host));
            outside.then(|| Refusal::Outside { first: vec![host.to_string()], count: 1 })
        })
    }

    /// Judges one address right before a connection; `name` is the name that led to it.
    #[must_use]
    pub fn refuse_address(&self, name: Option<&str>, address: IpAddr) -> Option<Refusal> {
        let address = address.to_canonical();
        let target = || match name {
            Some(name) => format!("{name} ({address})"),
            None => address.to_string(),
        };
        let class = class(address);
        for class in name.map(class_of_name).into_iter().chain([class]) {
            if let Some(refusal) = self.refuse_class(class, target) {
                return Some(refusal);
            }
        }
        if self.rate == 0 && class != Class::Loopback {
            return Some(Refusal::Unlimited { target: target() });
        }
        let scope = self.scope.as_ref()?;
        if scope.excludes_address(address) || name.is_some_and(|it| scope.excludes_name(it)) {
            return Some(Refusal::Excluded { target: target() });
        }
        let held = scope.holds_address(address) || name.is_some_and(|it| scope.holds_name(it));
        (!held).then(|| Refusal::Outside { first: vec![target()], count: 1 })
    }

    /// How the program names itself: `exward/0.1.0 (+https://contoso.com/scan)`, with the contact of
    /// the command line or else of the scope, and without brackets if there is none.
    #[must_use]
    pub fn user_agent(&self, version: &str) -> String {
        let given = self.contact.as_deref().and_then(|it| Contact::parse(it).ok());
        match given.as_ref().or_else(|| self.scope.as_ref().map(Scope::contact)) {
            Some(contact) => format!("exward/{version} (+{contact})"),
            None => format!("exward/{version}"),
        }
    }

    /// Reserved, loopback without leave, or excluded.
    fn own_fault(&self, host: &Host) -> Option<Refusal> {
        let refusal = self.refuse_class(class_of_host(host), || host.to_string());
        refusal.or_else(|| {
            let scope = self.scope.as_ref()?;
            let excluded = match host {
                Host::Address(address) => scope.excludes_address(*address),
                Host::Name(name) => scope.excludes_name(name),
                Host::Range(range) => scope.excludes_all_of(*range),
            };
            excluded.then(|| Refusal::Excluded { target: host.to_string() })
        })
    }

    fn refuse_class(&self, class: Class, target: impl Fn() -> String) -> Option<Refusal> {
        match class {
            Class::Never(why) => Some(Refusal::Never { target: target(), why }),
            Class::Loopback if !self.allow_loopback => Some(Refusal::Loopback { target: target() }),
            Class::Loopback | Class::Private | Class::Public => None,
        }
    }

    fn check_rate(&self, host: &Host) -> Result<(), Refusal> {
        if self.rate == 0 && class_of_host(host) != Class::Loopback {
            return Err(Refusal::Unlimited { target: host.to_string() });
        }
        Ok(())
    }
}

/// The public addresses that a run without a scope has met: names may lead to more of them than there are
/// names, and so many need a scope all the same (G4).
#[derive(Clone, Debug, Default)]
pub struct Crowd(BTreeSet<IpAddr>);

impl Crowd {
    /// Refuses a public address beyond the first [`HOSTS_MAX`] if there is no scope.
    pub fn refuse(&mut self, conduct: &Conduct, address: IpAddr) -> Option<Refusal> {
        let address = bare(address);
        if conduct.scope.is_some() || class(address) != Class::Public || self.0.contains(&address) {
            return None;
        }
        if self.0.len() >= HOSTS_MAX {
            return Some(Refusal::CrowdWithoutScope);
        }
        self.0.insert(address);
        None
    }
}

fn class_of_host(host: &Host) -> Class {
    match host {
        Host::Address(address) => class(*address),
        Host::Name(name) => class_of_name(name),
        Host::Range(range) => class_of_range(*range),
    }
}

fn is_outside(scope: &Scope, host: &Host) -> bool {
    match host {
        Host::Address(address) => !scope.holds_address(*address),
        Host::Name(name) => !scope.holds_name(name) && !scope.has_ranges(),
        Host::Range(range) => !scope.holds_range(*range),
    }
}

#[cfg(test)]
mod tests;
