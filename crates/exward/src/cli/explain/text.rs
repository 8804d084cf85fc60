//! Explanations as text for people.

use std::fmt::Write as _;

use exward_core::assess::{CveStatus, LISTED, SupportState, support};
use exward_core::catalog::{Catalog, ConfigRule, Disagreement, Entitlement, Release};
use exward_core::explain::{
    BuildMeaning, CveMeaning, CveRow, Explanation, KbMeaning, UpdateMeaning,
};
use exward_core::identify::Presence;
use jiff::civil::Date;

use crate::plain;

/// The whole answer, with a line that says as of when it holds.
pub(super) fn answer(catalog: &Catalog, today: Date, explanation: &Explanation<'_>) -> String {
    let mut lines = Vec::new();
    match explanation {
        Explanation::Build(it) => build(catalog, today, it, &mut lines),
        Explanation::Cve(it) => cve(it, &mut lines),
        Explanation::Kb(it) => kb(it, &mut lines),
    }
    lines.push(format!("Catalog as of {}.", catalog.as_of()));
    lines.iter().fold(String::new(), |mut text, it| {
        let indent = it.len().saturating_sub(it.trim_start().len());
        let _infallible = writeln!(text, "{}{}", " ".repeat(indent), plain::line(it.trim_start()));
        text
    })
}

fn build(catalog: &Catalog, today: Date, it: &BuildMeaning<'_>, lines: &mut Vec<String>) {
    lines.push(format!("{}: {}", it.seen, it.identity));
    if let Presence::ExchangeOnline(why) | Presence::NotExchange(why) = &it.identity.presence {
        lines.push(format!("  {why}; no server of yours runs it."));
        return;
    }
    for conflict in &it.identity.conflicts {
        lines.push(format!("  {conflict}"));
    }
    if it.identity.newer_than_catalog {
        lines.push("  Newer than the catalog.".to_owned());
    }
    if let (None, Some(low), Some(high)) =
        (it.identity.build, it.identity.at_least, it.identity.at_most)
    {
        lines.push(format!("  Any update from {low} to {high}."));
    }
    if let Some(level) = &it.level {
        update(level, lines);
    }
    if let Some(product) = it.identity.product {
        let state = support(catalog, product, it.identity.cu, today);
        let until = state.until.map_or_else(String::new, |until| format!(" {until}"));
        lines.push(match state.state {
            SupportState::Supported => format!("  Supported{}.", prefixed(" until", &until)),
            SupportState::Esu => format!("  Updates for ESU customers only, until{until}."),
            SupportState::Ended => format!("  Out of support{}.", prefixed(" since", &until)),
        });
    }
    for status in LISTED {
        let ids: Vec<String> = it
            .assessment
            .with(status)
            .map(|it| {
                if it.is_kev() {
                    format!("{} (KEV)", it.advisory.id)
                } else {
                    it.advisory.id.clone()
                }
            })
            .collect();
        list(&format!("  {} ({})", heading(status), ids.len()), &ids, lines);
    }
    if !it.next.is_empty() {
        lines.push("  What comes after it on this CU:".to_owned());
    }
    for next in &it.next {
        let ids = closes(next);
        let closes = if ids.is_empty() { "no CVE".to_owned() } else { ids.join(", ") };
        lines.push(format!("    {} closes {closes}", name(next.release)));
    }
    disagreements(&it.disagreements, lines);
}

fn prefixed(prefix: &str, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{prefix}{text}") }
}

const fn heading(status: CveStatus) -> &'static str {
    match status {
        CveStatus::Open => "Open",
        CveStatus::Assumed => "Assumed open, this CU never got the fix",
        CveStatus::Disputed => "Disputed, sources name different fixed builds",
        CveStatus::Undetermined => "Undetermined",
        CveStatus::NeedsConfig => "Fixed, but only with configuration that a build does not show",
        CveStatus::ClosedUnlessDisabled => "Fixed, unless someone turned the fix off",
        CveStatus::Closed => "Closed",
    }
}

/// `2019 CU14 Nov24SUv2, 15.2.1544.14 (KB5049233, 2024-11-27, ESU only)`.
fn name(release: &Release) -> String {
    let mut parts = Vec::new();
    parts.extend(release.kb.clone());
    parts.extend(release.released.map(|it| it.to_string()));
    if release.entitlement == Entitlement::Esu {
        parts.push("ESU only".to_owned());
    }
    let known = if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) };
    let Release { product, cu, build, .. } = release;
    format!("{product} {cu} {}, {build}{known}", release.level())
}

