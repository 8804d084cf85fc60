//! The next step: one line that an operator can act on.

use super::{Assessment, CveFinding, CveStatus, Reported, Support, SupportState, Verdict};
use crate::catalog::{Catalog, Entitlement, Line, Release};
use crate::config::{ConfigFacts, ConfigItem};
use crate::identify::{Candidate, Identity, Precision, Presence};
use crate::product::Product;

/// What to do now. `unanswered` means that it was asked and something went without an answer.
pub(super) fn next_step(
    catalog: &Catalog,
    identity: &Identity,
    assessment: &Assessment<'_>,
    config: &ConfigFacts,
    (verdict, support): (Verdict, Option<Support>),
    (reported, unanswered): (&Reported, bool),
) -> String {
    if reported.web_shell {
        return "treat as compromised: take it off the network and hunt before you update"
            .to_owned();
    }
    match verdict {
        Verdict::NotExchange => "nothing to do".to_owned(),
        Verdict::Unknown if identity.presence == Presence::Unseen && unanswered => {
            "see that it is up and that this machine may reach it, then check again".to_owned()
        }
        Verdict::Unknown => "find the build: the file version of ExSetup.exe, or a HealthChecker \
             result, given to exward check"
            .to_owned(),
        Verdict::Patched => patched(assessment, identity),
        Verdict::Mitigated => "keep the mitigation and plan the update that fixes it".to_owned(),
        Verdict::Possibly if assessment.verdict < Verdict::Possibly && unanswered => {
            "check again: a question that was to confirm it went without an answer".to_owned()
        }
        Verdict::Possibly => possibly(catalog, identity, assessment, config, support),
        Verdict::Vulnerable | Verdict::Unsupported => {
            act(catalog, identity, assessment, config, support)
        }
    }
}

fn patched(assessment: &Assessment<'_>, identity: &Identity) -> String {
    if identity.newer_than_catalog {
        return "renew the catalog, then check again".to_owned();
    }
    match items(assessment, CveStatus::NeedsConfig).as_slice() {
        [] => "nothing to do; check again after the next update day".to_owned(),
        [one] => format!("verify {} (a HealthChecker result shows it)", one.title()),
        [first, rest @ ..] => format!(
            "verify {} and {} more settings (a HealthChecker result shows them)",
            first.title(),
            rest.len()
        ),
    }
}

fn possibly(
    catalog: &Catalog,
    identity: &Identity,
    assessment: &Assessment<'_>,
    config: &ConfigFacts,
    support: Option<Support>,
) -> String {
    if !identity.conflicts.is_empty() {
        return "settle the contradiction: read the file version of ExSetup.exe on the server"
            .to_owned();
    }
    if identity.newer_than_catalog {
        return "renew the catalog, then check again".to_owned();
    }
    if assessment.count(CveStatus::Disputed) > 0 {
        return act(catalog, identity, assessment, config, support);
    }
    if assessment.count(CveStatus::Undetermined) > 0 && identity.precision < Precision::Su {
        return "find the update level: read the file version of ExSetup.exe (AdminDisplayVersion \
             never shows it)"
            .to_owned();
    }
    if assessment.count(CveStatus::Undetermined) > 0 {
        return act(catalog, identity, assessment, config, support);
    }
    let exploited: Vec<ConfigItem> = assessment
        .with(CveStatus::NeedsConfig)
        .filter(|it| it.is_kev())
        .filter_map(CveFinding::needed_item)
        .collect();
    format!("verify that {} is on (a HealthChecker result shows it)", titles(&exploited))
}

