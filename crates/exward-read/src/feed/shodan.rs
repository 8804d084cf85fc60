//! Shodan: one banner a line, `ip_str` and `port`, the raw answer in `data`.
//!
//! The search results and the bulk files have the same records. `timestamp` is UTC without a zone.
//! `vulns` is an object in one and a list in the other; it is inferred from versions, so it counts
//! only where the record is Exchange's at all.
//!
//! Sources: Shodan "Banner Specification" (datapedia.shodan.io), banners in IntelMQ's tests.

use exward_core::evidence::{Claim, Evidence, EvidenceKind};

use crate::Record;
use crate::answer::HttpAnswer;
use crate::record::host_and_port;

use super::json::Fields;
use super::kept;
use super::row::{Row, mentions_exchange};

/// Ports on which a banner is a mail server's greeting.
const MAIL_PORTS: [u16; 9] = [25, 110, 143, 465, 587, 993, 995, 2525, 2526];

/// What a banner of another service has: a field of its own in the record, or how it begins.
const OTHER_SERVICES: [(&str, &str, &str); 12] = [
    ("ftp", "FTP", "220-FileZilla"),
    ("ssh", "SSH", "SSH-"),
    ("ldap", "LDAP", "LDAP:"),
    ("coap", "CoAP", "CoAP "),
    ("isakmp", "IKE", "VPN (IKE)"),
    ("smb", "SMB", "SMB Status"),
    ("rdp", "RDP", "Remote Desktop Protocol"),
    ("snmp", "SNMP", "SNMP:"),
    ("dns", "DNS", "DNS:"),
    ("ntp", "NTP", "NTP"),
    ("mysql", "MySQL", "MySQL:"),
    ("redis", "Redis", "# Server\nredis"),
];

pub(super) fn fits(fields: Fields<'_>) -> bool {
    fields.has("ip_str") && fields.has("port") && (fields.has("data") || fields.has("_shodan"))
}

pub(super) fn record(fields: Fields<'_>) -> Result<Record, String> {
    let host = fields.text("ip_str")?.ok_or("no `ip_str`")?;
    let port = fields.number("port")?.ok_or("no `port`")?;
    let banner = fields.text("data")?.unwrap_or_default();
    let http = fields.object("http")?;
    let mut row = Row::new(fields.time("timestamp")?);

    let mut is_exchange = named_exchange(fields, http, &mut row)?;
    let answers = answers(banner, http)?;
    for answer in &answers {
        is_exchange |= kept::is_exchange(answer);
        row.http(answer);
    }
    if let Some(http) = http
        && answers.iter().all(|answer| answer.body.is_empty())
    {
        row.show(EvidenceKind::PageTitle, http.text("title")?.unwrap_or_default());
    }
    if answers.is_empty() && MAIL_PORTS.contains(&port) && !banner.is_empty() {
        is_exchange |= banner.to_ascii_lowercase().contains("microsoft exchange");
        row.mail(banner);
    } else if answers.is_empty() {
        other_service(fields, banner, is_exchange, &mut row);
    }
    let cves = cves(fields)?;
    if is_exchange {
        cves.iter().for_each(|id| {
            row.cves(id);
        });
    }
    names(fields, &mut row)?;
    Ok(row.into_record(host_and_port(host, Some(port))))
}

/// True if the record itself says that this is Exchange; adds the version that it gives.
fn named_exchange(
    fields: Fields<'_>,
    http: Option<Fields<'_>>,
    row: &mut Row,
) -> Result<bool, String> {
    let product = fields.text("product")?.unwrap_or_default();
    let version = fields.text("version")?.unwrap_or_default();
    let mut names = Vec::new();
    let mut has_version = false;
    if mentions_exchange(product) {
        names.push(product);
        has_version |= row.version(version);
    }
    // Of a CPE only a build counts: its product years come from tables that call SE "2019" (T7).
    for cpe in fields.texts("cpe23")? {
        if let Some(rest) = cpe.strip_prefix("cpe:2.3:a:microsoft:exchange_server:") {
            names.push(cpe);
            has_version |= row.version(rest.split(':').next().unwrap_or_default());
        }
    }
    let components = http.map(|http| http.object("components")).transpose()?.flatten();
    for (name, _) in components.iter().flat_map(|it| it.iter()) {
        if mentions_exchange(name) {
            names.push(name);
        }
    }
    if !has_version {
        names.iter().for_each(|name| row.names_exchange(name));
    }
    Ok(!names.is_empty())
}

