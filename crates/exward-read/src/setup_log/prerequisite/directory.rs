//! Rules about Active Directory and the account.

use super::{Reach, Row};

pub(super) const ROWS: &[Row] = &[
    Row {
        name: "CannotAccessAD",
        reach: Reach::NoDirectory,
        title: "Active Directory cannot be reached",
        remedy: "On this server: `nltest /dsgetdc:DOMAIN`, DNS servers of the domain only, clock \
                 within five minutes, ports 53, 88, 389, 445, 3268 and RPC open to the domain \
                 controllers, in a child domain to those of the root as well. Cure that first: \
                 other rules fail because of it.",
    },
    Row {
        name: "ComputerNotPartofDomain",
        reach: Reach::NoDirectory,
        title: "the computer is in no domain",
        remedy: "Join the computer to the domain (`Test-ComputerSecureChannel -Repair` if it \
                 is), restart, and log on with a domain account.",
    },
    Row {
        name: "PrimaryDNSTestFailed",
        reach: Reach::NoDirectory,
        title: "the primary DNS server does not answer",
        remedy: "Set the DNS servers of the domain on the network adapter and let TCP and UDP \
                 port 53 through.",
    },
    Row {
        name: "HostRecordMissing",
        reach: Reach::NoDirectory,
        title: "this computer has no host record in DNS",
        remedy: "`ipconfig /registerdns`, then see that an A record with the full name exists in \
                 the zone of the domain.",
    },
    Row {
        name: "InvalidADSite",
        reach: Reach::NoDirectory,
        title: "this computer is in no Active Directory site",
        remedy: "Assign the subnet of this computer to a site in Active Directory Sites and \
                 Services; `nltest /dsgetsite` must name it.",
    },
    Row {
        name: "NotInSchemaMasterDomain",
        reach: Reach::Place,
        title: "this computer is not in the domain of the schema master",
        remedy: "Run Setup.exe /PrepareSchema and /PrepareAD on a machine in the domain and site \
                 of the schema master (`netdom query fsmo` names it), let it replicate, then \
                 start this setup again.",
    },
    Row {
        name: "NotInSchemaMasterSite",
        reach: Reach::Place,
        title: "this computer is not in the site of the schema master",
        remedy: "Run Setup.exe /PrepareSchema and /PrepareAD on a machine in the domain and site \
                 of the schema master (`netdom query fsmo` names it), let it replicate, then \
                 start this setup again.",
    },
    Row {
        name: "NotInDC2Site",
        reach: Reach::Place,
        title: "this computer is not in the site of the schema master",
        remedy: "Run Setup.exe /PrepareSchema and /PrepareAD on a machine in the site that the \
                 rule names, let it replicate, then start this setup again. If this server should \
                 be in that site, correct its subnet in Active Directory Sites and Services.",
    },
    Row {
        name: "DomainControllerIsOutOfSite",
        reach: Reach::Controller,
        title: "the domain controller is in another site",
        remedy: "Give setup a controller of this site (/DomainController:NAME), or correct the \
                 subnets in Active Directory Sites and Services: `nltest /dsgetsite` here and on \
                 the controller must agree.",
    },
    Row {
        name: "ConfigDCHostNameMismatch",
        reach: Reach::Controller,
        title: "the domain controller goes by another name",
        remedy: "Give setup the full name of a domain controller with /DomainController:NAME, \
                 and correct its records in DNS.",
    },
    Row {
        name: "ComputerRODC",
        reach: Reach::Controller,
        title: "the domain controller is read-only",
        remedy: "Give setup a writable domain controller with /DomainController:NAME.",
    },
    Row {
        name: "LoggedOntoDomain",
        reach: Reach::Account,
        title: "the account is no domain account",
        remedy: "Log on with a domain account in Organization Management and start setup \
                 elevated.",
    },
    Row {
        name: "NotLocalAdmin",
        reach: Reach::Account,
        title: "the account is no local administrator",
        remedy: "Log on with an account in the local group Administrators and start setup \
                 elevated.",
    },
    Row {
        name: "GlobalUpdateRequired",
        reach: Reach::Account,
        title: "Active Directory must be prepared, and the account may not",
        remedy: "Run Setup.exe /PrepareAD with an account in Enterprise Admins (in the domain \
                 and site of the schema master), let it replicate, then start this setup again.",
    },
    Row {
        name: "GlobalServerInstall",
        reach: Reach::Account,
        title: "the account may not install Exchange servers",
        remedy: "Use an account in Organization Management (log off and on after it was added), \
                 and start setup elevated.",
    },
    Row {
        name: "LocalDomainPrep",
        reach: Reach::Account,
        title: "the domain must be prepared, and the account may not",
        remedy: "Run Setup.exe /PrepareDomain here with an account in Domain Admins and \
                 Organization Management, or /PrepareAllDomains with one in Enterprise Admins, \
                 then start this setup again.",
    },
    Row {
        name: "PrepareDomainNotAdmin",
        reach: Reach::Account,
        title: "the account may not prepare the domain",
        remedy: "Run Setup.exe /PrepareDomain with an account in Domain Admins of that domain.",
    },
    Row {
        name: "PowerShellExecutionPolicyCheckSet",
        reach: Reach::Account,
        title: "a policy keeps setup from running scripts",
        remedy: "`Get-ExecutionPolicy -List`: set MachinePolicy and UserPolicy (group policy) to \
                 not configured for the time of the setup.",
    },
    Row {
        name: "AdInitErrorRule",
        reach: Reach::Forest,
        title: "the state of Active Directory could not be checked",
        remedy: "Run Setup.exe /PrepareAD on a machine in the domain and site that the rule's \
                 message names, let it replicate, then start this setup again.",
    },
    Row {
        name: "AdUpdateRequired",
        reach: Reach::Forest,
        title: "the organization must be prepared",
        remedy: "Run Setup.exe /PrepareAD with an account in Enterprise Admins, let it \
                 replicate, then start this setup again.",
    },
    Row {
        name: "DomainPrepRequired",
        reach: Reach::Forest,
        title: "the domain is not prepared",
        remedy: "Run Setup.exe /PrepareDomain in this domain with an account in Domain Admins \
                 (or /PrepareAllDomains with one in Enterprise Admins), let it replicate, then \
                 start this setup again.",
    },
    Row {
        name: "DomainPrepWithoutADUpdate",
        reach: Reach::Forest,
        title: "the organization must be prepared before the domain",
        remedy: "Run Setup.exe /PrepareAD first, let it replicate, then /PrepareDomain.",
    },
    Row {
        name: "PrepareDomainNotFound",
        reach: Reach::Forest,
        title: "the domain to prepare was not found",
        remedy: "Give /PrepareDomain the full name of a domain of this forest.",
    },
    Row {
        name: "ForestLevelNotWin2003Native",
        reach: Reach::Forest,
        title: "the functional level of the forest is too low",
        remedy: "Raise the functional level of the forest (Active Directory Domains and Trusts) \
                 once every domain controller is new enough. If Active Directory could not be \
                 reached, cure that first.",
    },
    Row {
        name: "ForestLevelNotWin2012R2",
        reach: Reach::Forest,
        title: "the functional level of the forest is too low",
        remedy: "Raise the functional level of the forest to Windows Server 2012 R2 or later \
                 once every domain controller is new enough.",
    },
    Row {
        name: "RusMissing",
        reach: Reach::Forest,
        title: "the recipient update service is missing",
        remedy: "Restore the object that the rule names, or remove what is left of an old server \
                 in ADSI Edit.",
    },
    Row {
        name: "SchemaFSMONotWin2003SPn",
        reach: Reach::Forest,
        title: "the schema master runs a Windows that is too old",
        remedy: "Move the schema master to a supported domain controller.",
    },
];
