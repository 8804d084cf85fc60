//! From what a rollout has come to, to what a page shows of it.

use exward_core::blueprint::{Blueprint, ServerUpdate};
use exward_drive::report::{Place, ServerOverview, State, sentence};
use exward_store::store::{Role, RolloutRow, Tenant};
use jiff::Timestamp;

use super::look::Looked;
use super::short;
use crate::page::badge::Badge;
use crate::page::chart::Picture;
use crate::page::chart::waves::{Seat, Wave, waves};
use crate::page::layout::{self, Frame};
use crate::page::rollouts::{Approval, Change, Hold, Line, Rollout, Row, Run, Stage};
use crate::page::show::{Count, Shown};
use crate::serve::access::{Caller, Kind};

/// Servers of a table of holds or changes: what is beyond stands in the table of servers.
const ROWS_MAX: usize = 200;

/// Who looks, as far as a part of a page depends on it.
pub(super) struct Viewer {
    base: String,
    form_key: String,
    may_approve: bool,
}

impl Viewer {
    pub(super) fn of(tenant: &Tenant, caller: &Caller) -> Self {
        let form_key = match &caller.kind {
            Kind::Session { form_key, .. } => form_key.clone(),
            Kind::Token => String::new(),
        };
        let base = layout::Tenant::named(&tenant.name).base;
        Self { base, form_key, may_approve: caller.role >= Role::Approver }
    }
}

pub(super) fn count(number: usize) -> Count {
    Count(u64::try_from(number).unwrap_or(u64::MAX))
}

/// A rollout in the list.
pub(super) fn line(looked: &Looked, row: &RolloutRow, now: Timestamp) -> Line {
    let last = looked.overview.last.as_ref();
    let came = match &row.made {
        Some((_, by)) => format!("brought by {by}"),
        None => "from the command line; only people of all tenants see it".to_owned(),
    };
    Line {
        id: short(looked.id),
        state: looked.stage(now),
        is_simulated: true,
        servers: count(looked.progress().0),
        current: count(looked.overview.counts.current),
        last: last.map_or(came, |it| sentence(&it.entry)).into(),
        last_at: last.map(|it| it.at).or(row.made.as_ref().map(|it| it.0)).map(Into::into),
    }
}

/// The page of a rollout.
pub(super) fn rollout(frame: Frame, looked: &Looked, now: Timestamp) -> Rollout {
    let who = Viewer {
        base: frame.base().to_owned(),
        form_key: frame.form_key.clone(),
        may_approve: frame.may_approve(),
    };
    let approvals = looked.approvals.iter().map(|it| Approval {
        by: it.by.as_str().into(),
        at: it.at.into(),
        until: it.until.into(),
    });
    Rollout {
        approvals: approvals.collect(),
        changes: if is_over(looked.stage(now)) { changes(looked) } else { Vec::new() },
        run: run(&who, looked, now, false),
        frame,
    }
}

/// Its waves, with who waits for what in each.
fn picture(looked: &Looked, stage: Stage) -> Picture {
    let servers = &looked.overview.servers;
    let seat = |it: &ServerOverview| Seat {
        name: it.server.as_str().into(),
        state: Badge::leaving(it.state.name()),
        waits_for: waits_for(looked, stage, it).unwrap_or_default(),
    };
    let of_wave = |wave| servers.iter().filter(move |it| it.wave == wave);
    let all = (0..looked.blueprint.waves.len())
        .map(|wave| Wave { seats: of_wave(wave).map(seat).collect() });
    waves("waves-picture", &all.collect::<Vec<_>>())
}

const fn is_over(stage: Stage) -> bool {
    matches!(stage, Stage::Finished | Stage::Aborted)
}

/// The part of it that lives. All times are those of the journal: the lab has a clock of its own.
pub(super) fn run(who: &Viewer, looked: &Looked, now: Timestamp, is_away: bool) -> Run {
    let (servers, ended) = looked.progress();
    let stage = looked.stage(now);
    let overview = &looked.overview;
    let newest = overview.finished.or(overview.last.as_ref().map(|it| it.at));
    let begun = overview.waves.iter().flatten().min().copied();
    let rows = overview.servers.iter().map(|it| row(&looked.blueprint, it, newest)).collect();
    let waiting = overview.servers.iter().filter_map(|it| hold(looked, stage, it)).take(ROWS_MAX);
    let entries = looked.tail.iter().rev();
    Run {
        base: who.base.clone(),
        form_key: who.form_key.clone(),
        may_approve: who.may_approve,
        id: short(looked.id),
        state: stage,
        is_simulated: true,
        halted: overview.halt(&looked.commands).map(|it| it.why.as_str().into()),
        sentence: Shown::of(&how(looked, stage, now, is_away)),
        servers: count(servers),
        ended: count(ended),
        elapsed_minutes: begun.zip(newest).map(|(from, to)| minutes(from, to)),
        expected_minutes: Some(expected(&looked.blueprint)),
        rows,
        picture: picture(looked, stage),
        holds: waiting.collect(),
        entries: entries.map(|it| (it.at.into(), sentence(&it.entry).into())).collect(),
    }
}

