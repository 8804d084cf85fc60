//! The actions of a step, and when in the life of an update they belong.
//!
//! Order and meaning: "Perform maintenance on DAG members" and "Upgrade Exchange to the latest
//! cumulative update", Microsoft Learn; `notes/updating.md` sections 1 and 2.

use std::fmt;

use crate::build::Build;

/// Something that Exchange or an update needs installed before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Prerequisite {
    /// .NET Framework 4.8.
    DotNet48,
    /// .NET Framework 4.8.1.
    DotNet481,
    /// Visual C++ 2012 redistributable.
    Vc2012,
    /// Visual C++ 2013 redistributable.
    Vc2013,
    /// IIS URL Rewrite 2.1.
    UrlRewrite,
}

/// Every prerequisite with its name in files and for people.
const PREREQUISITES: [(Prerequisite, &str, &str); 5] = [
    (Prerequisite::DotNet48, "dotnet-48", ".NET Framework 4.8"),
    (Prerequisite::DotNet481, "dotnet-481", ".NET Framework 4.8.1"),
    (Prerequisite::Vc2012, "vc-2012", "Visual C++ 2012 redistributable"),
    (Prerequisite::Vc2013, "vc-2013", "Visual C++ 2013 redistributable"),
    (Prerequisite::UrlRewrite, "url-rewrite", "IIS URL Rewrite module"),
];

impl Prerequisite {
    /// Name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        PREREQUISITES.iter().find(|it| it.0 == self).map_or("", |it| it.1)
    }

    /// Name for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        PREREQUISITES.iter().find(|it| it.0 == self).map_or("", |it| it.2)
    }

    /// The prerequisite of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        PREREQUISITES.iter().find(|it| it.1 == name).map(|it| it.0)
    }
}

/// Part of an update's life that a step belongs to; a recipe goes through them in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Nothing has changed yet.
    Look,
    /// Leaving service; can be taken back.
    Leave,
    /// Beyond the point of no return: only forward, repair, or quarantine.
    Install,
    /// Proof while still out of service.
    Prove,
    /// Returning to service.
    Return,
    /// Back, and watched.
    Watch,
}

/// What one step does. The names in brackets are the cmdlets behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Writes down component states with requesters, services with start types, activation policy,
    /// mitigations: what must be the same again in the end.
    RecordState,
    /// Stops taking new mail (`Set-ServerComponentState HubTransport Draining`, transport restarted).
    DrainTransport,
    /// Pauses the cluster node (`Suspend-ClusterNode`).
    SuspendNode,
    /// No database may become active here (`DatabaseCopyActivationDisabledAndMoveNow`,
    /// `DatabaseCopyAutoActivationPolicy Blocked`).
    BlockActivation,
    /// Active databases and the primary active manager move to other members.
    MoveActives,
    /// Queued mail goes to another server (`Redirect-Message`), or has its time to leave by itself.
    EmptyQueues,
    /// Out of service (`ServerWideOffline Inactive`).
    GoOffline,
    /// Installs a prerequisite.
    InstallPrerequisite(Prerequisite),
    /// Installs a CU, over the older one (`Setup.exe /Mode:Upgrade`).
    InstallCu(Build),
    /// Installs an SU or HU (`msiexec /update`).
    InstallSu(Build),
    /// Restarts Windows.
    Restart,
    /// Gives services their recorded start types, and starts what ran before.
    RestoreServices,
    /// Applies again what mitigations the update has wiped and does not replace.
    RestoreMitigations,
    /// Proves, still out of service: file version of ExSetup.exe, services, probes on the server itself.
    ProveBuild(Build),
    /// In service again (`ServerWideOffline Active`).
    GoOnline,
    /// Resumes the cluster node (`Resume-ClusterNode`).
    ResumeNode,
    /// Gives the activation policy its recorded value.
    RestoreActivation,
    /// Takes mail again (`HubTransport Active`, transport restarted).
    ResumeTransport,
    /// Proves: component states as recorded, copies healthy, probes from outside.
    ProveService,
    /// Stays healthy for so many minutes.
    Soak(u32),
}

