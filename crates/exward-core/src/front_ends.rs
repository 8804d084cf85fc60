//! Several front ends behind one target: each is judged by itself, and the worst counts.
//!
//! # Invariants
//! * **F1 never better than the worst.** A name may lead to several addresses, and a load balancer to
//!   several servers (trap T18). One patched server must not hide one that is not.
//! * **F2 an unseen one is not cleared.** An address that gave no answer is named, and nothing is
//!   *patched* as long as one of its front ends was not seen.

use crate::assess::{Urgency, Verdict};
use crate::evidence::EvidenceKind;
use crate::report::{FrontEnd, ServerReport};
use crate::sentence::first_few;

/// Most front ends that a reason lists.
const LISTED_MAX: usize = 8;

fn seen_as(name: String, report: &ServerReport<'_>) -> FrontEnd {
    let verdict = Some(report.judgement.verdict).filter(|_| !is_silent(report));
    FrontEnd { name, build: report.identity.build, verdict }
}

/// `192.0.2.10 EX01 15.2.1544.14 vulnerable`.
fn sentence(front: &FrontEnd) -> String {
    let verdict = front.verdict.map_or("gave no answer", Verdict::name);
    match front.build {
        Some(build) => format!("{} {build} {verdict}", front.name),
        None => format!("{} {verdict}", front.name),
    }
}

/// True if nothing but the lack of an answer was seen.
fn is_silent(report: &ServerReport<'_>) -> bool {
    report.evidence.iter().all(|it| {
        matches!(it.kind, EvidenceKind::NoAnswer | EvidenceKind::Tls | EvidenceKind::Certificate)
            || it.kind == EvidenceKind::Discovery
    })
}

/// The report of the worst front end, with all of them named and the evidence of all.
///
/// One front end gives its own report; none gives `None`.
#[must_use]
pub fn worst_of(named: Vec<(String, ServerReport<'_>)>) -> Option<ServerReport<'_>> {
    if named.len() <= 1 {
        return named.into_iter().next().map(|(_, report)| report);
    }
    let front_ends: Vec<FrontEnd> =
        named.iter().map(|(name, report)| seen_as(name.clone(), report)).collect();
    // F1: of two that are equally bad the first stays, so that the answer depends on nothing else.
    let rank = |front: &FrontEnd| (front.verdict.is_some(), front.verdict);
    let worst =
        (0..).zip(&front_ends).fold(
            None,
            |worst: Option<(usize, &FrontEnd)>, (at, it)| match worst {
                Some((_, than)) if rank(it) <= rank(than) => worst,
                _ => Some((at, it)),
            },
        );
    let worst = worst.map_or(0, |(at, _)| at);
    let mut evidence = Vec::new();
    let mut chosen = None;
    for (at, (_, mut report)) in (0..).zip(named) {
        evidence.append(&mut report.evidence);
        if at == worst {
            chosen = Some(report);
        }
    }
    let mut report = chosen?;
    let all: Vec<String> = front_ends.iter().map(sentence).collect();
    let listed = first_few(&all, LISTED_MAX);
    let reason = format!("{} front ends, the worst counts: {listed}", front_ends.len());
    report.judgement.reasons.insert(0, reason);
    let unseen = front_ends.iter().find(|it| it.verdict.is_none());
    if let Some(front) = unseen
        && report.judgement.urgency == Urgency::NothingToDo
    {
        let judgement = &mut report.judgement;
        (judgement.verdict, judgement.urgency) = (Verdict::Possibly, Urgency::CannotTell);
        judgement.worst = judgement.worst.max(Verdict::Possibly);
        judgement.next_step = format!("check again: {} gave no answer", front.name);
    }
    report.observed_at = evidence.iter().filter_map(|it| it.at).max();
    report.evidence = evidence;
    report.front_ends = front_ends;
    Some(report)
}
