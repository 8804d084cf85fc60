//! How questions and answers are written.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use exward_core::blueprint::BlueprintId;
use exward_core::fleet::{
    CopyState, Dag, DagName, DatabaseCopy, DatabaseName, Observed, ServerName, Witness,
};
use exward_drive::effects::{Authority, EffectError, Effects, Order};
use exward_drive::state::{DagState, ServerState};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::fleet::SharedFleet;

/// What the executor's side asks.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "ask")]
pub(super) enum Question {
    Now,
    Pass {
        #[serde(with = "time")]
        until: Timestamp,
    },
    Server {
        name: String,
    },
    Dag {
        name: String,
    },
    Order(Box<WireOrder>),
    Breaches,
}

/// What the lab's side answers.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Answer {
    Now(#[serde(with = "time")] Timestamp),
    Server(Arc<ServerState>),
    Dag(WireDag),
    Taken,
    Breaches(Vec<String>),
    Unreachable(String),
    Stale { server: String, generation: u64, epoch: u64 },
    Refused { server: String, why: String },
    Lost(String),
}

impl Answer {
    pub(super) fn of_error(error: &EffectError) -> Self {
        match error {
            EffectError::Unreachable { server } => Self::Unreachable(server.clone()),
            EffectError::Stale { server, newest } => Self::Stale {
                server: server.clone(),
                generation: newest.generation,
                epoch: newest.epoch,
            },
            EffectError::Refused { server, why } => {
                Self::Refused { server: server.clone(), why: why.clone() }
            }
            EffectError::Lost { why } => Self::Lost(why.clone()),
            _ => Self::Lost(error.to_string()),
        }
    }

    pub(super) fn into_error(self) -> EffectError {
        match self {
            Self::Unreachable(server) => EffectError::Unreachable { server },
            Self::Stale { server, generation, epoch } => {
                EffectError::Stale { server, newest: Authority { generation, epoch } }
            }
            Self::Refused { server, why } => EffectError::Refused { server, why },
            Self::Lost(why) => EffectError::Lost { why },
            Self::Now(_) | Self::Server(_) | Self::Dag(_) | Self::Taken | Self::Breaches(_) => {
                EffectError::Lost { why: "the lab answered something else".to_owned() }
            }
        }
    }
}

/// An order on its way.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct WireOrder {
    generation: u64,
    epoch: u64,
    blueprint: String,
    server: String,
    number: u32,
    work: String,
    recorded: Option<ServerState>,
    redirect_to: Option<String>,
}

impl WireOrder {
    pub(super) fn of(order: &Order<'_>) -> Self {
        Self {
            generation: order.authority.generation,
            epoch: order.authority.epoch,
            blueprint: order.blueprint.to_string(),
            server: order.server.to_string(),
            number: order.number,
            work: order.work.to_string(),
            recorded: order.recorded.cloned(),
            redirect_to: order.redirect_to.map(ToString::to_string),
        }
    }

    pub(super) fn give(self, fleet: &mut SharedFleet) -> Result<(), EffectError> {
        let refused = |what: &str| EffectError::Refused {
            server: self.server.clone(),
            why: format!("{what} cannot be read"),
        };
        let blueprint: BlueprintId =
            self.blueprint.parse().map_err(|_| refused("the blueprint's id"))?;
        let work = self.work.parse().map_err(|_| refused("the work"))?;
        let redirect_to = self.redirect_to.as_deref().map(ServerName::new);
        fleet.order(&Order {
            authority: Authority { generation: self.generation, epoch: self.epoch },
            blueprint,
            server: &ServerName::new(&self.server),
            number: self.number,
            work,
            recorded: self.recorded.as_ref(),
            redirect_to: redirect_to.as_ref(),
        })
    }
}

/// A DAG on its way.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct WireDag {
    name: String,
    #[serde(with = "time")]
    at: Timestamp,
    /// Each member: whether it is in service, and whether databases may become active on it.
    members: BTreeMap<String, (Option<bool>, Option<bool>)>,
    witness: Option<(String, bool)>,
    manager: Option<String>,
    copies: Vec<WireCopy>,
}