/// The answers of the record: each redirect on the way, then the last one.
fn answers<'v>(banner: &'v str, http: Option<Fields<'v>>) -> Result<Vec<HttpAnswer<'v>>, String> {
    let mut answers = Vec::new();
    let redirects = http.map(|http| http.list("redirects")).transpose()?.unwrap_or_default();
    for redirect in redirects.iter().filter_map(Fields::of) {
        if let Some(mut answer) = redirect.text("data")?.and_then(kept::answer) {
            answer.endpoint = redirect.text("location")?;
            answers.push(answer);
        }
    }
    let last = kept::answer(banner);
    let Some(http) = http else {
        answers.extend(last);
        return Ok(answers);
    };
    // A record may have `http` and yet an empty banner: the server closed without an answer.
    let status = http.number("status")?;
    let html = http.text("html")?;
    let server = http.text("server")?;
    let Some(mut last) = last.or_else(|| {
        let is_answer = status.is_some() || html.is_some() || server.is_some();
        is_answer.then(HttpAnswer::default)
    }) else {
        return Ok(answers);
    };
    last.endpoint = http.text("location")?;
    last.status = last.status.or(status);
    last.body = html.unwrap_or(last.body);
    kept::add_header(&mut last, "Server", server);
    answers.push(last);
    Ok(answers)
}

/// A banner that is neither HTTP's nor mail's.
fn other_service(fields: Fields<'_>, banner: &str, is_exchange: bool, row: &mut Row) {
    let line = kept::first_line(banner);
    let known = OTHER_SERVICES
        .iter()
        .find(|(field, _, start)| fields.has(field) || banner.starts_with(start));
    // "Exchange Type" of an IKE banner is no hint, "Microsoft Exchange" in a directory is one.
    let hints = is_exchange || banner.to_ascii_lowercase().contains("microsoft exchange");
    match known {
        Some((_, name, _)) if !hints => {
            let why = format!("{name} banner, no sign of Exchange");
            let claim = Claim::NotExchange(why);
            row.add(Evidence::new(EvidenceKind::OtherService, line, claim));
        }
        Some(_) | None => row.show(EvidenceKind::OtherService, line),
    }
}

/// `vulns`, an object with CVEs as names or a list of them.
fn cves(fields: Fields<'_>) -> Result<Vec<&str>, String> {
    match fields.value("vulns").and_then(Fields::of) {
        Some(vulns) => Ok(vulns.iter().map(|(id, _)| id).collect()),
        None => fields.texts("vulns"),
    }
}

/// Names of the host and in its certificate.
fn names(fields: Fields<'_>, row: &mut Row) -> Result<(), String> {
    let hosts = fields.texts("hostnames")?;
    if !hosts.is_empty() {
        row.show(EvidenceKind::ServerFact, format!("host names {}", hosts.join(", ")));
    }
    let cert = fields.object("ssl")?.map(|ssl| ssl.object("cert")).transpose()?.flatten();
    let subject = cert.map(|cert| cert.object("subject")).transpose()?.flatten();
    if let Some(name) = subject.map(|it| it.text("CN")).transpose()?.flatten() {
        row.show(EvidenceKind::ServerFact, format!("certificate for {name}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[track_caller]
    fn check(data: &str, http: &Value, want: &[&str]) {
        let answers = answers(data, Fields::of(http)).unwrap();
        let got = answers.iter().map(|it| {
            let headers: Vec<_> = it.headers.iter().map(|(n, v)| format!("{n}={v}")).collect();
            let (status, path) = (it.status.unwrap_or_default(), it.endpoint.unwrap_or_default());
            format!("{status} {path} {} {}", headers.join(" "), it.body)
        });
        assert_eq!(got.collect::<Vec<_>>(), want, "{http}");
    }

    #[test]
    fn every_redirect_counts_and_the_page_comes_from_its_field() {
        let head = "HTTP/1.1 200 OK\r\nA: b\r\n\r\n";
        check(head, &Value::Null, &["200  A=b "]);
        check(
            head,
            &json!({"location": "/owa/", "html": "<p>", "server": "IIS"}),
            &["200 /owa/ A=b Server=IIS <p>"],
        );
        let redirects = json!([{"location": "/", "data": "HTTP/1.1 302 Found\r\nC: d\r\n\r\n"}, 7]);
        check(head, &json!({"redirects": redirects}), &["302 / C=d ", "200  A=b "]);
        check("", &json!({"status": 401, "server": "IIS"}), &["401  Server=IIS "]);
        check("", &json!({"location": "/", "html": null}), &[]); // closed without an answer
    }
}
