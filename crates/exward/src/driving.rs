//! Wires an executor: blueprint and journal in, servers of the lab, and a person who looks on.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;

use exward_core::fleet::ServerName;
use exward_drive::effects::Work;
use exward_drive::executor::RunEnd;
use exward_drive::journal::{Entry, Outcome, Track};
use exward_drive::state::End;
use exward_drive::watch::{Waiting, Watch};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;

use crate::{output, plain};

/// Shows a rollout to whoever looks on: a line for what a person would want to know, and on a terminal
/// a last line that says what is waited for.
pub(crate) struct Onlooker {
    last: ProgressBar,
    servers: usize,
    ended: usize,
    waiting: BTreeMap<ServerName, (Timestamp, String)>,
}

impl Onlooker {
    /// Of a rollout of so many servers.
    pub(crate) fn new(servers: usize) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let last = if terminal { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
            last.set_style(style);
        }
        Self { last, servers, ended: 0, waiting: BTreeMap::new() }
    }

    fn tell(&self, at: Timestamp, text: &str) {
        let line = format!("{at:.0} {}", plain::line(text));
        self.last.suspend(|| output::warn(&line));
    }

    /// The last line: how far, and who has waited longest.
    fn show(&self, now: Timestamp) {
        let longest = self.waiting.iter().min_by_key(|(_, (since, _))| *since);
        let what = longest.map_or_else(String::new, |(server, (since, what))| {
            let minutes = now.duration_since(*since).as_mins();
            let more = self.waiting.len().saturating_sub(1);
            let others = if more > 0 { format!(", {more} more under way") } else { String::new() };
            format!(" · {server} waits {minutes} min for {what}{others}")
        });
        self.last.set_message(format!("{now:.0} {}/{} done{what}", self.ended, self.servers));
        self.last.tick();
    }

    /// Takes the last line away.
    pub(crate) fn finish(&self) {
        self.last.finish_and_clear();
    }
}

impl Watch for Onlooker {
    fn wrote(&mut self, at: Timestamp, entry: &Entry) {
        match entry {
            Entry::Began { owner } => self.tell(at, &format!("executor {owner} begins")),
            Entry::WaveBegan { wave } => {
                self.tell(at, &format!("wave {} begins", wave.saturating_add(1)));
            }
            Entry::Recorded { server, .. } => self.tell(at, &format!("{server}: leaves service")),
            Entry::Intent { server, work, cure: true, .. } => {
                self.tell(at, &format!("{server}: tries {work}"));
            }
            Entry::Intent { server, work: work @ Work::Step(action), .. }
                if action.stage() == exward_core::blueprint::Stage::Install =>
            {
                self.tell(at, &format!("{server}: {work}"));
            }
            Entry::Outcome { server, outcome: Outcome::Failed { why, .. }, .. } => {
                self.tell(at, &format!("{server}: failed: {why}"));
            }
            Entry::Turned { server, track } => match track {
                Track::Forward => {}
                Track::Back(why) => self.tell(at, &format!("{server}: goes back: {why}")),
                Track::Isolate(why) => self.tell(at, &format!("{server}: is isolated: {why}")),
            },
            Entry::Ended { server, end, .. } => {
                self.ended = self.ended.saturating_add(1);
                self.waiting.remove(server);
                self.tell(at, &format!("{server}: {end}"));
            }
            Entry::Halted { why } => self.tell(at, &format!("halted: {why}")),
            Entry::Finished => self.tell(at, "finished"),
            Entry::Intent { .. } | Entry::Outcome { .. } => {}
        }
        self.show(at);
    }

    fn waits(&mut self, waiting: &Waiting<'_>) {
        let expected = match waiting.expected_minutes {
            0 => String::new(),
            minutes => format!(" (mostly {minutes} min)"),
        };
        let text = format!("{}{expected}", waiting.what);
        self.waiting.insert(waiting.server.clone(), (waiting.since, text));
        self.show(waiting.until);
    }
}

/// The exit code of a rollout: 0 all current, 1 somebody must look, 3 not finished.
pub(crate) fn exit_code<'e>(end: &RunEnd, ends: impl Iterator<Item = &'e End>) -> u8 {
    match end {
        RunEnd::Interrupted => 130,
        RunEnd::Paused | RunEnd::Aborted | RunEnd::ApprovalEnded { .. } => 3,
        RunEnd::Halted { .. } => 1,
        RunEnd::Finished => {
            let mut ends = ends;
            u8::from(ends.any(|it| *it != End::Current))
        }
    }
}

/// How a rollout ended, in a sentence.
pub(crate) fn sentence(end: &RunEnd) -> String {
    match end {
        RunEnd::Finished => "finished".to_owned(),
        RunEnd::Halted { why } => format!(
            "halted: {why}; look at the servers, then `exward rollout resume` and run it again"
        ),
        RunEnd::Paused => {
            "paused; `exward rollout resume` lets it go on, then run it again".to_owned()
        }
        RunEnd::Aborted => "aborted; what had begun has ended".to_owned(),
        RunEnd::Interrupted => "interrupted; the same command goes on where it stopped".to_owned(),
        RunEnd::ApprovalEnded { until } => {
            format!("the approval ran out at {until}; approve it again, then run it again")
        }
    }
}
