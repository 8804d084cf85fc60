//! Everything exward says about one server: the same value behind every output (A13).

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::assess::{
    Assessment, CveStatus, Judgement, NOT_HUNTED, Reported, Urgency, Verdict, assess, judge,
};
use crate::build::Build;
use crate::catalog::Catalog;
use crate::config::ConfigFacts;
use crate::evidence::{Claim, Evidence, tls_among};
use crate::identify::{Candidate, Conflict, Identity, Precision, Presence, identify};
use crate::tls::{TlsFacts, TlsWeakness, weaknesses};

/// One server's report.
#[derive(Clone, Debug)]
pub struct ServerReport<'c> {
    /// The target as it was given.
    pub target: String,
    /// When the newest piece of evidence was seen, if known.
    pub observed_at: Option<Timestamp>,
    /// Day up to which the catalog knows.
    pub as_of: Date,
    /// What the server is.
    pub identity: Identity,
    /// What is known of its configuration.
    pub config: ConfigFacts,
    /// The status of every CVE.
    pub assessment: Arc<Assessment<'c>>,
    /// Verdict, reasons, next step.
    pub judgement: Judgement,
    /// What others report about it.
    pub reported: Reported,
    /// What its TLS is like, if a handshake was tried; of several, that with the oldest version.
    pub tls: Option<TlsFacts>,
    /// What is weak about its TLS, in all handshakes.
    pub tls_weaknesses: Vec<TlsWeakness>,
    /// The front ends behind the target; empty unless there are several.
    pub front_ends: Vec<FrontEnd>,
    /// Everything that was seen.
    pub evidence: Vec<Evidence>,
}

impl ServerReport<'_> {
    /// Since when everybody may have known of the oldest hole that is open and known to be exploited: the day
    /// its CVE was published. `None` if no such hole is open.
    #[must_use]
    pub fn exposed_since(&self) -> Option<Date> {
        let exploited = self.assessment.with(CveStatus::Open).filter(|it| it.is_kev());
        exploited.filter_map(|it| it.advisory.published.first_day()).min()
    }

    /// Says that a hunt stands beside the verdict, what it came to, and what that asks of the operator: the
    /// more urgent of both counts.
    pub fn say_hunted(&mut self, verdict: &str, urgency: Urgency) {
        self.judgement.urgency = self.judgement.urgency.max(urgency);
        for reason in &mut self.judgement.reasons {
            let hunted = format!("the hunt says {verdict}, and patched is not clean");
            *reason = reason.replace(NOT_HUNTED, &hunted);
        }
    }

    /// The names that its evidence gives the server.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.evidence.iter().filter_map(|it| {
            if let Claim::Name(name) = &it.claim { Some(name.as_str()) } else { None }
        })
    }
}

/// One front end behind a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrontEnd {
    /// Its address, with the name that it gave itself if there is one: `192.0.2.10 EX01`.
    pub name: String,
    /// Its build, if known to the fourth part.
    pub build: Option<Build>,
    /// Its own verdict; `None` if it gave no answer, or was not asked.
    pub verdict: Option<Verdict>,
    /// False if the rules of asking refuse it.
    pub was_asked: bool,
}

/// Assesses one server from its evidence.
///
/// `assess` is asked for the statuses, so that a caller with many servers can answer from a cache;
/// [`crate::assess::assess`] is the plain answer.
pub fn report<'c>(
    catalog: &'c Catalog,
    target: String,
    evidence: Vec<Evidence>,
    today: Date,
    assess: impl FnOnce(&[Candidate], &ConfigFacts) -> Arc<Assessment<'c>>,
) -> ServerReport<'c> {
    let mut identity = identify(catalog, &evidence);
    let config = config_of(&evidence);
    let assessment = assess(&identity.candidates, &config);
    let reported = Reported::gather(&evidence);
    identity.conflicts.extend(reported_but_fixed(catalog, &identity, &assessment, &reported));
    let judgement = judge(catalog, &identity, &assessment, &config, &evidence, today);
    ServerReport {
        target,
        observed_at: evidence.iter().filter_map(|it| it.at).max(),
        as_of: catalog.as_of(),
        identity,
        config,
        assessment,
        judgement,
        reported,
        tls: oldest(&evidence),
        tls_weaknesses: weaknesses(tls_among(&evidence), today),
        front_ends: Vec::new(),
        evidence,
    }
}

/// Of several handshakes, that with the oldest version.
pub(crate) fn oldest(evidence: &[Evidence]) -> Option<TlsFacts> {
    tls_among(evidence).min_by_key(|it| (it.version.is_none(), it.version)).cloned()
}

/// True if more answers of the same server cannot change what has to be done about it: a build says
/// that it must be updated.
///
/// An all-clear is never settled by one answer: a header can be rewritten while the path of the logon
/// page still tells the truth (trap T10).
#[must_use]
pub fn is_settled(catalog: &Catalog, evidence: &[Evidence]) -> bool {
    let identity = identify(catalog, evidence);
    match identity.presence {
        // "Not Exchange" is an all-clear, too: a hybrid sends /owa to the cloud and serves the rest itself.
        Presence::NotExchange(_)
        | Presence::ExchangeOnline(_)
        | Presence::PageOnly
        | Presence::Doubtful(_)
        | Presence::Unseen => false,
        Presence::Exchange => {
            let facts = ConfigFacts::default();
            let best = || assess(catalog, &identity.candidates, &facts).best;
            identity.precision >= Precision::Su && best().urgency() == Urgency::Act
        }
    }
}

/// The configuration facts among the evidence.
#[must_use]
pub fn config_of(evidence: &[Evidence]) -> ConfigFacts {
    let mut facts = ConfigFacts::default();
    for it in evidence {
        if let Claim::Config(item, state) = &it.claim {
            facts.learn(*item, *state);
        } else if it.claim == Claim::OverridesRead {
            facts.overrides.get_or_insert_default();
        } else if let Claim::Override(found) = &it.claim {
            facts.overrides.get_or_insert_default().push(found.clone());
        } else if let Claim::Name(name) = &it.claim
            && facts.server.as_ref().is_none_or(|known| name < known)
        {
            // The first by sort order, so that the order of files does not matter.
            facts.server = Some(name.clone());
        }
    }
    if let Some(overrides) = &mut facts.overrides {
        overrides.sort();
        overrides.dedup();
    }
    // Without overrides the name decides nothing; leaving it out lets servers share a cache entry.
    if facts.overrides.is_none() {
        facts.server = None;
    }
    facts
}

/// A CVE that others report as present although the build has its fix: a contradiction.
fn reported_but_fixed(
    catalog: &Catalog,
    identity: &Identity,
    assessment: &Assessment<'_>,
    reported: &Reported,
) -> Vec<Conflict> {
    let product = identity.product.filter(|_| identity.precision >= Precision::Su);
    let Some(product) = product else { return Vec::new() };
    let concerns = |id: &str| {
        let advisory = catalog.advisory(id)?;
        let listed = advisory.listed && advisory.fixes.iter().any(|fix| fix.product == product);
        listed.then_some(())
    };
    let is_fixed = |id: &str| {
        let status = assessment.findings.iter().find(|it| it.advisory.id == id).map(|it| it.status);
        matches!(status, None | Some(CveStatus::ClosedUnlessDisabled))
    };
    reported
        .cves
        .iter()
        .filter(|id| concerns(id).is_some() && is_fixed(id))
        .map(|id| Conflict {
            name: "reported-but-fixed",
            detail: format!("others report {id}, but this build has its fix"),
        })
        .collect()
}
