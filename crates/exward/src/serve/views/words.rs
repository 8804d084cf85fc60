//! What rows of the store are called on pages.

use exward_core::assess::Support;
use exward_core::identify::Identity;
use exward_store::store::{HuntOfServer, StandingRow};

use crate::page::badge::Badge;
use crate::page::estate::Hunted;
use crate::page::show::{Reach, Shown};

/// `Exchange Server 2019 CU15 Jun26SU`; empty where nothing is known.
pub(super) fn release(standing: &StandingRow) -> Shown {
    let parts = [&standing.product, &standing.cu, &standing.update];
    joined(parts.into_iter().flatten().map(String::as_str))
}

/// The same, of an identity.
pub(super) fn release_of(identity: &Identity) -> Shown {
    let parts = [identity.product.map(|it| it.to_string()), identity.cu.map(|it| it.to_string())];
    let parts = parts.iter().flatten().map(String::as_str);
    joined(parts.chain(identity.update.as_deref()))
}

fn joined<'a>(parts: impl Iterator<Item = &'a str>) -> Shown {
    Shown::of(&parts.collect::<Vec<_>>().join(" "))
}

/// `supported until 2026-10-14`.
pub(super) fn support(support: Support) -> Shown {
    let until = support.until.map_or_else(String::new, |it| format!(" until {it}"));
    let text = match (support.state.name(), support.until) {
        ("ended", Some(end)) => format!("ended on {end}"),
        ("ended", None) => "ended".to_owned(),
        ("esu", _) => format!("extended security updates{until}"),
        (name, _) => format!("{name}{until}"),
    };
    Shown::of(&text)
}

/// What a hunt came to.
pub(super) fn hunted(hunt: &HuntOfServer) -> Hunted {
    let reach = hunt.from.zip(hunt.to);
    let reach = reach.map(|(from, to)| Reach { from: from.into(), to: to.into() });
    Hunted { verdict: Badge::hunted(&hunt.verdict), reach }
}
