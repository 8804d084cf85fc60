//! A made-up IIS log of an Exchange server, of any size: ordinary traffic, and traces of attacks sprinkled in.
//!
//! Nothing here was ever sent: the lines are text, drawn from a seed. They are for measuring a hunt, and for
//! showing one to somebody who has no broken-into server at hand.
//!
//! # Invariants
//! * **D1 the same for ever**: the same seed, size and number of attacks give the same bytes.
//! * **T1 the truth is beside it**: each attack's line number, stage and name.

mod attacks;
mod traffic;

use std::io::{self, Write};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::seed::Dice;

/// How a made-up log is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogPlan {
    /// The same seed gives the same log.
    pub seed: u64,
    /// Size in bytes; the last line may go beyond.
    pub bytes: u64,
    /// Traces of attacks, evenly spread with some jitter; 0 for none.
    pub attacks: u32,
    /// Time of the first line.
    pub start: Timestamp,
}

/// One attack's place in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Planted {
    /// Line from 1.
    pub line: u64,
    /// `scan`, `attempt`, `success` or `webshell`, as a hunt should call it.
    pub stage: &'static str,
    /// Which intrusion it is a trace of.
    pub what: &'static str,
}

/// The header of every log.
const HEADER: &str = "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n";
const FIELDS: &str = "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip \
    cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken\n";

/// Writes the log, and gives what was planted in it.
///
/// # Errors
/// What the writer says.
pub fn write_iis(plan: LogPlan, out: &mut dyn Write) -> io::Result<Vec<Planted>> {
    let mut dice = Dice::for_item(plan.seed, 0);
    let mut log = Log { out, bytes: 0, line: 0, clock: plan.start, text: String::new() };
    let date = plan.start.strftime("#Date: %Y-%m-%d %H:%M:%S\n").to_string();
    for header in [HEADER, &date, FIELDS] {
        log.raw(header)?;
    }
    let gap = plan.bytes.checked_div(u64::from(plan.attacks)).unwrap_or(0);
    let mut planted = Vec::new();
    while log.bytes < plan.bytes {
        let due = gap.saturating_mul(u64::try_from(planted.len()).unwrap_or(u64::MAX));
        let wanted = planted.len() < usize::try_from(plan.attacks).unwrap_or(usize::MAX);
        if wanted && log.bytes >= due.saturating_add(gap / 2) {
            let trace = attacks::draw(planted.len(), &mut dice);
            log.request(&trace.request)?;
            planted.push(Planted { line: log.line, stage: trace.stage, what: trace.what });
        } else {
            log.request(&traffic::draw(&mut dice))?;
        }
        let step = i64::try_from(dice.below(30)).unwrap_or(0);
        log.clock =
            log.clock.saturating_add(SignedDuration::from_millis(step)).unwrap_or(log.clock);
    }
    Ok(planted)
}

/// One request as IIS would log it; blanks in values are already `+`.
#[derive(Clone, Debug)]
struct Request {
    method: &'static str,
    stem: String,
    query: String,
    port: u16,
    user: String,
    client: String,
    agent: &'static str,
    status: u16,
    millis: usize,
}

/// The log while it is written.
struct Log<'o> {
    out: &'o mut dyn Write,
    bytes: u64,
    line: u64,
    clock: Timestamp,
    text: String,
}

impl Log<'_> {
    fn raw(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())?;
        self.bytes = self.bytes.saturating_add(u64::try_from(text.len()).unwrap_or(0));
        self.line =
            self.line.saturating_add(u64::try_from(text.matches('\n').count()).unwrap_or(0));
        Ok(())
    }

    fn request(&mut self, it: &Request) -> io::Result<()> {
        use std::fmt::Write as _;
        let mut text = std::mem::take(&mut self.text);
        text.clear();
        let time = self.clock.strftime("%Y-%m-%d %H:%M:%S");
        let server = if it.port == 444 { "::1" } else { "10.20.0.5" };
        let Request { method, stem, query, port, user, client, agent, status, millis } = it;
        let written = writeln!(
            text,
            "{time} {server} {method} {stem} {query} {port} {user} {client} {agent} - {status} 0 0 {millis}"
        );
        written.map_err(io::Error::other)?;
        let done = self.raw(&text);
        self.text = text;
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(seed: u64, attacks: u32) -> (String, Vec<Planted>) {
        let start = "2026-11-01T00:00:00Z".parse().unwrap();
        let mut out = Vec::new();
        let planted =
            write_iis(LogPlan { seed, bytes: 300_000, attacks, start }, &mut out).unwrap();
        (String::from_utf8(out).unwrap(), planted)
    }

    #[test]
    fn a_seed_gives_the_same_log_and_its_truth_points_at_the_lines() {
        let (log, planted) = made(7, 40);
        assert_eq!((log.clone(), planted.clone()), made(7, 40), "D1");
        assert_ne!(log, made(8, 40).0);
        assert_eq!(planted.len(), 40, "T1");
        let lines: Vec<&str> = log.lines().collect();
        let columns = FIELDS.split(' ').count() - 1;
        assert!(lines.iter().skip(4).all(|it| it.split(' ').count() == columns));
        for one in &planted {
            let line = lines[usize::try_from(one.line).unwrap() - 1];
            assert!(attacks::is_trace(line), "{one:?}: {line}");
        }
        let traces = lines.iter().filter(|it| attacks::is_trace(it)).count();
        assert_eq!(traces, planted.len(), "nothing else looks like one");
    }
}