impl Action {
    /// Where in an update's life it belongs. A restart before the first install is still past no point
    /// of no return, but only an install makes one; so a restart counts as leaving.
    #[must_use]
    pub const fn stage(self) -> Stage {
        match self {
            Self::RecordState => Stage::Look,
            Self::DrainTransport
            | Self::SuspendNode
            | Self::BlockActivation
            | Self::MoveActives
            | Self::EmptyQueues
            | Self::GoOffline
            | Self::Restart => Stage::Leave,
            Self::InstallPrerequisite(_) | Self::InstallCu(_) | Self::InstallSu(_) => {
                Stage::Install
            }
            Self::RestoreServices | Self::RestoreMitigations | Self::ProveBuild(_) => Stage::Prove,
            Self::GoOnline | Self::ResumeNode | Self::RestoreActivation | Self::ResumeTransport => {
                Stage::Return
            }
            Self::ProveService | Self::Soak(_) => Stage::Watch,
        }
    }

    /// Name in files, without its argument.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RecordState => "record-state",
            Self::DrainTransport => "drain-transport",
            Self::SuspendNode => "suspend-node",
            Self::BlockActivation => "block-activation",
            Self::MoveActives => "move-actives",
            Self::EmptyQueues => "empty-queues",
            Self::GoOffline => "go-offline",
            Self::InstallPrerequisite(_) => "install-prerequisite",
            Self::InstallCu(_) => "install-cu",
            Self::InstallSu(_) => "install-su",
            Self::Restart => "restart",
            Self::RestoreServices => "restore-services",
            Self::RestoreMitigations => "restore-mitigations",
            Self::ProveBuild(_) => "prove-build",
            Self::GoOnline => "go-online",
            Self::ResumeNode => "resume-node",
            Self::RestoreActivation => "restore-activation",
            Self::ResumeTransport => "resume-transport",
            Self::ProveService => "prove-service",
            Self::Soak(_) => "soak",
        }
    }

    /// Its argument as text; `None` if it has none.
    #[must_use]
    pub fn argument(self) -> Option<String> {
        match self {
            Self::InstallPrerequisite(it) => Some(it.name().to_owned()),
            Self::InstallCu(build) | Self::InstallSu(build) | Self::ProveBuild(build) => {
                Some(build.to_string())
            }
            Self::Soak(minutes) => Some(minutes.to_string()),
            Self::RecordState
            | Self::DrainTransport
            | Self::SuspendNode
            | Self::BlockActivation
            | Self::MoveActives
            | Self::EmptyQueues
            | Self::GoOffline
            | Self::Restart
            | Self::RestoreServices
            | Self::RestoreMitigations
            | Self::GoOnline
            | Self::ResumeNode
            | Self::RestoreActivation
            | Self::ResumeTransport
            | Self::ProveService => None,
        }
    }

    /// The action of this name and argument; `None` if there is no such action.
    #[must_use]
    pub fn parse(name: &str, argument: Option<&str>) -> Option<Self> {
        const PLAIN: [Action; 15] = [
            Action::RecordState,
            Action::DrainTransport,
            Action::SuspendNode,
            Action::BlockActivation,
            Action::MoveActives,
            Action::EmptyQueues,
            Action::GoOffline,
            Action::Restart,
            Action::RestoreServices,
            Action::RestoreMitigations,
            Action::GoOnline,
            Action::ResumeNode,
            Action::RestoreActivation,
            Action::ResumeTransport,
            Action::ProveService,
        ];
        let Some(argument) = argument else {
            return PLAIN.into_iter().find(|it| it.name() == name);
        };
        match name {
            "install-prerequisite" => Prerequisite::named(argument).map(Self::InstallPrerequisite),
            "install-cu" => argument.parse().ok().map(Self::InstallCu),
            "install-su" => argument.parse().ok().map(Self::InstallSu),
            "prove-build" => argument.parse().ok().map(Self::ProveBuild),
            "soak" => argument.parse().ok().map(Self::Soak),
            _ => None,
        }
    }
}

impl fmt::Display for Action {
    /// `install-su 15.2.2562.56`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.argument() {
            Some(argument) => f.pad(&format!("{} {argument}", self.name())),
            None => f.pad(self.name()),
        }
    }
}
