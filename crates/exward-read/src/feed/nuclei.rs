//! `nuclei -jsonl`: one match of one template a line.
//!
//! A template named after a CVE reports that CVE. What a template extracted is a version of
//! Exchange only where the template is about Exchange: `8.3.1` is a PHP as well. The raw answer is
//! there with `-irr`.
//!
//! Source: nuclei `pkg/output/output.go` (`ResultEvent`).

use exward_core::evidence::EvidenceKind;

use crate::Record;

use super::json::Fields;
use super::kept;
use super::place::Place;
use super::row::{Row, is_cve, mentions_exchange};

pub(super) fn fits(fields: Fields<'_>) -> bool {
    fields.has("template-id") && (fields.has("host") || fields.has("matched-at"))
}

pub(super) fn record(fields: Fields<'_>) -> Result<Record, String> {
    let template = fields.text("template-id")?.ok_or("no `template-id`")?;
    let matched = fields.text("matched-at")?;
    let place = Place::of(matched.or(fields.text("host")?).unwrap_or_default());
    let target = place.target(fields.number("port")?)?;
    let mut row = Row::new(fields.time("timestamp")?);

    if is_cve(template) {
        row.cves(template);
    } else {
        row.show(EvidenceKind::FeedFinding, template);
    }
    let is_about_exchange = about_exchange(fields, template)?;
    for text in fields.texts("extracted-results")? {
        if !(is_about_exchange && row.version(text.trim())) {
            row.show(EvidenceKind::FeedFinding, format!("{template}: {text}"));
        }
    }
    if let Some(mut answer) = fields.text("response")?.and_then(kept::answer) {
        answer.endpoint = place.path;
        row.http(&answer);
    }
    if let Some(ip) = fields.text("ip")?.filter(|ip| *ip != place.host) {
        row.show(EvidenceKind::ServerFact, format!("address {ip}"));
    }
    Ok(row.into_record(target))
}

/// True if the template's name, tags or matcher mention Exchange.
fn about_exchange(fields: Fields<'_>, template: &str) -> Result<bool, String> {
    let info = fields.object("info")?;
    let mut texts = vec![template];
    texts.extend(fields.text("matcher-name")?);
    texts.extend(fields.text("extractor-name")?);
    if let Some(info) = info {
        texts.extend(info.text("name")?);
        texts.extend(info.texts("tags")?);
    }
    Ok(texts.into_iter().any(mentions_exchange))
}
