//! What rows of the store are called on pages.

use exward_core::assess::Support;
use exward_core::build::Build;
use exward_core::catalog::{Advisory, Catalog};
use exward_core::identify::Identity;
use exward_store::store::{HuntOfServer, StandingRow};

use crate::page::badge::Badge;
use crate::page::estate::Hunted;
use crate::page::show::{Reach, Shown};

/// `Exchange 2019 CU15 Jun26SU`; empty where nothing is known.
pub(super) fn release(standing: &StandingRow) -> Shown {
    let Some(product) = &standing.product else { return Shown::default() };
    let mut parts = vec!["Exchange", product.as_str()];
    parts.extend(standing.cu.as_deref());
    // "RTM RTM" would be said twice.
    parts.extend(standing.update.as_deref().filter(|it| standing.cu.as_deref() != Some(*it)));
    Shown::of(&parts.join(" "))
}

/// The same, of an identity.
pub(super) fn release_of(identity: &Identity) -> Shown {
    let is_known = identity.product.is_some() || identity.product_at_least.is_some();
    if is_known { Shown::of(&identity.to_string()) } else { Shown::default() }
}

/// What a CVE lets somebody do, in words; a kind that is not known stands as the catalog writes it.
pub(super) fn kind(advisory: &Advisory) -> Shown {
    Shown::of(match advisory.kind.as_str() {
        "RCE" => "Remote code execution",
        "EoP" => "Elevation of privilege",
        "InfoDisclosure" => "Information disclosure",
        "SecurityFeatureBypass" => "Security feature bypass",
        "DoS" => "Denial of service",
        other => other,
    })
}

/// An update as people say it: `Jun26SU`, or the CU itself.
pub(super) fn update(catalog: &Catalog, build: Build) -> Shown {
    match catalog.release(build) {
        Some(release) if release.kind.is_base() => Shown::of(&release.cu.to_string()),
        Some(release) => Shown::of(release.level()),
        None => Shown::of(&build.to_string()),
    }
}

/// `supported until 2026-10-14`.
pub(super) fn support(support: Support) -> Shown {
    let until = support.until.map_or_else(String::new, |it| format!(" until {it}"));
    let text = match (support.state.name(), support.until) {
        ("ended", Some(end)) => format!("support ended on {end}"),
        ("ended", None) => "support ended".to_owned(),
        ("esu", _) => format!("extended security updates{until}"),
        (name, _) => format!("{name}{until}"),
    };
    Shown::of(&text)
}

/// What a hunt came to.
pub(super) fn hunted(hunt: &HuntOfServer) -> Hunted {
    let reach = hunt.from.zip(hunt.to);
    let reach = reach.map(|(from, to)| Reach { from: from.into(), to: to.into() });
    Hunted { verdict: Badge::hunted(&hunt.verdict), is_settled: hunt.is_settled, reach }
}
