//! zgrab2: one target a line, one entry under `data` for each module that was run.
//!
//! Header names are in snake case, values are lists. Every answer of a redirect chain counts, in
//! order. A module that failed (a TLS handshake, a timeout) is shown: the target stays unknown.
//!
//! Sources: zgrab2 `processing.go` and `lib/http` as named in its schemas; a record in zgrab2#379.

use exward_core::evidence::EvidenceKind;
use serde_json::Value;

use crate::Record;
use crate::answer::HttpAnswer;
use crate::record::host_and_port;

use super::json::Fields;
use super::kept;
use super::place::Place;
use super::row::Row;

pub(super) fn fits(fields: Fields<'_>) -> bool {
    let is_module = |it: &Value| it.get("status").is_some_and(Value::is_string);
    let modules = fields.value("data").and_then(Value::as_object);
    (fields.has("ip") || fields.has("domain"))
        && modules.is_some_and(|it| !it.is_empty() && it.values().all(is_module))
}

pub(super) fn record(fields: Fields<'_>) -> Result<Record, String> {
    let ip = fields.text("ip")?;
    let domain = fields.text("domain")?;
    let host = domain.or(ip).ok_or("neither `ip` nor `domain`")?;
    let data = fields.object("data")?.ok_or("no `data`")?;
    let mut row = Row::default();
    let mut ports = Vec::new();
    for (name, it) in data.iter() {
        let it = Fields::of(it).ok_or_else(|| format!("`{name}` is not an object"))?;
        ports.push(module(name, it, &mut row)?);
    }
    if let (Some(_), Some(ip)) = (domain, ip) {
        row.show(EvidenceKind::ServerFact, format!("address {ip}"));
    }
    // Modules on several ports are one target: the host.
    let first = ports.first().copied().flatten();
    let port = first.filter(|_| ports.iter().all(|port| *port == first));
    Ok(row.into_record(host_and_port(host, port)))
}

/// Reads what one module saw; gives the port, if the record tells.
fn module(name: &str, module: Fields<'_>, row: &mut Row) -> Result<Option<u16>, String> {
    row.seen_at(module.time("timestamp")?);
    let mut port = module.number("port")?;
    let status = module.text("status")?.unwrap_or_default();
    if status != "success" {
        let error = module.text("error")?.unwrap_or("no reason given");
        row.show(EvidenceKind::ServerFact, format!("{name}: {status}: {error}"));
    }
    let Some(result) = module.object("result")? else { return Ok(port) };
    for (answer, url) in answers(result)? {
        row.http(&answer);
        port = port.or(url);
    }
    if let Some(banner) = result.text("banner")? {
        let protocol = module.text("protocol")?.unwrap_or(name);
        if ["smtp", "imap", "pop3"].contains(&protocol) {
            row.mail(banner);
        } else {
            row.show(EvidenceKind::OtherService, kept::first_line(banner));
        }
    }
    row.ehlo(&kept::ehlo_verbs(result.text("ehlo")?.unwrap_or_default()));
    Ok(port)
}

/// Every answer of the http module, in order, with the port that was asked.
fn answers(result: Fields<'_>) -> Result<Vec<(HttpAnswer<'_>, Option<u16>)>, String> {
    let chain = result.list("redirect_response_chain")?.iter();
    let all = chain.chain(result.value("response"));
    all.map(|it| answer(Fields::of(it).ok_or("an answer is not an object")?)).collect()
}

fn answer(fields: Fields<'_>) -> Result<(HttpAnswer<'_>, Option<u16>), String> {
    let request = fields.object("request")?;
    let url = request.map(|it| it.object("url")).transpose()?.flatten();
    let text = |name| url.map_or(Ok(None), |url| url.text(name));
    let headers = fields.object("headers")?.map(kept::snake_headers).transpose()?;
    let answer = HttpAnswer {
        endpoint: text("path")?,
        status: fields.number("status_code")?,
        headers: headers.unwrap_or_default(),
        body: fields.text("body")?.unwrap_or_default(),
    };
    let implied = match text("scheme")? {
        Some("https") => Some(443),
        Some("http") => Some(80),
        Some(_) | None => None,
    };
    let written = text("host")?.and_then(|host| Place::of(host).port);
    Ok((answer, written.or(implied)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_redirect_chain_counts_in_order() {
        let json = serde_json::json!({
            "redirect_response_chain": [{
                "status_code": 301, "headers": {"location": ["https://mail.example.org/owa/"]},
                "request": {"url": {"scheme": "http", "host": "mail.example.org", "path": "/"}},
            }],
            "response": {
                "status_code": 302,
                "headers": {"unknown": [{"key": "x_owa_version", "value": ["15.2.1544.14"]}]},
                "body": "moved",
                "request": {"url": {"scheme": "https", "host": "[2001:db8::1]:8443"}},
            },
        });
        let answers = answers(Fields::of(&json).unwrap()).unwrap();
        let [(first, http), (last, https)] = answers.as_slice() else { panic!("{answers:?}") };
        assert_eq!((first.status, first.endpoint, *http), (Some(301), Some("/"), Some(80)));
        assert_eq!((last.status, last.body, *https), (Some(302), "moved", Some(8443)));
        assert_eq!(last.headers, [("x-owa-version".to_owned(), "15.2.1544.14".to_owned())]);
    }
}
