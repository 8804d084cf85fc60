//! One row of an export on its way to a [`Record`].

use exward_core::build::SeenBuild;
use exward_core::evidence::{Claim, Evidence, EvidenceKind};
use exward_core::product::{Numbering, Product, ProductRange};
use jiff::Timestamp;

use crate::Record;
use crate::answer::{self, HttpAnswer};
use crate::limits::FEED_ROW_EVIDENCE_MAX;
use crate::record::cut;

use super::kept;

/// The evidence of one row so far. Keeps no piece twice and no more than the limit.
#[derive(Debug, Default)]
pub(super) struct Row {
    at: Option<Timestamp>,
    evidence: Vec<Evidence>,
    /// True if something was left out because of the limit.
    is_cut: bool,
}

impl Row {
    /// A row seen at this time.
    pub(super) const fn new(at: Option<Timestamp>) -> Self {
        Self { at, evidence: Vec::new(), is_cut: false }
    }

    /// What is added from here on was seen at this time.
    pub(super) const fn seen_at(&mut self, at: Option<Timestamp>) {
        self.at = at;
    }

    /// Adds one piece; its time is the row's unless it has its own.
    pub(super) fn add(&mut self, mut evidence: Evidence) {
        if self.is_full() {
            self.is_cut = true;
            return;
        }
        cut(&mut evidence.value);
        evidence.endpoint.as_mut().map(cut);
        evidence.at = evidence.at.or(self.at);
        if !self.evidence.contains(&evidence) {
            self.evidence.push(evidence);
        }
    }

    /// Adds a piece that is shown and decides nothing. An empty value says nothing.
    pub(super) fn show(&mut self, kind: EvidenceKind, value: impl Into<String>) {
        let value = value.into();
        if !value.is_empty() {
            self.add(Evidence::new(kind, value, Claim::Shown));
        }
    }

    /// Adds a version that the export says is Exchange's; false if it is no Exchange build.
    pub(super) fn version(&mut self, text: &str) -> bool {
        let Some(seen) = exchange_build(text) else { return false };
        self.add(Evidence::new(EvidenceKind::FeedVersion, text, Claim::Version(seen)));
        true
    }

    /// Adds that the export calls it Exchange, of whatever age.
    pub(super) fn names_exchange(&mut self, value: &str) {
        let any = Claim::Products(ProductRange::from(Product::E55));
        self.add(Evidence::new(EvidenceKind::FeedFinding, value, any));
    }

    /// Adds that a feed lists it as Exchange. These feeds ask OWA, which is 2007 and later.
    pub(super) fn listed_as_exchange(&mut self, value: &str) {
        let any = Claim::Products(ProductRange::from(Product::E2007));
        self.add(Evidence::new(EvidenceKind::FeedFinding, value, any));
    }

    /// Adds every CVE that the text names; false if it names none.
    pub(super) fn cves(&mut self, text: &str) -> bool {
        let separator = |it: char| !(it.is_ascii_alphanumeric() || it == '-');
        let mut found = false;
        for id in text.split(separator).filter(|it| is_cve(it)) {
            if self.is_full() {
                self.is_cut = true;
                return true;
            }
            let claim = Claim::ReportedCve(id.to_ascii_uppercase());
            // A tag and a field of its own often name the same one, in different case.
            if !self.evidence.iter().any(|it| it.claim == claim) {
                self.add(Evidence::new(EvidenceKind::FeedFinding, id, claim));
            }
            found = true;
        }
        found
    }

    /// Adds that the export reports a web shell.
    pub(super) fn web_shell(&mut self, value: &str) {
        self.add(Evidence::new(EvidenceKind::FeedFinding, value, Claim::ReportedWebShell));
    }

    /// Adds what an HTTP answer says.
    pub(super) fn http(&mut self, answer: &HttpAnswer<'_>) {
        for piece in answer::http(answer) {
            self.add(piece);
        }
    }

    /// Adds what the first lines of an SMTP, IMAP or POP server say.
    pub(super) fn mail(&mut self, banner: &str) {
        let line = kept::first_line(banner);
        let pieces = answer::greeting(line);
        if pieces.is_empty() {
            self.show(EvidenceKind::OtherService, line);
        }
        for piece in pieces {
            self.add(piece);
        }
        self.ehlo(&kept::ehlo_verbs(banner));
    }

