//! Several front ends behind one target: each is judged by itself, and the worst counts.
//!
//! # Invariants
//! * **F1 never better than the worst.** A name may lead to several addresses, and a load balancer to
//!   several servers (trap T18). One patched server must not hide one that is not.
//! * **F2 an unseen one is not cleared.** An address without an answer, asked or not, is named, and nothing is
//!   *patched* as long as one of its front ends was not seen.

use crate::assess::{Urgency, Verdict};
use crate::evidence::EvidenceKind;
use crate::report::{FrontEnd, ServerReport, oldest};
use crate::sentence::first_few;

/// Most front ends that a reason lists.
const LISTED_MAX: usize = 8;

fn seen_as(name: String, report: &ServerReport<'_>) -> FrontEnd {
    let verdict = Some(report.judgement.verdict).filter(|_| !is_silent(report));
    let was_asked = report.evidence.iter().all(|it| it.kind != EvidenceKind::NotAsked);
    FrontEnd { name, build: report.identity.build, verdict, was_asked }
}

/// `192.0.2.10 EX01 15.2.1544.14 vulnerable`, `192.0.2.11 was not asked`.
fn sentence(front: &FrontEnd) -> String {
    let verdict = match front.verdict {
        Some(verdict) => verdict.name(),
        None if front.was_asked => "gave no answer",
        None => "was not asked",
    };
    match front.build {
        Some(build) => format!("{} {build} {verdict}", front.name),
        None => format!("{} {verdict}", front.name),
    }
}

/// True if nothing but the lack of an answer was seen.
fn is_silent(report: &ServerReport<'_>) -> bool {
    use EvidenceKind::{Certificate, Discovery, NoAnswer, NotAsked, Tls};
    let says_nothing = |kind| matches!(kind, NoAnswer | NotAsked | Tls | Certificate | Discovery);
    report.evidence.iter().all(|it| says_nothing(it.kind))
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
    let (mut evidence, mut weaknesses) = (Vec::new(), Vec::new());
    let mut chosen = None;
    for (at, (_, mut report)) in (0..).zip(named) {
        evidence.append(&mut report.evidence);
        weaknesses.extend(report.tls_weaknesses.iter().cloned());
        if at == worst {
            chosen = Some(report);
        }
    }
    let mut report = chosen?;
    weaknesses.sort();
    weaknesses.dedup();
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
        judgement.next_step = if front.was_asked {
            format!("check again: {} gave no answer", front.name)
        } else {
            format!("have {} checked by whoever may ask it", front.name)
        };
    }
    report.tls = oldest(&evidence);
    report.tls_weaknesses = weaknesses;
    report.observed_at = evidence.iter().filter_map(|it| it.at).max();
    report.evidence = evidence;
    report.front_ends = front_ends;
    Some(report)
}
