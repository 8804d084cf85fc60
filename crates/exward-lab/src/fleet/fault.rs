//! What can go wrong, by name.
//!
//! Source of every class: `notes/updating.md` 1.2, 1.3, 2.5 and 6.

use exward_core::fleet::ServerName;
use exward_drive::state::End;

/// How an update ends, without its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EndKind {
    /// In service at the new build.
    Current,
    /// In service at the old build.
    Restored,
    /// Out of service, for a person.
    Quarantined,
    /// Never touched.
    Held,
}

impl EndKind {
    /// The kind of an end.
    #[must_use]
    pub const fn of(end: &End) -> Self {
        match end {
            End::Current => Self::Current,
            End::Restored(_) => Self::Restored,
            End::Quarantined(_) => Self::Quarantined,
            End::Held(_) => Self::Held,
        }
    }
}

/// Ends that go together.
mod ends {
    use super::EndKind;

    pub(super) const CURRENT: &[EndKind] = &[EndKind::Current];
    pub(super) const RESTORED: &[EndKind] = &[EndKind::Restored];
    pub(super) const QUARANTINED: &[EndKind] = &[EndKind::Quarantined];
}

macro_rules! faults {
    ($($(#[$doc:meta])* $fault:ident: $name:literal, $end:ident;)+) => {
        /// Something that goes wrong on one server.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Fault { $($(#[$doc])* $fault,)+ }

        /// Every fault.
        pub const FAULTS: &[Fault] = &[$(Fault::$fault,)+];

        impl Fault {
            /// Its name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$fault => $name,)+ }
            }

            /// Ends to which a good executor brings its server, whatever the seed: all other servers
            /// become current.
            #[must_use]
            pub const fn expected(self) -> &'static [EndKind] {
                match self { $(Self::$fault => ends::$end,)+ }
            }
        }
    };
}

faults! {
    /// 1603: a file is locked; gone after a restart.
    FileLocked: "file-locked", CURRENT;
    /// 1603, whatever is tried.
    SetupBroken: "setup-broken", QUARANTINED;
    /// 1612: the installer cache misses packages, until it is repaired.
    CacheMissing: "cache-missing", CURRENT;
    /// 1618: another installer runs, for a while.
    OtherInstaller: "other-installer", CURRENT;
    /// 1618: another installer runs for ever.
    OtherInstallerStays: "other-installer-stays", RESTORED;
    /// 1642: the package is for another CU.
    WrongPackage: "wrong-package", RESTORED;
    /// Services are left disabled.
    ServicesDisabled: "services-disabled", CURRENT;
    /// Services are left disabled and cannot be started.
    ServicesDead: "services-dead", QUARANTINED;
    /// A restart is pending again after the restart, once.
    RebootAgain: "reboot-again", CURRENT;
    /// A restart is pending after every restart.
    RebootLoop: "reboot-loop", RESTORED;
    /// Setup finds no domain controller in its site, until that is repaired.
    SiteLost: "site-lost", CURRENT;
    /// Queues never become empty.
    QueueStuck: "queue-stuck", RESTORED;
    /// Queues take two hours.
    QueueSlow: "queue-slow", RESTORED;
    /// Databases come back while the server is drained, once.
    FailoverStorm: "failover-storm", CURRENT;
    /// An active database does not move.
    ActiveStays: "active-stays", RESTORED;
    /// Setup is killed half-way; the next try completes it.
    SetupKilled: "setup-killed", CURRENT;
    /// Setup hangs until it is stopped; the next try completes.
    SetupHangs: "setup-hangs", CURRENT;
    /// The server does not come back from its restart.
    MachineGone: "machine-gone", QUARANTINED;
    /// The restart takes most of a day.
    RestartHangs: "restart-hangs", QUARANTINED;
    /// The server comes back, its network half an hour later.
    NetworkLate: "network-late", CURRENT;
    /// The log claims success and the files are old, once.
    LogLies: "log-lies", CURRENT;
    /// The log claims success and the files are old, always.
    LogLiesAlways: "log-lies-always", QUARANTINED;
    /// The log says failed and the files are new.
    LogDenies: "log-denies", CURRENT;
    /// The first try to apply the mitigations again has no effect.
    MitigationSlow: "mitigation-slow", CURRENT;
    /// Mitigations cannot be applied again.
    MitigationGone: "mitigation-gone", QUARANTINED;
    /// The package is refused: Microsoft has pulled it.
    Withdrawn: "withdrawn", RESTORED;
    /// Probes fail after the update, whatever is tried.
    ProbeBroken: "probe-broken", QUARANTINED;
    /// Copies do not become healthy after the return.
    CopiesSick: "copies-sick", QUARANTINED;
    /// Setup leaves a component inactive in the name of Functional, until that is repaired.
    FunctionalLeft: "functional-left", CURRENT;
    /// The cluster node does not resume.
    NodeStuck: "node-stuck", QUARANTINED;
    /// Another member fails while this one is out, for some hours.
    PeerFails: "peer-fails", CURRENT;
    /// The witness is lost while this member is out.
    WitnessLost: "witness-lost", CURRENT;
    /// Orders are lost on the wire, now and then.
    OrdersLost: "orders-lost", CURRENT;
    /// The server goes down while it installs, and does not come back.
    MachineGoneInstalling: "machine-gone-installing", QUARANTINED;
}

impl Fault {
    /// The fault of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        FAULTS.iter().copied().find(|it| it.name() == name)
    }
}

/// What goes wrong in an estate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum FaultPlan {
    /// Nothing.
    #[default]
    None,
    /// Each server has a fault with this chance, in percent, drawn from the seed.
    Random(u8),
    /// These.
    Listed(Vec<(ServerName, Fault)>),
}
