//! The truth about an estate: what every face is, and what an outsider can see of it at best.
//!
//! One JSON object a line, `exward.lab.truth/1`, so that a run can be scored ([`crate::score`]).
//!
//! # Invariants
//! * **U1 the verdict is the core's.** It is what `exward-core` says of the true build, given exactly;
//!   the lab has no opinion of its own.
//! * **U2 the worst counts.** Where several front ends share an address, the truth is the worst one's
//!   (trap T18).

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use exward_core::assess::{CveStatus, Verdict, assess};
use exward_core::build::{Build, SeenBuild};
use exward_core::catalog::Catalog;
use exward_core::evidence::{Claim, Evidence, EvidenceKind};
use exward_core::report::report;
use serde::{Deserialize, Serialize};

use crate::behaviour::{Behaviour, Kind};
use crate::estate::{Estate, Face, Service};

/// What [`Truth::schema`] holds.
pub const SCHEMA: &str = "exward.lab.truth/1";

/// The most that a careful outsider can see of a face.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visible {
    /// No sign of a product.
    Nothing,
    /// The product, or a range of products.
    Product,
    /// The CU.
    Cu,
    /// The build.
    Exact,
}

/// The truth about one face.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Truth {
    /// [`SCHEMA`].
    pub schema: String,
    /// Always true: no such server exists.
    pub simulated: bool,
    /// The target as the hosts file has it.
    pub target: String,
    /// Name of its behaviour.
    pub behaviour: String,
    /// Name of its [`Kind`].
    pub kind: String,
    /// Its product; `None` if it is no Exchange server.
    pub product: Option<String>,
    /// Its CU, likewise.
    pub cu: Option<String>,
    /// Its build, that of the worst front end if there are several (U2); `None` likewise.
    pub build: Option<String>,
    /// All builds behind the address, oldest first; empty if there is none.
    pub builds: Vec<String>,
    /// What can be seen.
    pub visible: Visible,
    /// The verdict on the true build; `not-exchange` for what is none, `unknown` for what answers
    /// nothing that tells.
    pub verdict: String,
    /// True if *unsupported* may be said of it too: its CU or product gets no fixes any more.
    pub unsupported: bool,
}

/// What the core says of one build.
#[derive(Clone, Copy, Debug)]
struct Judged {
    verdict: Verdict,
    unsupported: bool,
}

/// Writes the truth about every face, in the order of the estate.
///
/// # Errors
/// What the writer says.
pub fn write_truth(catalog: &Catalog, estate: &Estate, mut out: impl Write) -> io::Result<()> {
    for truth in truths(catalog, estate) {
        serde_json::to_writer(&mut out, &truth).map_err(io::Error::from)?;
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// Writes the targets, one a line, under a comment that says what they are.
///
/// # Errors
/// What the writer says.
pub fn write_hosts(estate: &Estate, mut out: impl Write) -> io::Result<()> {
    writeln!(out, "# simulated by exward lab, on loopback alone; faces: {}", estate.faces.len())?;
    for face in &estate.faces {
        writeln!(out, "{}", face.target())?;
    }
    out.flush()
}

/// The truth about every face, in the order of the estate.
pub fn truths(catalog: &Catalog, estate: &Estate) -> impl Iterator<Item = Truth> {
    // A few hundred builds share thousands of faces.
    let mut known: BTreeMap<Build, Judged> = BTreeMap::new();
    estate.faces.iter().map(move |face| {
        let mut judged = |build| *known.entry(build).or_insert_with(|| judge(catalog, build));
        let judged = |build: Build| (build, judged(build));
        let mut all: Vec<(Build, Judged)> =
            face.servers.iter().map(|it| it.build).map(judged).collect();
        all.sort_by_key(|(build, _)| *build);
        truth(catalog, face, &all)
    })
}

fn truth(catalog: &Catalog, face: &Face, all: &[(Build, Judged)]) -> Truth {
    let kind = face.behaviour.kind();
    // Of two with the same verdict, the older build.
    let worst = all.iter().rev().max_by_key(|(_, it)| it.verdict);
    let verdict = match (worst, kind) {
        (Some((_, judged)), _) => judged.verdict,
        (None, Kind::ExchangeOnline | Kind::NotExchange) => Verdict::NotExchange,
        (None, Kind::None | Kind::Exchange) => Verdict::Unknown,
    };
    let line = worst.and_then(|(build, _)| catalog.line_of(*build));
    Truth {
        schema: SCHEMA.to_owned(),
        simulated: true,
        target: face.target(),
        behaviour: face.behaviour.name().to_owned(),
        kind: kind.name().to_owned(),
        product: line.map(|it| it.product.to_string()),
        cu: line.map(|it| it.cu.to_string()),
        build: worst.map(|(build, _)| build.to_string()),
        builds: all.iter().map(|(build, _)| build.to_string()).collect(),
        visible: visible(face),
        verdict: verdict.name().to_owned(),
        unsupported: worst.is_some_and(|(_, it)| it.unsupported),
    }
}

/// What the core says of a build, given exactly (U1).
fn judge(catalog: &Catalog, build: Build) -> Judged {
    let claim = Claim::Version(SeenBuild::Full(build));
    let evidence = vec![Evidence::new(EvidenceKind::Given, build.to_string(), claim)];
    let plain = |candidates: &[_], config: &_| Arc::new(assess(catalog, candidates, config));
    let report = report(catalog, String::new(), evidence, catalog.as_of(), plain);
    let newest = catalog.newest_published();
    let lifecycle = report.identity.product.and_then(|it| catalog.lifecycle(it));
    let until = lifecycle.and_then(|it| it.assessed_until);
    let past = newest.zip(until).is_some_and(|(newest, until)| newest.is_after(until));
    let unsupported = past || report.assessment.count(CveStatus::Assumed) > 0;
    Judged { verdict: report.judgement.verdict, unsupported }
}

/// What can be seen of a face by everything that an anonymous client may ask.
fn visible(face: &Face) -> Visible {
    let Some(server) = face.servers.first() else { return Visible::Nothing };
    if face.service != Service::Https {
        return Visible::Product;
    }
    let sent = face.servers.iter().all(|it| it.sends_version);
    let rollups = server.product.has_rollups();
    let behaviour = face.behaviour;
    if behaviour == Behaviour::DeadBackEnd {
        Visible::Product
    } else if matches!(behaviour, Behaviour::PreAuth | Behaviour::ModernAuth) {
        // What the box lets pass has no page; before 2013 it has no version either.
        match (rollups, sent) {
            (true, _) => Visible::Nothing,
            (false, true) => Visible::Exact,
            (false, false) => Visible::Product,
        }
    } else if matches!(behaviour, Behaviour::HeaderStripped | Behaviour::HeaderSpoofed) || !sent {
        Visible::Cu
    } else if face.servers.len() > 1 {
        // Of one of them only the logon page may be met.
        Visible::Cu
    } else {
        Visible::Exact
    }
}

#[cfg(test)]
mod tests;
