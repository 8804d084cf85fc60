//! What the executor asks of servers, and may do to them.

use std::fmt;
use std::sync::Arc;

use exward_core::blueprint::{Action, BlueprintId};
use exward_core::fleet::{DagName, ServerName};

use crate::state::{DagState, ServerState};

/// By what right an order comes (X9). Whoever carries it out remembers the highest one it has seen for a
/// server, and refuses every lower one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Authority {
    /// Generation of the blueprint.
    pub generation: u64,
    /// The executor's lease: counts up with every executor that takes over.
    pub epoch: u64,
}

/// A remedy for a failure that is known to be curable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Repair {
    /// Completes the installer cache from the media of the installed CU.
    InstallerCache,
    /// Lets the server find a domain controller of its own site again (`nltest /dsgetsite`, Netlogon).
    DirectorySite,
    /// Gives services their recorded start types and starts them, as `ServiceControl.ps1 AfterPatch`.
    Services,
    /// Ends an installer of ours that has stopped making progress.
    StopInstaller,
    /// Gives components that setup left inactive their recorded state, in the name of the requester that
    /// set it: `Set-ServerComponentState … -Requester Functional`.
    Components,
}

impl Repair {
    /// Name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InstallerCache => "installer-cache",
            Self::DirectorySite => "directory-site",
            Self::Services => "services",
            Self::StopInstaller => "stop-installer",
            Self::Components => "components",
        }
    }

    /// The repair of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let cached = [Self::InstallerCache, Self::DirectorySite, Self::Services];
        cached
            .into_iter()
            .chain([Self::StopInstaller, Self::Components])
            .find(|it| it.name() == name)
    }
}

/// What an order is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Work {
    /// A step of the blueprint, or of the way back.
    Step(Action),
    /// A repair.
    Repair(Repair),
}

impl fmt::Display for Work {
    /// `install-su 15.2.2562.56`, `repair services`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Step(action) => action.fmt(f),
            Self::Repair(repair) => f.pad(&format!("repair {}", repair.name())),
        }
    }
}

/// A text that is no work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no step and no repair")]
pub struct ParseWorkError(String);

impl std::str::FromStr for Work {
    type Err = ParseWorkError;

    fn from_str(text: &str) -> Result<Self, ParseWorkError> {
        let (name, argument) = match text.split_once(' ') {
            Some((name, argument)) => (name, Some(argument)),
            None => (text, None),
        };
        let work = match (name, argument) {
            ("repair", Some(repair)) => Repair::named(repair).map(Self::Repair),
            _ => Action::parse(name, argument).map(Self::Step),
        };
        work.ok_or_else(|| ParseWorkError(text.chars().take(80).collect()))
    }
}

/// One order to one server. Orders of a server are numbered; the number is the key (X8): an order whose
/// number the server has seen already is carried out no second time, and that is no error.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// By what right.
    pub authority: Authority,
    /// For which blueprint.
    pub blueprint: BlueprintId,
    /// To whom.
    pub server: &'a ServerName,
    /// Counts the orders of this server under this blueprint, from 1.
    pub number: u32,
    /// What to do.
    pub work: Work,
    /// What the server was like before: what the restoring steps bring back.
    pub recorded: Option<&'a ServerState>,
    /// Where queued mail goes.
    pub redirect_to: Option<&'a ServerName>,
}

/// Why nothing could be seen or done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EffectError {
    /// The server does not answer; it may come back.
    #[error("{server} does not answer")]
    Unreachable {
        /// Which.
        server: String,
    },
    /// Somebody with a higher authority has given orders (X9).
    #[error("{server} obeys a newer executor (generation {}, lease {})", newest.generation, newest.epoch)]
    Stale {
        /// Which server.
        server: String,
        /// The authority that it obeys.
        newest: Authority,
    },
    /// The server refuses this order, and will again.
    #[error("{server} refuses: {why}")]
    Refused {
        /// Which.
        server: String,
        /// Why.
        why: String,
    },
    /// The way to the servers is gone.
    #[error("the servers cannot be reached at all: {why}")]
    Lost {
        /// Why.
        why: String,
    },
}

/// Looks at servers and gives them orders. An order only begins something: whether it has come true is
/// seen by looking again.
pub trait Effects {
    /// What a server is like now.
    ///
    /// # Errors
    /// [`EffectError`] if it cannot be seen.
    fn server(&mut self, server: &ServerName) -> Result<Arc<ServerState>, EffectError>;

    /// What a DAG is like now.
    ///
    /// # Errors
    /// [`EffectError`] if no member of it can be asked.
    fn dag(&mut self, dag: &DagName) -> Result<Arc<DagState>, EffectError>;

    /// Gives an order.
    ///
    /// # Errors
    /// [`EffectError`]; after `Unreachable` and `Lost` the order may or may not have arrived.
    fn order(&mut self, order: &Order<'_>) -> Result<(), EffectError>;
}
