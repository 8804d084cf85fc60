//! What can be seen of a server and a DAG while they are being updated.
//!
//! Everything that may be unknown is an `Option`; `None` is never taken as good. The types can be
//! written to a journal (serde); that is why they stand here and not in the core.

mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use exward_core::build::Build;
use exward_core::fleet::{Dag, ServerName};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub(crate) use wire::text;

/// Who set a component's state. Any requester that says Inactive wins, and only the same requester can
/// take it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Requester {
    /// Planned work: ours.
    Maintenance,
    /// Setup, and what depends on it.
    Functional,
    /// Managed availability.
    HealthApi,
    /// An admin.
    Sidelined,
    /// A deployment.
    Deployment,
}

/// What a requester says of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ComponentValue {
    /// In service.
    Active,
    /// Finishes what it has.
    Draining,
    /// Out of service.
    Inactive,
}

/// One requester's word on one component (`LocalStates` of `Get-ServerComponentState`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ComponentState {
    /// The component: `HubTransport`, `ServerWideOffline`.
    pub component: Arc<str>,
    /// Who says so.
    pub requester: Requester,
    /// What.
    pub value: ComponentValue,
}

/// How a service starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StartType {
    /// With Windows.
    Automatic,
    /// When somebody asks.
    Manual,
    /// Not at all.
    Disabled,
}

/// One Windows service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Service {
    /// Its name: `MSExchangeTransport`.
    pub name: Arc<str>,
    /// How it starts.
    pub start: StartType,
    /// Whether it runs.
    pub running: bool,
}

/// State of a member's cluster node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NodeState {
    /// In the cluster.
    Up,
    /// In the cluster, and takes nothing over.
    Paused,
    /// Not in the cluster.
    Down,
}

/// `DatabaseCopyAutoActivationPolicy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ActivationPolicy {
    /// Copies may become active.
    Unrestricted,
    /// Only from the same site.
    IntrasiteOnly,
    /// None may.
    Blocked,
}

/// Whether copies may become active on a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Activation {
    /// The policy.
    pub policy: ActivationPolicy,
    /// `DatabaseCopyActivationDisabledAndMoveNow`.
    pub disabled_and_move_now: bool,
}

/// What the log of an installation says. A claim, never proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogClaim {
    /// It says that it was completed.
    Completed,
    /// It says that it failed; the cause as `exward_read::setup_log` names it, `None`: not recognised.
    Failed(Option<Arc<str>>),
    /// It ends in the middle.
    CutOff,
    /// There is none.
    Missing,
}

/// The installer on a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Installer {
    /// None has run since the last restart of the record.
    Idle,
    /// One is running, ours or a foreign one.
    Running {
        /// Since when.
        #[serde(with = "text")]
        since: Timestamp,
        /// The order that started it; `None`: a foreign one.
        order: Option<u32>,
    },
    /// The last one of ours has ended.
    Ended {
        /// The order that started it.
        order: u32,
        /// Its exit code: a claim.
        code: i64,
        /// What its log says.
        log: LogClaim,
    },
}

/// What is seen of one server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerState {
    /// File version of ExSetup.exe; `None`: could not be read.
    #[serde(with = "wire::maybe_text")]
    pub build: Option<Build>,
    /// Counts the starts of Windows.
    pub boot: u32,
    /// A restart is pending; `None`: not known.
    pub pending_reboot: Option<bool>,
    /// Every requester's word on every component, sorted.
    pub components: Vec<ComponentState>,
    /// Every Exchange service, by name.
    pub services: Vec<Service>,
    /// Its cluster node; `None`: in no DAG.
    pub node: Option<NodeState>,
    /// Its activation policy; `None`: in no DAG.
    pub activation: Option<Activation>,
    /// Active database copies on it.
    pub active_copies: u32,
    /// True if it is primary active manager.
    pub primary_active_manager: bool,
    /// Messages in its queues, shadow copies left out.
    pub queued_messages: u32,
    /// The installer.
    pub installer: Installer,
    /// Installed prerequisites, as `exward_core::blueprint::Prerequisite` names them.
    pub prerequisites: BTreeSet<Arc<str>>,
    /// Mitigations in effect, by id: `M2`.
    pub mitigations: BTreeSet<Arc<str>>,
    /// Every copy on it is healthy or mounted; `None`: not known, or in no DAG.
    pub copies_healthy: Option<bool>,
    /// Its own probes (healthcheck.htm of each virtual directory, SMTP) succeed; `None`: not tried.
    pub probes_pass: Option<bool>,
}

impl ServerState {
    /// The value of a component: Inactive if any requester says so, else Draining, else Active.
    #[must_use]
    pub fn component(&self, component: &str) -> ComponentValue {
        let words = self.components.iter().filter(|it| &*it.component == component);
        words.map(|it| it.value).max().unwrap_or(ComponentValue::Active)
    }

    /// What one requester says of a component; `None`: nothing.
    #[must_use]
    pub fn word_of(&self, component: &str, requester: Requester) -> Option<ComponentValue> {
        let mut words = self.components.iter();
        let word = words.find(|it| &*it.component == component && it.requester == requester);
        word.map(|it| it.value)
    }

    /// True if every component is Active and, in a DAG, the node is up.
    #[must_use]
    pub fn in_service(&self) -> bool {
        self.components.iter().all(|it| it.value == ComponentValue::Active)
            && self.node.is_none_or(|it| it == NodeState::Up)
    }
}

/// What is seen of a DAG as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DagState {
    /// Members, witness, primary active manager and copies, seen now.
    pub dag: Dag,
    /// Whether each member is fully in service; a member that is missing here, or `None`, was not seen.
    pub in_service: BTreeMap<ServerName, Option<bool>>,
    /// Whether databases may become active on each member by its activation policy; a member that is
    /// missing here, or `None`, was not seen.
    pub activation: BTreeMap<ServerName, Option<bool>>,
}

/// How the update of one server ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// In service at its new build, proved.
    Current,
    /// In service as before, at its old build; why it was given up.
    Restored(String),
    /// Out of service, for a person to look at; why.
    Quarantined(String),
    /// Never touched; why.
    Held(String),
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Current => f.write_str("current"),
            Self::Restored(why) => write!(f, "restored: {why}"),
            Self::Quarantined(why) => write!(f, "quarantined: {why}"),
            Self::Held(why) => write!(f, "held: {why}"),
        }
    }
}
