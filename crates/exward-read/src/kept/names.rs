//! What every name stands for: the inverse of `name()`.

use exward_core::config::{CONFIG_ITEMS, ConfigItem, ConfigState};
use exward_core::evidence::EvidenceKind;
use exward_core::tls::{TLS_VERSIONS, TlsVersion};

/// A list of all kinds, and a match over them: a kind that the list lacks does not compile.
macro_rules! all_kinds {
    ($($kind:ident),* $(,)?) => {
        /// Every kind of evidence.
        pub(super) const KINDS: &[EvidenceKind] = &[$(EvidenceKind::$kind),*];

        const _: () = {
            const fn is_listed(kind: EvidenceKind) -> bool {
                match kind {
                    $(EvidenceKind::$kind)|* => true,
                }
            }
            assert!(is_listed(EvidenceKind::Given));
        };
    };
}

all_kinds![
    Given,
    OwaHeader,
    OwaPath,
    OwaPage,
    PageTitle,
    Manifest,
    FrontEnd,
    Redirect,
    ServerHeader,
    AuthOffer,
    HttpStatus,
    SmtpGreeting,
    SmtpEhlo,
    ImapGreeting,
    PopGreeting,
    Ntlm,
    OtherService,
    Healthcheck,
    Control,
    Tls,
    Certificate,
    NoAnswer,
    NotAsked,
    Discovery,
    Simulated,
    ExSetup,
    AdminDisplayVersion,
    HealthChecker,
    FeedVersion,
    FeedFinding,
    ServerName,
    ServerFact,
    Service,
    Config,
    SettingOverride,
    Mitigation,
];

pub(super) fn kind(name: &str) -> Option<EvidenceKind> {
    KINDS.iter().copied().find(|it| it.name() == name)
}

pub(super) fn item(name: &str) -> Option<ConfigItem> {
    CONFIG_ITEMS.into_iter().find(|it| it.name() == name)
}

pub(super) fn state(name: &str) -> Option<ConfigState> {
    let all = [ConfigState::Unknown, ConfigState::Done, ConfigState::NotDone];
    all.into_iter().find(|it| it.name() == name)
}

pub(super) fn tls_version(name: &str) -> Option<TlsVersion> {
    TLS_VERSIONS.into_iter().find(|it| it.name() == name)
}
