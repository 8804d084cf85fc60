//! How far back the evidence reaches, and what of it is missing.

use std::collections::BTreeMap;

use exward_core::sentence::first_few;
use jiff::civil::Date;
use jiff::{Timestamp, tz};

use super::{has, has_consequences, has_web_logs};
use crate::summary::in_words;
use crate::{Channel, Coverage, Source, Spans};

/// Sources whose reach is told in a sentence.
const TOLD_MAX: usize = 3;

/// Gaps that are named.
const GAPS_MAX: usize = 10;

/// Days from which months say more.
const MONTHS_FROM_DAYS: i32 = 60;

/// Days from which years say more.
const YEARS_FROM_DAYS: i32 = 730;

/// Sources whose reach says how far the whole answer reaches.
const DECIDING: [Source; 6] = [
    Source::Iis,
    Source::HttpProxy,
    Source::Cmdlet,
    Source::Events(Channel::MsExchangeManagement),
    Source::Events(Channel::Security),
    Source::Events(Channel::Sysmon),
];

/// Logs of a working server that are never silent for a day: Exchange asks itself all the time.
const BUSY: [Source; 3] = [Source::Iis, Source::HttpProxy, Source::Events(Channel::Security)];

/// Where each source lies on a server.
const PLACES: [(Source, &str); 9] = [
    (Source::Iis, r"%SystemDrive%\inetpub\logs\LogFiles\W3SVC1 and W3SVC2"),
    (Source::HttpProxy, r"<Exchange>\Logging\HttpProxy"),
    (Source::EcpServer, r"<Exchange>\Logging\ECP\Server"),
    (Source::Cmdlet, r"<Exchange>\Logging\CmdletInfra"),
    (
        Source::Events(Channel::MsExchangeManagement),
        r"%SystemRoot%\System32\winevt\Logs\MSExchange Management.evtx",
    ),
    (Source::Events(Channel::Application), r"%SystemRoot%\System32\winevt\Logs\Application.evtx"),
    (Source::Events(Channel::Security), r"%SystemRoot%\System32\winevt\Logs\Security.evtx"),
    (
        Source::WebFolder,
        r"<Exchange>\FrontEnd\HttpProxy and %SystemDrive%\inetpub\wwwroot\aspnet_client",
    ),
    (Source::Config, r"%SystemRoot%\System32\inetsrv\config\applicationHost.config"),
];

/// What was not there to be read, with its place on a server; then the gaps.
pub(super) fn missing(coverage: &[Coverage], spans: &BTreeMap<Source, Spans>) -> Vec<String> {
    let absent = PLACES.iter().filter(|(source, _)| !has(coverage, *source));
    let mut missing: Vec<String> =
        absent.map(|(source, place)| format!("{source}: {place}")).collect();
    let busy = spans.iter().filter(|(source, _)| BUSY.contains(source));
    let gaps = busy.flat_map(|(source, spans)| spans.gaps().map(move |gap| (source, gap)));
    for (source, (from, to)) in gaps.take(GAPS_MAX) {
        let (from, to) = (in_words(from), in_words(to));
        missing.push(format!("{source} between {from} and {to}: a gap; were files deleted?"));
    }
    missing.extend(ended(coverage));
    missing
}

/// Logs of a working server that end days before the others do.
fn ended(coverage: &[Coverage]) -> impl Iterator<Item = String> {
    let busy = || coverage.iter().filter(|it| BUSY.contains(&it.source));
    let newest = busy().filter_map(|it| it.to).max().map(date);
    busy().filter_map(move |it| {
        let (end, newest) = (date(it.to?), newest?);
        let days = end.until(newest).map_or(0, |span| span.get_days());
        let before = long(end, newest);
        (days > 1).then(|| {
            format!("{} end on {end}, {before} before others: switched off, or deleted?", it.source)
        })
    })
}

/// What keeps the evidence from an all-clear; `None` if nothing does.
pub(super) fn lacking(coverage: &[Coverage]) -> Option<String> {
    let web =
        r"web logs (IIS: %SystemDrive%\inetpub\logs\LogFiles; or <Exchange>\Logging\HttpProxy)";
    let left = "something that shows what an intruder left behind (web folders, cmdlet logs, MSExchange \
                Management events, or Security and Sysmon events)";
    match (has_web_logs(coverage), has_consequences(coverage)) {
        (true, true) => None,
        (false, true) => Some(format!("missing: {web}")),
        (true, false) => Some(format!("missing: {left}")),
        (false, false) => Some(format!("missing: {web}, and {left}")),
    }
}

