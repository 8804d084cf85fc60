//! How a face behaves: a server in order, behind a box, an imitation, ill, or hostile.

use std::fmt;

use exward_core::product::Product;

/// What stands behind an address of the lab.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Behaviour {
    /// Exchange, reached directly.
    Healthy,
    /// Behind a proxy that replaces `Server` and keeps the rest.
    Cloudflare,
    /// Behind a firewall that adds a cookie and keeps the rest.
    F5,
    /// Behind a pre-authentication box that guards `/`, `/owa` and `/ecp`, and passes the rest.
    PreAuth,
    /// `X-OWA-Version` is removed on the way.
    HeaderStripped,
    /// `X-OWA-Version` claims the newest SE, whatever runs there (trap T10).
    HeaderSpoofed,
    /// OWA sends users to Entra ID; the other services offer Bearer beside NTLM.
    ModernAuth,
    /// Several front ends of one DAG take turns behind one address (trap T18).
    LoadBalanced,
    /// Answers 421 to its bare address; a request with the certificate's name works.
    NameBound,
    /// Gives the same logon form with `X-OWA-Version` for every path (trap T11).
    Honeypot,
    /// A copy of a logon page that loads the files of another server (trap T13).
    Phishing,
    /// Answers as a published command-and-control profile does (trap T12).
    C2,
    /// Exchange Online.
    ExchangeOnline,
    /// Some other web or mail server.
    OtherServer,
    /// Exchange whose OWA has no back end: an error page, no version anywhere.
    DeadBackEnd,
    /// Exchange that takes its time.
    Slow,
    /// Nothing listens.
    Dead,
    /// Every connection is reset.
    Resetting,
    /// Takes the connection and never says a word.
    Tarpit,
    /// Answers 429 first, then as usual.
    RateLimiting,
    /// Bytes that are no TLS.
    Garbage,
    /// Header lines without end.
    EndlessHeaders,
    /// A body without end.
    EndlessBody,
    /// A header of a megabyte.
    HeaderBomb,
    /// An answer that comes byte by byte.
    SlowLoris,
    /// A body shorter than its `Content-Length`.
    WrongLength,
    /// Chunks whose sizes are no numbers.
    ChunkedNonsense,
    /// A body without any head, as HTTP/0.9 had it.
    Http09,
    /// A TLS alert instead of a handshake.
    TlsAlert,
    /// Exchange whose certificate carries a name of 64 KB.
    HugeName,
}

/// Every behaviour, in the order of the score.
pub const BEHAVIOURS: [Behaviour; 30] = {
    use Behaviour::{
        C2, ChunkedNonsense, Cloudflare, Dead, DeadBackEnd, EndlessBody, EndlessHeaders,
        ExchangeOnline, F5, Garbage, HeaderBomb, HeaderSpoofed, HeaderStripped, Healthy, Honeypot,
        Http09, HugeName, LoadBalanced, ModernAuth, NameBound, OtherServer, Phishing, PreAuth,
        RateLimiting, Resetting, Slow, SlowLoris, Tarpit, TlsAlert, WrongLength,
    };
    [
        Healthy,
        Cloudflare,
        F5,
        PreAuth,
        HeaderStripped,
        HeaderSpoofed,
        ModernAuth,
        LoadBalanced,
        NameBound,
        Honeypot,
        Phishing,
        C2,
        ExchangeOnline,
        OtherServer,
        DeadBackEnd,
        Slow,
        Dead,
        Resetting,
        Tarpit,
        RateLimiting,
        Garbage,
        EndlessHeaders,
        EndlessBody,
        HeaderBomb,
        SlowLoris,
        WrongLength,
        ChunkedNonsense,
        Http09,
        TlsAlert,
        HugeName,
    ]
};

/// What an address is in truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An on-premises Exchange server.
    Exchange,
    /// Exchange Online.
    ExchangeOnline,
    /// Something else that answers.
    NotExchange,
    /// Nothing that can be told: no answer, or nonsense.
    None,
}

