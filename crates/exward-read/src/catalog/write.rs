//! Facts become catalog files again, in the layout that [`super::read`] reads (K2).

use std::fmt::Write as _;

use exward_core::catalog::{Advisory, Facts, Fix, Release};

use super::header;
use super::moves::written as moves;
use super::rows::{AFFECTED, ENTITLEMENTS, GRADES, KINDS, RULES};

/// The text of every catalog file but `catalog.toml`'s comments, which stay the reviewer's.
///
/// Rows come out in the order of the facts; sort them first where a small diff matters.
#[must_use]
pub fn write(facts: &Facts) -> Vec<(&'static str, String)> {
    vec![
        ("catalog.toml", format!("schema = 1\nas_of = \"{}\"\n", facts.as_of)),
        ("builds.csv", builds(&facts.releases)),
        ("cves.csv", cves(&facts.advisories)),
        ("fixes.csv", fixes(&facts.advisories)),
        ("kev.csv", kev(&facts.advisories)),
        ("lifecycle.csv", lifecycle(facts)),
        ("overrides.csv", overrides(facts)),
        ("defaults.csv", defaults(facts)),
        ("disagreements.csv", disagreements(facts)),
        ("moves.csv", moves::rules(&facts.moves)),
        ("conditions.csv", moves::conditions(&facts.moves)),
        ("problems.csv", moves::problems(&facts.moves)),
        ("withdrawals.csv", moves::withdrawals(&facts.moves)),
    ]
}

pub(super) fn head(file: &str) -> String {
    format!("{}\n", header::of(file))
}

pub(super) fn row(out: &mut String, cells: &[&str]) {
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        if cell.contains([',', '"', '\n', '\r']) {
            // A line break would end the row (T1 of the table reader).
            let one_line = cell.replace(['\n', '\r'], " ").replace('"', "\"\"");
            let _infallible = write!(out, "\"{one_line}\"");
        } else {
            out.push_str(cell);
        }
    }
    out.push('\n');
}

pub(super) fn name_of<T: PartialEq>(names: &[(&'static str, T)], value: &T) -> &'static str {
    names.iter().find(|(_, it)| it == value).map_or("", |(name, _)| name)
}

pub(super) fn text<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(String::new, |it| it.to_string())
}

pub(super) const fn yes_no(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}

fn builds(releases: &[Release]) -> String {
    let mut out = head("builds.csv");
    for it in releases {
        row(
            &mut out,
            &[
                it.product.name(),
                &it.cu.to_string(),
                it.update.as_deref().unwrap_or_default(),
                name_of(&KINDS, &it.kind),
                &text(it.released),
                &it.build.to_string(),
                it.kb.as_deref().unwrap_or_default(),
                yes_no(it.cumulative),
                name_of(&ENTITLEMENTS, &it.entitlement),
                &it.note,
                &it.source,
            ],
        );
    }
    out
}

fn cves(advisories: &[Advisory]) -> String {
    let mut out = head("cves.csv");
    for it in advisories {
        let score =
            it.cvss.as_ref().map(|cvss| format!("{}.{}", cvss.tenths / 10, cvss.tenths % 10));
        row(
            &mut out,
            &[
                &it.id,
                &it.kind,
                &text(score),
                it.cvss.as_ref().map_or("", |cvss| &cvss.version),
                &it.published.to_string(),
                yes_no(it.listed),
                &it.note,
                &it.source,
            ],
        );
    }
    out
}

fn fixes(advisories: &[Advisory]) -> String {
    let mut out = head("fixes.csv");
    for advisory in advisories {
        for fix in &advisory.fixes {
            fix_row(&mut out, advisory, fix);
        }
    }
    out
}

fn fix_row(out: &mut String, advisory: &Advisory, fix: &Fix) {
    row(
        out,
        &[
            &advisory.id,
            fix.product.name(),
            &fix.cu.map_or_else(|| "any".to_owned(), |cu| cu.to_string()),
            &text(fix.fixed),
            &text(fix.fixed_msrc),
            name_of(&RULES, &fix.config.map(|need| need.rule)),
            fix.config.map_or("", |need| need.item.name()),
            name_of(&AFFECTED, &fix.msrc_affected),
            name_of(&GRADES, &fix.evidence),
            &fix.note,
            &fix.source,
        ],
    );
}

fn kev(advisories: &[Advisory]) -> String {
    let mut out = head("kev.csv");
    for it in advisories {
        if let Some(kev) = &it.kev {
            row(&mut out, &[&it.id, &kev.added.to_string(), &kev.ransomware, &kev.source]);
        }
    }
    out
}

fn lifecycle(facts: &Facts) -> String {
    let mut out = head("lifecycle.csv");
    for it in &facts.lifecycles {
        let cus: Vec<String> = it.esu_cus.iter().map(ToString::to_string).collect();
        row(
            &mut out,
            &[
                it.product.name(),
                &text(it.extended_end),
                &text(it.esu_end),
                &cus.join(";"),
                &text(it.assessed_until),
                &it.note,
                &it.source,
            ],
        );
    }
    out
}

fn overrides(facts: &Facts) -> String {
    let mut out = head("overrides.csv");
    for it in &facts.overrides {
        row(&mut out, &[&it.cve, &it.component, &it.section, &it.parameter, &it.value, &it.source]);
    }
    out
}

fn defaults(facts: &Facts) -> String {
    let mut out = head("defaults.csv");
    for it in &facts.defaults {
        row(&mut out, &[it.item.name(), it.product.name(), &it.cu.to_string(), &it.source]);
    }
    out
}

fn disagreements(facts: &Facts) -> String {
    let mut out = head("disagreements.csv");
    for it in &facts.disagreements {
        row(&mut out, &[&it.kind, &it.what, &it.source_a, &it.source_b, &it.kept]);
    }
    out
}
