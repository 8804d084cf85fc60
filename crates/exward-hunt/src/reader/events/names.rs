//! What exporters call the same thing.

use jiff::Timestamp;
use memchr::memmem;

use crate::reader::time;

/// Names that mean the same; the first is the one that rules use.
const SAME: [&[&str]; 6] = [
    &["EventID", "event_id", "event.code", "EventCode", "EventId", "Id"],
    &["Channel", "LogName", "log_name"],
    &["Provider_Name", "SourceName", "ProviderName", "provider_name", "event.provider", "Provider"],
    &["Computer", "Hostname", "ComputerName", "computer_name", "MachineName", "host.name", "host"],
    &["Message", "msg", "RenderedDescription"],
    &["Level", "log.level"],
];

/// Names of Sysmon, and what else says it: Security 4688, hayabusa's short names.
const INSTEAD: [(&str, &[&str]); 8] = [
    ("Image", &["NewProcessName", "Proc"]),
    ("CommandLine", &["ProcessCommandLine", "Cmdline"]),
    ("ParentImage", &["ParentProcessName", "CreatorProcessName", "ParentProc"]),
    ("ParentCommandLine", &["ParentCmdline"]),
    ("User", &["SubjectUserName"]),
    ("IpAddress", &["SrcIP"]),
    ("TargetUserName", &["TgtUser"]),
    ("ServiceName", &["Svc"]),
];

/// Other names that may hold a field.
pub(super) fn others(field: &str) -> impl Iterator<Item = &'static str> {
    let is_field = |name: &&str| name.eq_ignore_ascii_case(field);
    let same = SAME.iter().find(|names| names.iter().any(is_field)).copied();
    let instead = INSTEAD.iter().find(|(name, _)| is_field(name)).map(|(_, names)| *names);
    same.or(instead).unwrap_or_default().iter().copied()
}

/// Channels that hayabusa shortens.
const SHORT_CHANNELS: [(&str, &str); 7] = [
    ("Sec", "Security"),
    ("Sys", "System"),
    ("App", "Application"),
    ("Sysmon", "Microsoft-Windows-Sysmon/Operational"),
    ("PwSh", "Microsoft-Windows-PowerShell/Operational"),
    ("PwShClassic", "Windows PowerShell"),
    ("Exchange", "MSExchange Management"),
];

/// The name of a channel that was shortened.
pub(super) fn long_channel(short: &str) -> Option<&'static str> {
    SHORT_CHANNELS.iter().find(|(known, _)| *known == short).map(|(_, long)| *long)
}

/// Where the time of an event stands; the first that holds one. Times of the log come before times that the
/// event's author wrote into it: they are the ones that all events of a log have.
pub(super) const TIMES: [&str; 9] = [
    "SystemTime",
    "TimeCreated",
    "@timestamp",
    "TimeGenerated",
    "Timestamp",
    "timestamp",
    "EventTime",
    "_time",
    "UtcTime",
];

/// The time of an event, from its JSON without reading the rest.
pub(super) fn time_in(json: &[u8]) -> Option<Timestamp> {
    TIMES.iter().find_map(|name| {
        let at = memmem::find_iter(json, name.as_bytes());
        at.filter_map(|at| value_after(json, at, name.len())).find_map(moment)
    })
}

/// The text that stands after a name in quotes.
fn value_after(json: &[u8], at: usize, len: usize) -> Option<&[u8]> {
    // `@` before an attribute's name.
    matches!(json.get(at.checked_sub(1)?)?, b'"' | b'@').then_some(())?;
    let after = json.get(at.checked_add(len)?..)?.strip_prefix(b"\"")?;
    let after = after.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
    match after.strip_prefix(b"\"") {
        Some(text) => text.get(..memchr::memchr(b'"', text)?),
        None => after.get(..after.iter().position(|it| !matches!(it, b'0'..=b'9' | b'.'))?),
    }
}

/// A time as exporters write it: as logs do, or `/Date(1615685979830)/` as PowerShell does.
pub(super) fn moment(text: &[u8]) -> Option<Timestamp> {
    let date = || {
        let (_, digits) = str::from_utf8(text).ok()?.split_once("/Date(")?;
        let end = digits.find(|it: char| !it.is_ascii_digit())?;
        Timestamp::from_millisecond(digits.get(..end)?.parse().ok()?).ok()
    };
    time::stamp(text).or_else(date).or_else(|| epoch(text))
}

/// Seconds since 1970, with a fraction or without.
fn epoch(text: &[u8]) -> Option<Timestamp> {
    let text = str::from_utf8(text).ok()?;
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_ten = |it: &str| it.len() == 10 && it.bytes().all(|byte| byte.is_ascii_digit());
    let fraction = format!("{fraction:0<9}");
    let nanoseconds = fraction.get(..9)?.parse().ok()?;
    Timestamp::new(is_ten(seconds).then_some(seconds)?.parse().ok()?, nanoseconds).ok()
}
