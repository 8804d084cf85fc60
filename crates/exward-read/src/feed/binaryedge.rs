//! BinaryEdge's `exchange-owa` events: one target a line, its findings under `result.data`.
//!
//! Source: docs.binaryedge.io/modules/exchange-owa.html, whose example is a schema: the same names
//! with types for values ([`super::not_a_feed`]).

use exward_core::evidence::EvidenceKind;
use jiff::Timestamp;
use serde_json::Value;

use crate::Record;
use crate::record::host_and_port;

use super::json::Fields;
use super::row::Row;

/// The only module of BinaryEdge that is read.
const MODULE: &str = "exchange-owa";

pub(super) fn fits(fields: Fields<'_>) -> bool {
    let data = fields.value("result").and_then(|it| it.get("data"));
    data.is_some_and(Value::is_object) && (fields.has("target") || fields.has("origin"))
}

pub(super) fn record(fields: Fields<'_>) -> Result<Record, String> {
    let origin = fields.object("origin")?;
    if let Some(other) = origin.map(|it| it.text("type")).transpose()?.flatten()
        && other != MODULE
    {
        return Err(format!("an event of another module than {MODULE}"));
    }
    let at = fields.object("target")?.or(origin).ok_or("no `target`")?;
    let host = at.text("ip")?.ok_or("no `ip`")?;
    let target = host_and_port(host, at.number("port")?);
    let result = fields.object("result")?.ok_or("no `result`")?;
    let data = result.object("data")?.ok_or("no `data`")?;
    let mut row = Row::new(seen_at(origin)?);
    version(data, &mut row)?;
    for text in data.texts("vulnerabilities")? {
        if !row.cves(text) {
            row.show(EvidenceKind::FeedFinding, text);
        }
    }
    for text in data.texts("iocs")? {
        let words = text.to_ascii_lowercase().replace([' ', '-', '_'], "");
        if words.contains("webshell") {
            row.web_shell(text);
        } else {
            row.show(EvidenceKind::FeedFinding, format!("indicator: {text}"));
        }
    }
    for name in data.texts("server_names")? {
        row.show(EvidenceKind::ServerName, name);
    }
    for name in ["ecp_enabled", "ews_enabled", "rpc_enabled"] {
        if let Some(enabled) = data.flag(name)? {
            row.show(EvidenceKind::ServerFact, format!("{name}: {enabled}"));
        }
    }
    Ok(row.into_record(target))
}

/// The event says that it is Exchange's OWA, with a build or without.
fn version(data: Fields<'_>, row: &mut Row) -> Result<(), String> {
    let version = data.object("version")?;
    let text = |name| version.map_or(Ok(None), |it| it.text(name));
    if !text("build_version")?.is_some_and(|build| row.version(build)) {
        row.listed_as_exchange(MODULE);
    }
    // The name comes from the scanner's own table of updates (F3): shown, never believed.
    row.show(EvidenceKind::ServerFact, text("build_name")?.unwrap_or_default());
    Ok(())
}

/// `ts`, in milliseconds since 1970.
fn seen_at(origin: Option<Fields<'_>>) -> Result<Option<Timestamp>, String> {
    let Some(value) = origin.and_then(|it| it.value("ts")) else { return Ok(None) };
    let millisecond = value.as_i64().ok_or("`ts` is not a number of milliseconds")?;
    Timestamp::from_millisecond(millisecond).map(Some).map_err(|_| "`ts` is not a time".to_owned())
}