impl Kind {
    /// Name in the truth.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exchange => "exchange",
            Self::ExchangeOnline => "exchange-online",
            Self::NotExchange => "not-exchange",
            Self::None => "none",
        }
    }
}

impl Behaviour {
    /// Name in profiles, in the truth and in the score.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Cloudflare => "cloudflare",
            Self::F5 => "f5",
            Self::PreAuth => "pre-auth",
            Self::HeaderStripped => "header-stripped",
            Self::HeaderSpoofed => "header-spoofed",
            Self::ModernAuth => "modern-auth",
            Self::LoadBalanced => "load-balanced",
            Self::NameBound => "name-bound",
            Self::Honeypot => "honeypot",
            Self::Phishing => "phishing",
            Self::C2 => "c2",
            Self::ExchangeOnline => "exchange-online",
            Self::OtherServer => "other-server",
            Self::DeadBackEnd => "dead-back-end",
            Self::Slow => "slow",
            Self::Dead => "dead",
            Self::Resetting => "resetting",
            Self::Tarpit => "tarpit",
            Self::RateLimiting => "rate-limiting",
            Self::Garbage => "garbage",
            Self::EndlessHeaders => "endless-headers",
            Self::EndlessBody => "endless-body",
            Self::HeaderBomb => "header-bomb",
            Self::SlowLoris => "slow-loris",
            Self::WrongLength => "wrong-length",
            Self::ChunkedNonsense => "chunked-nonsense",
            Self::Http09 => "http09",
            Self::TlsAlert => "tls-alert",
            Self::HugeName => "huge-name",
        }
    }

    /// The behaviour with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        BEHAVIOURS.into_iter().find(|it| it.name() == name)
    }

    /// What stands behind such an address.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self::Healthy
            | Self::Cloudflare
            | Self::F5
            | Self::PreAuth
            | Self::HeaderStripped
            | Self::HeaderSpoofed
            | Self::ModernAuth
            | Self::LoadBalanced
            | Self::NameBound
            | Self::DeadBackEnd
            | Self::Slow
            | Self::RateLimiting
            | Self::HugeName => Kind::Exchange,
            Self::ExchangeOnline => Kind::ExchangeOnline,
            Self::Honeypot | Self::Phishing | Self::C2 | Self::OtherServer => Kind::NotExchange,
            Self::Dead
            | Self::Resetting
            | Self::Tarpit
            | Self::Garbage
            | Self::EndlessHeaders
            | Self::EndlessBody
            | Self::HeaderBomb
            | Self::SlowLoris
            | Self::WrongLength
            | Self::ChunkedNonsense
            | Self::Http09
            | Self::TlsAlert => Kind::None,
        }
    }

    /// The oldest product that can behave so.
    pub(crate) const fn oldest_product(self) -> Product {
        // What is removed, replaced or shared are headers of the front end, which 2013 brought.
        let by_front_end = matches!(
            self,
            Self::HeaderStripped | Self::HeaderSpoofed | Self::LoadBalanced | Self::DeadBackEnd
        );
        // Modern authentication in OWA came with the hotfix update of April 2024.
        match (matches!(self, Self::ModernAuth), by_front_end) {
            (true, _) => Product::E2019,
            (false, true) => Product::E2013,
            (false, false) => Product::E2007,
        }
    }

    /// The newest product that can behave so: a newest SE that claims to be one is no spoof.
    pub(crate) const fn newest_product(self) -> Product {
        if matches!(self, Self::HeaderSpoofed) { Product::E2019 } else { Product::Se }
    }

    /// True if a mail service of the lab can behave so.
    pub(crate) const fn suits_mail(self) -> bool {
        matches!(
            self,
            Self::Healthy | Self::ExchangeOnline | Self::OtherServer | Self::Slow | Self::Dead
        )
    }
}

impl fmt::Display for Behaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_behaviour_has_its_own_name_and_is_listed() {
        for (at, it) in BEHAVIOURS.into_iter().enumerate() {
            assert_eq!(Behaviour::named(it.name()), Some(it));
            assert_eq!(it as usize, at, "{it} is not at its place in the list");
        }
        assert_eq!(Behaviour::named("no-such"), None);
    }
}
