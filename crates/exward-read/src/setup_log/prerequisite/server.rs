//! Rules about the server itself.

use super::{Reach, Row};

pub(super) const ROWS: &[Row] = &[
    Row {
        name: "InstallWatermark",
        reach: Reach::Version,
        title: "an earlier setup stopped half-way",
        remedy: "Finish that one: start the setup of the same CU again from its media. Only if \
                 it cannot go on, remove Action and Watermark below \
                 HKLM\\SOFTWARE\\Microsoft\\ExchangeServer\\v15\\ROLE, after a backup of the \
                 key.",
    },
    Row {
        name: "ExchangeAlreadyInstalled",
        reach: Reach::Version,
        title: "Exchange is installed already",
        remedy: "Use /Mode:Upgrade, from the media of the new CU by absolute path.",
    },
    Row {
        name: "AllServersOfHigherVersionRule",
        reach: Reach::Version,
        title: "newer servers are in the organization",
        remedy: "Use media at least as new as the newest server.",
    },
    Row {
        name: "ExchangeVersionBlock",
        reach: Reach::Version,
        title: "the installed version cannot be upgraded by this one",
        remedy: "An upgrade is possible only within a product, and from 2019 CU14 or CU15 to SE. \
                 Else install a new server and move the mailboxes.",
    },
    Row {
        name: "Exchange2000or2003PresentInOrg",
        reach: Reach::Version,
        title: "Exchange 2000 or 2003 is in the organization",
        remedy: "Remove those servers from the organization first.",
    },
    Row {
        name: "E16E12CoexistenceMinVersionRequirement",
        reach: Reach::Version,
        title: "Exchange 2007 is in the organization",
        remedy: "Remove those servers from the organization first.",
    },
    Row {
        name: "E16E14CoexistenceMinVersionRequirement",
        reach: Reach::Version,
        title: "an Exchange 2010 server is too old",
        remedy: "Update every Exchange 2010 server as the rule's message says, or remove it from \
                 the organization.",
    },
    Row {
        name: "E16E15CoexistenceMinVersionRequirement",
        reach: Reach::Version,
        title: "an Exchange 2013 server is too old",
        remedy: "Update every Exchange 2013 server as the rule's message says, or remove it from \
                 the organization.",
    },
    Row {
        name: "E19E14CoexistenceRequirement",
        reach: Reach::Version,
        title: "Exchange 2010 is in the organization",
        remedy: "Remove those servers from the organization first.",
    },
    Row {
        name: "HybridIsEnabledAndTenantVersionIsNotUpgraded",
        reach: Reach::Version,
        title: "setup asks about the tenant of the hybrid organization",
        remedy: "Run the newest Hybrid Configuration Wizard, or give /TenantOrganizationConfig \
                 with the file that `Get-OrganizationConfig` of the tenant exports.",
    },
    Row {
        name: "ValidOSVersion",
        reach: Reach::Version,
        title: "this Windows is not supported by this CU",
        remedy: "Look the CU up in Microsoft's supportability matrix; move to a server with a \
                 supported Windows (an in-place upgrade of Windows under Exchange is not \
                 supported).",
    },
    Row {
        name: "IsServerCoreInstalled",
        reach: Reach::Version,
        title: "this kind of Windows installation is not supported",
        remedy: "Install on the kind of Windows that the rule's message names.",
    },
    Row {
        name: "MinimumFrameworkNotInstalled",
        reach: Reach::Software,
        title: "the .NET Framework is too old",
        remedy: "Install the .NET Framework that this CU supports on this Windows (4.8 or 4.8.1: \
                 see the supportability matrix), restart, and start setup again.",
    },
    Row {
        name: "VC2012RedistDependencyRequirement",
        reach: Reach::Software,
        title: "Visual C++ 2012 is missing",
        remedy: "Install the Visual C++ 2012 Update 4 redistributable (x64).",
    },
    Row {
        name: "VC2013RedistDependencyRequirement",
        reach: Reach::Software,
        title: "Visual C++ 2013 is missing",
        remedy: "Install the Visual C++ 2013 redistributable (x64).",
    },
    Row {
        name: "UcmaRedistMsi",
        reach: Reach::Software,
        title: "the Unified Communications runtime (UCMA) is missing",
        remedy: "Install UCMA 4.0: UcmaRedist\\Setup.exe on the media.",
    },
    Row {
        name: "IisUrlRewriteNotInstalled",
        reach: Reach::Software,
        title: "the IIS URL Rewrite module is missing",
        remedy: "Install IIS URL Rewrite Module 2.1 (x64).",
    },
    Row {
        name: "RsatAddsToolsInstalled",
        reach: Reach::Software,
        title: "the tools for Active Directory are missing",
        remedy: "`Install-WindowsFeature RSAT-ADDS`, restart if it asks.",
    },
    Row {
        name: "RsatClusteringInstalled",
        reach: Reach::Software,
        title: "the tools for failover clusters are missing",
        remedy: "`Install-WindowsFeature RSAT-Clustering, RSAT-Clustering-CmdInterface, \
                 RSAT-Clustering-Mgmt, RSAT-Clustering-PowerShell`.",
    },
    Row {
        name: "RsatClusteringCmdInterfaceInstalled",
        reach: Reach::Software,
        title: "the tools for failover clusters are missing",
        remedy: "`Install-WindowsFeature RSAT-Clustering-CmdInterface`.",
    },
    Row {
        name: "RsatClusteringMgmtInstalled",
        reach: Reach::Software,
        title: "the tools for failover clusters are missing",
        remedy: "`Install-WindowsFeature RSAT-Clustering-Mgmt`.",
    },
    Row {
        name: "RsatClusteringPowerShellInstalled",
        reach: Reach::Software,
        title: "the tools for failover clusters are missing",
        remedy: "`Install-WindowsFeature RSAT-Clustering-PowerShell`.",
    },
    Row {
        name: "WinRMIISExtensionInstalled",
        reach: Reach::Software,
        title: "the IIS extension of WinRM is missing",
        remedy: "`Install-WindowsFeature WinRM-IIS-Ext`.",
    },
    Row {
        name: "HttpActivationInstalled",
        reach: Reach::Software,
        title: "HTTP activation of WCF is missing",
        remedy: "`Install-WindowsFeature NET-WCF-HTTP-Activation45`.",
    },
    Row {
        name: "WcfHttpActivation45Installed",
        reach: Reach::Software,
        title: "HTTP activation of WCF is missing",
        remedy: "`Install-WindowsFeature NET-WCF-HTTP-Activation45`.",
    },
    Row {
        name: "Win2k16LSARollupUpdateNotInstalled",
        reach: Reach::Software,
        title: "an update of Windows Server 2016 is missing",
        remedy: "Install the newest cumulative update of Windows, restart, and start setup \
                 again.",
    },
    Row {
        name: "LangPackDiskSpaceCheck",
        reach: Reach::Software,
        title: "no room for the language packs",
        remedy: "Make room on the disk that the rule names.",
    },
    Row {
        name: "RebootPending",
        reach: Reach::Restart,
        title: "a restart is pending",
        remedy: "Restart the server and start setup again. If it is still pending: \
                 PendingFileRenameOperations, Component Based Servicing\\RebootPending and \
                 WindowsUpdate\\Auto Update\\RebootRequired say who asks for it; finish that \
                 installation rather than delete the value.",
    },
    Row {
        name: "PendingRebootWindowsComponents",
        reach: Reach::Restart,
        title: "a restart is pending after a Windows role or feature",
        remedy: "Restart the server (twice, if the feature asks for it) and start setup again. \
                 If it is still pending, look into `Get-WindowsFeature` for states of pending \
                 install or removal.",
    },
    Row {
        name: "UpdateNeedsReboot",
        reach: Reach::Restart,
        title: "a restart is pending after an update",
        remedy: "Restart the server and start setup again.",
    },
    Row {
        name: "ProcessNeedsToBeClosedOnUpgrade",
        reach: Reach::Running,
        title: "a process has files of Exchange open",
        remedy: "Close the named process: management shells, MMC, monitoring and backup agents; \
                 for mscorsvw wait until .NET has compiled (`ngen.exe executeQueuedItems`). Then \
                 start setup again.",
    },
    Row {
        name: "ProcessNeedsToBeClosedOnUninstall",
        reach: Reach::Running,
        title: "a process has files of Exchange open",
        remedy: "Close the named process and start setup again.",
    },
    Row {
        name: "ServicesAreMarkedForDeletion",
        reach: Reach::Running,
        title: "services are marked for deletion",
        remedy: "Close services.msc, Task Manager and monitoring, restart the server, and start \
                 setup again.",
    },
    Row {
        name: "MSDTCStopped",
        reach: Reach::Running,
        title: "the service MSDTC does not run",
        remedy: "Set the service MSDTC (Distributed Transaction Coordinator) to Automatic and \
                 start it.",
    },
    Row {
        name: "MpsSvcStopped",
        reach: Reach::Running,
        title: "the service of Windows Firewall does not run",
        remedy: "Set the service MpsSvc (Windows Defender Firewall) to Automatic and start it, \
                 even if the firewall's profiles are off.",
    },
    Row {
        name: "EventSystemStopped",
        reach: Reach::Running,
        title: "the service EventSystem does not run",
        remedy: "Set the service EventSystem (COM+ Event System) to Automatic and start it.",
    },
    Row {
        name: "NetTcpPortSharingSvcNotAuto",
        reach: Reach::Running,
        title: "the service NetTcpPortSharing does not start by itself",
        remedy: "Set the service NetTcpPortSharing to Automatic.",
    },
    Row {
        name: "W3SVCDisabledOrNotInstalled",
        reach: Reach::Running,
        title: "IIS is disabled or missing",
        remedy: "Set the service W3SVC to Automatic and start it.",
    },
    Row {
        name: "WinRMServiceDisabledOrNotInstalled",
        reach: Reach::Running,
        title: "WinRM is disabled or missing",
        remedy: "Set the service WinRM to Automatic and start it.",
    },
    Row {
        name: "WindowsInstallerServiceDisabledOrNotInstalled",
        reach: Reach::Running,
        title: "Windows Installer is disabled",
        remedy: "Set the service msiserver to Manual.",
    },
    Row {
        name: "ShouldReRunSetupForW3SVC",
        reach: Reach::Running,
        title: "setup must run again after IIS was installed",
        remedy: "Start setup again.",
    },
    Row {
        name: "RemoteRegException",
        reach: Reach::Running,
        title: "the registry could not be read",
        remedy: "Start the service RemoteRegistry and start setup again.",
    },
    Row {
        name: "VoiceMessagesInQueue",
        reach: Reach::Running,
        title: "voice messages wait in the queue",
        remedy: "Wait until the queue of Unified Messaging is empty.",
    },
];