    /// Adds what the verbs of an EHLO answer say; nothing if there are none.
    pub(super) fn ehlo(&mut self, verbs: &[&str]) {
        if !verbs.is_empty() {
            for piece in answer::ehlo(verbs) {
                self.add(piece);
            }
        }
    }

    /// True if nothing was added.
    pub(super) const fn is_empty(&self) -> bool {
        self.evidence.is_empty()
    }

    const fn is_full(&self) -> bool {
        self.evidence.len() >= FEED_ROW_EVIDENCE_MAX
    }

    /// The finished record.
    pub(super) fn into_record(mut self, target: String) -> Record {
        // A limit is reached in the open (A11).
        if self.is_cut {
            let note = format!("more than {FEED_ROW_EVIDENCE_MAX} findings; the rest is left out");
            self.evidence.push(Evidence::new(EvidenceKind::FeedFinding, note, Claim::Shown));
        }
        Record { target, line: None, evidence: self.evidence }
    }
}

/// A build in Exchange's numbering, whole or in three parts, Exchange Online's included.
pub(super) fn exchange_build(text: &str) -> Option<SeenBuild> {
    let seen: SeenBuild = text.parse().ok()?;
    (Numbering::of(seen.prefix()) != Numbering::Foreign).then_some(seen)
}

/// True if the text calls something Exchange or Outlook on the web.
pub(super) fn mentions_exchange(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let is_owa = |word: &str| word == "owa";
    ["exchange", "outlook web", "outlook-web"].iter().any(|it| text.contains(it))
        || text.split(|it: char| !it.is_ascii_alphanumeric()).any(is_owa)
}

/// `CVE-2021-26855`, in any case.
pub(super) fn is_cve(text: &str) -> bool {
    let mut parts = text.split('-');
    let digits = |part: Option<&str>, lengths: std::ops::RangeInclusive<usize>| {
        part.is_some_and(|it| {
            lengths.contains(&it.len()) && it.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    parts.next().is_some_and(|it| it.eq_ignore_ascii_case("cve"))
        && digits(parts.next(), 4..=4)
        && digits(parts.next(), 4..=7)
        && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::VALUE_CHARS_MAX;

    #[test]
    fn cves_are_found_in_texts() {
        let mut row = Row::default();
        assert!(row.cves("ProxyLogon (cve-2021-26855, CVE-2021-27065)"));
        assert!(!row.cves("CVE-21-1, xcve-2021-26855, cve-2021-26855-x, ms21-03"));
        let claims: Vec<_> = row.evidence.into_iter().map(|it| it.claim).collect();
        let want = ["CVE-2021-26855", "CVE-2021-27065"];
        assert_eq!(claims, want.map(|id| Claim::ReportedCve(id.to_owned())));
    }

    #[test]
    fn only_exchange_numbers_are_versions() {
        let mut row = Row::default();
        assert!(row.version("15.2.1544") && row.version("15.02.1544.014"));
        assert!(row.version("15.20.7000.1"), "Exchange Online's; core says so");
        assert!(!row.version("10.0.17763") && !row.version("15.2") && !row.version(""));
        assert_eq!(row.evidence.len(), 3);
    }

    #[test]
    fn exchange_is_called_by_several_names() {
        for name in ["ms-exchange-version", "Outlook Web App", "Outlook-Web-App", "owa-detect"] {
            assert!(mentions_exchange(name), "{name}");
        }
        for name in ["title-extract", "nowadays", "Outlook", "wordpress-version"] {
            assert!(!mentions_exchange(name), "{name}");
        }
    }

    #[test]
    fn values_are_cut_and_kept_once() {
        let mut row = Row::default();
        for _ in 0..2 {
            row.show(EvidenceKind::PageTitle, "ä".repeat(VALUE_CHARS_MAX * 2));
            row.show(EvidenceKind::PageTitle, "");
        }
        let record = row.into_record(String::new());
        let lengths: Vec<_> = record.evidence.iter().map(|it| it.value.chars().count()).collect();
        assert_eq!(lengths, [VALUE_CHARS_MAX]);
    }

    #[test]
    fn a_row_has_a_limit_and_says_so() {
        let mut row = Row::default();
        for number in 0..FEED_ROW_EVIDENCE_MAX * 2 {
            row.cves(&format!("CVE-2021-{number:05}"));
        }
        let record = row.into_record(String::new());
        assert_eq!(record.evidence.len(), FEED_ROW_EVIDENCE_MAX + 1);
        assert!(record.evidence.last().unwrap().value.contains("left out"));
    }
}
