//! What the typed rules say about themselves.

use std::sync::{Arc, LazyLock};

use super::TypedHit;
use crate::{Confidence, RuleFacts, Stage};

/// The typed rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TypedRule {
    /// A page called like a known web shell.
    ShellName,
    /// A script where only Microsoft's, or none, stand.
    Stranger,
    /// A token in the query that makes one another user.
    Token,
    /// An address on a list.
    Address,
    /// A domain on a list.
    Domain,
    /// A file on a list.
    FileHash,
}

/// The texts of a rule.
struct Texts {
    rule: TypedRule,
    id: &'static str,
    title: &'static str,
    cves: &'static [&'static str],
    techniques: &'static [&'static str],
    references: &'static [&'static str],
    false_positives: &'static [&'static str],
}

const CISA: &str = "https://www.cisa.gov/news-events/cybersecurity-advisories/aa21-062a";
const HAFNIUM: &str =
    "https://www.microsoft.com/security/blog/2021/03/02/hafnium-targeting-exchange-servers/";

const TEXTS: [Texts; 6] = [
    Texts {
        rule: TypedRule::ShellName,
        id: "exward-known-shell-name",
        title: "A page called like a known web shell",
        cves: &[],
        techniques: &["T1505.003"],
        references: &[HAFNIUM, CISA],
        false_positives: &["a vulnerability scanner that asks for well-known names"],
    },
    Texts {
        rule: TypedRule::Stranger,
        id: "exward-stranger-page",
        title: "A script in a folder where only Microsoft's pages, or none, stand",
        cves: &[],
        techniques: &["T1505.003"],
        references: &[HAFNIUM, CISA],
        false_positives: &["a page that an administrator put there, such as a changed logon page"],
    },
    Texts {
        rule: TypedRule::Token,
        id: "exward-access-token",
        title: "A token in the query that makes the sender another user (ProxyShell)",
        cves: &["CVE-2021-34473", "CVE-2021-34523"],
        techniques: &["T1190"],
        references: &[
            "https://www.zerodayinitiative.com/blog/2021/8/17/from-pwn2own-2021-a-new-attack-surface-on-microsoft-exchange-proxyshell",
        ],
        false_positives: &["a penetration test"],
    },
    Texts {
        // Correlation knows rules of addresses by the beginning of the id.
        rule: TypedRule::Address,
        id: "exward-address-list",
        title: "An address that intruders used",
        cves: &[],
        techniques: &[],
        references: &[CISA, "https://github.com/prodaft/malware-ioc/tree/master/FIN7"],
        false_positives: &["the address belongs to somebody else today"],
    },
    Texts {
        rule: TypedRule::Domain,
        id: "exward-domain-list",
        title: "A domain that intruders used",
        cves: &[],
        techniques: &["T1071.001"],
        references: &["https://github.com/prodaft/malware-ioc/tree/master/FIN7"],
        false_positives: &["somebody looked into the domain", "the domain has another owner today"],
    },
    Texts {
        rule: TypedRule::FileHash,
        id: "exward-file-hash",
        title: "A file of intruders, by its SHA-256",
        cves: &[],
        techniques: &["T1588.001"],
        references: &[CISA, "https://github.com/prodaft/malware-ioc/tree/master/FIN7"],
        false_positives: &["a sample that was kept on purpose"],
    },
];

static FACTS: LazyLock<[Arc<RuleFacts>; 6]> =
    LazyLock::new(|| TEXTS.map(|it| Arc::new(it.facts())));

impl Texts {
    fn facts(&self) -> RuleFacts {
        let all = |list: &[&str]| list.iter().map(|it| (*it).to_owned()).collect();
        RuleFacts {
            id: self.id.to_owned(),
            title: self.title.to_owned(),
            cves: all(self.cves),
            techniques: all(self.techniques),
            references: all(self.references),
            false_positives: all(self.false_positives),
            author: None,
        }
    }
}

impl TypedRule {
    /// What the rule says.
    pub(super) fn hit(self, stage: Stage, confidence: Confidence, why: String) -> TypedHit {
        let at = TEXTS.iter().position(|it| it.rule == self).unwrap_or_default();
        let [first, ..] = &*FACTS;
        let rule = Arc::clone(FACTS.get(at).unwrap_or(first));
        TypedHit { rule, stage, confidence, why }
    }
}
