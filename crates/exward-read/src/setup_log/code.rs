//! What an exit code of Windows Installer, or of an update's own installer, means.
//!
//! # Invariants
//! * **C1 a code is a claim.** `0` says that the installer is content; whether the update is in is
//!   told by the file version of `ExSetup.exe`.
//! * **C2 an unknown code is no success.**
//!
//! Sources: "MsiExec.exe and InstMsi.exe error messages" and "Windows Update error codes",
//! Microsoft Learn; "Fix failed Exchange Server updates", Microsoft Learn, 02/2025.

use std::fmt;

/// What the exit code of an installer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum CodeMeaning {
    /// 0: the installer is content.
    Success,
    /// 3010: done, and the server must restart before it counts.
    RestartNeeded,
    /// 1641: done, and the installer has started the restart itself.
    RestartStarted,
    /// 1602: somebody or something cancelled the installation.
    Cancelled,
    /// 1603: the installation failed and was rolled back; the log says where.
    Fatal,
    /// 1612: Windows Installer does not find the package that installed the present CU.
    SourceMissing,
    /// 1618: another installation is running.
    AnotherInstallation,
    /// 1619: the package could not be opened.
    PackageUnreadable,
    /// 1635: the update package could not be opened.
    UpdateUnreadable,
    /// 1636: the file is no valid update package.
    UpdateInvalid,
    /// 1642: the update belongs to another CU, or to a product that is not installed.
    WrongCu,
    /// 1648: no valid order of updates, usually because an interim update is in the way.
    UpdateOrder,
    /// 1935: an assembly could not be installed.
    AssemblyFailed,
    /// -2145124329 (0x80240017): Windows Update holds the update for not applicable here.
    NotApplicable,
    /// A code that is not in this list.
    Unknown(i64),
}

/// What is to be done before the same installer is started again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Again {
    /// Nothing: it has done its work.
    No,
    /// Wait: the same call may succeed later.
    Later,
    /// First what [`CodeMeaning::remedy`] says.
    AfterRemedy,
}

/// 0x80240017 as the signed number that PowerShell and most tools show.
const NOT_APPLICABLE: i64 = -2_145_124_329;
/// The same as an unsigned number.
const NOT_APPLICABLE_UNSIGNED: i64 = 2_149_842_967;

/// The meaning of an exit code of `msiexec` or of an update's own installer.
#[must_use]
pub const fn installer_code(code: i64) -> CodeMeaning {
    match code {
        0 => CodeMeaning::Success,
        3010 => CodeMeaning::RestartNeeded,
        1641 => CodeMeaning::RestartStarted,
        1602 => CodeMeaning::Cancelled,
        1603 => CodeMeaning::Fatal,
        1612 => CodeMeaning::SourceMissing,
        1618 => CodeMeaning::AnotherInstallation,
        1619 => CodeMeaning::PackageUnreadable,
        1635 => CodeMeaning::UpdateUnreadable,
        1636 => CodeMeaning::UpdateInvalid,
        1642 => CodeMeaning::WrongCu,
        1648 => CodeMeaning::UpdateOrder,
        1935 => CodeMeaning::AssemblyFailed,
        NOT_APPLICABLE | NOT_APPLICABLE_UNSIGNED => CodeMeaning::NotApplicable,
        other => CodeMeaning::Unknown(other),
    }
}

impl CodeMeaning {
    /// The code; the unsigned form of 0x80240017 becomes the signed one.
    #[must_use]
    pub const fn code(self) -> i64 {
        match self {
            Self::Success => 0,
            Self::RestartNeeded => 3010,
            Self::RestartStarted => 1641,
            Self::Cancelled => 1602,
            Self::Fatal => 1603,
            Self::SourceMissing => 1612,
            Self::AnotherInstallation => 1618,
            Self::PackageUnreadable => 1619,
            Self::UpdateUnreadable => 1635,
            Self::UpdateInvalid => 1636,
            Self::WrongCu => 1642,
            Self::UpdateOrder => 1648,
            Self::AssemblyFailed => 1935,
            Self::NotApplicable => NOT_APPLICABLE,
            Self::Unknown(code) => code,
        }
    }

    /// True if the installer claims that the update is in (C1), a restart pending or not.
    #[must_use]
    pub const fn claims_success(self) -> bool {
        matches!(self, Self::Success | Self::RestartNeeded | Self::RestartStarted)
    }

