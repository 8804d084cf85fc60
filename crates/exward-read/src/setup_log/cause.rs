//! Why a setup failed: one name for each cause, and what to do about it.
//!
//! Sources: "Fix failed Exchange Server updates" and "Prepare Active Directory and domains",
//! Microsoft Learn, read 07/2026; the project's research on updating.

use std::borrow::Cow;

use super::code::CodeMeaning;
use super::prerequisite::{Reach, Rule};

/// Why a setup failed, or what else its log shows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Cause {
    /// A check before the installation failed; nothing was changed yet.
    Prerequisite(Rule),
    /// The account is no member of Organization Management.
    NotOrganizationManagement,
    /// The schema must be extended, and the account may not.
    InsufficientRightsSchema,
    /// Active Directory refused a change for lack of rights.
    InsufficientRights,
    /// `ldifde` could not import a part of the schema.
    SchemaImportFailed,
    /// A group that setup knows by its GUID has the wrong type or scope.
    WellKnownGroupWrongType,
    /// A group that setup knows by its GUID was deleted.
    WellKnownObjectDeleted,
    /// A system mailbox cannot be made because its user principal name is taken.
    ArbitrationMailboxUpnConflict,
    /// A system mailbox is in no database.
    ArbitrationMailboxWithoutDatabase,
    /// The configuration of the malware filter (FIP-FS) could not be written.
    FipFsAccessDenied,
    /// The service of Windows Firewall does not run.
    FirewallServiceStopped,
    /// The setup of the installed version ran, not that of the media.
    SetupRunFromBin,
    /// Setup ran for the build that is installed already.
    SameBuild,
    /// The object of the public folder tree is missing in Active Directory.
    PublicFolderObjectMissing,
    /// No domain controller that Exchange can use.
    NoSuitableDc,
    /// The search service could not be configured.
    SearchFoundationFailed,
    /// All services were stopped before setup recorded which ran.
    ServiceControlNoServices,
    /// A service could not start because it is disabled.
    ServiceDisabled,
    /// A service did not start; the log does not say why.
    ServiceNotStarted,
    /// Windows Installer misses the package of the installed CU.
    MsiSourceMissing,
    /// Active Directory and IIS disagree about a virtual directory.
    VirtualDirectoryMismatch,
    /// Setup did not understand its command line.
    InvalidCommandLine,
    /// A file or folder could not be written.
    FileAccessDenied,
    /// Another process holds a file.
    FileInUse,
    /// No room on a disk.
    DiskFull,
    /// A certificate that Exchange needs has expired.
    CertificateExpired,
    /// PowerShell may not run the scripts of setup.
    ScriptsDisabled,
    /// Windows Installer ended with a code that says more than the log.
    Installer(CodeMeaning),
}

/// Name, title, what the detail of a finding is, and remedy.
pub(super) struct Facts {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) detail: &'static str,
    pub(super) remedy: &'static str,
}

impl Cause {
    /// The cause of a failed prerequisite rule. Rules about the account's role group, which fail
    /// together for every role, are one cause.
    #[must_use]
    pub fn of_rule(rule: Rule) -> Self {
        match rule.name() {
            "SchemaUpdateRequired" => Self::InsufficientRightsSchema,
            name if name.starts_with("Delegated") => Self::NotOrganizationManagement,
            _ => Self::Prerequisite(rule),
        }
    }

    /// The cause that a code of Windows Installer stands for.
    #[must_use]
    pub const fn of_code(code: CodeMeaning) -> Self {
        if matches!(code, CodeMeaning::SourceMissing) {
            Self::MsiSourceMissing
        } else {
            Self::Installer(code)
        }
    }

    /// The name in machine output: `schema-import-failed`, `prerequisite:RebootPending`,
    /// `installer:1618`.
    #[must_use]
    pub fn name(&self) -> Cow<'static, str> {
        let name = self.facts().name;
        if let Self::Prerequisite(rule) = self {
            return format!("{name}:{}", rule.name()).into();
        }
        if let Self::Installer(code) = self {
            return format!("{name}:{}", code.code()).into();
        }
        name.into()
    }

    /// What is wrong, in a few words.
    #[must_use]
    pub fn title(&self) -> &'static str {
        self.facts().title
    }

    /// What an administrator does about it. Never empty.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        self.facts().remedy
    }

    /// What the detail of a finding of this cause names: `service`, `group`.
    #[must_use]
    pub fn detail_name(&self) -> &'static str {
        self.facts().detail
    }

    /// True for what says less than other errors of the same task: it is the cause only if there
    /// is nothing better.
    pub(super) const fn is_general(&self) -> bool {
        matches!(
            self,
            Self::Installer(CodeMeaning::Fatal | CodeMeaning::Unknown(_))
                | Self::ServiceNotStarted
                | Self::InsufficientRights
                | Self::FileAccessDenied
        )
    }

    /// How much a failed check explains (P2).
    pub(super) fn reach(&self) -> Reach {
        // The rules that became causes of their own are about the account.
        if let Self::Prerequisite(rule) = self { rule.reach() } else { Reach::Account }
    }

    fn facts(&self) -> Facts {
        super::remedy::facts(self)
    }
}