/// One sentence of how it stands.
fn how(looked: &Looked, stage: Stage, now: Timestamp, is_away: bool) -> String {
    if is_away {
        return "The store is away; what you see is as old as its last entry.".to_owned();
    }
    let executor = looked.overview.executor.as_deref().unwrap_or("nobody");
    let command = exward_drive::report::standing(&looked.commands);
    let said = command.map(|it| format!("{} has said so at {:.0}", it.by, it.at));
    let said = said.unwrap_or_default();
    match (stage, looked.approved(now)) {
        (Stage::Planned, Err(why)) => format!("Not approved yet: {why}."),
        (Stage::Planned | Stage::Approved, Ok(until)) => format!(
            "Approved until {until:.0}; `exward rollout run FILE --store STORE` carries it out."
        ),
        (Stage::Approved | Stage::Running, Err(why)) => {
            format!("No further server begins: {why}.")
        }
        (Stage::Running, Ok(_)) => format!("{executor} carries it out, or did last."),
        (Stage::Paused, _) => format!("{said}; it goes on when somebody resumes."),
        (Stage::Halted, _) => "Look at these servers, then resume.".to_owned(),
        (Stage::Aborted, _) => format!("{said}; what had begun is brought to an end."),
        (Stage::Finished, _) => "Every wave has ended.".to_owned(),
    }
}

fn row(blueprint: &Blueprint, it: &ServerOverview, newest: Option<Timestamp>) -> Row {
    let step = match &it.state {
        State::UnderWay(place) => step(place),
        State::Waiting | State::Ended(_) => String::new(),
    };
    let why = it.state.why().or(it.failed.as_deref()).unwrap_or_default();
    let until = it.ended.or(newest);
    let update = blueprint.updates().find(|update| update.server == it.server);
    Row {
        name: it.server.as_str().into(),
        wave: count(it.wave.saturating_add(1)),
        state: Badge::leaving(it.state.name()),
        from: it.from.to_string().into(),
        to: it.to.to_string().into(),
        step: step.into(),
        elapsed_minutes: it.began.zip(until).map(|(from, to)| minutes(from, to)),
        expected_minutes: update.map(|update| Count(expected_of(blueprint, update).into())),
        why: why.into(),
    }
}

fn step(place: &Place) -> String {
    let what = if place.step.is_empty() { "the end" } else { &place.step };
    format!("{} of {}: {what}", place.number, place.of)
}

fn minutes(from: Timestamp, to: Timestamp) -> Count {
    Count(u64::try_from(to.duration_since(from).as_mins()).unwrap_or_default())
}

fn expected_of(blueprint: &Blueprint, update: &ServerUpdate) -> u32 {
    let steps = blueprint.steps(update).iter().map(|it| it.expected_minutes);
    steps.fold(0, u32::saturating_add)
}

/// How long all of it mostly takes: in each wave the slowest server, and its soak.
fn expected(blueprint: &Blueprint) -> Count {
    let of = |wave: &exward_core::blueprint::Wave| {
        let slowest = wave.updates.iter().map(|it| expected_of(blueprint, it)).max();
        let soak = blueprint.rings.get(wave.ring).map_or(0, |it| it.soak_minutes);
        u64::from(slowest.unwrap_or_default()).saturating_add(soak.into())
    };
    Count(blueprint.waves.iter().map(of).fold(0, u64::saturating_add))
}

/// What a server waits for; `None`: for nothing, its update has ended well.
fn waits_for(looked: &Looked, stage: Stage, it: &ServerOverview) -> Option<Shown> {
    let begun = |wave: usize| looked.overview.waves.get(wave).copied().flatten().is_some();
    let text = match (&it.state, stage) {
        (State::Ended(_), _) => {
            return matches!(it.state.name(), "quarantined")
                .then(|| "somebody to look at it".into());
        }
        (State::UnderWay(place), Stage::Paused) => {
            format!("somebody to resume, in {}", step(place))
        }
        (State::UnderWay(place), _) => step(place),
        (State::Waiting, Stage::Planned) => "an approval".to_owned(),
        (State::Waiting, Stage::Approved) => "exward rollout run".to_owned(),
        (State::Waiting, Stage::Paused | Stage::Halted) => "somebody to resume".to_owned(),
        (State::Waiting, Stage::Aborted | Stage::Finished) => return None,
        (State::Waiting, Stage::Running) if it.wave == 0 || begun(it.wave) => {
            format!("its turn in wave {}", it.wave.saturating_add(1))
        }
        (State::Waiting, Stage::Running) => format!("the end of wave {}", it.wave),
    };
    Some(text.into())
}

fn hold(looked: &Looked, stage: Stage, it: &ServerOverview) -> Option<Hold> {
    let waits_for = waits_for(looked, stage, it)?;
    let why = it.state.why().or(it.failed.as_deref()).unwrap_or_default();
    Some(Hold { server: it.server.as_str().into(), waits_for, why: why.into() })
}

/// What changed, by server.
fn changes(looked: &Looked) -> Vec<Change> {
    let of = |it: &ServerOverview| {
        let server: Shown = it.server.as_str().into();
        let build = it.build.map(|build| Change {
            server: server.clone(),
            what: "build".into(),
            before: it.from.to_string().into(),
            after: build.to_string().into(),
        });
        let other = it.changes.iter().map(move |what| Change {
            server: server.clone(),
            what: what.into(),
            before: "as recorded".into(),
            after: "not so".into(),
        });
        build.into_iter().chain(other.collect::<Vec<_>>())
    };
    looked.overview.servers.iter().flat_map(of).take(ROWS_MAX).collect()
}
