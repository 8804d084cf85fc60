//! The words for each cause: title, and the steps that an administrator takes.

use super::cause::{Cause, Facts};

/// The words for a cause; those of rules and installer codes are in their own tables.
#[expect(clippy::too_many_lines, reason = "a table: one entry a cause")]
pub(super) fn facts(cause: &Cause) -> Facts {
    match cause {
        Cause::Prerequisite(rule) => Facts {
            name: "prerequisite",
            title: rule.title(),
            detail: "named by the rule",
            remedy: rule.remedy(),
        },
        Cause::Installer(code) => Facts {
            name: "installer",
            title: code.title(),
            detail: "named by the log",
            remedy: code.remedy(),
        },
        Cause::NotOrganizationManagement => Facts {
            name: "prerequisite:not-organization-management",
            title: "the account is no member of Organization Management",
            detail: "rule",
            remedy: "Add the account to the role group Organization Management, log off and on \
                     again (the old token does not have it), check with `whoami /groups`, and start \
                     setup elevated. Nothing was changed yet.",
        },
        Cause::InsufficientRightsSchema => Facts {
            name: "insufficient-rights-schema",
            title: "the schema must be extended, and the account may not",
            detail: "rule",
            remedy: "Run Setup.exe /PrepareSchema with an account in Schema Admins and Enterprise \
                     Admins, on a machine in the domain and site of the schema master. Wait until it \
                     has replicated to every domain controller, then /PrepareAD, then start this \
                     setup again.",
        },
        Cause::InsufficientRights => Facts {
            name: "insufficient-rights",
            title: "Active Directory refused a change for lack of rights",
            detail: "domain controller",
            remedy: "Run setup elevated with an account in Organization Management (Enterprise \
                     Admins for /PrepareAD, Domain Admins for /PrepareDomain). If it has that, look \
                     on the object that the log names whether inheritance of permissions is \
                     switched off, and run Setup.exe /PrepareAD to restore them.",
        },
        Cause::SchemaImportFailed => Facts {
            name: "schema-import-failed",
            title: "a part of the schema could not be imported",
            detail: "code and file of ldifde",
            remedy: "Open ldif.err in the folder that the log names: it has the object and the \
                     server's reason (duplicate OID or attribute of other software, no rights, \
                     replication not finished). Cure that in the schema, see that the schema master \
                     replicates (`repadmin /showrepl`), and run Setup.exe /PrepareSchema again.",
        },
        Cause::WellKnownGroupWrongType => Facts {
            name: "well-known-group-wrong-type",
            title: "a group that Exchange needs has the wrong type or scope",
            detail: "group",
            remedy: "Make the named group a universal security group in Active Directory Users and \
                     Computers (`Set-ADGroup -GroupScope Universal -GroupCategory Security`). If it \
                     is not the group that Exchange made, correct the link in otherWellKnownObjects \
                     of CN=Microsoft Exchange,CN=Services. Then run Setup.exe /PrepareAD.",
        },
        Cause::WellKnownObjectDeleted => Facts {
            name: "well-known-object-deleted",
            title: "a group that Exchange needs was deleted",
            detail: "object",
            remedy: "Restore the named group from the AD recycle bin. If that is not possible, \
                     remove its value from otherWellKnownObjects of CN=Microsoft \
                     Exchange,CN=Services (ADSI Edit, after a backup), and run Setup.exe /PrepareAD, \
                     which makes the group anew; its members must be put back by hand.",
        },
        Cause::ArbitrationMailboxUpnConflict => Facts {
            name: "arbitration-mailbox-upn-conflict",
            title: "the user principal name of a system mailbox is taken",
            detail: "mailbox",
            remedy: "Search the whole forest for the userPrincipalName of the named system mailbox \
                     (global catalog, port 3268). If a second or broken object has it, delete or \
                     rename that one; if the system mailbox lies in an unexpected place, repair it. \
                     Let it replicate and run Setup.exe /PrepareAD.",
        },
        Cause::ArbitrationMailboxWithoutDatabase => Facts {
            name: "arbitration-mailbox-without-database",
            title: "a system mailbox is in no database",
            detail: "mailbox",
            remedy: "The named mailbox has no homeMDB. For an arbitration or discovery mailbox: \
                     disable the broken mailbox or delete its user object, run Setup.exe /PrepareAD \
                     to make it anew, then `Enable-Mailbox -Arbitration` (discovery: `-Discovery`) \
                     with -Database. Start setup again.",
        },
        Cause::FipFsAccessDenied => Facts {
            name: "fipfs-access-denied",
            title: "the configuration of the malware filter could not be written",
            detail: "file",
            remedy: "Stop the filtering service (FMS) and its processes, see that SYSTEM, \
                     Administrators and NETWORK SERVICE have their rights on V15\\FIP-FS\\Data and \
                     that Configuration.xml is not write-protected, exclude the folder from \
                     antivirus, and start setup again; it goes on where it stopped.",
        },
        Cause::FirewallServiceStopped => Facts {
            name: "firewall-service-stopped",
            title: "the service of Windows Firewall does not run",
            detail: "service",
            remedy: "Set the service MpsSvc (Windows Defender Firewall) to Automatic and start it; \
                     setup needs it to add its rules, even if the firewall's profiles are off. Look \
                     for a policy that disables it. Then start setup again.",
        },
        Cause::SetupRunFromBin => Facts {
            name: "setup-run-from-bin",
            title: "the setup of the installed version ran, not that of the media",
            detail: "started from",
            remedy: "Start setup by its absolute path on the mounted media (E:\\Setup.exe). A bare \
                     setup.exe, or setup in PowerShell without .\\, is found through PATH in the \
                     installed bin folder. Services that this run disabled must be set back first: \
                     `ServiceControl.ps1 AfterPatch` in V15\\Bin.",
        },
        Cause::SameBuild => Facts {
            name: "same-build",
            title: "setup ran for the build that is installed already",
            detail: "build",
            remedy: "If this was to be an update, setup came from the wrong place: start it by its \
                     absolute path on the media of the new CU (E:\\Setup.exe), never as a bare \
                     setup.exe.",
        },
        Cause::PublicFolderObjectMissing => Facts {
            name: "public-folder-object-missing",
            title: "the object of the public folder tree is missing or damaged",
            detail: "object",
            remedy: "In ADSI Edit, look below CN=Folder Hierarchies of the administrative group: the \
                     container must hold CN=Public Folders of class msExchPFTree with \
                     msExchPFTreeType 1. Create or correct it (after a backup), let it replicate, \
                     and start setup again.",
        },
        Cause::NoSuitableDc => Facts {
            name: "no-suitable-dc",
            title: "no domain controller that Exchange can use",
            detail: "forest and site",
            remedy: "On this server: `nltest /dsgetsite` and `nltest /dsgetdc:DOMAIN /gc` must name \
                     a global catalog in its site; the subnet must be assigned to the site; DNS must \
                     be that of the forest; ports 389, 3268, 88, 445 and RPC open. Event 2080 of \
                     MSExchange ADAccess shows what each controller lacks: with 0 under SACL right, \
                     give Exchange Servers the right `Manage auditing and security log` (Setup.exe \
                     /PrepareDomain). IPv6 must not be unbound. Restart the AD topology service, \
                     start setup again.",
        },
        Cause::SearchFoundationFailed => Facts {
            name: "search-foundation-failed",
            title: "the search service could not be configured",
            detail: "reason",
            remedy: "Stop the service HostControllerService and end NodeRunner processes, see that \
                     it may start (`Automatic`), that antivirus excludes V15\\Bin\\Search, and that \
                     memory is left. If it times out again, remove the half-made configuration with \
                     `installconfig.ps1 -action U` in V15\\Bin\\Search\\Ceres\\Installer, clear \
                     HostController\\Data, and start setup again.",
        },
        Cause::ServiceControlNoServices => Facts {
            name: "servicecontrol-no-services",
            title: "no Exchange service ran when setup wanted to record which do",
            detail: "script",
            remedy: "An earlier attempt left the services stopped or disabled. Set their start types \
                     back (`ServiceControl.ps1 AfterPatch` in V15\\Bin; the lists are the Service*.xml \
                     files in C:\\ExchangeSetupLogs), start at least the AD topology service and the \
                     information store, and start setup again.",
        },
        Cause::ServiceDisabled => Facts {
            name: "service-disabled",
            title: "a service is disabled",
            detail: "service",
            remedy: "An earlier attempt left services disabled. Set the named service and all other \
                     disabled Exchange services back to the start type they had \
                     (`ServiceControl.ps1 AfterPatch` in V15\\Bin; POP3 and IMAP4 may be Manual by \
                     intent), and those that Exchange needs (IIS, WinRM, Remote Registry) as well. \
                     Then start setup again; it goes on where it stopped.",
        },
        Cause::ServiceNotStarted => Facts {
            name: "service-not-started",
            title: "a service did not start",
            detail: "service",
            remedy: "Start the named service by hand and read what it writes to the event log; usual: \
                     a service it needs is disabled, a certificate has expired, no domain controller, \
                     a port is taken. When it starts, start setup again; it goes on where it stopped.",
        },
        Cause::MsiSourceMissing => Facts {
            name: "msi-source-missing",
            title: "Windows Installer misses the package of the installed CU",
            detail: "product or package",
            remedy: "Mount the ISO of the CU that is installed now (not of the new one) and restore \
                     the missing packages in C:\\Windows\\Installer from it; Microsoft's \
                     FixInstallerCache.ps1 does that. If only a language or speech package is named, \
                     uninstall it or repair it from its own media. See that C:\\Windows\\Installer is \
                     not cleaned or blocked, then start setup again.",
        },
        Cause::VirtualDirectoryMismatch => Facts {
            name: "virtual-directory-mismatch",
            title: "Active Directory and IIS disagree about a virtual directory",
            detail: "virtual directory",
            remedy: "Compare `Get-OwaVirtualDirectory -ShowMailboxVirtualDirectories` (and its \
                     siblings for ECP, EWS, OAB, …) with what IIS Manager shows for this server. Make \
                     the missing side anew: remove the virtual directory and create it again with \
                     `New-…VirtualDirectory -Role Mailbox` for `Exchange Back End`, or add the \
                     application in IIS with the application pool of its name. Then start setup again.",
        },
        Cause::InvalidCommandLine => Facts {
            name: "invalid-command-line",
            title: "setup did not understand its command line",
            detail: "named by setup",
            remedy: "Correct the named option. Since September 2021 the licence is accepted with \
                     /IAcceptExchangeServerLicenseTerms_DiagnosticDataOFF or …ON; /PrepareSchema and \
                     /PrepareAD are options of their own and no /Mode. Nothing was changed.",
        },
        Cause::FileAccessDenied => Facts {
            name: "file-access-denied",
            title: "a file or folder could not be written",
            detail: "path",
            remedy: "Start setup elevated; give SYSTEM and Administrators full control on the named \
                     path, take a write protection away, exclude it from antivirus, and start setup \
                     again.",
        },
        Cause::FileInUse => Facts {
            name: "file-in-use",
            title: "another process holds a file",
            detail: "path",
            remedy: "Find the process that has the named file open (antivirus, backup, monitoring, an \
                     open management shell), stop it, and start setup again; a restart before does \
                     the same.",
        },
        Cause::DiskFull => Facts {
            name: "disk-full",
            title: "no room on a disk",
            detail: "disk",
            remedy: "Make room on the system disk and on that of Exchange (30 GB for a CU): old logs \
                     of IIS and V15\\Logging, temporary files; never C:\\Windows\\Installer. Then start \
                     setup again.",
        },
        Cause::CertificateExpired => Facts {
            name: "certificate-expired",
            title: "a certificate that Exchange needs has expired",
            detail: "certificate",
            remedy: "Renew it: `Get-ExchangeCertificate` and `(Get-AuthConfig)` show which (the Auth \
                     certificate, or that of IIS and the transport service). Bind it, wait until the \
                     new Auth certificate is in effect, and start setup again.",
        },
        Cause::ScriptsDisabled => Facts {
            name: "scripts-disabled",
            title: "PowerShell may not run the scripts of setup",
            detail: "named by the log",
            remedy: "`Get-ExecutionPolicy -List`: set MachinePolicy and UserPolicy (group policy) to \
                     not configured or RemoteSigned for this server, and let AppLocker or WDAC allow \
                     the scripts. Then start setup again.",
        },
    }
}
