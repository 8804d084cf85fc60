//! Evidence: one thing seen on one server, what it claims, and through which reader.
//!
//! A reader never decides. It says what it saw ([`EvidenceKind`], the value as it stood there) and
//! what that claims ([`Claim`]); [`crate::identify`] weighs the claims against each other.

use std::fmt;

use jiff::Timestamp;

use crate::build::{Build, SeenBuild};
use crate::config::{ConfigItem, ConfigState, SettingOverride};
use crate::product::ProductRange;
use crate::tls::TlsFacts;

/// Through which window something was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EvidenceKind {
    /// A build given on the command line or in a plain list.
    Given,
    /// `X-OWA-Version` of an answer.
    OwaHeader,
    /// Version in a path of a logon or error page.
    OwaPath,
    /// Text of a page that names the product (5.5, 2003).
    OwaPage,
    /// Title of a page.
    PageTitle,
    /// ClickOnce manifest of the eDiscovery export tool.
    Manifest,
    /// A header that only Exchange's front end sends (`X-FEServer`, `X-FailureContext`, …).
    FrontEnd,
    /// Redirect to a page of Exchange.
    Redirect,
    /// `Server` header.
    ServerHeader,
    /// `WWW-Authenticate` offering NTLM or Negotiate.
    AuthOffer,
    /// HTTP status of an answer without any sign of Exchange.
    HttpStatus,
    /// SMTP greeting.
    SmtpGreeting,
    /// Verbs of an SMTP EHLO answer.
    SmtpEhlo,
    /// IMAP greeting.
    ImapGreeting,
    /// POP greeting.
    PopGreeting,
    /// NTLM type-2 message: Windows version and names.
    Ntlm,
    /// Greeting or banner of some other service.
    OtherService,
    /// Page for load balancers (`/owa/healthcheck.htm`).
    Healthcheck,
    /// Answer to a path that does not exist anywhere: a control.
    Control,
    /// What a TLS handshake negotiated.
    Tls,
    /// The certificate that a server showed.
    Certificate,
    /// Why a server gave no answer.
    NoAnswer,
    /// Why an address was not asked: the rules refuse it.
    NotAsked,
    /// How a host was found.
    Discovery,
    /// It says of itself that it is simulated.
    Simulated,
    /// File version of ExSetup.exe, read on the server.
    ExSetup,
    /// AdminDisplayVersion, read on the server: never changes with an SU (trap T17).
    AdminDisplayVersion,
    /// Build in a HealthChecker result.
    HealthChecker,
    /// Version in a feed or export.
    FeedVersion,
    /// Tag or finding of a feed or export.
    FeedFinding,
    /// Name of the server.
    ServerName,
    /// Role, edition, DAG, or another fact shown but not decided upon.
    ServerFact,
    /// State of a service.
    Service,
    /// A configuration fact.
    Config,
    /// A setting override.
    SettingOverride,
    /// State of a mitigation.
    Mitigation,
}