    /// Whether the same call may be made again.
    #[must_use]
    pub const fn again(self) -> Again {
        match self {
            Self::Success | Self::RestartNeeded | Self::RestartStarted => Again::No,
            Self::AnotherInstallation => Again::Later,
            Self::Cancelled
            | Self::Fatal
            | Self::SourceMissing
            | Self::PackageUnreadable
            | Self::UpdateUnreadable
            | Self::UpdateInvalid
            | Self::WrongCu
            | Self::UpdateOrder
            | Self::AssemblyFailed
            | Self::NotApplicable
            | Self::Unknown(_) => Again::AfterRemedy,
        }
    }

    /// What happened, in a few words.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Success => "the installer says it is done",
            Self::RestartNeeded => "the installer says it is done; the server must restart",
            Self::RestartStarted => "the installer says it is done and restarts the server",
            Self::Cancelled => "the installation was cancelled",
            Self::Fatal => "the installation failed and was rolled back",
            Self::SourceMissing => "Windows Installer misses the package of the installed CU",
            Self::AnotherInstallation => "another installation is running",
            Self::PackageUnreadable => "the installation package could not be opened",
            Self::UpdateUnreadable => "the update package could not be opened",
            Self::UpdateInvalid => "the file is no valid update package",
            Self::WrongCu => "the update belongs to another CU",
            Self::UpdateOrder => "the update does not fit the updates that are installed",
            Self::AssemblyFailed => "an assembly could not be installed",
            Self::NotApplicable => "the update does not apply to this server",
            Self::Unknown(_) => "the installer gave a code that is not known here",
        }
    }

    /// What an administrator does now.
    #[must_use]
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::Success => {
                "Compare the file version of bin\\ExSetup.exe with the build of the update, and see \
                 that every Exchange service is back in its start type."
            }
            Self::RestartNeeded => {
                "Restart the server, then compare the file version of bin\\ExSetup.exe with the \
                 build of the update."
            }
            Self::RestartStarted => {
                "Wait for the restart, then compare the file version of bin\\ExSetup.exe with the \
                 build of the update."
            }
            Self::Cancelled => {
                "See that no Exchange service was left disabled, then start the update again from \
                 an elevated prompt with /quiet or /passive."
            }
            Self::Fatal => {
                "Read the installer's log upwards from `Return value 3`. Usual: an access list on \
                 ClientAccess\\owa\\auth or below bin was changed, a file is held by antivirus or \
                 backup, or it was not started elevated. See that no service was left disabled."
            }
            Self::SourceMissing => {
                "Mount the ISO of the CU that is installed now (not of the new one) and restore the \
                 missing packages in C:\\Windows\\Installer from it; Microsoft's \
                 FixInstallerCache.ps1 does that. Then start the update again."
            }
            Self::AnotherInstallation => {
                "Wait until Windows Update, the other update or the agent that installs software is \
                 done (msiexec.exe has ended), restart if one is pending, and start again."
            }
            Self::PackageUnreadable => {
                "Give the absolute path of the package on a local disk, unblock the file, and start \
                 setup as E:\\Setup.exe from the media: a bare setup.exe is found through PATH in \
                 the installed bin folder."
            }
            Self::UpdateUnreadable => {
                "Copy the .msp to a local disk, unblock it, compare its hash with the catalog's or \
                 download it again, and name it by its absolute path."
            }
            Self::UpdateInvalid => {
                "The file is damaged or no .msp at all: download it again, and look whether the \
                 proxy delivered a page instead."
            }
            Self::WrongCu => {
                "An SU fits one CU only. Compare the CU in the update's name with the one that \
                 `Get-ExchangeServer` and bin\\ExSetup.exe tell; take the package for this CU, or \
                 install the CU first."
            }
            Self::UpdateOrder => {
                "Remove interim updates (IU) in Programs and Features, restart, and install the \
                 newest SU; SUs are cumulative within a CU."
            }
            Self::AssemblyFailed => {
                "Restart, see that the .NET Framework in use is supported by this CU and whole, stop \
                 antivirus for the time of the update, and start it again."
            }
            Self::NotApplicable => {
                "Look whether this build or a newer one is installed already, and whether the update \
                 is for this CU."
            }
            Self::Unknown(_) => {
                "Look the code up with `net helpmsg` or in Microsoft's list, and read the installer's \
                 log. Treat the server as not updated until the file version of bin\\ExSetup.exe \
                 says otherwise."
            }
        }
    }
}

impl fmt::Display for CodeMeaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.title())
    }
}