fn update(it: &UpdateMeaning<'_>, lines: &mut Vec<String>) {
    lines.push(format!("  {}", name(it.release)));
    if !it.release.cumulative {
        lines.push("    Not cumulative: it lacks the earlier fixes of its CU.".to_owned());
    }
    if !it.release.note.is_empty() {
        lines.push(format!("    Note: {}", it.release.note));
    }
    list("    Fixes", &closes(it), lines);
    let settles: Vec<String> = it.settles.iter().map(|it| it.advisory.id.clone()).collect();
    list("    Completes, by the current CVE record, the fix of", &settles, lines);
    lines.push(format!("    Source: {}", it.release.source));
}

fn closes(it: &UpdateMeaning<'_>) -> Vec<String> {
    it.closes.iter().map(|it| it.advisory.id.clone()).collect()
}

fn list(title: &str, ids: &[String], lines: &mut Vec<String>) {
    if !ids.is_empty() {
        lines.push(format!("{title}: {}", ids.join(", ")));
    }
}

fn disagreements(all: &[&Disagreement], lines: &mut Vec<String>) {
    for it in all {
        lines.push(format!(
            "  Sources differ on {}: {} / {}; {}",
            it.what, it.source_a, it.source_b, it.kept
        ));
    }
}

fn cve(it: &CveMeaning<'_>, lines: &mut Vec<String>) {
    let advisory = it.advisory;
    let cvss = advisory.cvss.as_ref().map_or_else(String::new, |cvss| format!(", {cvss}"));
    lines.push(format!("{}: {}{cvss}", advisory.id, advisory.kind));
    lines.push(format!("  Published {}.", advisory.published));
    if it.was_fixed_before_published() {
        let fixed = it.first_fixed.map_or_else(String::new, |on| on.to_string());
        lines.push(format!("  Fixed before it was published: first on {fixed}."));
    }
    if let Some(kev) = &advisory.kev {
        let (added, ransomware) = (kev.added, &kev.ransomware);
        lines.push(format!(
            "  Known exploited (KEV) since {added}; use by ransomware: {ransomware}."
        ));
    }
    if let Some(why) = it.kept_out() {
        lines.push(format!("  Kept out of every list: {why}"));
    }
    for row in &it.rows {
        fix(row, lines);
    }
    let contained = it.contained_from.iter().filter(|_| it.kept_out().is_none());
    for line in contained {
        lines.push(format!("  {}: fixed in {} and every CU after it", line.product, line.cu));
    }
    if let Some(need) = it.inherited_by_se {
        lines.push(format!("  SE: inherits {} from 2019", need.item.title()));
    }
    for switch in &it.overrides {
        let (component, section) = (&switch.component, &switch.section);
        let (parameter, value) = (&switch.parameter, &switch.value);
        lines.push(format!(
            "  Turned off by the setting override {component}/{section} {parameter}={value}"
        ));
    }
    if !advisory.note.is_empty() && it.kept_out().is_none() {
        lines.push(format!("  Note: {}", advisory.note));
    }
    disagreements(&it.disagreements, lines);
    lines.push(format!("  Source: {}", advisory.source));
}

fn fix(row: &CveRow<'_>, lines: &mut Vec<String>) {
    let fix = row.fix;
    let cu = fix.cu.map_or_else(|| "any CU".to_owned(), |cu| cu.to_string());
    let fixed = match (row.update, fix.fixed) {
        (Some(update), _) => {
            let kb = update.kb.as_ref().map_or_else(String::new, |kb| format!(", {kb}"));
            format!("fixed in {} ({}{kb})", update.build, update.level())
        }
        (None, Some(build)) => format!("fixed in {build}"),
        (None, None) => "no fixed build".to_owned(),
    };
    let later = row.record_update.map_or_else(String::new, |it| {
        format!("; the current CVE record says {} ({})", it.build, it.level())
    });
    let need = fix.config.map_or_else(String::new, |need| match need.rule {
        ConfigRule::MustConfigure => format!("; needs {}", need.item.title()),
        ConfigRule::MustNotDisable => {
            format!("; open again if turned off by {}", need.item.title())
        }
        ConfigRule::MitigationOnly if fix.fixed.is_none() => "; a mitigation only".to_owned(),
        ConfigRule::MitigationOnly => "; before that a mitigation only".to_owned(),
    });
    let note = if fix.note.is_empty() { String::new() } else { format!(" [{}]", fix.note) };
    lines.push(format!("  {} {cu}: {fixed}{later}{need}{note}", fix.product));
}

fn kb(it: &KbMeaning<'_>, lines: &mut Vec<String>) {
    let builds = if it.updates.len() == 1 {
        "1 build".to_owned()
    } else {
        format!("{} builds", it.updates.len())
    };
    lines.push(format!("{}: {builds}", it.name));
    for one in &it.updates {
        update(one, lines);
    }
    disagreements(&it.disagreements, lines);
}
