//! What can go wrong, by name.
//!
//! Source of every class: `notes/updating.md` 1.2, 1.3, 2.5 and 6.

use exward_core::fleet::ServerName;

macro_rules! faults {
    ($($(#[$doc:meta])* $fault:ident: $name:literal, $cured:literal;)+) => {
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

            /// True if a good executor gets the server updated all the same.
            #[must_use]
            pub const fn is_curable(self) -> bool {
                match self { $(Self::$fault => $cured,)+ }
            }
        }
    };
}

faults! {
    /// 1603: a file is locked; gone after a restart.
    FileLocked: "file-locked", true;
    /// 1603, whatever is tried.
    SetupBroken: "setup-broken", false;
    /// 1612: the installer cache misses packages, until it is repaired.
    CacheMissing: "cache-missing", true;
    /// 1618: another installer runs, for a while.
    OtherInstaller: "other-installer", true;
    /// 1618: another installer runs for ever.
    OtherInstallerStays: "other-installer-stays", false;
    /// 1642: the package is for another CU.
    WrongPackage: "wrong-package", false;
    /// Services are left disabled.
    ServicesDisabled: "services-disabled", true;
    /// Services are left disabled and cannot be started.
    ServicesDead: "services-dead", false;
    /// A restart is pending again after the restart, once.
    RebootAgain: "reboot-again", true;
    /// A restart is pending after every restart.
    RebootLoop: "reboot-loop", false;
    /// Setup finds no domain controller in its site, until that is repaired.
    SiteLost: "site-lost", true;
    /// Queues never become empty.
    QueueStuck: "queue-stuck", false;
    /// Queues take two hours.
    QueueSlow: "queue-slow", false;
    /// Databases come back while the server is drained, once.
    FailoverStorm: "failover-storm", true;
    /// An active database does not move.
    ActiveStays: "active-stays", false;
    /// Setup is killed half-way; the next try completes it.
    SetupKilled: "setup-killed", true;
    /// Setup hangs until it is stopped; the next try completes.
    SetupHangs: "setup-hangs", true;
    /// The server does not come back from its restart.
    MachineGone: "machine-gone", false;
    /// The restart takes most of a day.
    RestartHangs: "restart-hangs", false;
    /// The server comes back, its network half an hour later.
    NetworkLate: "network-late", true;
    /// The log claims success and the files are old, once.
    LogLies: "log-lies", true;
    /// The log claims success and the files are old, always.
    LogLiesAlways: "log-lies-always", false;
    /// The log says failed and the files are new.
    LogDenies: "log-denies", true;
    /// The first try to apply the mitigations again has no effect.
    MitigationSlow: "mitigation-slow", true;
    /// Mitigations cannot be applied again.
    MitigationGone: "mitigation-gone", false;
    /// The package is refused: Microsoft has pulled it.
    Withdrawn: "withdrawn", false;
    /// Probes fail after the update, whatever is tried.
    ProbeBroken: "probe-broken", false;
    /// Copies do not become healthy after the return.
    CopiesSick: "copies-sick", false;
    /// Setup leaves a component inactive in the name of Functional, until that is repaired.
    FunctionalLeft: "functional-left", true;
    /// The cluster node does not resume.
    NodeStuck: "node-stuck", false;
    /// Another member fails while this one is out, for some hours.
    PeerFails: "peer-fails", true;
    /// The witness is lost while this member is out.
    WitnessLost: "witness-lost", true;
    /// Orders are lost on the wire, now and then.
    OrdersLost: "orders-lost", true;
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
