//! Where a record comes from: the logs and places that a hunt reads.
//!
//! Sources: paths and formats as Exchange and IIS write them (artefacts.help, Test-ProxyLogon).

use std::fmt;

/// The kind of log or place that a record stood in. The order is that of the reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// W3C log of IIS, front end or back end.
    Iis,
    /// `Logging\HttpProxy\*`.
    HttpProxy,
    /// `Logging\ECP\Server`.
    EcpServer,
    /// `Logging\ECP\Activity`.
    EcpActivity,
    /// `Logging\CmdletInfra\*\Cmdlet\Rps_Cmdlet_*`.
    Cmdlet,
    /// `Logging\CmdletInfra\*\Http\Rps_Http_*`.
    RpsHttp,
    /// `Logging\Ews`.
    Ews,
    /// `Logging\OABGeneratorLog`.
    OabGenerator,
    /// `Logging\CosmosQueue\audit`.
    Audit,
    /// Another log of Exchange in the same CSV shape (message tracking, SMTP, agents).
    ExchangeOther,
    /// A Windows event log, as EVTX or as JSON lines.
    Events(Channel),
    /// A file that a web server would run or serve.
    WebFolder,
    /// `applicationHost.config`, `web.config`, `agents.config`.
    Config,
}

/// A Windows event log channel that rules are written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    /// `MSExchange Management`.
    MsExchangeManagement,
    /// `Application`.
    Application,
    /// `Security`.
    Security,
    /// `System`.
    System,
    /// `Microsoft-IIS-Configuration/Operational` (and `Administrative`).
    IisConfiguration,
    /// `Microsoft-Windows-Sysmon/Operational`.
    Sysmon,
    /// `Microsoft-Windows-PowerShell/Operational` and `Windows PowerShell`.
    PowerShell,
    /// Any other channel.
    Other,
}

/// Every source, in their order.
pub const SOURCES: [Source; 20] = [
    Source::Iis,
    Source::HttpProxy,
    Source::EcpServer,
    Source::EcpActivity,
    Source::Cmdlet,
    Source::RpsHttp,
    Source::Ews,
    Source::OabGenerator,
    Source::Audit,
    Source::ExchangeOther,
    Source::Events(Channel::MsExchangeManagement),
    Source::Events(Channel::Application),
    Source::Events(Channel::Security),
    Source::Events(Channel::System),
    Source::Events(Channel::IisConfiguration),
    Source::Events(Channel::Sysmon),
    Source::Events(Channel::PowerShell),
    Source::Events(Channel::Other),
    Source::WebFolder,
    Source::Config,
];

impl Channel {
    /// The channel by its name in the event, whatever its case.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let named: [(&str, Self); 9] = [
            ("MSExchange Management", Self::MsExchangeManagement),
            ("Application", Self::Application),
            ("Security", Self::Security),
            ("System", Self::System),
            ("Microsoft-IIS-Configuration/Operational", Self::IisConfiguration),
            ("Microsoft-IIS-Configuration/Administrative", Self::IisConfiguration),
            ("Microsoft-Windows-Sysmon/Operational", Self::Sysmon),
            ("Microsoft-Windows-PowerShell/Operational", Self::PowerShell),
            ("Windows PowerShell", Self::PowerShell),
        ];
        let found = named.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map_or(Self::Other, |(_, channel)| *channel)
    }
}

impl Source {
    /// The name in machine output; never changes.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Iis => "iis",
            Self::HttpProxy => "httpproxy",
            Self::EcpServer => "ecp-server",
            Self::EcpActivity => "ecp-activity",
            Self::Cmdlet => "cmdlet",
            Self::RpsHttp => "rps-http",
            Self::Ews => "ews",
            Self::OabGenerator => "oab-generator",
            Self::Audit => "audit",
            Self::ExchangeOther => "exchange-other",
            Self::Events(Channel::MsExchangeManagement) => "events-msexchange-management",
            Self::Events(Channel::Application) => "events-application",
            Self::Events(Channel::Security) => "events-security",
            Self::Events(Channel::System) => "events-system",
            Self::Events(Channel::IisConfiguration) => "events-iis-configuration",
            Self::Events(Channel::Sysmon) => "events-sysmon",
            Self::Events(Channel::PowerShell) => "events-powershell",
            Self::Events(Channel::Other) => "events-other",
            Self::WebFolder => "web-folder",
            Self::Config => "config",
        }
    }
}

impl fmt::Display for Source {
    /// For a person: `IIS logs`, `HttpProxy logs`, …
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Iis => "IIS logs",
            Self::HttpProxy => "HttpProxy logs",
            Self::EcpServer => "ECP server logs",
            Self::EcpActivity => "ECP activity logs",
            Self::Cmdlet => "cmdlet logs",
            Self::RpsHttp => "remote PowerShell HTTP logs",
            Self::Ews => "EWS logs",
            Self::OabGenerator => "OAB generator logs",
            Self::Audit => "audit logs",
            Self::ExchangeOther => "other Exchange logs",
            Self::Events(Channel::MsExchangeManagement) => "MSExchange Management events",
            Self::Events(Channel::Application) => "Application events",
            Self::Events(Channel::Security) => "Security events",
            Self::Events(Channel::System) => "System events",
            Self::Events(Channel::IisConfiguration) => "IIS configuration events",
            Self::Events(Channel::Sysmon) => "Sysmon events",
            Self::Events(Channel::PowerShell) => "PowerShell events",
            Self::Events(Channel::Other) => "other events",
            Self::WebFolder => "web folders",
            Self::Config => "configuration files",
        })
    }
}