/// `HttpProxy logs reach back 29 days (2026-10-26 to 2026-11-24), IIS logs 120 days (2026-07-27)`, shortest first; and
/// what was before.
pub(super) fn reach(coverage: &[Coverage], exposed_since: Option<Date>) -> Option<String> {
    let mut reaches: Vec<(Date, Source, Date)> = coverage
        .iter()
        .filter_map(|it| Some((date(it.from?), it.source, date(it.to.or(it.from)?))))
        .collect();
    // When a file of a web folder was written says nothing of how far back it is known.
    reaches.retain(|(_, source, _)| !matches!(source, Source::WebFolder | Source::Config));
    // What decides about an all-clear, if any of it is there.
    let deciding = |(_, source, _): &(Date, Source, Date)| DECIDING.contains(source);
    if reaches.iter().any(deciding) {
        reaches.retain(deciding);
    }
    reaches.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
    let (shortest, ..) = *reaches.first()?;
    let told = |(at, (from, source, to)): (usize, &(Date, Source, Date))| {
        let long = long(*from, *to);
        match at {
            0 if from < to => format!("{source} reach back {long} ({from} to {to})"),
            0 => format!("{source} reach back {long} ({from})"),
            _ => format!("{source} {long} ({from})"),
        }
    };
    let all: Vec<String> = reaches.iter().enumerate().map(told).collect();
    let told = first_few(&all, TOLD_MAX);
    Some(match exposed_since.filter(|since| *since < shortest) {
        Some(since) => format!(
            "{told}; the hole was open for {} before that ({since}), and what happened then is not seen",
            long(since, shortest)
        ),
        None => format!("{told}; what happened before is not seen"),
    })
}

/// Days that web logs may end before the hunt: copying and looking take time.
const OLD_DAYS_MAX: i32 = 7;

/// Days without a record in every web log that an all-clear bears: a server is switched off now and then.
const GAP_DAYS_MAX: i32 = 3;

/// The last day of the web logs and how long ago that is, if it is too long for an all-clear of today.
pub(super) fn end_long_ago(coverage: &[Coverage], today: Option<Date>) -> Option<(Date, String)> {
    let (last, today) = (last_web_day(coverage)?, today?);
    let days = last.until(today).map_or(0, |span| span.get_days());
    (days > OLD_DAYS_MAX).then(|| (last, long(last, today)))
}

/// The first gap that is in all web logs, if an all-clear cannot bear it.
pub(super) fn gap(
    coverage: &[Coverage],
    spans: &BTreeMap<Source, Spans>,
) -> Option<(Timestamp, Timestamp)> {
    let mut web = Spans::default();
    for source in [Source::Iis, Source::HttpProxy].into_iter().filter(|it| has(coverage, *it)) {
        spans.get(&source)?.each(|from, to| web.add(from, to));
    }
    let is_long = |(from, to): &(Timestamp, Timestamp)| {
        date(*from).until(date(*to)).is_ok_and(|span| span.get_days() > GAP_DAYS_MAX)
    };
    web.gaps().find(is_long)
}

fn last_web_day(coverage: &[Coverage]) -> Option<Date> {
    let web = coverage.iter().filter(|it| matches!(it.source, Source::Iis | Source::HttpProxy));
    web.filter_map(|it| it.to).max().map(date)
}

/// The last day of the web logs, if the hole was not open yet then: they cannot show its use.
pub(super) fn end_too_early(coverage: &[Coverage], exposed_since: Option<Date>) -> Option<Date> {
    let last = last_web_day(coverage)?;
    exposed_since.filter(|since| last < *since).map(|_| last)
}

fn date(at: Timestamp) -> Date {
    tz::Offset::UTC.to_datetime(at).date()
}

/// `29 days`, `4 months`, `3 years`.
fn long(from: Date, to: Date) -> String {
    let days = from.until(to).map_or(0, |span| span.get_days());
    match days {
        ..=0 => "less than a day".to_owned(),
        1 => "1 day".to_owned(),
        2..MONTHS_FROM_DAYS => format!("{days} days"),
        MONTHS_FROM_DAYS..YEARS_FROM_DAYS => format!("{} months", days / 30),
        _ => format!("{} years", days / 365),
    }
}
