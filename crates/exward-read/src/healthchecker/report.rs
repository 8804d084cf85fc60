//! The JSON of `-VulnerabilityReport`: every server of the organisation with what it is open to.

use exward_core::build::SeenBuild;
use exward_core::evidence::{Claim, Evidence, EvidenceKind};
use jiff::Timestamp;
use serde_json::Value;

use crate::limits::DOCUMENT_BYTES_MAX;
use crate::record::kept;
use crate::{Reading, Record, Skipped, text};

/// True if a JSON document is such a report.
#[must_use]
pub fn is_vulnerability_report(value: &Value) -> bool {
    let says = |name| value.get(name).is_some();
    says("Servers") && (says("VersionReport") || says("ReportDate"))
}

/// Reads a report. Servers that cannot be read are skipped; the others go on.
///
/// A server that was offline stands there with its AdminDisplayVersion, so its build gives the CU
/// only (H3). That the script found no ExSetup.exe on a server that was online is not in the report.
#[must_use]
pub fn vulnerability_report(bytes: &[u8]) -> Reading {
    let whole = |why: String| Reading { records: Vec::new(), skipped: vec![Skipped::whole(why)] };
    if bytes.len() > DOCUMENT_BYTES_MAX {
        return whole(format!("{} bytes are more than {DOCUMENT_BYTES_MAX}", bytes.len()));
    }
    let report: Value = match serde_json::from_str(&text::decode(bytes).text) {
        Ok(report) => report,
        Err(error) => return whole(format!("no JSON: {error}")),
    };
    let servers = match report.get("Servers") {
        Some(Value::Array(servers)) => servers.as_slice(),
        // ConvertTo-Json unrolls a list of one.
        Some(server @ Value::Object(_)) => std::slice::from_ref(server),
        _ => return whole("no vulnerability report: it has no list `Servers`".to_owned()),
    };
    let at = report.get("ReportDate").and_then(time);
    let mut reading = Reading::default();
    for (number, server) in (1..).zip(servers) {
        match read_server(server, at) {
            Ok(record) => reading.records.push(record),
            Err(why) => reading.skipped.push(skipped(number, why)),
        }
    }
    reading
}

fn skipped(number: u64, why: &str) -> Skipped {
    Skipped::whole(format!("server {number}: {why}"))
}

fn read_server(server: &Value, at: Option<Timestamp>) -> Result<Record, &'static str> {
    let text = |name: &str| match server.get(name) {
        Some(Value::String(text)) => Some(text.trim()),
        _ => None,
    };
    let name = text("Name").filter(|it| !it.is_empty()).ok_or("it has no `Name` as text")?;
    let version = text("BuildVersion").ok_or("`BuildVersion` is no text")?;
    let build: SeenBuild = version.parse().map_err(|_| "`BuildVersion` is no build")?;
    let listed = match server.get("Vulnerabilities") {
        Some(Value::Array(listed)) => listed.as_slice(),
        Some(Value::Null) | None => &[],
        Some(one @ Value::String(_)) => std::slice::from_ref(one),
        Some(_) => return Err("`Vulnerabilities` is no list"),
    };
    let is_offline = server.get("Online") == Some(&Value::Bool(false));
    let (kind, build) = if is_offline {
        (EvidenceKind::AdminDisplayVersion, SeenBuild::Prefix(build.prefix()))
    } else {
        (EvidenceKind::HealthChecker, build)
    };
    let short = name.split('.').next().unwrap_or(name).to_owned();
    let mut evidence = vec![
        Evidence::new(EvidenceKind::ServerName, kept(name), Claim::Name(short)),
        Evidence::new(kind, kept(version), Claim::Version(build)),
    ];
    if is_offline {
        let note = "HealthChecker could not reach it";
        evidence.push(Evidence::new(EvidenceKind::ServerFact, note, Claim::Shown));
    }
    evidence.extend(listed.iter().filter_map(Value::as_str).flat_map(finding));
    let evidence = evidence.into_iter().map(|it| it.at_time(at)).collect();
    Ok(Record { target: name.to_owned(), line: None, evidence })
}

/// A CVE, or another finding that is only shown.
fn finding(text: &str) -> Vec<Evidence> {
    let found = cves(text);
    if found.is_empty() {
        let shown = kept(text);
        return vec![Evidence::new(EvidenceKind::FeedFinding, shown, Claim::Shown)];
    }
    let claim = |cve: String| {
        Evidence::new(EvidenceKind::FeedFinding, cve.clone(), Claim::ReportedCve(cve))
    };
    found.into_iter().map(claim).collect()
}

/// The CVE numbers in a text: `CVE-2021-34470`.
pub(super) fn cves(text: &str) -> Vec<String> {
    let words = text.split(|it: char| !it.is_ascii_alphanumeric() && it != '-');
    words.filter(|it| is_cve(it)).map(str::to_ascii_uppercase).collect()
}

fn is_cve(word: &str) -> bool {
    let parts = word.split_at_checked(4).and_then(|(label, rest)| {
        let (year, number) = rest.split_once('-')?;
        Some((label, year, number))
    });
    let is_number = |it: &str| it.len() >= 4 && it.bytes().all(|digit| digit.is_ascii_digit());
    parts.is_some_and(|(label, year, number)| {
        label.eq_ignore_ascii_case("CVE-") && is_number(year) && is_number(number)
    })
}

/// `2026-11-24T04:12:00Z`, or `/Date(1700000000000)/` of old versions of `ConvertTo-Json`. The
/// script itself writes the local time in the form of the local culture, which tells no instant.
pub(super) fn time(value: &Value) -> Option<Timestamp> {
    let text = value.as_str()?;
    if let Some(number) = text.strip_prefix("/Date(").and_then(|it| it.strip_suffix(")/")) {
        return Timestamp::from_millisecond(number.parse().ok()?).ok();
    }
    text.parse().ok()
}