#[derive(Debug, Serialize, Deserialize)]
struct WireCopy {
    database: String,
    server: String,
    state: u8,
    copy_queue_len: u32,
    replay_queue_len: u32,
    lagged: bool,
    activation_suspended: bool,
}

/// Every state of a copy; its place here is what is written.
const STATES: [CopyState; 6] = [
    CopyState::Mounted,
    CopyState::Dismounted,
    CopyState::Healthy,
    CopyState::Suspended,
    CopyState::Seeding,
    CopyState::Failed,
];

impl WireDag {
    pub(super) fn of(state: &DagState) -> Self {
        let dag = &state.dag;
        let seen = |it: &ServerName| {
            let in_service = state.in_service.get(it).copied().flatten();
            (in_service, state.activation.get(it).copied().flatten())
        };
        let copies = dag.copies.as_ref();
        let witness = dag
            .witness
            .as_ref()
            .and_then(|it| Some((it.host.to_string(), it.healthy.as_ref()?.value)));
        Self {
            name: dag.name.to_string(),
            at: copies.map_or(Timestamp::UNIX_EPOCH, |it| it.at),
            members: dag.members.iter().map(|it| (it.to_string(), seen(it))).collect(),
            witness,
            manager: dag.primary_active_manager.as_ref().map(|it| it.value.to_string()),
            copies: copies.iter().flat_map(|it| &it.value).map(WireCopy::of).collect(),
        }
    }

    pub(super) fn state(&self) -> DagState {
        let source: Arc<str> = "lab (simulated)".into();
        let name = |it: &String| ServerName::new(it);
        let members: BTreeSet<ServerName> = self.members.keys().map(name).collect();
        let in_service = self.members.iter().map(|(it, (seen, _))| (name(it), *seen)).collect();
        let activation = self.members.iter().map(|(it, (_, may))| (name(it), *may)).collect();
        let witness = self.witness.as_ref().map(|(host, healthy)| Witness {
            host: ServerName::new(host),
            healthy: Some(Observed { value: *healthy, at: self.at, source: Arc::clone(&source) }),
        });
        let manager = self.manager.as_ref().map(|it| Observed {
            value: ServerName::new(it),
            at: self.at,
            source: Arc::clone(&source),
        });
        let copies = self.copies.iter().map(WireCopy::copy).collect();
        let dag = Dag {
            name: DagName::new(&self.name),
            members,
            witness,
            primary_active_manager: manager,
            copies: Some(Observed { value: copies, at: self.at, source }),
        };
        DagState { dag, in_service, activation }
    }
}

impl WireCopy {
    fn of(copy: &DatabaseCopy) -> Self {
        let state = STATES.iter().position(|it| *it == copy.state);
        Self {
            database: copy.database.to_string(),
            server: copy.server.to_string(),
            state: state.and_then(|it| u8::try_from(it).ok()).unwrap_or(u8::MAX),
            copy_queue_len: copy.copy_queue_len,
            replay_queue_len: copy.replay_queue_len,
            lagged: copy.lagged,
            activation_suspended: copy.activation_suspended,
        }
    }

    fn copy(&self) -> DatabaseCopy {
        DatabaseCopy {
            database: DatabaseName::new(&self.database),
            server: ServerName::new(&self.server),
            // A state that nobody knows is no healthy one.
            state: STATES.get(usize::from(self.state)).copied().unwrap_or(CopyState::Failed),
            copy_queue_len: self.copy_queue_len,
            replay_queue_len: self.replay_queue_len,
            index_healthy: None,
            lagged: self.lagged,
            activation_suspended: self.activation_suspended,
        }
    }
}

/// A time as its text.
mod time {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(it: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(it)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        String::deserialize(from)?.parse().map_err(de::Error::custom)
    }
}
