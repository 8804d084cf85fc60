//! ProjectDiscovery's `httpx -json`: one URL a line.
//!
//! With `-irh` the headers are there (`header`: snake case, repeated values joined), with `-irr`
//! the raw answer too. Without them only what httpx took out is left: status, `Location`, `Server`,
//! title, and `tech` such as `Outlook Web App:15.2.1544`.
//!
//! Source: httpx `runner/types.go` and `runner/runner.go`.

use std::collections::BTreeSet;

use exward_core::evidence::EvidenceKind;

use crate::Record;
use crate::answer::HttpAnswer;

use super::json::Fields;
use super::kept;
use super::place::Place;
use super::row::{Row, mentions_exchange};

pub(super) fn fits(fields: Fields<'_>) -> bool {
    fields.has("url")
        && (fields.has("input") || fields.has("host"))
        && ["status_code", "failed", "tech", "webserver"].iter().any(|name| fields.has(name))
}

pub(super) fn record(fields: Fields<'_>) -> Result<Record, String> {
    let url = fields.text("url")?.or(fields.text("input")?).ok_or("no `url`")?;
    let place = Place::of(url);
    let target = place.target(fields.number("port")?)?;
    let mut row = Row::new(fields.time("timestamp")?);
    if fields.flag("failed")? == Some(true) {
        let error = fields.text("error")?.unwrap_or("no reason given");
        row.show(EvidenceKind::ServerFact, format!("httpx got no answer: {error}"));
    }
    for step in fields.list("chain")?.iter().filter_map(Fields::of) {
        if let Some(mut answer) = step.text("response")?.and_then(kept::answer) {
            answer.endpoint = step.text("request-url")?.and_then(|url| Place::of(url).path);
            row.http(&answer);
        }
    }
    let answer = answer(fields)?;
    if answer.status.is_some() || !answer.headers.is_empty() {
        row.http(&answer);
    }
    if answer.body.is_empty() {
        row.show(EvidenceKind::PageTitle, fields.text("title")?.unwrap_or_default());
    }
    for tech in fields.texts("tech")? {
        technology(tech, &mut row);
    }
    names(fields, place.host, &mut row)?;
    Ok(row.into_record(target))
}

/// The answer, from the most complete copy of it that the record has.
fn answer(fields: Fields<'_>) -> Result<HttpAnswer<'_>, String> {
    let raw = fields.text("response")?.and_then(kept::answer);
    let head = fields.text("raw_header")?;
    let mut answer = match (raw, head) {
        (Some(raw), _) => raw,
        (None, Some(head)) => kept::answer(head).unwrap_or_else(|| HttpAnswer {
            headers: kept::header_lines(head),
            ..HttpAnswer::default()
        }),
        (None, None) => HttpAnswer::default(),
    };
    if answer.headers.is_empty()
        && let Some(header) = fields.object("header")?
    {
        answer.headers = kept::snake_headers(header)?;
    }
    if answer.body.is_empty() {
        answer.body = fields.text("body")?.unwrap_or_default();
    }
    // httpx writes status 0 for a host that did not answer.
    let status = fields.number("status_code")?.filter(|status| *status > 0);
    answer.status = answer.status.or(status);
    answer.endpoint = fields.text("path")?;
    kept::add_header(&mut answer, "Location", fields.text("location")?);
    kept::add_header(&mut answer, "Server", fields.text("webserver")?);
    Ok(answer)
}

/// `Outlook Web App:15.2.1544`, `Microsoft Exchange Server`; anything else says nothing here.
fn technology(tech: &str, row: &mut Row) {
    let (name, version) = tech.split_once(':').unwrap_or((tech, ""));
    if mentions_exchange(name) && !row.version(version) {
        row.names_exchange(tech);
    }
}

/// The address, and the names in the certificate.
fn names(fields: Fields<'_>, host: &str, row: &mut Row) -> Result<(), String> {
    if let Some(ip) = fields.text("host_ip")?.filter(|ip| *ip != host) {
        row.show(EvidenceKind::ServerFact, format!("address {ip}"));
    }
    let Some(tls) = fields.object("tls")? else { return Ok(()) };
    let mut names = tls.texts("subject_cn")?;
    names.extend(tls.texts("subject_an")?);
    let mut seen = BTreeSet::new();
    names.retain(|name| seen.insert(*name));
    if !names.is_empty() {
        row.show(EvidenceKind::ServerFact, format!("certificate for {}", names.join(", ")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(json: &serde_json::Value, want: (Option<u16>, &str, &str)) {
        let answer = answer(Fields::of(json).unwrap()).unwrap();
        let headers: Vec<_> = answer.headers.iter().map(|(n, v)| format!("{n}={v}")).collect();
        assert_eq!((answer.status, headers.join(" ").as_str(), answer.body), want, "{json}");
    }

    #[test]
    fn a_certificate_may_have_many_names() {
        let names: Vec<String> = (0..100_000).map(|at| at.to_string()).collect();
        let json = json!({"tls": {"subject_cn": "0", "subject_an": names}});
        let mut row = Row::default();
        super::names(Fields::of(&json).unwrap(), "", &mut row).unwrap();
        let record = row.into_record(String::new());
        assert!(record.evidence[0].value.starts_with("certificate for 0, 1, 2, "));
    }

    #[test]
    fn the_most_complete_copy_wins() {
        let location = "https://mail.example.org/owa/";
        check(&json!({"status_code": 0}), (None, "", ""));
        check(
            &json!({"status_code": 302, "location": location, "webserver": "IIS"}),
            (Some(302), "Location=https://mail.example.org/owa/ Server=IIS", ""),
        );
        check(
            &json!({"status_code": 302, "header": {"x_feserver": "EX01", "location": "/owa/"},
                    "location": location}),
            (Some(302), "x-feserver=EX01 location=/owa/", ""),
        );
        check(
            &json!({"status_code": 200, "raw_header": "HTTP/1.1 302 Found\r\nA: b", "body": "x"}),
            (Some(302), "A=b", "x"),
        );
        check(
            &json!({"response": "HTTP/1.1 200 OK\r\nA: b\r\n\r\n<html>", "header": {"c": "d"}}),
            (Some(200), "A=b", "<html>"),
        );
    }
}
