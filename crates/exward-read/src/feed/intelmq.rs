//! Events of IntelMQ, flat (`source.ip`) or nested (`source: {ip}`).
//!
//! IntelMQ carries every kind of event. Only what Shadowserver's Exchange reports became is
//! Exchange's; of any other event nothing is claimed.
//!
//! Sources: IntelMQ "Harmonization"; the mapping of `scan_exchange` in Shadowserver's
//! `report_schema`; identifiers from IntelMQ's Shadowserver parser.

use exward_core::build::SeenBuild;
use exward_core::evidence::EvidenceKind;
use exward_core::evidence::{Claim, Evidence};

use crate::Record;
use crate::record::host_and_port;

use super::json::Fields;
use super::row::Row;

const WEB_SHELL: &str = "exchange-server-webshell";
const VULNERABLE: &str = "vulnerable-exchange-server";

pub(super) fn fits(fields: Fields<'_>) -> bool {
    let has = |name| find(fields, name).ok().flatten().is_some();
    let is_event = ["classification.type", "classification.identifier", "time.source", "feed.name"];
    (has("source.ip") || has("source.fqdn")) && is_event.into_iter().any(has)
}

pub(super) fn record(fields: Fields<'_>) -> Result<Record, String> {
    let host = text(fields, "source.ip")?.or(text(fields, "source.fqdn")?);
    let host = host.ok_or("no `source.ip`")?;
    let target = host_and_port(host, port(fields)?);
    let at = find(fields, "time.source")?;
    let mut row = Row::new(at.map(|(it, name)| it.time(name)).transpose()?.flatten());
    let identifier = text(fields, "classification.identifier")?.unwrap_or_default();
    let tags = texts(fields, "extra.tag")?;
    let tags: Vec<&str> = tags.iter().flat_map(|it| it.split(';')).map(str::trim).collect();
    if [WEB_SHELL, VULNERABLE].contains(&identifier)
        || tags.contains(&"exchange")
        || text(fields, "protocol.application")? == Some("exchange")
    {
        exchange(fields, identifier, &tags, &mut row)?;
    } else {
        let kind = text(fields, "classification.type")?.unwrap_or_default();
        let about = if identifier.is_empty() { kind } else { identifier };
        row.show(EvidenceKind::FeedFinding, about);
    }
    if let Some(name) = text(fields, "source.reverse_dns")? {
        row.show(EvidenceKind::ServerFact, format!("host name {name}"));
    }
    if row.is_empty() {
        row.show(EvidenceKind::FeedFinding, "an event that says nothing of Exchange");
    }
    Ok(row.into_record(target))
}

/// The findings of an event about Exchange.
fn exchange(
    fields: Fields<'_>,
    identifier: &str,
    tags: &[&str],
    row: &mut Row,
) -> Result<(), String> {
    match text(fields, "extra.version")? {
        Some(version) => {
            let seen: SeenBuild = version.parse().map_err(|it| format!("`extra.version`: {it}"))?;
            row.add(Evidence::new(EvidenceKind::FeedVersion, version, Claim::Version(seen)));
        }
        None if identifier.is_empty() => row.listed_as_exchange("exchange"),
        None => row.listed_as_exchange(identifier),
    }
    if identifier == WEB_SHELL || tags.contains(&"webshell") {
        row.web_shell(WEB_SHELL);
    }
    for tag in tags {
        row.cves(tag);
    }
    for named in texts(fields, "product.vulnerabilities")? {
        row.cves(named);
    }
    row.show(EvidenceKind::ServerName, text(fields, "extra.servername")?.unwrap_or_default());
    if let Some(url) = text(fields, "destination.url")? {
        row.show(EvidenceKind::ServerFact, format!("URL {url}"));
    }
    Ok(())
}

/// The object that holds a dotted name, and the name there: `source.ip` may stand as it is, as
/// `ip` in an object `source`, or `b.c` of `a.b.c` in an object `a`.
fn find<'v, 'n>(
    fields: Fields<'v>,
    name: &'n str,
) -> Result<Option<(Fields<'v>, &'n str)>, String> {
    if fields.has(name) {
        return Ok(Some((fields, name)));
    }
    let Some((head, rest)) = name.split_once('.') else { return Ok(None) };
    match fields.object(head)? {
        Some(inner) => Ok(inner.has(rest).then_some((inner, rest))),
        None => Ok(None),
    }
}

fn text<'v>(fields: Fields<'v>, name: &str) -> Result<Option<&'v str>, String> {
    find(fields, name)?.map_or(Ok(None), |(fields, name)| fields.text(name))
}

fn texts<'v>(fields: Fields<'v>, name: &str) -> Result<Vec<&'v str>, String> {
    find(fields, name)?.map_or(Ok(Vec::new()), |(fields, name)| fields.texts(name))
}

fn port(fields: Fields<'_>) -> Result<Option<u16>, String> {
    find(fields, "source.port")?.map_or(Ok(None), |(fields, name)| fields.number(name))
}