/// The update to install, or the way out where there is none.
fn act(
    catalog: &Catalog,
    identity: &Identity,
    assessment: &Assessment<'_>,
    config: &ConfigFacts,
    support: Option<Support>,
) -> String {
    let Some(product) = identity.product else {
        return "find the build: read the file version of ExSetup.exe on the server".to_owned();
    };
    if product <= Product::E2013 {
        return "take it off the internet and migrate to Exchange SE: nothing fixes it any more"
            .to_owned();
    }
    let missing =
        [CveStatus::Open, CveStatus::Assumed, CveStatus::Disputed, CveStatus::Undetermined]
            .into_iter()
            .any(|status| assessment.with(status).any(|it| it.open_by.is_none()));
    let mut steps = Vec::new();
    if missing && let Some(update) = update(catalog, identity, product, support) {
        steps.push(update);
    }
    let overridden =
        assessment.findings.iter().any(|it| it.open_by == Some(ConfigItem::SettingOverride));
    let overrides = Some(ConfigItem::SettingOverride).filter(|_| overridden);
    let wrong: Vec<ConfigItem> = config.not_done().chain(overrides).collect();
    if !wrong.is_empty() {
        steps.push(format!("put right: {}", titles(&wrong)));
    }
    if steps.is_empty() {
        steps.push("move to a supported version".to_owned());
    }
    steps.join("; then ")
}

fn update(
    catalog: &Catalog,
    identity: &Identity,
    product: Product,
    support: Option<Support>,
) -> Option<String> {
    let newest = catalog.newest_line(product)?;
    let line = current_line(catalog, identity).filter(|line| is_serviced(catalog, line, newest));
    let target = line.unwrap_or(newest);
    let level = catalog.release(target.newest())?;
    let cu_first = if line.is_some() { String::new() } else { format!("{} and ", target.cu) };
    let step = format!("{cu_first}{} ({})", level.level(), kb_and_build(level));
    if level.entitlement == Entitlement::Public {
        return Some(format!("install {step}"));
    }
    let ended = support.is_some_and(|it| it.state == SupportState::Ended);
    let programme = if ended { "if you have it from ESU" } else { "for ESU customers" };
    Some(match way_to_se(catalog, product, line.is_some()) {
        Some(way) => format!("{way}; or {programme}: install {step}"),
        None => format!("install {step}, {programme}"),
    })
}

/// How to get to SE, whose updates are public: 2019 CU14 and later in place, 2016 by migration.
fn way_to_se(catalog: &Catalog, product: Product, on_serviced_cu: bool) -> Option<String> {
    let level = catalog.release(catalog.newest_line(Product::Se)?.newest())?;
    let goal = format!("Exchange SE and {} ({})", level.level(), kb_and_build(level));
    if product != Product::E2019 {
        return Some(format!("migrate to {goal}"));
    }
    if on_serviced_cu {
        return Some(format!("update in place to {goal}"));
    }
    let cu = catalog.newest_line(Product::E2019)?.cu;
    Some(format!("install {cu}, then update in place to {goal}"))
}

fn current_line<'c>(catalog: &'c Catalog, identity: &Identity) -> Option<&'c Line> {
    match identity.candidates.first()? {
        Candidate::InLine(key, _) => catalog.line(*key),
        Candidate::NewerCu(_) | Candidate::Unlisted(_) => None,
    }
}

/// A CU is serviced if it got an update as new as the product's newest CU did.
fn is_serviced(catalog: &Catalog, line: &Line, newest: &Line) -> bool {
    let released = |line: &Line| catalog.release(line.newest()).and_then(|it| it.released);
    line == newest || released(line) >= released(newest)
}

fn kb_and_build(level: &Release) -> String {
    match &level.kb {
        Some(kb) => format!("{kb}, build {}", level.build),
        None => format!("build {}", level.build),
    }
}

fn items(assessment: &Assessment<'_>, status: CveStatus) -> Vec<ConfigItem> {
    let mut items: Vec<ConfigItem> =
        assessment.with(status).filter_map(CveFinding::needed_item).collect();
    items.sort();
    items.dedup();
    items
}

fn titles(items: &[ConfigItem]) -> String {
    let titles: Vec<&str> = items.iter().map(|it| it.title()).collect();
    titles.join(", ")
}
