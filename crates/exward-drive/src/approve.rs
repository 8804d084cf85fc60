//! The only door to change (A4): a blueprint becomes [`Approved`] or is not carried out.

use std::collections::BTreeSet;

use exward_core::blueprint::{Blueprint, BlueprintId};
use exward_core::catalog::Catalog;
use exward_core::plan::{Broken, check};
use jiff::Timestamp;

use crate::journal::Approval;

/// A blueprint that passes its check and that enough of the right people have approved.
#[derive(Clone, Copy, Debug)]
pub struct Approved<'b> {
    id: BlueprintId,
    blueprint: &'b Blueprint,
    until: Timestamp,
}

/// Why a blueprint may not be carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotApproved {
    /// It breaks invariants of planning.
    #[error("the blueprint breaks {}", broken.first().map_or_else(|| "nothing".to_owned(), |it| format!("{}: {}", it.invariant, it.what)))]
    Broken {
        /// All of them.
        broken: Vec<Broken>,
    },
    /// Not enough people.
    #[error("{have} of {needed} approvals that hold at {at}")]
    TooFew {
        /// Different people whose approval holds.
        have: usize,
        /// How many are needed.
        needed: usize,
        /// When.
        at: Timestamp,
    },
    /// It ignores windows, and nobody who may allow that has approved it.
    #[error("the blueprint ignores windows, and nobody who may allow that has approved it")]
    Emergency,
}

/// Why somebody's approval is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MayNotApprove {
    /// The policy does not name this person.
    #[error("the policy does not let {by} approve")]
    NotNamed {
        /// Who.
        by: String,
    },
    /// It would hold no moment.
    #[error("an approval until {until} has run out already")]
    RunOut {
        /// When it ends.
        until: Timestamp,
    },
}

/// Looks whether this approval can be taken for this blueprint.
///
/// # Errors
/// [`MayNotApprove`] says why not.
pub fn may_approve(blueprint: &Blueprint, approval: &Approval) -> Result<(), MayNotApprove> {
    let approvals = &blueprint.approvals;
    let named = |people: &BTreeSet<std::sync::Arc<str>>| people.contains(approval.by.as_str());
    if !approvals.by.is_empty() && !named(&approvals.by) && !named(&approvals.emergency_by) {
        return Err(MayNotApprove::NotNamed { by: approval.by.clone() });
    }
    if approval.until <= approval.at {
        return Err(MayNotApprove::RunOut { until: approval.until });
    }
    Ok(())
}

impl<'b> Approved<'b> {
    /// Approves a blueprint by what its policy asks for.
    ///
    /// # Errors
    /// [`NotApproved`] says what is missing.
    pub fn new(
        blueprint: &'b Blueprint,
        id: BlueprintId,
        catalog: &Catalog,
        approvals: &[Approval],
        now: Timestamp,
    ) -> Result<Self, NotApproved> {
        let approved = Self::to_finish(blueprint, id, catalog, approvals, now)?;
        let holding = approvals.iter().filter(|it| now < it.until).cloned().collect::<Vec<_>>();
        Self::to_finish(blueprint, id, catalog, &holding, now)?;
        Ok(approved)
    }

    /// The same for approvals that may have run out meanwhile: what has begun can be finished, and
    /// [`Approved::until`] says that nothing more may begin.
    ///
    /// # Errors
    /// [`NotApproved`] says what is missing.
    pub fn to_finish(
        blueprint: &'b Blueprint,
        id: BlueprintId,
        catalog: &Catalog,
        approvals: &[Approval],
        now: Timestamp,
    ) -> Result<Self, NotApproved> {
        let broken = check(blueprint, catalog);
        if !broken.is_empty() {
            return Err(NotApproved::Broken { broken });
        }
        let taken = |it: &&Approval| may_approve(blueprint, it).is_ok();
        let holding: Vec<&Approval> = approvals.iter().filter(taken).collect();
        let people: BTreeSet<&str> = holding.iter().map(|it| it.by.as_str()).collect();
        let needed = usize::try_from(blueprint.approvals.needed.max(1)).unwrap_or(usize::MAX);
        if people.len() < needed {
            return Err(NotApproved::TooFew { have: people.len(), needed, at: now });
        }
        let may_ignore = |it: &&str| blueprint.approvals.emergency_by.contains(*it);
        if blueprint.windows_ignored && !people.iter().any(may_ignore) {
            return Err(NotApproved::Emergency);
        }
        Ok(Self { id, blueprint, until: until(&holding, needed).unwrap_or(now) })
    }

    /// Its id.
    #[must_use]
    pub const fn id(&self) -> BlueprintId {
        self.id
    }

    /// The blueprint.
    #[must_use]
    pub const fn blueprint(&self) -> &'b Blueprint {
        self.blueprint
    }

    /// Until when further servers may be begun.
    #[must_use]
    pub const fn until(&self) -> Timestamp {
        self.until
    }
}

/// The last moment at which as many people as are needed still approve.
fn until(holding: &[&Approval], needed: usize) -> Option<Timestamp> {
    let people: BTreeSet<&str> = holding.iter().map(|it| it.by.as_str()).collect();
    let of = |person: &str| holding.iter().filter(|it| it.by == person).map(|it| it.until).max();
    let mut ends: Vec<Timestamp> = people.into_iter().filter_map(of).collect();
    ends.sort_unstable_by(|a, b| b.cmp(a));
    ends.get(needed.saturating_sub(1)).copied()
}
