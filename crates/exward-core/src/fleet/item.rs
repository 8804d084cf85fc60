//! What can be known of a server or the organisation, beside its build: the items that conditions of
//! an update ask for.
//!
//! Sources: "Exchange Server prerequisites", "Prepare Active Directory and domains" and "Exchange
//! Server supportability matrix", Microsoft Learn; `notes/updating.md` sections 1.4 and 1.5.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use jiff::civil::Date;

/// Whom a fact is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// One server.
    Server,
    /// The whole organisation.
    Organization,
}

/// What kind of value an item has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ValueKind {
    /// Yes or no.
    Flag,
    /// A whole number.
    Number,
    /// A word.
    Text,
    /// A day.
    Date,
    /// A Windows Server.
    Windows,
}

/// A Windows Server that Exchange runs on, oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WindowsServer {
    /// Windows Server 2008 R2 and everything before 2012.
    Older,
    /// Windows Server 2012.
    W2012,
    /// Windows Server 2012 R2.
    W2012R2,
    /// Windows Server 2016.
    W2016,
    /// Windows Server 2019.
    W2019,
    /// Windows Server 2022.
    W2022,
    /// Windows Server 2025.
    W2025,
}

/// Every Windows Server with its name in files.
const WINDOWS: [(WindowsServer, &str); 7] = [
    (WindowsServer::Older, "older"),
    (WindowsServer::W2012, "2012"),
    (WindowsServer::W2012R2, "2012R2"),
    (WindowsServer::W2016, "2016"),
    (WindowsServer::W2019, "2019"),
    (WindowsServer::W2022, "2022"),
    (WindowsServer::W2025, "2025"),
];

impl fmt::Display for WindowsServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = WINDOWS.iter().find(|(it, _)| it == self).map_or("older", |(_, name)| name);
        f.pad(name)
    }
}

/// Value of an item.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Number(i64),
    /// A word, as it was seen.
    Text(Arc<str>),
    /// A day.
    Date(Date),
    /// A Windows Server.
    Windows(WindowsServer),
}

impl Value {
    /// Reads a value of this kind from its text in files and data: `yes`, `533320`, `2026-12-01`, `2022`.
    /// `None` if the text is no such value.
    #[must_use]
    pub fn parse(kind: ValueKind, text: &str) -> Option<Self> {
        Some(match kind {
            ValueKind::Flag => Self::Flag(match text {
                "yes" | "true" => true,
                "no" | "false" => false,
                _ => return None,
            }),
            ValueKind::Number => Self::Number(text.parse().ok()?),
            ValueKind::Text => Self::Text(text.into()),
            ValueKind::Date => Self::Date(text.parse().ok()?),
            ValueKind::Windows => {
                Self::Windows(WINDOWS.iter().find(|(_, name)| *name == text).map(|(it, _)| *it)?)
            }
        })
    }

    /// Which kind it is.
    #[must_use]
    pub const fn kind(&self) -> ValueKind {
        match self {
            Self::Flag(_) => ValueKind::Flag,
            Self::Number(_) => ValueKind::Number,
            Self::Text(_) => ValueKind::Text,
            Self::Date(_) => ValueKind::Date,
            Self::Windows(_) => ValueKind::Windows,
        }
    }
}

impl fmt::Display for Value {
    /// The text that [`Value::parse`] reads.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(true) => f.pad("yes"),
            Self::Flag(false) => f.pad("no"),
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => f.pad(text),
            Self::Date(date) => date.fmt(f),
            Self::Windows(windows) => windows.fmt(f),
        }
    }
}

macro_rules! items {
    ($($(#[$doc:meta])* $item:ident: $name:literal, $scope:ident, $kind:ident, $title:literal;)+) => {
        /// What a fact says.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Item { $($(#[$doc])* $item,)+ }

        /// Every item, in the order of the documents.
        pub const ITEMS: &[Item] = &[$(Item::$item,)+];

        impl Item {
            /// Name in files and data.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$item => $name,)+ }
            }

            /// Name for people.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$item => $title,)+ }
            }

            /// Whom it is about.
            #[must_use]
            pub const fn scope(self) -> Scope {
                match self { $(Self::$item => Scope::$scope,)+ }
            }

            /// Which kind of value it has.
            #[must_use]
            pub const fn kind(self) -> ValueKind {
                match self { $(Self::$item => ValueKind::$kind,)+ }
            }
        }
    };
}