impl EvidenceKind {
    /// Name in machine output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::OwaHeader => "owa-header",
            Self::OwaPath => "owa-path",
            Self::OwaPage => "owa-page",
            Self::PageTitle => "page-title",
            Self::Manifest => "manifest",
            Self::FrontEnd => "front-end",
            Self::Redirect => "redirect",
            Self::ServerHeader => "server-header",
            Self::AuthOffer => "auth-offer",
            Self::HttpStatus => "http-status",
            Self::SmtpGreeting => "smtp-greeting",
            Self::SmtpEhlo => "smtp-ehlo",
            Self::ImapGreeting => "imap-greeting",
            Self::PopGreeting => "pop-greeting",
            Self::Ntlm => "ntlm",
            Self::OtherService => "other-service",
            Self::Healthcheck => "healthcheck",
            Self::Control => "control",
            Self::Tls => "tls",
            Self::Certificate => "certificate",
            Self::NoAnswer => "no-answer",
            Self::NotAsked => "not-asked",
            Self::Discovery => "discovery",
            Self::Simulated => "simulated",
            Self::ExSetup => "exsetup",
            Self::AdminDisplayVersion => "admin-display-version",
            Self::HealthChecker => "healthchecker",
            Self::FeedVersion => "feed-version",
            Self::FeedFinding => "feed-finding",
            Self::ServerName => "server-name",
            Self::ServerFact => "server-fact",
            Self::Service => "service",
            Self::Config => "config",
            Self::SettingOverride => "setting-override",
            Self::Mitigation => "mitigation",
        }
    }

    /// How a build seen this way is called in a sentence.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Given => "the given build",
            Self::OwaHeader => "X-OWA-Version",
            Self::OwaPath => "the page path",
            Self::OwaPage => "the page text",
            Self::Manifest => "the export-tool manifest",
            Self::ExSetup => "ExSetup.exe",
            Self::AdminDisplayVersion => "AdminDisplayVersion",
            Self::HealthChecker => "HealthChecker",
            Self::FeedVersion => "the feed",
            Self::SmtpGreeting => "the SMTP greeting",
            Self::ImapGreeting => "the IMAP greeting",
            Self::PopGreeting => "the POP greeting",
            Self::SmtpEhlo => "the EHLO verbs",
            Self::ServerHeader => "the Server header",
            Self::Ntlm => "the NTLM challenge",
            Self::PageTitle
            | Self::FrontEnd
            | Self::Redirect
            | Self::AuthOffer
            | Self::HttpStatus
            | Self::OtherService
            | Self::Healthcheck
            | Self::Control
            | Self::Tls
            | Self::Certificate
            | Self::NoAnswer
            | Self::NotAsked
            | Self::Discovery
            | Self::Simulated
            | Self::FeedFinding
            | Self::ServerName
            | Self::ServerFact
            | Self::Service
            | Self::Config
            | Self::SettingOverride
            | Self::Mitigation => self.name(),
        }
    }

    /// True for what was read on the server itself and no outsider can imitate.
    #[must_use]
    pub const fn is_inside(self) -> bool {
        matches!(self, Self::ExSetup | Self::AdminDisplayVersion | Self::HealthChecker)
    }
}

impl fmt::Display for EvidenceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What a piece of evidence claims about the server.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Claim {
    /// It runs this version; three parts leave the update level open.
    Version(SeenBuild),
    /// It runs this build or a later one of the same CU (trap T5: the manifest).
    AtLeast(Build),
    /// It is an Exchange server of one of these products.
    Products(ProductRange),
    /// Its Windows or IIS can host only these products. No sign of Exchange by itself.
    Host(ProductRange),
    /// Fits Exchange, proves nothing alone, but supports a version path (NTLM on offer).
    Fits,
    /// It is Exchange Online.
    ExchangeOnline,
    /// It is something else; the text says what.
    NotExchange(String),
    /// It imitates Exchange, known by name; the text says as what. Outweighs whatever it claims.
    Imitation(String),
    /// It may be an imitation; the text says why.
    Doubt(String),
    /// The page claims to be Outlook's but its title is not Microsoft's.
    ForeignTitle,
    /// A configuration item is in this state.
    Config(ConfigItem, ConfigState),
    /// The setting overrides were read; each one found is a piece of evidence of its own.
    OverridesRead,
    /// This setting override is in force.
    Override(SettingOverride),
    /// The server's name.
    Name(String),
    /// Someone else reports this CVE as present.
    ReportedCve(String),
    /// Someone else reports a web shell on it.
    ReportedWebShell,
    /// What its TLS is like. No sign of Exchange.
    Tls(Box<TlsFacts>),
    /// Nothing that decides; shown to the reader.
    Shown,
}

/// One thing seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Through which window.
    pub kind: EvidenceKind,
    /// The value as it stood there.
    pub value: String,
    /// Path, file, or port where it was seen, if known.
    pub endpoint: Option<String>,
    /// When it was seen, if known.
    pub at: Option<Timestamp>,
    /// What it claims.
    pub claim: Claim,
}

impl Evidence {
    /// Evidence without place and time.
    #[must_use]
    pub fn new(kind: EvidenceKind, value: impl Into<String>, claim: Claim) -> Self {
        Self { kind, value: value.into(), endpoint: None, at: None, claim }
    }

    /// The same, seen at this endpoint.
    #[must_use]
    pub fn at_endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// The same, seen at this time.
    #[must_use]
    pub const fn at_time(mut self, at: Option<Timestamp>) -> Self {
        self.at = at;
        self
    }
}

/// What handshakes told, among the evidence.
pub fn tls_among(evidence: &[Evidence]) -> impl Iterator<Item = &TlsFacts> {
    evidence
        .iter()
        .filter_map(|it| if let Claim::Tls(facts) = &it.claim { Some(&**facts) } else { None })
}
