//! A rollout as JSON lines: one about the whole, then one a server (docs/json.md).

use std::io::{self, Write};

use exward_drive::journal::Track;
use exward_drive::report::{ServerOverview, State, sentence, standing};
use serde::Serialize;

use super::{Look, command_name};
use crate::output::escaped::to_writer;

#[derive(Serialize)]
struct Line<'a> {
    schema: &'static str,
    blueprint: String,
    generation: u64,
    parent: Option<String>,
    waves: usize,
    waves_begun: usize,
    counts: Counts,
    executor: Option<&'a str>,
    halted: Option<Halted<'a>>,
    command: Option<Commanded<'a>>,
    approvals: Vec<Approved<'a>>,
    last: Option<Last>,
    finished: Option<String>,
}

#[derive(Serialize)]
struct Counts {
    waiting: usize,
    under_way: usize,
    current: usize,
    restored: usize,
    quarantined: usize,
    held: usize,
}

#[derive(Serialize)]
struct Halted<'a> {
    at: String,
    why: &'a str,
}

#[derive(Serialize)]
struct Commanded<'a> {
    command: &'static str,
    by: &'a str,
    at: String,
}

#[derive(Serialize)]
struct Approved<'a> {
    by: &'a str,
    at: String,
    until: String,
}

#[derive(Serialize)]
struct Last {
    sequence: u64,
    at: String,
    text: String,
}

#[derive(Serialize)]
struct ServerLine<'a> {
    schema: &'static str,
    server: &'a str,
    /// From 1, as in the table.
    wave: usize,
    state: &'static str,
    why: Option<&'a str>,
    from: String,
    to: String,
    build: Option<String>,
    track: Option<&'static str>,
    step: Option<&'a str>,
    step_number: Option<usize>,
    steps: Option<usize>,
    since: Option<String>,
    began: Option<String>,
    ended: Option<String>,
    orders: u32,
    cures: u32,
    failures: u32,
    failed: Option<&'a str>,
    changes: &'a [String],
}

/// Writes the whole, then every server in the order of the blueprint.
pub(super) fn write(look: &Look<'_>, out: &mut dyn Write) -> io::Result<()> {
    to_writer(&mut *out, &whole(look))?;
    out.write_all(b"\n")?;
    for it in &look.overview.servers {
        to_writer(&mut *out, &server(it))?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

fn whole<'a>(look: &Look<'a>) -> Line<'a> {
    let overview = look.overview;
    let counts = overview.counts;
    let approved = look.approvals.iter();
    let approved = approved.map(|it| Approved {
        by: &it.by,
        at: it.at.to_string(),
        until: it.until.to_string(),
    });
    Line {
        schema: "exward.rollout/1",
        blueprint: look.id.to_string(),
        generation: look.blueprint.generation,
        parent: look.blueprint.parent.map(|it| it.to_string()),
        waves: overview.waves.len(),
        waves_begun: overview.waves.iter().flatten().count(),
        counts: Counts {
            waiting: counts.waiting,
            under_way: counts.under_way,
            current: counts.current,
            restored: counts.restored,
            quarantined: counts.quarantined,
            held: counts.held,
        },
        executor: overview.executor.as_deref(),
        halted: overview
            .halt(look.commands)
            .map(|it| Halted { at: it.at.to_string(), why: &it.why }),
        command: standing(look.commands).map(|it| Commanded {
            command: command_name(it.command),
            by: &it.by,
            at: it.at.to_string(),
        }),
        approvals: approved.collect(),
        last: overview.last.as_ref().map(|it| Last {
            sequence: it.sequence,
            at: it.at.to_string(),
            text: sentence(&it.entry),
        }),
        finished: overview.finished.map(|it| it.to_string()),
    }
}

fn server(it: &ServerOverview) -> ServerLine<'_> {
    let place = match &it.state {
        State::UnderWay(place) => Some(place),
        State::Waiting | State::Ended(_) => None,
    };
    ServerLine {
        schema: "exward.rollout.server/1",
        server: it.server.as_str(),
        wave: it.wave.saturating_add(1),
        state: it.state.name(),
        why: it.state.why(),
        from: it.from.to_string(),
        to: it.to.to_string(),
        build: it.build.map(|it| it.to_string()),
        track: place.map(|it| match it.track {
            Track::Forward => "forward",
            Track::Back(_) => "back",
            Track::Isolate(_) => "isolate",
        }),
        step: place.map(|it| it.step.as_str()),
        step_number: place.map(|it| it.number),
        steps: place.map(|it| it.of),
        since: place.map(|it| it.since.to_string()),
        began: it.began.map(|at| at.to_string()),
        ended: it.ended.map(|at| at.to_string()),
        orders: it.orders,
        cures: it.cures,
        failures: it.failures,
        failed: it.failed.as_deref(),
        changes: &it.changes,
    }
}
