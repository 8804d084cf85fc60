//! *Catalog*: what all verdicts rest on, and what it says about one build.

use std::cmp::Reverse;

use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use exward_core::assess::{CveStatus, support};
use exward_core::build::SeenBuild;
use exward_core::catalog::{Catalog, Line};
use exward_core::evidence::{Claim, Evidence, EvidenceKind};
use exward_core::product::{PRODUCTS, Product};
use jiff::civil::Date;
use serde::Deserialize;

use super::{frame, thinking, words};
use crate::judging::Judge;
use crate::page::catalog::{Answer, CatalogPage, Exploited, Newest, Withdrawn};
use crate::page::layout::Section;
use crate::page::show::{Count, Shown};
use crate::serve::access::{Caller, Own};
use crate::serve::error::WebError;
use crate::serve::shown::Page;
use crate::serve::state::App;

/// What is looked up.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    build: String,
}

/// `GET /t/{tenant}/catalog`.
pub(crate) async fn show(
    State(app): State<App>,
    Own(tenant): Own,
    caller: Caller,
    Query(Asked { build }): Query<Asked>,
) -> Result<Response, WebError> {
    let frame = frame(&app, &caller, Section::Catalog, Some(&tenant)).await?;
    let (catalog, today) = (app.catalog.get(), app.clock.today());
    let page = thinking(move || {
        let answer = (!build.trim().is_empty()).then(|| answer(&catalog, today, build.trim()));
        CatalogPage {
            frame,
            builds: Count(catalog.releases().len() as u64),
            cves: Count(catalog.advisories().len() as u64),
            newest: newest(&catalog, today),
            exploited: exploited(&catalog),
            withdrawn: withdrawn(&catalog),
            asked: build,
            answer,
        }
    });
    Ok(Page(page.await?).into_response())
}

/// The newest update of each line of the products that may still get one, newest product first.
fn newest(catalog: &Catalog, today: Date) -> Vec<Newest> {
    let products = PRODUCTS.iter().rev().filter(|it| catalog.lifecycle(**it).is_some());
    let lines = products.flat_map(|it| {
        // Of products whose CUs are many, the last two are what Microsoft keeps alive.
        catalog.lines(*it).rev().take(2).map(|line| (*it, line))
    });
    lines.filter_map(|(product, line)| newest_of(catalog, today, product, line)).collect()
}

fn newest_of(catalog: &Catalog, today: Date, product: Product, line: &Line) -> Option<Newest> {
    let release = catalog.release(line.newest())?;
    Some(Newest {
        product: Shown::of(&format!("Exchange {product}")),
        cu: Shown::of(&line.cu.to_string()),
        update: words::update(catalog, release.build),
        build: Shown::of(&release.build.to_string()),
        published: release.released.and_then(exward_core::catalog::Published::first_day),
        support: words::support(support(catalog, product, Some(line.cu), today)),
    })
}

fn exploited(catalog: &Catalog) -> Vec<Exploited> {
    let mut all: Vec<_> =
        catalog.advisories().iter().filter_map(|it| Some((it, it.kev.as_ref()?))).collect();
    all.sort_by_key(|(it, kev)| (Reverse(kev.added), it.id.as_str()));
    let exploited =
        |(it, kev): (&exward_core::catalog::Advisory, &exward_core::catalog::Kev)| Exploited {
            cve: Shown::of(&it.id),
            title: words::kind(it),
            listed: Some(kev.added),
            ransomware: kev.ransomware == "known",
        };
    all.into_iter().map(exploited).collect()
}

fn withdrawn(catalog: &Catalog) -> Vec<Withdrawn> {
    let mut all: Vec<_> = catalog.moves().withdrawals.iter().collect();
    all.sort_by_key(|it| (Reverse(it.since), it.build));
    let withdrawn = |it: &exward_core::catalog::Withdrawal| Withdrawn {
        update: Shown::of(&format!("{} ({})", words::update(catalog, it.build), it.build)),
        on: Some(it.since),
        why: Shown::of(&it.why),
    };
    all.into_iter().map(withdrawn).collect()
}

/// What a server of this build would be judged to be, if nothing else were known.
fn answer(catalog: &Catalog, today: Date, text: &str) -> Answer {
    let Ok(seen) = text.parse::<SeenBuild>() else {
        return Answer::Nothing("This is no build. A build is like 15.2.1748.10.".into());
    };
    let given = Evidence::new(EvidenceKind::Given, text, Claim::Version(seen));
    let report = Judge::new(catalog, today).one(String::new(), vec![given]);
    let release = words::release_of(&report.identity);
    if release.is_empty() {
        let why = format!("No server of yours has this build: {}", report.judgement.next_step);
        return Answer::Nothing(Shown::of(&why));
    }
    let known = match seen {
        SeenBuild::Full(build) => catalog.release(build),
        SeenBuild::Prefix(_) => None,
    };
    let open = report.assessment.with(CveStatus::Open);
    Answer::Known {
        build: Shown::of(&seen.to_string()),
        release,
        published: known.and_then(|it| it.released?.first_day()),
        support: report.judgement.support.map(words::support).unwrap_or_default(),
        open: open.map(|it| (Shown::of(&it.advisory.id), it.is_kev())).collect(),
        next_step: Shown::of(&report.judgement.next_step),
    }
}
