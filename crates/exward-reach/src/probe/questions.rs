//! Which question comes next: a pure function of the answers so far.
//!
//! Source: the project's fingerprint research, §1: `/owa/` suffices for everything patched since July 2021,
//! the other paths pass gateways that guard `/owa` and show the CU of older servers.

use exward_core::build::SeenBuild;
use exward_core::evidence::{Claim, Evidence, EvidenceKind};

/// Something that an anonymous client may ask a web server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    /// The front door; its redirect carries the build.
    Owa,
    /// Answers 401 with the build, also behind gateways that guard `/owa`.
    Autodiscover,
    /// Names the CU in the paths of its pictures.
    LogonPage,
    /// Logon page of Exchange 5.5 and 2003, asked only where IIS is as old as that.
    OldLogonPage,
    /// The export tool's manifest: a lower bound of the build. Some sites block the path, so it is a wish.
    Manifest,
    /// The page for load balancers: says only that it is Exchange.
    Healthcheck,
    /// A path that exists nowhere: honeypots answer it like all others. A wish.
    Control,
    /// The first step of NTLM without any account: Windows version and names. A wish.
    Ntlm,
}

/// What the operator asks for beyond the usual questions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// Ask for the export tool's manifest where no header tells the build.
    pub manifest: bool,
    /// Ask for a path that exists nowhere.
    pub control: bool,
    /// Ask for an NTLM challenge.
    pub ntlm: bool,
}

/// What the answers so far tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// A build of four parts in a header.
    pub(crate) build: bool,
    /// A version in the path of a page.
    pub(crate) page: bool,
    /// Any sign of Exchange.
    pub(crate) exchange: bool,
    /// An IIS from before 2007.
    pub(crate) old_iis: bool,
    /// More answers cannot change what has to be done.
    pub(crate) settled: bool,
}

impl Seen {
    pub(crate) fn of(evidence: &[Evidence], settled: bool) -> Self {
        let mut seen = Self { settled, ..Self::default() };
        for it in evidence {
            if let Claim::Version(version) = &it.claim {
                let in_header = it.kind == EvidenceKind::OwaHeader;
                seen.build |= in_header && matches!(version, SeenBuild::Full(_));
                seen.page |= it.kind == EvidenceKind::OwaPath;
            }
            seen.exchange |=
                matches!(it.claim, Claim::Version(_) | Claim::AtLeast(_) | Claim::Products(_));
            let is_old = ["Microsoft-IIS/5.", "Microsoft-IIS/6."]
                .iter()
                .any(|old| it.value.starts_with(old));
            seen.old_iis |= is_old && it.kind == EvidenceKind::ServerHeader;
        }
        seen
    }
}

impl Question {
    /// The path. That of [`Question::Control`] is made up of `nonce`.
    pub(crate) fn path(self, nonce: u64) -> String {
        match self {
            Self::Owa => "/owa/".to_owned(),
            Self::Autodiscover => "/autodiscover/autodiscover.xml".to_owned(),
            Self::LogonPage => "/owa/auth/logon.aspx".to_owned(),
            Self::OldLogonPage => "/exchange/logon.asp".to_owned(),
            Self::Manifest => {
                "/ecp/Current/exporttool/microsoft.exchange.ediscovery.exporttool.application"
                    .to_owned()
            }
            Self::Healthcheck => "/owa/healthcheck.htm".to_owned(),
            Self::Control => format!("/{nonce:016x}.htm"),
            Self::Ntlm => "/EWS/Exchange.asmx".to_owned(),
        }
    }
}

/// The next question, or `None` if enough was asked. At most four without wishes.
pub(crate) fn next(asked: &[Question], seen: Seen, wishes: Wishes) -> Option<Question> {
    let due = |question: Question| match question {
        Question::Owa => true,
        Question::Control => wishes.control,
        Question::Autodiscover => !seen.build && !seen.settled,
        // Also as a second witness of an all-clear: a header can be rewritten (trap T10).
        Question::LogonPage => !seen.page && !seen.settled,
        Question::OldLogonPage => seen.old_iis && !seen.build && !seen.page,
        Question::Manifest => wishes.manifest && seen.exchange && !seen.build && !seen.settled,
        Question::Healthcheck => !seen.exchange && !seen.settled && !seen.old_iis,
        Question::Ntlm => wishes.ntlm,
    };
    [
        Question::Owa,
        Question::Control,
        Question::Autodiscover,
        Question::LogonPage,
        Question::OldLogonPage,
        Question::Manifest,
        Question::Healthcheck,
        Question::Ntlm,
    ]
    .into_iter()
    .find(|it| !asked.contains(it) && due(*it))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Wishes = Wishes { manifest: false, control: false, ntlm: false };
    const ALL: Wishes = Wishes { manifest: true, control: true, ntlm: true };

    /// Asks until the end; each answer shows the same.
    #[track_caller]
    fn check(seen: Seen, wishes: Wishes, want: &str) {
        let mut asked = Vec::new();
        while let Some(question) =
            next(&asked, if asked.is_empty() { Seen::default() } else { seen }, wishes)
        {
            asked.push(question);
        }
        assert_eq!(format!("{asked:?}"), format!("[{want}]"), "{seen:?}");
    }

    #[test]
    fn questions_stop_when_enough_is_known() {
        let nothing = Seen::default();
        let header = Seen { build: true, exchange: true, ..nothing };
        let product = Seen { exchange: true, ..nothing };
        check(Seen { settled: true, ..header }, NONE, "Owa");
        check(header, NONE, "Owa, LogonPage"); // an all-clear has a second witness
        check(product, NONE, "Owa, Autodiscover, LogonPage");
        check(product, ALL, "Owa, Control, Autodiscover, LogonPage, Manifest, Ntlm");
        check(nothing, NONE, "Owa, Autodiscover, LogonPage, Healthcheck");
        check(
            Seen { old_iis: true, ..nothing },
            NONE,
            "Owa, Autodiscover, LogonPage, OldLogonPage",
        );
    }

    proptest::proptest! {
        /// P2: never more than four questions without a wish, and none twice.
        #[test]
        fn at_most_four(bits in proptest::collection::vec(proptest::num::u8::ANY, 0..8)) {
            let mut asked: Vec<Question> = Vec::new();
            let mut bits = bits.into_iter();
            let mut seen = Seen::default();
            while let Some(question) = next(&asked, seen, NONE) {
                proptest::prop_assert!(!asked.contains(&question), "P2");
                asked.push(question);
                // Signs are only ever added.
                let more = bits.next().unwrap_or(0);
                seen.build |= more & 1 != 0;
                seen.page |= more & 2 != 0;
                seen.exchange |= more & 7 != 0;
                seen.old_iis |= more & 8 != 0;
                seen.settled |= more & 16 != 0;
            }
            proptest::prop_assert!(asked.len() <= 4, "P2: {asked:?}");
        }
    }
}