items! {
    /// Windows Server it runs on.
    Windows: "windows", Server, Windows, "Windows Server";
    /// `Release` of .NET Framework 4: 528040 is 4.8, 533320 is 4.8.1.
    DotNet: "dotnet", Server, Number, ".NET Framework release";
    /// Visual C++ 2012 redistributable, x64.
    Vc2012: "vc-2012", Server, Flag, "Visual C++ 2012 redistributable";
    /// Visual C++ 2013 redistributable, x64.
    Vc2013: "vc-2013", Server, Flag, "Visual C++ 2013 redistributable";
    /// IIS URL Rewrite 2.1.
    UrlRewrite: "url-rewrite", Server, Flag, "IIS URL Rewrite module";
    /// A restart is pending.
    PendingReboot: "pending-reboot", Server, Flag, "pending restart";
    /// Free space on the system drive, in megabytes.
    FreeDiskMb: "free-disk-mb", Server, Number, "free disk space (MB)";
    /// Language of Windows: `en-US`.
    Language: "language", Server, Text, "language of Windows";
    /// TLS ends at the load balancer (SSL offloading).
    SslOffload: "ssl-offload", Server, Flag, "SSL offloading";
    /// The installer cache holds the packages of what is installed.
    InstallerCache: "installer-cache", Server, Flag, "complete installer cache";
    /// First day on which a certificate that setup needs is no longer valid.
    CertificatesUntil: "certificates-until", Server, Date, "validity of the certificates";
    /// An earlier setup stopped half-way.
    SetupWatermark: "setup-watermark", Server, Flag, "unfinished setup";
    /// The domain controller in use is in the server's site.
    DcInSite: "dc-in-site", Server, Flag, "domain controller in the same site";
    /// Every component is Active, as `Get-ServerComponentState` shows it.
    InService: "in-service", Server, Flag, "component states all Active";
    /// `Test-ServiceHealth` and health sets show nothing.
    Healthy: "healthy", Server, Flag, "services and health sets";
    /// A backup is running.
    BackupRunning: "backup-running", Server, Flag, "running backup";
    /// `rangeUpper` of ms-Exch-Schema-Version-Pt.
    SchemaVersion: "schema-version", Organization, Number, "schema version (rangeUpper)";
    /// `objectVersion` of Microsoft Exchange System Objects.
    MesoVersion: "meso-version", Organization, Number, "domain version (MESO objectVersion)";
    /// `objectVersion` of the organisation.
    OrganizationVersion: "organization-version", Organization, Number, "organisation version (objectVersion)";
    /// Windows Server of the schema master.
    SchemaMasterWindows: "schema-master-windows", Organization, Windows, "Windows Server of the schema master";
    /// The schema master has the update of November 2025 or a later one.
    SchemaMasterNov25: "schema-master-nov25", Organization, Flag, "November 2025 update on the schema master";
    /// The organisation has a licence for Exchange SE.
    SeLicence: "se-licence", Organization, Flag, "licence for Exchange SE";
    /// The organisation has the Extended Security Update programme's updates.
    Esu: "esu", Organization, Flag, "entitlement to ESU updates";
    /// Oldest product in the organisation, as its year: 2013, 2016, 2019; 2025 for SE.
    OldestProduct: "oldest-product", Organization, Number, "oldest Exchange in the organisation";
}

/// A text that names no item.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a known fact")]
pub struct ParseItemError(String);

impl FromStr for Item {
    type Err = ParseItemError;

    fn from_str(text: &str) -> Result<Self, ParseItemError> {
        let named = ITEMS.iter().copied().find(|it| it.name() == text);
        named.ok_or_else(|| ParseItemError(text.chars().take(64).collect()))
    }
}
