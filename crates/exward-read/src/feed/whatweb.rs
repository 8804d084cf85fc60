//! `whatweb --log-json`: one URL an object, one plugin that matched an entry under `plugins`.
//!
//! The headers themselves are not kept; of rare ones the names are (`UncommonHeaders`), and the
//! names of two of them tell by themselves that this is Exchange.
//!
//! Source: WhatWeb 0.5.5, its own log of a run on loopback.

use exward_core::evidence::{Claim, Evidence, EvidenceKind};
use exward_core::product::{Product, ProductRange};

use crate::Record;
use crate::answer::HttpAnswer;

use super::json::Fields;
use super::place::Place;
use super::row::Row;

/// Rare headers, and the first product that sends them.
const TELLING_HEADERS: [(&str, EvidenceKind, Product); 3] = [
    ("x-owa-version", EvidenceKind::FeedFinding, Product::E2007),
    ("x-feserver", EvidenceKind::FrontEnd, Product::E2013),
    ("x-failurecontext", EvidenceKind::FrontEnd, Product::E2013),
];

pub(super) fn fits(fields: Fields<'_>) -> bool {
    fields.has("target") && fields.has("plugins")
}

pub(super) fn record(fields: Fields<'_>) -> Result<Record, String> {
    let url = fields.text("target")?.ok_or("no `target`")?;
    let place = Place::of(url);
    let target = place.target(None)?;
    let plugins = fields.object("plugins")?.ok_or("no `plugins`")?;
    let mut row = Row::default();

    if let Some(owa) = plugins.object("Outlook-Web-App")? {
        let versions = owa.texts("version")?;
        let mut has_version = false;
        for version in versions {
            has_version |= row.version(version);
        }
        if !has_version {
            row.names_exchange("Outlook-Web-App");
        }
    }
    let rare = strings(plugins, "UncommonHeaders")?;
    for name in rare.iter().flat_map(|names| names.split(',')).map(str::trim) {
        let name_is = |it: &&(&str, EvidenceKind, Product)| it.0.eq_ignore_ascii_case(name);
        if let Some((name, kind, since)) = TELLING_HEADERS.iter().find(name_is) {
            let claim = Claim::Products(ProductRange::from(*since));
            row.add(Evidence::new(*kind, *name, claim));
        }
    }
    row.http(&answer(fields, plugins, place.path)?);
    for title in strings(plugins, "Title")? {
        row.show(EvidenceKind::PageTitle, title);
    }
    for ip in strings(plugins, "IP")?.iter().filter(|ip| **ip != place.host) {
        row.show(EvidenceKind::ServerFact, format!("address {ip}"));
    }
    Ok(row.into_record(target))
}

/// What is left of the answer: status, `Server`, `Location`.
fn answer<'v>(
    fields: Fields<'v>,
    plugins: Fields<'v>,
    path: Option<&'v str>,
) -> Result<HttpAnswer<'v>, String> {
    let mut headers = Vec::new();
    for (plugin, header) in [("HTTPServer", "Server"), ("RedirectLocation", "Location")] {
        for value in strings(plugins, plugin)? {
            headers.push((header.to_owned(), value.to_owned()));
        }
    }
    Ok(HttpAnswer { endpoint: path, status: fields.number("http_status")?, headers, body: "" })
}

/// The `string` of a plugin; empty if the plugin did not match.
fn strings<'v>(plugins: Fields<'v>, name: &str) -> Result<Vec<&'v str>, String> {
    plugins.object(name)?.map_or(Ok(Vec::new()), |plugin| plugin.texts("string"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_server_and_redirect_are_what_is_left() {
        let json = serde_json::json!({
            "target": "https://mail.example.org/owa/", "http_status": 302,
            "plugins": {"HTTPServer": {"string": ["Microsoft-IIS/10.0"]}, "Microsoft-IIS": {},
                        "RedirectLocation": {"string": ["/owa/auth/logon.aspx"]}},
        });
        let fields = Fields::of(&json).unwrap();
        let plugins = fields.object("plugins").unwrap().unwrap();
        let answer = answer(fields, plugins, Some("/owa/")).unwrap();
        assert_eq!((answer.status, answer.endpoint), (Some(302), Some("/owa/")));
        let want = [("Server", "Microsoft-IIS/10.0"), ("Location", "/owa/auth/logon.aspx")];
        assert_eq!(answer.headers, want.map(|(n, v)| (n.to_owned(), v.to_owned())));
    }
}
