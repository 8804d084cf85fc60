//! An approved change, as data: which servers leave service together, in which order, and every step
//! of each. Nothing is left to decide when it is carried out.
//!
//! # Invariants
//! * **B1 immutable.** A blueprint is never altered; a new one has a higher generation and its parent's id.
//! * **B2 whole.** It holds what [`crate::plan::check()`] needs to derive every invariant again: the DAGs,
//!   copies, pools and sites as they were seen.
//! * **B3 typed.** A step is an [`Action`]; there is no free text that somebody would have to run.

mod action;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;

pub use action::{Action, Prerequisite, Stage};

use crate::build::Build;
use crate::fleet::{Dag, DagName, PoolName, RingName, ServerName, SiteName};
use crate::policy::{Approvals, Blackout, Gates, Limits, Window};

/// SHA-256 of a blueprint's file. Displays as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlueprintId(pub [u8; 32]);

impl fmt::Display for BlueprintId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for BlueprintId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is not 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id of a blueprint is 64 hexadecimal digits")]
pub struct ParseBlueprintIdError;

impl FromStr for BlueprintId {
    type Err = ParseBlueprintIdError;

    fn from_str(text: &str) -> Result<Self, ParseBlueprintIdError> {
        let digits: Vec<u8> = text
            .chars()
            .map(|it| it.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
            .collect::<Option<_>>()
            .ok_or(ParseBlueprintIdError)?;
        let (pairs, []) = digits.as_chunks::<2>() else { return Err(ParseBlueprintIdError) };
        let bytes: Vec<u8> = pairs.iter().map(|[high, low]| high << 4 | low).collect();
        bytes.try_into().map(Self).map_err(|_| ParseBlueprintIdError)
    }
}

/// One step of a recipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    /// What is done.
    pub action: Action,
    /// How long it mostly takes, in minutes.
    pub expected_minutes: u32,
    /// After so many minutes without proof it has failed.
    pub deadline_minutes: u32,
}

/// The steps that take one server from service to service, in order. Servers share recipes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Recipe(pub Vec<Step>);

impl Recipe {
    /// Place of the first step that cannot be taken back; the number of steps if there is none.
    #[must_use]
    pub fn point_of_no_return(&self) -> usize {
        let installs = |step: &Step| step.action.stage() == Stage::Install;
        self.0.iter().position(installs).unwrap_or(self.0.len())
    }

    /// How long it mostly takes, in minutes.
    #[must_use]
    pub fn expected_minutes(&self) -> u32 {
        self.0.iter().fold(0, |sum, step| sum.saturating_add(step.expected_minutes))
    }
}

/// What happens to one server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerUpdate {
    /// The server.
    pub server: ServerName,
    /// Its DAG; `None`: standalone.
    pub dag: Option<DagName>,
    /// Its pool.
    pub pool: Option<PoolName>,
    /// Its site.
    pub site: Option<SiteName>,
    /// Its build as it was seen; a server that has another one when its turn comes is held.
    pub from: Build,
    /// Its build afterwards.
    pub to: Build,
    /// Where its queued mail goes; `None`: stays on its disk.
    pub redirect_to: Option<ServerName>,
    /// Place in [`Blueprint::recipes`].
    pub recipe: usize,
}

/// Servers that may be out of service at the same time. The next wave begins when every server of this
/// one is back, or has failed within what its ring allows, and has soaked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wave {
    /// Its ring: a place in [`Blueprint::rings`].
    pub ring: usize,
    /// True if it is a canary of its ring.
    pub canary: bool,
    /// When it is expected to begin.
    pub expected_start: Timestamp,
    /// Its servers, by name.
    pub updates: Vec<ServerUpdate>,
}

/// What of a ring matters while it is carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RingRules {
    /// Its name.
    pub name: RingName,
    /// Most servers of it out of service at a time.
    pub unavailable_max: Option<u32>,
    /// Soak of each wave, in minutes.
    pub soak_minutes: u32,
    /// More failed servers than this halt the rollout.
    pub failures_max: u32,
    /// When servers may leave service; empty: at any time.
    pub windows: Vec<Window>,
}

/// An immutable plan of update steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blueprint {
    /// Counts from 1; a child has its parent's plus 1.
    pub generation: u64,
    /// The blueprint it follows; `None`: the first.
    pub parent: Option<BlueprintId>,
    /// The `now` that it was planned for.
    pub created_at: Timestamp,
    /// Date of the catalog that it was planned with.
    pub catalog_as_of: Date,
    /// True if windows and blackouts do not hold: the emergency profile.
    pub windows_ignored: bool,
    /// Who may approve it.
    pub approvals: Approvals,
    /// Limits of health, asked again before every server.
    pub gates: Gates,
    /// Days without any update.
    pub blackouts: Vec<Blackout>,
    /// Most servers of a pool out at a time, for the pools of its servers.
    pub pools: Limits<PoolName>,
    /// Most servers of a site out at a time.
    pub sites: Limits<SiteName>,
    /// Servers of a pool that were out of service when it was planned, for pools that have any.
    pub pools_out: BTreeMap<PoolName, BTreeSet<ServerName>>,
    /// The same for sites.
    pub sites_out: BTreeMap<SiteName, BTreeSet<ServerName>>,
    /// The DAGs of its servers as they were seen.
    pub dags: BTreeMap<DagName, Dag>,
    /// Its rings, first to last.
    pub rings: Vec<RingRules>,
    /// Every recipe that a server has, each once.
    pub recipes: Vec<Recipe>,
    /// Its waves, first to last.
    pub waves: Vec<Wave>,
}

impl Blueprint {
    /// Every server that it updates, in order.
    pub fn updates(&self) -> impl Iterator<Item = &ServerUpdate> {
        self.waves.iter().flat_map(|wave| &wave.updates)
    }

    /// The steps of a server; empty if its recipe does not exist, which the check refuses.
    #[must_use]
    pub fn steps(&self, update: &ServerUpdate) -> &[Step] {
        self.recipes.get(update.recipe).map_or(&[], |recipe| &recipe.0)
    }
}
